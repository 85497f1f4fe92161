"""The doctor's look at what nobody else may read, and at the files that are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config.schema import KioskSettings
from agent.doctor.checks import Failed, NotApplicable
from agent.doctor.private import closed, files, private_things

DEVICE = {"tenant": "acme", "site": "shop", "id": "till"}
THINGS = (
    "uplink-password",
    "kiosk.key",
    "shop-password",
    "shop.key",
    "staff.yaml",
    "office.yaml",
    "office.key",
)


def settings(folder: Path, **sections: Any) -> KioskSettings:
    """A kiosk that has a secret of every kind."""
    at = {name: str(folder / name) for name in THINGS}
    facts: dict[str, Any] = {
        "device": DEVICE,
        "store": {"path": folder / "state" / "outbox.db"},
        "uplink": {
            "password_file": at["uplink-password"],
            "tls": {"certificate": "kiosk.pem", "key": at["kiosk.key"]},
        },
        "alerts": {
            "broker": {
                "host": "shop",
                "password_file": at["shop-password"],
                "tls": {"certificate": "shop.pem", "key": at["shop.key"]},
            }
        },
        "staff": {"file": "staff.yaml"},
        "office": {"pins": "office.yaml", "certificate": "x.pem", "key": at["office.key"]},
    }
    return KioskSettings.model_validate(facts | sections)


@pytest.fixture
def kiosk(tmp_path: Path) -> KioskSettings:
    for name in THINGS:
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(0o640)
    return settings(tmp_path)


def look(kiosk: KioskSettings, folder: Path) -> str:
    return closed(private_things(kiosk, config=folder / "kiosk.yaml"))


def test_secrets_closed_to_others_are_all_named(kiosk: KioskSettings, tmp_path: Path) -> None:
    assert look(kiosk, tmp_path) == (
        f"{', '.join(str(tmp_path / name) for name in THINGS)}: closed to others"
    )


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_the_agents_group_may_read_them(kiosk: KioskSettings, tmp_path: Path, mode: int) -> None:
    for name in THINGS:
        (tmp_path / name).chmod(mode)
    assert look(kiosk, tmp_path).endswith("closed to others")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
@pytest.mark.parametrize("name", THINGS)
def test_each_that_others_may_read_or_write_is_told(
    kiosk: KioskSettings, tmp_path: Path, name: str, mode: int
) -> None:
    (tmp_path / name).chmod(mode)
    with pytest.raises(Failed, match="may be read or written by others") as caught:
        look(kiosk, tmp_path)
    assert caught.value.fact.count(str(tmp_path)) == 1
    assert caught.value.remedy == f"chmod 640 {tmp_path / name}"


def test_all_that_are_open_are_told_at_once(kiosk: KioskSettings, tmp_path: Path) -> None:
    for name in ("staff.yaml", "office.yaml"):
        (tmp_path / name).chmod(0o644)
    with pytest.raises(Failed) as caught:
        look(kiosk, tmp_path)
    assert caught.value.remedy == (
        f"chmod 640 {tmp_path / 'staff.yaml'}; chmod 640 {tmp_path / 'office.yaml'}"
    )


def test_one_that_is_not_there_is_told(kiosk: KioskSettings, tmp_path: Path) -> None:
    (tmp_path / "office.yaml").unlink()
    with pytest.raises(Failed, match=r"office.yaml: No such file"):
        look(kiosk, tmp_path)


@pytest.mark.parametrize(
    ("name", "mode", "remedy"),
    [
        ("outbox.db", 0o644, "chmod 640"),
        ("office.pem", 0o604, "chmod 640"),
        ("feedback", 0o755, "chmod 700"),
        ("feedback/A1.slip", 0o644, "chmod 640"),
    ],
)
def test_what_the_agent_keeps_is_looked_at_once_it_is_there(
    tmp_path: Path, name: str, mode: int, remedy: str
) -> None:
    bare = KioskSettings.model_validate(
        {"device": DEVICE, "store": {"path": tmp_path / "outbox.db"}}
    )
    with pytest.raises(NotApplicable, match="neither a password nor a key"):
        look(bare, tmp_path)

    (tmp_path / "feedback").mkdir(mode=0o700)
    for made in ("outbox.db", "office.pem", "feedback/A1.slip"):
        (tmp_path / made).touch(0o600)
    assert look(bare, tmp_path).endswith("A1.slip: closed to others")

    (tmp_path / name).chmod(mode)
    with pytest.raises(Failed) as caught:
        look(bare, tmp_path)
    assert caught.value.remedy == f"{remedy} {tmp_path / name}"


def test_the_files_that_are_named_are_looked_into(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.yaml"
    lines = "device: {tenant: acme, site: shop, id: till}\n"
    config.write_text(lines)
    assert files(config) == "what the configuration names is there and in order"

    config.write_text(f"{lines}staff: {{file: a.yaml}}\noffice: {{pins: b.yaml}}\n")
    with pytest.raises(Failed) as caught:
        files(config)
    assert caught.value.fact.startswith(f"{config}:2: staff.file: there is no file")
    assert caught.value.fact.endswith("(and 1 more)")
    assert caught.value.remedy == f"mend it, then run `smilepost check {config}`"
