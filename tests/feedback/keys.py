"""A centre's key pair, and key files good and bad."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from agent.feedback.sealing import CentreKey

CENTRE = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
"""The key of the example in docs/contract.md; docs/feedback.md names it."""
CENTRE_KEY = CentreKey(CENTRE.public_key())


def private_pem(key: X25519PrivateKey = CENTRE, *, phrase: bytes | None = None) -> bytes:
    how: KeySerializationEncryption = BestAvailableEncryption(phrase) if phrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def public_pem(key: X25519PublicKey | None = None) -> bytes:
    return (key or CENTRE.public_key()).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )


def other_kind_pem() -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def written(folder: Path, content: bytes, *, name: str = "key.pem") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file
