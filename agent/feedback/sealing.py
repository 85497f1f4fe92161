"""A customer's words, encrypted to the centre's public key before they are stored or sent.

For each text a key pair is drawn and forgotten; X25519 of it and the centre's public key gives a
secret, HKDF-SHA256 (RFC 5869; salt: both public keys; info: what is sealed) a key and nonce used
once, ChaCha20-Poly1305 (RFC 8439) the box. What it belongs to (device, kind of event, case, text or
contact) is authenticated with it, so a box moved elsewhere does not open. The device cannot read
back what it wrote. The scheme says nothing of the sender: the broker's rights do.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from agent.errors import ConfigError
from agent.events.personal import Personal, Plain, Sealed
from agent.feedback.settings import FeedbackSettings

SCHEME: Literal["smilepost-seal-1"] = "smilepost-seal-1"
MOST_KEY_FILE_BYTES = 10_000
KEY_BYTES = 32
NONCE_BYTES = 12

Part = Literal["text", "contact"]
Seal = Callable[[str, "Context"], Personal]
"""Turns a text into what the event carries of it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a text belongs to; authenticated with it."""

    source: str
    """`/<tenant>/<site>/<device>`."""
    kind: str
    """The event's kind."""
    case: str
    """The case number, without its hyphen."""
    part: Part
    """Which field of the event."""

    def encode(self) -> bytes:
        """Return the associated data: the scheme and the four facts, a line each."""
        return f"{SCHEME}\n{self.source}\n{self.kind}\n{self.case}\n{self.part}".encode()


@dataclass(frozen=True, slots=True)
class CentreKey:
    """The centre's public key."""

    key: X25519PublicKey

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
        return hashlib.sha256(self.key.public_bytes_raw()).hexdigest()[:16]

    def seal(self, text: str, context: Context) -> Sealed:
        """Return the text encrypted to this key; twice the same text gives two boxes."""
        ephemeral = X25519PrivateKey.generate()
        public = ephemeral.public_key().public_bytes_raw()
        salt = public + self.key.public_bytes_raw()
        secret, facts = ephemeral.exchange(self.key), context.encode()
        key, nonce = derive(secret, salt=salt, info=facts)
        box = ChaCha20Poly1305(key).encrypt(nonce, text.encode(), facts)
        return Sealed(seal=SCHEME, key=self.id, ephemeral=_base64url(public), box=_base64url(box))


def derive(secret: bytes, *, salt: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return the key (32 bytes) and nonce (12 bytes) of one box."""
    length = KEY_BYTES + NONCE_BYTES
    okm = HKDF(hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
    return okm[:KEY_BYTES], okm[KEY_BYTES:]


def plain(text: str, context: Context) -> Plain:
    """Return the text as it is: only where the configuration states `plain: true`."""
    del context
    return Plain(plain=text)


def chosen_seal(settings: FeedbackSettings) -> Seal | None:
    """Return how the `feedback` section wants words kept; None where it lets none be asked for.

    Raises ConfigError for a key file that cannot be used: call it before the first customer comes.
    """
    if settings.public_key is not None:
        return read_centre_key(settings.public_key).seal
    return plain if settings.plain else None


def read_centre_key(path: Path) -> CentreKey:
    """Read the centre's public key from a PEM file.

    Raises ConfigError that says what is wrong with the file and what to put there.
    """
    pem = _content(path)
    if b"PRIVATE KEY" in pem:
        raise ConfigError(
            f"feedback.public_key: {path} is a private key: keep it at the centre and put the"
            " public half here (openssl pkey -in PRIVATE.pem -pubout)"
        )
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"feedback.public_key: {path} is no PEM public key: it must begin with"
            " -----BEGIN PUBLIC KEY-----"
        ) from error
    if not isinstance(key, X25519PublicKey):
        raise ConfigError(
            f"feedback.public_key: {path} is a key of another kind: make one with openssl genpkey"
            " -algorithm X25519"
        )
    return CentreKey(_usable(key, path))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_KEY_FILE_BYTES)
    except OSError as error:
        raise ConfigError(
            f"feedback.public_key: {path} cannot be read ({error.strerror}): put the centre's"
            " public key there"
        ) from error


def _usable(key: X25519PublicKey, path: Path) -> X25519PublicKey:
    """Refuse the few points with which every secret would be zero (RFC 7748, 6.1)."""
    try:
        X25519PrivateKey.generate().exchange(key)
    except ValueError as error:
        raise ConfigError(
            f"feedback.public_key: {path} protects nothing, its point is of low order: ask the"
            " centre for its key again"
        ) from error
    return key


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
