"""From what the network, OpenSSL or the broker said to what is wrong and what mends it."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass

from agent.uplink.errors import (
    BrokerBusyError,
    CertificateError,
    ClientCertificateError,
    LoginRefusedError,
    NoAnswerError,
    NobodyListensError,
    PassingError,
    TlsMismatchError,
    TroubleError,
    UnknownAuthorityError,
    UnknownHostError,
    UnsuitableBrokerError,
    WrongHostNameError,
)
from agent.uplink.tls import Certificate, Time, clock_error, names_of, span_of

# OpenSSL's verification results (X509_V_ERR_...).
OUT_OF_TIME = frozenset({9, 10})
_WRONG_NAME = frozenset({62, 64})
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})

# MQTT 5 reason codes of a CONNACK.
RETAIN_UNSUPPORTED = 0x9A
_UNSUITABLE = {
    0x84: ("does not speak MQTT 5", "use a broker that does: Mosquitto 1.6 or newer"),
    0x95: ("takes no packet as large as our will", "raise its packet limit to 1 KiB at least"),
    RETAIN_UNSUPPORTED: ("keeps no retained messages", "let it (Mosquitto: retain_available true)"),
    0x9B: ("does not take QoS 1", "let it: nothing would be acknowledged (Mosquitto: max_qos)"),
}
_BUSY = frozenset({0x88, 0x89, 0x97, 0x9F})

_LOGIN = "mend uplink.username and password_file, or the broker's user list"
_REMEDIES = {
    0x85: "device.tenant, site and id make the client id: change them, or the broker's rule",
    0x86: _LOGIN,
    0x87: _LOGIN,
    0x8A: "it has banned this device: see the broker's log",
    0x8C: _LOGIN,
    0x9C: "set uplink.host to the broker it names",
    0x9D: "set uplink.host to the broker it names",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the broker is said to be, and whether TLS is spoken to it."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def unreachable(place: Place, error: OSError) -> TroubleError:
    """Say why no connection to the broker comes about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return distrusted(place, error, certificate=None)
    if isinstance(error, socket.gaierror):
        return _unknown_host(place, error)
    if isinstance(error, ssl.SSLError) or (place.tls and isinstance(error, ConnectionResetError)):
        return tls_trouble(place, error)
    if isinstance(error, ConnectionRefusedError):
        remedy = "is it running, is uplink.port right?"
        return NobodyListensError(f"broker {place} refuses connections", remedy=remedy)
    if isinstance(error, TimeoutError):
        remedy = "check the network and uplink.host"
        return NoAnswerError(f"broker {place} does not answer", remedy=remedy)
    return _no_road(place, error)


def _unknown_host(place: Place, error: socket.gaierror) -> TroubleError:
    if error.errno == socket.EAI_AGAIN:
        fact, remedy = "no name server answers", "check the network and its DNS"
    else:
        fact, remedy = error.strerror or "its name is not known", "check uplink.host and the DNS"
    return UnknownHostError(f"broker {place} cannot be reached: {fact}", remedy=remedy)


def _no_road(place: Place, error: OSError) -> TroubleError:
    fact = f"broker {place} cannot be reached: {error.strerror or error}"
    if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}:
        return NoAnswerError(fact, remedy="check this device's network")
    return PassingError(fact)


# -- TLS ----------------------------------------------------------------------------------------


def distrusted(
    place: Place, error: ssl.SSLCertVerificationError, *, certificate: Certificate | None
) -> CertificateError:
    """Say why the broker's certificate does not hold; `certificate` where it is known."""
    said = f"broker {place}: its certificate does not hold: {error.verify_message}"
    if error.verify_code in _UNKNOWN_ISSUER:
        remedy = "set uplink.tls.ca to the authority that signed it"
        return UnknownAuthorityError(said, remedy=remedy)
    if error.verify_code in _WRONG_NAME:
        names = () if certificate is None else names_of(certificate)
        fact = f"{said}; it is for {', '.join(names[:10])}" if names else said
        remedy = "set uplink.host to a name in the certificate"
        return WrongHostNameError(fact, names=names, remedy=remedy)
    return CertificateError(said, remedy="see the broker's certificate and this device's clock")


