"""The certificate, the port, and `smilepost office`."""

from __future__ import annotations

import asyncio
import ssl
import stat
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import ValidationError

from agent.cli import main
from agent.errors import OfficeError
from agent.office.certificate import NEVER, Pair, fingerprint, make_own, pair_of, prepare
from agent.office.guard import own_addresses
from agent.office.settings import OfficeSettings
from tests.office.staging import House, calling

NAMES = ("kiosk.local", "localhost", "192.168.1.7")


def own(folder: Path) -> Pair:
    return pair_of(OfficeSettings(), store=folder / "outbox.db")


def test_the_kiosk_makes_a_certificate_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    pair = own(tmp_path)
    prepare(pair, names=NAMES)
    first = fingerprint(pair.certificate)
    prepare(pair, names=NAMES)

    assert pair.own
    assert fingerprint(pair.certificate) == first
    assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["office.pem"]


def test_its_own_certificate_is_good_whatever_the_time_is(tmp_path: Path) -> None:
    make_own(tmp_path / "own.pem", names=NAMES)
    found = x509.load_pem_x509_certificate((tmp_path / "own.pem").read_bytes())

    assert found.not_valid_before_utc < datetime(2026, 11, 20, tzinfo=UTC)
    assert found.not_valid_after_utc == NEVER


def test_its_own_certificate_names_the_kiosk(tmp_path: Path) -> None:
    make_own(tmp_path / "own.pem", names=NAMES)
    found = x509.load_pem_x509_certificate((tmp_path / "own.pem").read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["kiosk.local", "localhost"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.7"]


def test_its_own_certificate_is_for_the_addresses_of_the_host_too(tmp_path: Path) -> None:
    found = own_addresses(IPv4Address("0.0.0.0"))  # noqa: S104 - it stands for all of them
    assert all(not IPv4Address(each).is_loopback for each in found)
    assert own_addresses(IPv4Address("192.168.1.9")) == ("192.168.1.9",)
    assert own_addresses(IPv4Address("127.0.0.1")) == ()

    prepare(own(tmp_path), names=("localhost", *found, "192.168.1.9"))
    made = x509.load_pem_x509_certificate((tmp_path / "office.pem").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    assert addresses == [*found, "192.168.1.9"]


def test_the_fingerprint_is_written_as_browsers_show_it(tmp_path: Path) -> None:
    make_own(tmp_path / "own.pem", names=NAMES)
    parts = fingerprint(tmp_path / "own.pem").split(":")

    assert len(parts) == 32
    assert all(part == part.upper() and len(part) == 2 for part in parts)


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nxx\n"])
def test_a_damaged_pair_says_what_to_mend(tmp_path: Path, content: bytes) -> None:
    pair = own(tmp_path)
    pair.certificate.write_bytes(content)
    with pytest.raises(OfficeError, match="delete it, a new one is then made") as error:
        prepare(pair, names=NAMES)
    assert "\n" not in str(error.value)


def test_a_key_of_another_certificate_says_what_to_mend(tmp_path: Path) -> None:
    for name in ("a.pem", "b.pem"):
        make_own(tmp_path / name, names=NAMES)
    text = (tmp_path / "a.pem").read_text()
    (tmp_path / "a.crt").write_text(text[text.index("-----BEGIN CERT") :])
    pair = Pair(tmp_path / "a.crt", tmp_path / "b.pem", own=False)

    with pytest.raises(OfficeError, match="PEM files that belong together"):
        prepare(pair, names=NAMES)


def test_a_certificate_that_is_not_there_says_so(tmp_path: Path) -> None:
    pair = Pair(tmp_path / "none.pem", tmp_path / "none.key", own=False)
    with pytest.raises(OfficeError, match="No such file"):
        prepare(pair, names=NAMES)
    with pytest.raises(OfficeError, match="cannot be read"):
        fingerprint(pair.certificate)


def test_a_file_without_a_certificate_has_no_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    with pytest.raises(OfficeError, match="holds no certificate"):
        fingerprint(tmp_path / "x.pem")


def test_a_folder_that_cannot_be_written_says_what_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OfficeError, match="let the agent's user own that folder"):
        make_own(tmp_path / "file" / "own.pem", names=NAMES)


async def test_with_a_certificate_of_an_authority_browsers_are_told_to_stay_with_tls(
    house: House, tmp_path: Path
) -> None:
    make_own(tmp_path / "given.pem", names=("localhost",))
    given = str(tmp_path / "given.pem")
    house.office = {"certificate": given, "key": given}
    running = house.make()
    await running.start()
    (tmp_path / "office.pem").write_bytes((tmp_path / "given.pem").read_bytes())
    async with calling(running, tmp_path) as caller:
        _, _, response = await caller.ask("GET", "/")
    await running.stop()

    assert response.headers["Strict-Transport-Security"] == "max-age=15552000"


async def test_a_port_in_use_is_a_fault_that_says_what_to_mend(house: House) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    house.office = {"port": port}
    office = house.make()
    await office.start()
    taken.close()

    ((part, fact),) = house.faults.told
    assert part == "office"
    assert f"port {port} on 127.0.0.1 cannot be used" in fact
    assert "another office.port" in fact
    await office.stop()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"office.pem": "rubbish"}, "cannot be used"),
        ({"pins.yaml": "manager: 1234"}, "pins.yaml:1"),
    ],
)
async def test_what_keeps_the_office_closed_is_a_fault(
    house: House, files: dict[str, str], told: str
) -> None:
    for name, content in files.items():
        (house.folder / name).write_text(content, encoding="utf-8")
    if "pins.yaml" in files:
        house.office = {"pins": "pins.yaml"}
    office = house.make()
    await office.start()

    ((part, fact),) = house.faults.told
    assert (part, told in fact) == ("office", True), fact


