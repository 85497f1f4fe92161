"""Open what customers wrote: encrypted feedback in, readable feedback out.

    python examples/open_feedback.py PRIVATE.pem < EVENTS

EVENTS holds one CloudEvent a line, as a subscriber or `smilepost outbox export` writes them; others
than `feedback.left` are passed over. For each one line of JSON comes out: case, about, language,
text, contact. A box that this key does not open is told on standard error, and the exit code is 1.
Needs cryptography, nothing of Smilepost. The private key belongs at the centre alone; a pass phrase
is asked for where it has one.
"""

import base64
import binascii
import hashlib
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from getpass import getpass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

KIND = "feedback.left"
TYPE = f"smilepost.{KIND}.v1"
SCHEME = "smilepost-seal-1"


class OpeningError(Exception):
    """A key or a box that cannot be used."""


def read_key(path: Path) -> X25519PrivateKey:
    """Read the centre's private key. Raises OpeningError that says what to mend."""
    try:
        pem = path.read_bytes()
        asks = b"ENCRYPTED" in pem
        key = load_pem_private_key(pem, getpass("pass phrase: ").encode() if asks else None)
    except OSError as error:
        raise OpeningError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise OpeningError(f"{path} is no PEM private key, or the pass phrase is wrong") from error
    if not isinstance(key, X25519PrivateKey):
        raise OpeningError(f"{path} is a key of another kind: openssl genpkey -algorithm X25519")
    return key


def open_box(box: dict[str, str], key: X25519PrivateKey, facts: bytes) -> str:
    """Open one box; `facts` is what it was sealed with. Raises OpeningError."""
    own = key.public_key().public_bytes_raw()
    if box["seal"] != SCHEME:
        raise OpeningError(f"is sealed by {box['seal']}: this program knows {SCHEME}")
    if box["key"] != hashlib.sha256(own).hexdigest()[:16]:
        raise OpeningError(f"is sealed to another key, {box['key']}")
    try:
        ephemeral = unbase64(box["ephemeral"])
        secret = key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        okm = HKDF(hashes.SHA256(), length=44, salt=ephemeral + own, info=facts).derive(secret)
        return ChaCha20Poly1305(okm[:32]).decrypt(okm[32:], unbase64(box["box"]), facts).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise OpeningError("was changed, cut short, or moved from another event") from error


def unbase64(text: str) -> bytes:
    """Decode base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(event: dict[str, Any], key: X25519PrivateKey) -> dict[str, str]:
    """Return the readable feedback of one event. Raises OpeningError."""
    data = event["data"]
    found = {name: data[name] for name in ("case", "about", "language")}
    for part in ("text", "contact"):
        box = data.get(part)
        if box is None:
            continue
        facts = "\n".join((SCHEME, event["source"], KIND, data["case"], part)).encode()
        found[part] = box["plain"] if "plain" in box else open_box(box, key, facts)
    return found


def feedback_in(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the events that are feedback."""
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            print("a line is no JSON: passed over", file=sys.stderr)
            continue
        if isinstance(event, dict) and event.get("type") == TYPE:
            yield event


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(description="Open encrypted feedback from standard input.")
    parser.add_argument("key", type=Path, help="PEM file of the centre's private key")
    failed = 0
    try:
        key = read_key(parser.parse_args().key)
    except OpeningError as error:
        print(f"open_feedback: {error}", file=sys.stderr)
        return 1
    for event in feedback_in(sys.stdin):
        try:
            print(json.dumps(opened(event, key), ensure_ascii=False))
        except OpeningError as error:
            print(f"case {event['data']['case']} {error}", file=sys.stderr)
            failed = 1
        except (KeyError, TypeError, AttributeError):
            print("an event lacks what it must have: passed over", file=sys.stderr)
            failed = 1
    return failed


def quietly() -> int:
    """Run the command line; whoever has read enough (`| head`) may leave."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        return 0
    return code


if __name__ == "__main__":
    sys.exit(quietly())
