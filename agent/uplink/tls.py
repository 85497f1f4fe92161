"""TLS towards the broker, also while the device does not know what time it is.

A Raspberry Pi has no clock battery: it may boot in 1970, or a year ago, and learns the time from
the network, which may be the one behind this very broker. A certificate judged by such a clock
"is not valid yet", and the kiosk would stay offline for ever. So as long as the kernel says that
its clock is not synchronised, the chain and the name are checked as always, but the times of the
broker's own certificate against the *floor*: the time before which it cannot be now (this
release, the newest trusted time in the store). Once the clock is synchronised all of it holds
again, for a connection made before as well.

What an attacker gains: who holds the key of a certificate of this very broker, signed by the
configured authority, that has expired since the floor (or an expired certificate of an
intermediate authority), can play the broker towards a device whose clock is not synchronised yet.
Without that key: nothing. A certificate that ended before the floor is refused.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

from agent.clock import Clock
from agent.uplink.errors import ClockError, Span, TlsFilesError, minute
from agent.uplink.settings import TlsSettings

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME: Python has no name for it
Certificate = dict[str, Any]
"""As `ssl.SSLSocket.getpeercert` returns it."""


@dataclass(frozen=True, slots=True)
class Time:
    """What this device knows of the time, in milliseconds since 1970 UTC."""

    wall_ms: int
    synced: bool
    floor_ms: int


def time_of(clock: Clock) -> Time:
    """Ask a clock what it knows."""
    moment = clock.moment()
    wall_ms = time.time_ns() // 1_000_000 if moment.wall_ms is None else moment.wall_ms
    return Time(wall_ms, moment.trust == "synced", clock.floor_ms)


def tls_context(tls: TlsSettings, *, check_time: bool = True) -> ssl.SSLContext:
    """Return the TLS context of the configuration, TLS 1.2 or newer.

    Without `check_time` the caller judges the certificate's span (`judge_span`).
    Raises TlsFilesError for unusable files.
    """
    context = _trusting(tls)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not check_time:
        context.verify_flags |= NO_CHECK_TIME
    if tls.certificate is not None and tls.key is not None:
        try:
            # Without a password of ours OpenSSL would ask for one on the terminal, and wait.
            context.load_cert_chain(tls.certificate, tls.key, password="-")  # noqa: S106
        except OSError as error:
            raise TlsFilesError(
                f"uplink.tls: {tls.certificate} and {tls.key} cannot be used: {_why(error)}",
                remedy="give this device's certificate and its own key, PEM, without a password",
            ) from error
    return context


def _trusting(tls: TlsSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    except OSError as error:
        raise TlsFilesError(
            f"uplink.tls.ca {tls.ca} cannot be used: {_why(error)}",
            remedy="give the PEM file of the authority that signed the broker's certificate",
        ) from error


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error)
    return error.strerror or str(error)


def span_of(certificate: Certificate) -> Span:
    """Return from when to when a certificate holds."""
    begins_s, ends_s = (
        ssl.cert_time_to_seconds(certificate[field]) for field in ("notBefore", "notAfter")
    )
    return Span(begins_s * 1000, ends_s * 1000)


def names_of(certificate: Certificate) -> tuple[str, ...]:
    """Return the host names and addresses a certificate is for."""
    return tuple(name for _kind, name in certificate.get("subjectAltName", ()))


def judge_span(where: str, certificate: Certificate, *, now: Time) -> None:
    """Raise ClockError when a certificate cannot hold now, as far as the device knows."""
    span = span_of(certificate)
    if now.synced:
        if not span.begins_ms <= now.wall_ms <= span.ends_ms:
            raise clock_error(where, span, now=now)
    elif span.ends_ms < now.floor_ms:
        raise ClockError(
            f"broker {where}: its certificate holds {span}, and it is at least"
            f" {minute(now.floor_ms)} (this device's clock is not synchronised)",
            span=span,
            now_ms=now.floor_ms,
            remedy="renew the broker's certificate",
        )


def clock_error(where: str, span: Span, *, now: Time) -> ClockError:
    """Say that a certificate and this device's synchronised clock contradict each other."""
    what = "is not valid yet" if now.wall_ms < span.begins_ms else "has expired"
    return ClockError(
        f"broker {where}: its certificate {what}: it holds {span},"
        f" this device's clock says {minute(now.wall_ms)}",
        span=span,
        now_ms=now.wall_ms,
        remedy="mend this device's clock (timedatectl), or renew the broker's certificate",
    )


def presented_certificate(
    host: str, port: int, tls: TlsSettings, *, wait_s: float
) -> Certificate | None:
    """Return the certificate a broker shows, if the configured authority has signed it.

    Neither its times nor its names are looked at: it is only read, to say what is wrong with it.
    """
    context = tls_context(tls, check_time=False)
    context.check_hostname = False
    try:
        with (
            socket.create_connection((host, port), wait_s) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return secured.getpeercert()
    except OSError:
        return None
