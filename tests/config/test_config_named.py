"""`smilepost check` reads every file that a kiosk's configuration names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.commands import kiosk_problems
from agent.office.certificate import make_own
from agent.staff.pin import hash_pin

IDS = {"tenant": "acme", "site": "high-street", "id": "till-1"}
DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\n"
MEND = "put it there, or mend the path"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)

Checked = Callable[[str], list[str]]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Check a configuration; its folder is written as `HERE` on the way in and out."""

    def run(text: str) -> list[str]:
        file = tmp_path / "kiosk.yaml"
        file.write_text(DEVICE + text.replace("HERE", str(tmp_path)), "utf-8")
        return [str(problem).replace(str(tmp_path), "HERE") for problem in kiosk_problems(file)]

    return run


ABSENT = {
    "uplink: {password_file: HERE/a}": "uplink.password_file: there is no file HERE/a",
    "uplink: {tls: {ca: HERE/a}}": "uplink.tls.ca: there is no file HERE/a",
    "alerts: {broker: {host: x, password_file: HERE/a}}": "alerts.broker.password_file: there is",
    "staff: {file: a.yaml}": "staff.file: there is no file HERE/a.yaml: copy config/staff.example",
    "office: {pins: a.yaml}": "office.pins: there is no file HERE/a.yaml: copy config/office.exam",
    "survey: {questionnaires: [a.yaml]}": "survey.questionnaires[0]: there is no file HERE/a.yaml",
    "survey: {factors: a.yaml}": "survey.factors: there is no file HERE/a.yaml: copy config/f",
    "feedback: {public_key: HERE/a.pem}": "feedback.public_key: there is no file HERE/a.pem",
    "screen: {theme: {logo: HERE/a.png}}": "screen.theme.logo: there is no file HERE/a.png",
    "screen: {attract: {folder: HERE/a}}": "screen.attract.folder: there is no folder HERE/a",
    "vision: {models: HERE/a}": "vision.models: there is no folder HERE/a",
    "vision: {mode: presence, notice: {shown: screen}, source: HERE/a.mp4}": (
        "vision.source: there is no file HERE/a.mp4"
    ),
}


@pytest.mark.parametrize("text", ABSENT)
def test_what_is_not_there_is_told_at_the_line_that_names_it(checked: Checked, text: str) -> None:
    [told] = checked(f"{text}\n")
    assert told.startswith(f"HERE/kiosk.yaml:2: {ABSENT[text]}")


def test_a_certificate_and_its_key_are_each_told(checked: Checked) -> None:
    assert checked("office:\n  certificate: HERE/a\n  key: HERE/b\n") == [
        f"HERE/kiosk.yaml:3: office.certificate: there is no file HERE/a: {MEND}",
        f"HERE/kiosk.yaml:4: office.key: there is no file HERE/b: {MEND}",
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("uplink: {tls: {ca: HERE}}", "uplink.tls.ca"),
        ("staff: {file: HERE}", "staff.file"),
        ("office: {pins: HERE}", "office.pins"),
        ("survey: {questionnaires: [HERE]}", "survey.questionnaires[0]"),
    ],
)
def test_a_folder_where_a_file_is_meant_is_told(checked: Checked, text: str, key: str) -> None:
    assert checked(text) == [f"HERE/kiosk.yaml:2: {key}: HERE is a folder: name the file"]


def test_a_file_where_a_folder_is_meant_is_told(checked: Checked) -> None:
    assert checked("screen: {attract: {folder: HERE/kiosk.yaml}}") == [
        "HERE/kiosk.yaml:2: screen.attract.folder: HERE/kiosk.yaml is no folder: name the folder"
    ]


INSIDE = {
    "uplink: {tls: {ca: HERE/x}}": "uplink.tls.ca: HERE/x cannot be used",
    "uplink: {tls: {certificate: HERE/x, key: HERE/x}}": (
        "uplink.tls.key: HERE/x and HERE/x cannot be used"
    ),
    "office: {certificate: HERE/x, key: HERE/x}": "office.key: office.certificate HERE/x with",
    "feedback: {public_key: HERE/x}": "feedback.public_key: HERE/x is no PEM public key",
    "screen: {theme: {logo: HERE/x}}": "screen.theme.logo: HERE/x is no JPEG, PNG, WebP",
}


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_no_such_thing_is_told_at_the_line_that_names_it(
    checked: Checked, tmp_path: Path, text: str
) -> None:
    (tmp_path / "x").write_text("rubbish")
    [told] = checked(text)
    assert told.startswith(f"HERE/kiosk.yaml:2: {INSIDE[text]}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "has nothing in its first line: write the password there"),
        (b"\nsecret\n", "has nothing in its first line: write the password there"),
        (b"\xef\xbb\xbfsecret\n", "begins with a byte order mark, no part of a password"),
        (b"\xff\xfes\0", "is not UTF-8 text: save it as UTF-8"),
    ],
)
def test_a_password_that_cannot_be_read_is_told_and_not_shown(
    checked: Checked, tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "p").write_bytes(content)
    [only] = checked("uplink: {password_file: HERE/p}")
    assert only.startswith(f"HERE/kiosk.yaml:2: uplink.password_file: HERE/p {told}")
    assert "secret" not in only


