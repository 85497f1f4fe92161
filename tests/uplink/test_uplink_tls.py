"""TLS, against real brokers with real certificates: what holds, what does not, and why."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.outbox import Outbox
from agent.testing import FakeClock, FaultyBroker, LocalBroker
from agent.uplink.errors import (
    ClientCertificateError,
    ClockError,
    NoAnswerError,
    TlsFilesError,
    TlsMismatchError,
    UnknownAuthorityError,
    WrongHostNameError,
)
from agent.uplink.settings import TlsSettings, UplinkSettings
from agent.uplink.tls import Time, judge_span, tls_context
from tests.uplink.authority import Authority, Certified, at, openssl
from tests.uplink.scene import Changes, connect, refusal, running, settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder)


@pytest.fixture(scope="module")
def stranger(folder: Path) -> Authority:
    return Authority(folder, "stranger")


@pytest.fixture(scope="module")
def secured(authority: Authority) -> Iterator[LocalBroker]:
    lines = authority.certify("broker").broker_lines()
    with LocalBroker(kind="mosquitto", lines=lines) as broker:
        yield broker


@pytest.fixture(scope="module", params=["tlsv1.2", "tlsv1.3"])
def strict(authority: Authority, request: pytest.FixtureRequest) -> Iterator[LocalBroker]:
    """A broker that lets nobody in without a certificate of the authority."""
    certified = authority.certify("broker", file="strict")
    only = ("require_certificate true", f"cafile {authority.pem}", f"tls_version {request.param}")
    with LocalBroker(kind="mosquitto", lines=(*certified.broker_lines(), *only)) as broker:
        yield broker


def with_tls(port: int, device: Certified | None = None, **tls: Any) -> UplinkSettings:
    if device is not None:
        tls |= {"certificate": device.certificate, "key": device.key}
    return settings(port, tls={name: str(value) for name, value in tls.items()})


# -- the broker's certificate ----------------------------------------------------------------------


def test_a_broker_signed_by_the_configured_authority(
    secured: LocalBroker, authority: Authority
) -> None:
    connection = connect(with_tls(secured.port, ca=authority.pem))
    assert connection.up
    connection.close()


def test_an_unknown_authority(secured: LocalBroker, stranger: Authority) -> None:
    error = refusal(with_tls(secured.port, ca=stranger.pem))
    assert isinstance(error, UnknownAuthorityError)
    said = "its certificate does not hold: unable to get local issuer certificate"
    remedy = "set uplink.tls.ca to the authority that signed it"
    assert str(error) == f"broker 127.0.0.1:{secured.port}: {said}: {remedy}"


def test_a_wrong_host_name_and_the_right_ones(authority: Authority) -> None:
    certified = authority.certify("other", "DNS:broker.example,DNS:mqtt.example,IP:192.0.2.7")
    with LocalBroker(kind="mosquitto", lines=certified.broker_lines()) as broker:
        error = refusal(with_tls(broker.port, ca=authority.pem))
    assert isinstance(error, WrongHostNameError)
    assert error.names == ("broker.example", "mqtt.example", "192.0.2.7")
    assert "it is for broker.example, mqtt.example, 192.0.2.7: set uplink.host" in str(error)


# -- certificates and clocks -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def expired(authority: Authority) -> Iterator[LocalBroker]:
    """Shows a certificate that held from 400 to 30 days ago."""
    certified = authority.certify("broker", file="expired", begins=at(-400), ends=at(-30))
    with LocalBroker(kind="mosquitto", lines=certified.broker_lines()) as broker:
        yield broker


@pytest.fixture(scope="module")
def early(authority: Authority) -> Iterator[LocalBroker]:
    """Shows a certificate that holds from 30 to 400 days from now."""
    certified = authority.certify("broker", file="early", begins=at(30), ends=at(400))
    with LocalBroker(kind="mosquitto", lines=certified.broker_lines()) as broker:
        yield broker


def clock(*, trust: Any = "synced", floor_days: float = -500, wall_days: float = 0) -> FakeClock:
    fake = FakeClock(wall_ms=int(at(wall_days).timestamp() * 1000), trust=trust)
    fake.raise_floor(int(at(floor_days).timestamp() * 1000))
    return fake


def test_a_certificate_that_has_expired_by_a_synchronised_clock(
    expired: LocalBroker, authority: Authority
) -> None:
    error = refusal(with_tls(expired.port, ca=authority.pem), clock=clock())
    assert isinstance(error, ClockError)
    begins, ends, now = (f"{at(days):%Y-%m-%d}" for days in (-400, -30, 0))
    assert f"has expired: it holds {begins}" in str(error)
    assert f"to {ends}" in str(error)
    assert f"this device's clock says {now}" in str(error)
    assert error.span.ends_ms < error.now_ms


def test_a_certificate_that_is_not_valid_yet_by_a_synchronised_clock(
    early: LocalBroker, authority: Authority
) -> None:
    error = refusal(with_tls(early.port, ca=authority.pem), clock=clock())
    assert isinstance(error, ClockError)
    assert "is not valid yet" in str(error)
    assert "mend this device's clock (timedatectl)" in error.remedy


@pytest.mark.parametrize("trust", ["unknown", "estimated"])
def test_a_device_that_boots_in_1970_connects(
    early: LocalBroker, authority: Authority, trust: str
) -> None:
    """Its certificate begins later than the clock says, which knows nothing."""
    lost = clock(trust=trust, wall_days=-20_000)
    connection = connect(with_tls(early.port, ca=authority.pem), clock=lost)
    assert connection.up
    connection.close()


def test_without_a_synchronised_clock_a_certificate_holds_up_to_the_floor(
    expired: LocalBroker, authority: Authority
) -> None:
    tls = with_tls(expired.port, ca=authority.pem)
    connection = connect(tls, clock=clock(trust="estimated", floor_days=-60))
    assert connection.up
    connection.close()
    error = refusal(tls, clock=clock(trust="estimated", floor_days=-10))
    assert isinstance(error, ClockError)
    assert f"it is at least {at(-10):%Y-%m-%d}" in str(error)
    assert error.remedy == "renew the broker's certificate"


def test_without_a_synchronised_clock_authority_and_name_are_checked_all_the_same(
    expired: LocalBroker, stranger: Authority, authority: Authority
) -> None:
    lost = clock(trust="unknown")
    error = refusal(with_tls(expired.port, ca=stranger.pem), clock=lost)
    assert isinstance(error, UnknownAuthorityError)
    elsewhere = settings(expired.port, host="localhost", tls={"ca": str(authority.pem)})
    assert isinstance(refusal(elsewhere, clock=lost), WrongHostNameError)


def test_once_the_clock_is_synchronised_the_connection_is_judged_again(
    expired: LocalBroker, authority: Authority
) -> None:
    lost = clock(trust="estimated", floor_days=-60)
    connection = connect(with_tls(expired.port, ca=authority.pem), clock=lost)
    connection.check_trust()
    lost.trust = "synced"
    with pytest.raises(ClockError, match="has expired"):
        connection.check_trust()
    connection.drop()


def test_a_running_uplink_leaves_a_broker_it_cannot_trust_any_more(
    expired: LocalBroker, authority: Authority, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.uplink.TRUST_S", 0.0)
    lost, changes = clock(trust="estimated", floor_days=-60), Changes()
    tls = with_tls(expired.port, ca=authority.pem)
    with running(outbox, tls, changes=changes, clock=lost):
        changes.wait_for(online=1)
        lost.trust = "synced"
        changes.wait_for(offline=1)
    assert "its certificate has expired" in changes.reasons[0]
    assert changes.states[1].lasting


@pytest.mark.parametrize(
    ("begins", "ends", "now", "holds"),
    [
        (10, 20, Time(15, synced=True, floor_ms=0), True),
        (10, 20, Time(9, synced=True, floor_ms=0), False),
        (10, 20, Time(21, synced=True, floor_ms=0), False),
        (10, 20, Time(0, synced=False, floor_ms=5), True),
        (10, 20, Time(99, synced=False, floor_ms=15), True),
        (10, 20, Time(15, synced=False, floor_ms=21), False),
    ],
)
def test_what_holds_when(begins: int, ends: int, now: Time, *, holds: bool) -> None:
    def second(number: int) -> str:
        return f"{datetime.fromtimestamp(number, tz=UTC):%b %d %H:%M:%S %Y} GMT"

    certificate = {"notBefore": second(begins), "notAfter": second(ends)}
    scaled = Time(now.wall_ms * 1000, now.synced, now.floor_ms * 1000)
    if holds:
        judge_span("b:1", certificate, now=scaled)
    else:
        with pytest.raises(ClockError):
            judge_span("b:1", certificate, now=scaled)


# -- this device's certificate ---------------------------------------------------------------------


def test_a_device_with_its_certificate_is_let_in(strict: LocalBroker, authority: Authority) -> None:
    device = authority.certify("acme/north/till-1", "DNS:till", file="device")
    connection = connect(with_tls(strict.port, device, ca=authority.pem))
    assert connection.up
    connection.close()


def test_a_device_without_a_certificate_is_told_to_get_one(
    strict: LocalBroker, authority: Authority
) -> None:
    error = refusal(with_tls(strict.port, ca=authority.pem))
    assert isinstance(error, ClientCertificateError)
    assert "want a certificate of this device" in str(error).replace("wants", "want")
    assert "set uplink.tls.certificate and key" in str(error)


def test_a_device_certified_by_somebody_else_is_told(
    strict: LocalBroker, authority: Authority, stranger: Authority
) -> None:
    device = stranger.certify("till", "DNS:till", file="foreign")
    error = refusal(with_tls(strict.port, device, ca=authority.pem))
    assert isinstance(error, ClientCertificateError)
    assert "does not know the authority of this device's certificate" in str(error)


def test_a_device_whose_certificate_has_expired_is_told(
    strict: LocalBroker, authority: Authority
) -> None:
    device = authority.certify("till", "DNS:till", file="stale", begins=at(-9), ends=at(-2))
    error = refusal(with_tls(strict.port, device, ca=authority.pem))
    assert isinstance(error, ClientCertificateError)
    assert "this device's certificate has expired" in str(error)


def test_a_key_behind_a_password_is_refused_and_never_asked_for(
    tmp_path: Path, authority: Authority
) -> None:
    device = authority.certify("till", "DNS:till", file="locked")
    locked = tmp_path / "locked.key"
    openssl("pkcs8", "-topk8", "-in", device.key, "-passout", "pass:secret", "-out", locked)
    error = refusal(with_tls(1, Certified(device.certificate, locked), ca=authority.pem))
    assert isinstance(error, TlsFilesError)
    assert "give this device's certificate and its own key, PEM, without a password" in str(error)


def test_a_key_of_another_certificate_is_refused(authority: Authority) -> None:
    one, two = authority.certify("one", "DNS:one"), authority.certify("two", "DNS:two")
    error = refusal(with_tls(1, Certified(one.certificate, two.key), ca=authority.pem))
    assert isinstance(error, TlsFilesError)
    assert "KEY_VALUES_MISMATCH" in str(error)


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_an_authority_file_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="ascii")
    error = refusal(with_tls(1, ca=file))
    assert isinstance(error, TlsFilesError)
    assert str(error).startswith(f"uplink.tls.ca {file} cannot be used: ")


# -- one end speaks TLS ----------------------------------------------------------------------------


def test_tls_towards_a_plain_port(authority: Authority) -> None:
    with LocalBroker(kind="mosquitto") as broker:
        error = refusal(with_tls(broker.port, ca=authority.pem))
    assert isinstance(error, TlsMismatchError)
    assert str(error).endswith("is uplink.port its TLS port?")


def test_tls_towards_something_that_answers_in_plain_text(authority: Authority) -> None:
    with FaultyBroker() as broker:
        error = refusal(with_tls(broker.port, ca=authority.pem))
    assert isinstance(error, TlsMismatchError)


def test_a_plain_connection_towards_a_tls_port(secured: LocalBroker) -> None:
    error = refusal(settings(secured.port))
    assert isinstance(error, TlsMismatchError | NoAnswerError)
    assert "tls:" in str(error)


def test_a_plain_connection_that_meets_a_tls_alert(authority: Authority) -> None:
    certified = authority.certify("broker", file="alerting")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified.certificate, certified.key)
    with FaultyBroker(tls=context) as broker:
        error = refusal(settings(broker.port))
    assert isinstance(error, TlsMismatchError | NoAnswerError)
    assert "tls:" in str(error)


def test_nothing_older_than_tls_1_2_is_spoken(authority: Authority) -> None:
    assert tls_context(TlsSettings(ca=authority.pem)).minimum_version is ssl.TLSVersion.TLSv1_2


def test_every_lasting_error_says_what_to_do(
    secured: LocalBroker, stranger: Authority, outbox: Outbox
) -> None:
    changes = Changes()
    with running(outbox, with_tls(secured.port, ca=stranger.pem), changes=changes):
        changes.wait_for(offline=1)
    state = changes.states[0]
    assert (state.online, state.lasting) == (False, True)
    assert state.remedy == "set uplink.tls.ca to the authority that signed it"
