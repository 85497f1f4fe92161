"""The mistakes that people make who install a kiosk: one clear line each, with what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli import main

DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\n"
BUTTONS = """\
panel:
  buttons:
    - {id: bad, pin: 5, light: 12}
    - {id: good, pin: %s}
visit: {scale: 2}
"""

# what somebody did: the text below `device`, the line that is told, and what it says
MISTAKES = {
    "a tab as indentation": ("uplink:\n\tport: 1883\n", 3, "a tab: indent with spaces"),
    "a tab behind a key": ("uplink:\n  port:\t1883\n", 3, "not YAML: a tab: use spaces"),
    "a decimal comma": (
        "alerts:\n  share: 0,5\n",
        3,
        "alerts.share must be a number, not `0,5`: decimals have a point, 0.5",
    ),
    "a decimal comma in braces": (
        "vision: {contact_zone: {y: 0, width: 1, height: 1, x: 0,5}}\n",
        2,
        (
            "vision.contact_zone.5 has no value: a comma begins a new entry here;"
            " decimals have a point"
        ),
    ),
    "too little indentation": (
        "uplink:\n   host: x\n  port: 5\n",
        4,
        "not YAML: wrong indentation: keys of one section begin in the same column",
    ),
    "too much indentation": (
        "uplink:\n host: x\n  port: 5\n",
        4,
        "not YAML: a second `: ` here: wrong indentation, or quotes missing",
    ),
    "a key that is none": (
        "uplink: {prot: 1883}\n",
        2,
        "uplink.prot is not a known key: did you mean `port`?",
    ),
    "no space behind the colon": (
        "uplink:\n  port:1883\n",
        2,
        (
            "uplink must be a section with `key: value` lines below it, not `port:1883`:"
            " a space belongs behind the colon"
        ),
    ),
    "a pin twice": (
        BUTTONS % 12,
        5,
        (
            "panel.buttons[1].pin is 12, and so is panel.buttons[0].light in line 4:"
            " give each a pin of its own"
        ),
    ),
    "a pin that is taken by a light at the counter": (
        BUTTONS % 6 + "alerts: {light_pin: 6}\n",
        7,
        (
            "alerts.light_pin is 6, and so is panel.buttons[1].pin in line 5:"
            " give each a pin of its own"
        ),
    ),
    "the position on the header for a pin": (
        BUTTONS % 40,
        5,
        (
            "panel.buttons[1].pin: 40 is no BCM number: choose from 0 to 27; the README's wiring"
            " table has them, they are not the positions on the header"
        ),
    ),
    "an address without its scheme": (
        "feedback: {continue_url: 'feedback.example/{token}'}\n",
        2,
        "feedback.continue_url: the address must begin with https:// and a host, {token} behind it",
    ),
    "an address where a host is meant": (
        "uplink: {host: 'mqtt://broker.example:1883'}\n",
        2,
        (
            "uplink.host must be a host name or address, not `mqtt://broker.example:1883`:"
            " the name alone, its port has a key of its own"
        ),
    ),
    "a port behind the host": (
        "uplink: {host: 'localhost:1883'}\n",
        2,
        (
            "uplink.host: localhost:1883 has a port behind it: the name alone, `port` is a key of"
            " its own"
        ),
    ),
    "no file with the broker's password": (
        "uplink:\n  password_file: FOLDER/none\n",
        3,
        (
            "uplink.password_file: there is no file FOLDER/none:"
            " write the password into its first line, or mend the path"
        ),
    ),
    "a folder for a file": (
        "uplink:\n  password_file: FOLDER\n",
        3,
        "uplink.password_file: FOLDER is a folder: name the file",
    ),
    "a folder for the store": (
        "store: {path: FOLDER}\n",
        2,
        "store.path: FOLDER is a folder: name the file",
    ),
    "a time zone misspelled": (
        "site: {timezone: Europe/Berln}\n",
        2,
        "site.timezone: there is no time zone Europe/Berln: did you mean Europe/Berlin?",
    ),
    "a language that there is not": (
        "visit: {question: {en: Well, uk: Tak}}\n",
        2,
        "visit.question.uk must be one of en, ru, pl, de, ar, not `uk`",
    ),
    "a language without its text": (
        "visit: {question: {en: Well}}\nscreen: {languages: [en, de]}\n",
        2,
        (
            "visit.question is missing in de: add the text, or take the language out of"
            " screen.languages"
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_line_says_what_to_mend(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, line, told = MISTAKES[mistake]
    file = tmp_path / "kiosk.yaml"
    file.write_text((DEVICE + text).replace("FOLDER", str(tmp_path)), "utf-8")

    assert main(["check", str(file)]) == 1
    said = capsys.readouterr().out
    assert said == f"{file}:{line}: {told}\n".replace("FOLDER", str(tmp_path))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_line_ends_and_marks_of_windows_are_taken_as_they_come(
    mark: bytes, ends: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DEVICE + "uplink:\n  host: broker.example\n  port: 0\n"
    file = tmp_path / "kiosk.yaml"
    file.write_bytes(mark + text.replace("\n", ends).encode())

    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out == f"{file}:4: uplink.port must be at least 1, not `0`\n"

    file.write_bytes(mark + text.replace("port: 0", "port: 1").replace("\n", ends).encode())
    assert main(["check", str(file)]) == 0


def test_a_file_of_another_encoding_is_told_how_to_be_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kiosk.yaml"
    file.write_bytes(DEVICE.encode("utf-16"))

    assert main(["check", str(file)]) == 1
    assert (
        capsys.readouterr().out == f"{file}:1: a byte that is not UTF-8: save the file as UTF-8\n"
    )