def test_what_systemd_brings_at_the_start_is_not_missed(checked: Checked) -> None:
    path = "/run/credentials/smilepost-of-no-test.service/broker-password"
    assert checked(f"uplink: {{password_file: {path}}}") == []


def test_what_is_wrong_in_a_file_is_told_at_its_own_line_behind_the_configurations(
    checked: Checked, tmp_path: Path
) -> None:
    (tmp_path / "staff.yaml").write_text("sellers:\n  - {seller: heron, pin: rubbish}\n")
    (tmp_path / "office.yaml").write_text("boss: x\n")
    (tmp_path / "q.yaml").write_text("id: q\n")
    text = "staff: {file: staff.yaml}\noffice: {pins: office.yaml}\n"
    told = checked(f"{text}survey: {{questionnaires: [q.yaml]}}\nuplink: {{port: 0}}\n")

    places = [one.split(": ")[0] for one in told]
    assert places[0] == "HERE/kiosk.yaml:5"
    assert set(places[1:]) == {"HERE/office.yaml:1", "HERE/q.yaml:1", "HERE/staff.yaml:2"}


ANY_PATH = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@settings(max_examples=60, deadline=None)
@given(path=ANY_PATH)
def test_whatever_stands_for_a_path_is_answered_and_never_a_crash(
    path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("paths") / "kiosk.yaml"
    tree = {
        "uplink": {"password_file": path, "tls": {"ca": path}},
        "staff": {"file": path},
        "office": {"pins": path, "certificate": path, "key": path},
        "survey": {"questionnaires": [path], "factors": path},
        "screen": {"theme": {"logo": path}, "attract": {"folder": path}},
        "store": {"path": path},
    }
    config.write_text(
        json.dumps({"device": IDS, **tree}, ensure_ascii=False), "utf-8"
    )  # JSON is YAML
    assert all(str(problem).isprintable() for problem in kiosk_problems(config))


def test_every_picture_that_cannot_be_shown_is_told(checked: Checked, tmp_path: Path) -> None:
    folder = tmp_path / "attract"
    folder.mkdir()
    assert checked("screen: {attract: {folder: HERE/attract}}") == [
        (
            "HERE/kiosk.yaml:2: screen.attract.folder: HERE/attract is empty:"
            " put pictures or videos there, or leave screen.attract out"
        )
    ]
    (folder / "good.png").write_bytes(PNG)
    (folder / "notes.txt").write_text("milk")
    (folder / "my picture.png").write_bytes(PNG)
    told = checked("screen: {attract: {folder: HERE/attract}}")
    assert ["'my picture.png'" in one or "notes.txt is no JPEG" in one for one in told] == [
        True
    ] * 2


def test_of_a_section_that_is_wrong_itself_no_file_is_missed(checked: Checked) -> None:
    [only] = checked("staff: {file: a.yaml, hold_s: long}\n")
    assert "staff.hold_s must be a number" in only


def test_what_is_all_there_is_silent(checked: Checked, tmp_path: Path) -> None:
    pin = hash_pin("314152")
    (tmp_path / "staff.yaml").write_text(f"sellers:\n  - {{seller: heron, pin: {pin}}}\n")
    (tmp_path / "office.yaml").write_text(f"manager: {pin}\n")
    (tmp_path / "password").write_text("let me in\n")
    (tmp_path / "logo.png").write_bytes(PNG)
    make_own(tmp_path / "pair.pem", names=("localhost",))
    public = X25519PrivateKey.generate().public_key()
    (tmp_path / "centre.pem").write_bytes(
        public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    text = """\
uplink: {password_file: HERE/password, tls: {certificate: HERE/pair.pem, key: HERE/pair.pem}}
staff: {file: staff.yaml}
office: {enabled: true, pins: office.yaml, certificate: HERE/pair.pem, key: HERE/pair.pem}
feedback: {public_key: HERE/centre.pem}
screen: {theme: {logo: HERE/logo.png}}
store: {path: HERE/none/outbox.db}
"""
    assert checked(text) == []