def out_of_time(place: Place, certificate: Certificate, *, now: Time) -> CertificateError:
    """Say that OpenSSL found a certificate expired, or not valid yet."""
    return clock_error(str(place), span_of(certificate), now=now)


def tls_trouble(place: Place, error: OSError) -> TroubleError:
    """Say why TLS fails other than by the broker's certificate."""
    reason = str(getattr(error, "reason", None) or error)
    if "ALERT" in reason:
        return _alert(place, reason)
    if reason in {"UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"}:
        return _too_old(place, reason)
    return TlsMismatchError(
        f"broker {place}: TLS fails ({reason})", remedy="is uplink.port its TLS port?"
    )


def _alert(place: Place, reason: str) -> TroubleError:
    """Name what the broker's TLS objects to, by its alert (RFC 8446, chapter 6)."""
    said = f"broker {place} ends TLS"
    wanted, own = "set uplink.tls.certificate and key", "see uplink.tls.certificate"
    told: dict[str, tuple[str, str]] = {
        "CERTIFICATE_REQUIRED": ("it wants a certificate of this device", wanted),
        "HANDSHAKE_FAILURE": ("it may want a certificate of this device", wanted),
        "UNKNOWN_CA": (
            "it does not know the authority of this device's certificate",
            "give the broker that authority (Mosquitto: cafile)",
        ),
        "CERTIFICATE_EXPIRED": ("this device's certificate has expired there", "renew it"),
        "CERTIFICATE_REVOKED": ("this device's certificate is revoked", "issue a new one"),
        "CERTIFICATE": ("it does not accept this device's certificate", own),
        "ACCESS_DENIED": ("it does not let this device's certificate in", own),
        "DECRYPT_ERROR": ("it does not accept this device's certificate", own),
    }
    for word, (what, remedy) in told.items():
        if word in reason:
            return ClientCertificateError(f"{said}: {what} ({reason})", remedy=remedy)
    if "PROTOCOL_VERSION" in reason:
        return _too_old(place, reason)
    return TlsMismatchError(f"{said} ({reason})", remedy="is uplink.port its TLS port?")


def _too_old(place: Place, reason: str) -> TroubleError:
    fact = f"broker {place} speaks no TLS version of ours ({reason})"
    return TlsMismatchError(fact, remedy="let it offer TLS 1.2 or 1.3")


def speaks_tls(place: Place) -> TroubleError:
    """Say that a plain connection met a TLS listener."""
    remedy = "add `tls:` to uplink, or give its plain port"
    return TlsMismatchError(f"broker {place} speaks TLS on this port", remedy=remedy)


# -- the broker's word -----------------------------------------------------------------------------


def refused(place: Place, *, code: int, name: str, told: str | None) -> TroubleError:
    """Say what a CONNACK with a failing reason code means.

    `name` is the reason in words, `told` what the broker adds (Reason String).
    """
    why = f"{name}, {told}" if told else name
    if code in _UNSUITABLE:
        fact, remedy = _UNSUITABLE[code]
        return UnsuitableBrokerError(f"broker {place} {fact} ({why})", remedy=remedy, code=code)
    said = f"broker {place} does not accept this device: {why}"
    if code in _BUSY:
        return BrokerBusyError(said, code=code)
    remedy = _REMEDIES.get(code, "see the broker's log")
    return LoginRefusedError(said, code=code, remedy=remedy)


def no_word(place: Place, *, closed: bool) -> TroubleError:
    """Say that the broker never answered the CONNECT."""
    said = f"broker {place} does not accept this device"
    if not closed:
        return NoAnswerError(f"{said}: no answer", remedy="is uplink.port an MQTT listener?")
    if place.tls:
        hint = "see the broker's log"
    else:
        hint = "is uplink.port a TLS port (then add `tls:`), or no MQTT 5 listener?"
    return NoAnswerError(f"{said}: it closed the connection", remedy=hint)
