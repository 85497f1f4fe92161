"""PINs: how one is hashed, checked, and refused when it is easily guessed.

A PIN is short, so its hash only slows down who steals the file: nobody else may read that. Against
guessing at the till there is the lock-out (agent/staff/lockout.py). scrypt: RFC 7914.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import itertools
import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from agent.errors import StaffError

SCHEME = "scrypt"
LOG_N, R, P = 12, 8, 1  # a PIN by buttons is tried against every hash of the roster
SALT_BYTES = KEY_BYTES = 16
MIN_LOG_N, MAX_LOG_N, MAX_R, MAX_P = (
    12,
    16,
    8,
    4,
)  # a file must not be able to stop the kiosk with one line
MEMORY_BYTES = 128 << 20
BARE = re.compile(r"[\d\s._-]+")
NO_HASH = "this is a PIN, not its hash: run `smilepost staff hash`, and write here what it prints"
FORM = re.compile(r"^scrypt\$(\d{1,2})\$(\d)\$(\d)\$([\w-]{22})\$([\w-]{22})$", re.ASCII)


@dataclass(frozen=True, slots=True)
class PinHash:
    """A hash as the staff file holds it: `scrypt$<log2 n>$<r>$<p>$<salt>$<key>`."""

    log_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def __str__(self) -> str:
        """Return the text for the file."""
        salt, key = _to_text(self.salt), _to_text(self.key)
        return f"{SCHEME}${self.log_n}${self.r}${self.p}${salt}${key}"

    def matches(self, pin: str) -> bool:
        """Tell whether it is this PIN's, in a time that does not depend on the PIN."""
        key = _derive(pin, salt=self.salt, log_n=self.log_n, r=self.r, p=self.p)
        return hmac.compare_digest(key, self.key)


def hash_pin(pin: str) -> PinHash:
    """Hash a PIN with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return PinHash(LOG_N, R, P, salt, _derive(pin, salt=salt, log_n=LOG_N, r=R, p=P))


def read_hash(text: str) -> PinHash:
    """Read a hash from the file. Raises StaffError for what `staff hash` never prints."""
    if BARE.fullmatch(text):
        raise StaffError(NO_HASH)
    match = FORM.match(text)
    if match is None:
        raise StaffError("the PIN's hash is damaged: print a new one with `smilepost staff hash`")
    log_n, r, p = (int(match[i]) for i in (1, 2, 3))
    if not (MIN_LOG_N <= log_n <= MAX_LOG_N and 1 <= r <= MAX_R and 1 <= p <= MAX_P):
        raise StaffError("the PIN's hash is too costly or too cheap: make one with this release")
    return PinHash(log_n, r, p, _to_bytes(match[4]), _to_bytes(match[5]))


def _no_number(value: object) -> object:
    """Refuse a PIN without quotes: YAML takes it for a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise StaffError(NO_HASH)
    return value


def _is_a_hash(text: str) -> str:
    read_hash(text)
    return text


HashText = Annotated[str, AfterValidator(_is_a_hash), BeforeValidator(_no_number)]
"""A hash in a file. Whoever writes a PIN there is told, and the PIN stands in no message."""


def weakness(pin: str, *, digits: int, keys: int | None = None) -> str | None:
    """Say in one line why a PIN cannot be taken; None for a good one.

    `keys`: it is to be entered by so many buttons, the digits 1 to `keys`.
    """
    if not re.fullmatch(r"[0-9]+", pin):
        return "a PIN has digits only"
    if keys is not None and not all("1" <= digit <= str(keys) for digit in pin):
        return f"by {keys} buttons only the digits 1 to {keys} can be entered"
    if len(pin) != digits:
        return f"the PIN has {len(pin)} digits, staff.pin_digits wants {digits}"
    if len(set(pin)) == 1:
        return "the PIN is one digit over and over: take another one"
    if _is_a_run(pin):
        return "the PIN only counts up or down: take another one"
    return None


def _is_a_run(pin: str) -> bool:
    steps = {int(b) - int(a) for a, b in itertools.pairwise(pin)}
    return steps in ({1}, {-1})


def _derive(pin: str, *, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=1 << log_n, r=r, p=p, maxmem=MEMORY_BYTES, dklen=KEY_BYTES
    )


def _to_text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "==")
    except binascii.Error as error:
        raise StaffError("the PIN's hash is damaged: print a new one") from error
