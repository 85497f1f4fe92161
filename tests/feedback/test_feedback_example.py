"""The centre's side: examples/open_feedback.py opens what a kiosk sealed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from agent.feedback.leaving import Filing, Left, feedback_left
from agent.feedback.sealing import Seal, plain, read_centre_key
from tests.feedback.keys import CENTRE_KEY, private_pem, public_pem, written

ROOT = Path(__file__).parents[2]
SOURCE = "/acme/high-street/till-1"
OTHER = X25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
LEFT = Left(
    about="complaint",
    language="pl",
    text="Za długo czekałem…\nDrugi raz!",
    contact="customer@example.com",
    wants_reply=True,
)


def event(*, seal: Seal = CENTRE_KEY.seal, source: str = SOURCE) -> dict[str, Any]:
    left = feedback_left(LEFT, Filing(SOURCE, "KE55X2RF7R"), seal=seal)
    data = left.model_dump(mode="json", exclude_none=True)
    return {"source": source, "type": left.event_type(), "data": data}


def run(key: Path, *lines: object) -> subprocess.CompletedProcess[str]:
    fed = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    command = [sys.executable, str(ROOT / "examples" / "open_feedback.py"), str(key)]
    return subprocess.run(
        command, input=fed, capture_output=True, text=True, timeout=60, check=False
    )


def key_file(tmp_path: Path) -> Path:
    return written(tmp_path, private_pem())


def test_sealed_feedback_comes_out_readable(tmp_path: Path) -> None:
    ran = run(key_file(tmp_path), event())

    assert json.loads(ran.stdout) == {
        "case": "KE55X2RF7R",
        "about": "complaint",
        "language": "pl",
        "text": LEFT.text,
        "contact": LEFT.contact,
    }
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_example_of_the_contract_opens_with_the_key_that_the_documents_name(
    tmp_path: Path,
) -> None:
    contract = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```json\n(.*smilepost\.feedback\.left\.v1.*)\n```", contract)
    ran = run(key_file(tmp_path), example)

    assert "private key whose bytes are 1, 2, ... 32" in " ".join(
        (ROOT / "docs" / "feedback.md").read_text(encoding="utf-8").split()
    )
    assert json.loads(ran.stdout)["contact"] == "customer@example.com"
    assert json.loads(ran.stdout)["text"].startswith("Twenty minutes in the queue")


def test_the_commands_of_the_document_make_a_pair_that_works(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl is installed: apt install openssl")
    document = (ROOT / "docs" / "feedback.md").read_text(encoding="utf-8")
    [commands] = re.findall(r"```sh\n(.*?)```", document, re.DOTALL)
    # Without the pass phrase, which a person would be asked for.
    without = commands.replace(" -aes-256-cbc", "")
    subprocess.run(
        ["sh", "-ec", without], cwd=tmp_path, check=True, capture_output=True, timeout=60
    )
    public = read_centre_key(tmp_path / "feedback-public.pem")
    ran = run(tmp_path / "feedback-private.pem", event(seal=public.seal))

    assert json.loads(ran.stdout)["text"] == LEFT.text


def test_readable_feedback_and_other_events_pass_through(tmp_path: Path) -> None:
    ran = run(
        key_file(tmp_path), {"type": "smilepost.rating.given.v1"}, "no json", event(seal=plain)
    )

    assert json.loads(ran.stdout)["text"] == LEFT.text
    assert "a line is no JSON" in ran.stderr
    assert ran.returncode == 0


def test_a_box_from_another_device_is_told_and_the_others_still_open(tmp_path: Path) -> None:
    ran = run(key_file(tmp_path), event(source="/acme/high-street/till-2"), event())

    assert "case KE55X2RF7R was changed, cut short, or moved from another event" in ran.stderr
    assert len(ran.stdout.splitlines()) == 1
    assert ran.returncode == 1


def test_a_box_to_another_key_names_that_key(tmp_path: Path) -> None:
    ran = run(written(tmp_path, private_pem(OTHER)), event())

    assert f"is sealed to another key, {CENTRE_KEY.id}" in ran.stderr
    assert ran.returncode == 1


def test_a_cut_box_is_told(tmp_path: Path) -> None:
    cut = event()
    cut["data"]["text"]["box"] = cut["data"]["text"]["box"][:9]
    ran = run(key_file(tmp_path), cut)

    assert "cut short" in ran.stderr
    assert ran.returncode == 1


def test_a_public_key_cannot_open(tmp_path: Path) -> None:
    ran = run(written(tmp_path, public_pem()), event())

    assert "is no PEM private key" in ran.stderr
    assert ran.returncode == 1


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    ran = run(tmp_path / "none.pem", event())

    assert "cannot be read: No such file" in ran.stderr
    assert ran.returncode == 1


def test_an_event_that_is_not_whole_is_told_and_the_others_still_open(tmp_path: Path) -> None:
    hollow = {"type": "smilepost.feedback.left.v1"}
    ran = run(key_file(tmp_path), hollow, hollow | {"data": [1]}, "[1]", event())

    assert ran.stderr.splitlines() == ["an event lacks what it must have: passed over"] * 2
    assert len(ran.stdout.splitlines()) == 1


def test_whoever_has_read_enough_may_leave(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "open_feedback.py"), str(key_file(tmp_path))]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([json.dumps(event())] * 500), encoding="utf-8")
    pipe = subprocess.PIPE
    with (
        file.open() as events,
        subprocess.Popen(command, stdin=events, stdout=pipe, stderr=pipe) as program,
    ):
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 0