async def test_a_missing_file_of_pins_is_a_fault(house: House) -> None:
    house.office = {"pins": "nowhere.yaml"}
    await house.make().start()

    ((part, fact),) = house.faults.told
    assert (part, "nowhere.yaml" in fact) == ("office", True)


async def test_an_office_that_is_off_listens_nowhere(house: House) -> None:
    house.office = {"enabled": False}
    office = house.make()
    await office.start()

    assert (office.pages, house.faults.told) == (None, [])
    assert not (house.folder / "office.pem").exists()
    await office.stop()


async def test_a_closed_office_frees_its_port_and_forgets_who_was_there(
    house: House, tmp_path: Path
) -> None:
    office = house.make()
    await office.start()
    house.office = {"port": office.port}
    async with calling(office, tmp_path) as caller:
        await caller.sign_in("manager")
        await office.stop()
        again = house.make()
        await again.start()
        assert (await caller.get("/today"))[0] == 401
        await again.stop()
    assert house.faults.told == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"enabled": True}, "enabled needs `pins`"),
        ({"certificate": "a.pem"}, "certificate and key belong together"),
        ({"key": "a.pem"}, "give both, or neither"),
        ({"port": 70000}, "less than or equal to 65535"),
        ({"names": ["Kiosk"]}, "match pattern"),
        ({"names": ["a b"]}, "match pattern"),
        ({"address": "everywhere"}, "IPv4"),
    ],
)
def test_an_office_that_cannot_be_is_refused(facts: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        OfficeSettings.model_validate(facts)


def written(house: House) -> str:
    path = house.folder / "kiosk.yaml"
    path.write_text(house.settings().model_dump_json(exclude_none=True), encoding="utf-8")
    return str(path)


def test_the_command_tells_where_for_whom_and_the_fingerprint(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.office = {"port": 8443, "names": ["kiosk.shop.example"]}
    config = written(house)
    assert main(["office", "-c", config]) == 0
    assert "makes one of its own at its first start" in capsys.readouterr().out
    make_own(house.folder / "office.pem", names=NAMES)
    assert main(["office", "-c", config]) == 0
    told = capsys.readouterr().out

    assert "https://kiosk.shop.example:8443" in told
    assert f"SHA-256 {fingerprint(house.folder / 'office.pem')}" in told
    assert "can sign in: staff, manager, installer" in told


def test_the_command_says_that_the_office_is_off(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.office = {"enabled": False}

    assert main(["office", "-c", written(house)]) == 0
    assert "off: set office.enabled" in capsys.readouterr().out


def test_the_command_ends_with_1_where_nobody_could_sign_in(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.office = {"pins": "nowhere.yaml"}

    assert main(["office", "-c", written(house)]) == 1
    assert "nobody can sign in: " in capsys.readouterr().out


def test_tls_is_new_enough(tmp_path: Path) -> None:
    assert prepare(own(tmp_path), names=NAMES).minimum_version is ssl.TLSVersion.TLSv1_2
