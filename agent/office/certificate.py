"""The certificate of the pages: the operator's, or one that the kiosk makes for itself.

One of our own proves nothing by itself: its fingerprint stands in the log and is printed by
`smilepost office`, to be compared once with what the browser shows.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.clock.release import RELEASE_FLOOR_MS
from agent.errors import OfficeError
from agent.office.settings import OfficeSettings
from agent.whole import write_whole

OWN_FILE = "office.pem"
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, 4.1.2.5: no end is known."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, as PEM files."""

    certificate: Path
    key: Path
    own: bool
    """Made by the kiosk itself: no authority vouches for it."""


def pair_of(settings: OfficeSettings, *, store: Path) -> Pair:
    """Return the configured pair, or the kiosk's own beside its store."""
    if settings.certificate is not None and settings.key is not None:
        return Pair(settings.certificate, settings.key, own=False)
    own = store.with_name(OWN_FILE)
    return Pair(own, own, own=True)


def prepare(pair: Pair, *, names: Iterable[str]) -> ssl.SSLContext:
    """Return what TLS needs; a pair of our own is made where there is none.

    Raises OfficeError for a pair that cannot be used.
    """
    if pair.own and not pair.certificate.exists():
        make_own(pair.certificate, names=names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    try:
        # The password is asked for on a terminal otherwise.
        context.load_cert_chain(pair.certificate, pair.key, password=lambda: b"")
    except ssl.SSLError as error:
        raise OfficeError(_unusable(pair, error.reason or "not a pair")) from error
    except OSError as error:
        raise OfficeError(_unusable(pair, error.strerror or str(error))) from error
    return context


def _unusable(pair: Pair, why: str) -> str:
    if pair.own:
        return f"{pair.certificate} cannot be used ({why}): delete it, a new one is then made"
    return (
        f"office.certificate {pair.certificate} with office.key {pair.key} cannot be used ({why}):"
        " give PEM files that belong together, the key without a pass phrase"
    )


def make_own(path: Path, *, names: Iterable[str]) -> None:
    """Write a new key and its certificate to one file that nobody else may read.

    It is valid from this release on and has no end: the kiosk may not know the time yet. Raises
    OfficeError.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = _sign(key, names).public_bytes(serialization.Encoding.PEM)
    try:
        write_whole(path, private + public)
    except OSError as error:
        raise OfficeError(
            f"{path} cannot be written ({error.strerror}): let the agent's user own that folder"
        ) from error


def _sign(key: ec.EllipticCurvePrivateKey, names: Iterable[str]) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Smilepost kiosk")])
    begins = datetime.fromtimestamp(RELEASE_FLOOR_MS / 1000, tz=UTC)
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(NEVER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(server, critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .sign(key, hashes.SHA256())
    )


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def fingerprint(certificate: Path) -> str:
    """Return a certificate's SHA-256 as browsers show it. Raises OfficeError."""
    return _read(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def ends_at(certificate: Path) -> datetime:
    """Return when a certificate ends. Raises OfficeError."""
    return _read(certificate).not_valid_after_utc


def _read(certificate: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes())
    except OSError as error:
        raise OfficeError(
            f"{certificate} cannot be read ({error.strerror}): run as root or as the agent's user"
        ) from error
    except ValueError as error:
        raise OfficeError(f"{certificate} holds no certificate: give a PEM file") from error
