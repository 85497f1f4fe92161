"""What keeps the broker and us apart: one class a cause, each with what is wrong and what mends it.

UplinkError
├── PassingError              waiting may mend it
│   ├── UnknownHostError      no name server knows the host, or none answers
│   ├── NobodyListensError    the machine is there, no broker is
│   ├── NoAnswerError         nothing comes back
│   ├── BrokerBusyError       it is there, and asks to come later
│   └── ConnectionLostError   it was there
└── LastingError              a person must mend something
    ├── TlsFilesError         our own certificate files cannot be used
    ├── CertificateError      the broker's certificate does not hold
    │   ├── UnknownAuthorityError
    │   ├── WrongHostNameError
    │   └── ClockError        it and this device's clock contradict each other
    ├── ClientCertificateError
    ├── TlsMismatchError      one end speaks TLS, the other does not
    ├── LoginRefusedError
    ├── UnsuitableBrokerError a broker that cannot carry our messages
    ├── TwinError             another device uses our name
    └── TopicDeniedError      we may not write, or read, there
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from agent.errors import UplinkError

REFUSED = 0x80  # MQTT 5: reason codes from here on are failures
NOBODY_LISTENS = 0x10  # no failure: the broker has taken it, and no session to keep it for
NOT_AUTHORISED = 0x87
PACKET_TOO_LARGE = 0x95
REASONS = {
    0x80: "unspecified error",
    0x83: "implementation specific error",
    NOT_AUTHORISED: "not authorised",
    0x90: "topic name invalid",
    PACKET_TOO_LARGE: "packet too large",
    0x97: "quota exceeded",
    0x99: "payload format invalid",
}
"""Why a broker refuses a message or a subscription."""


class TroubleError(UplinkError):
    """`fact` says what is wrong, `remedy` what to do; the text joins them in one line."""

    def __init__(self, fact: str, *, remedy: str = "") -> None:
        self.fact, self.remedy = one_line(fact), one_line(remedy)
        super().__init__(f"{self.fact}: {self.remedy}" if remedy else self.fact)


class PassingError(TroubleError):
    """Waiting may mend it: a network, a name server or a broker that is not there yet."""


class LastingError(TroubleError):
    """Waiting mends nothing: a person must change the device, the broker or the network."""


# -- passing ------------------------------------------------------------------------------------


class UnknownHostError(PassingError):
    """The broker's name leads nowhere."""


class NobodyListensError(PassingError):
    """The machine answers, but nobody listens on that port."""


class NoAnswerError(PassingError):
    """Nothing comes back in time, or no road leads there."""


class BrokerBusyError(PassingError):
    """The broker asks to come back later; `code` is its MQTT reason code."""

    def __init__(self, fact: str, *, code: int) -> None:
        super().__init__(fact, remedy="tried again; see the broker's log if it lasts")
        self.code = code


class ConnectionLostError(PassingError):
    """The connection was there and is not any more."""


# -- lasting ------------------------------------------------------------------------------------


class TlsFilesError(LastingError):
    """A file named in `uplink.tls` cannot be used."""


class CertificateError(LastingError):
    """The broker's certificate does not hold."""


class UnknownAuthorityError(CertificateError):
    """The broker's certificate is signed by an authority this device does not know."""


class WrongHostNameError(CertificateError):
    """The broker's certificate is for other names: `names`."""

    def __init__(self, fact: str, *, names: tuple[str, ...], remedy: str) -> None:
        super().__init__(fact, remedy=remedy)
        self.names = names


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a certificate holds, in milliseconds since 1970 UTC."""

    begins_ms: int
    ends_ms: int

    def __str__(self) -> str:
        return f"{minute(self.begins_ms)} to {minute(self.ends_ms)}"


class ClockError(CertificateError):
    """The certificate does not hold at the time this device believes it to be.

    `span` is the certificate's, `now_ms` the device's time.
    """

    def __init__(self, fact: str, *, span: Span, now_ms: int, remedy: str) -> None:
        super().__init__(fact, remedy=remedy)
        self.span, self.now_ms = span, now_ms


class ClientCertificateError(LastingError):
    """The broker wants a certificate of this device, or does not accept the one it has."""


class TlsMismatchError(LastingError):
    """One end speaks TLS and the other does not, or no version of it in common."""


class LoginRefusedError(LastingError):
    """The broker does not let this device in; `code` is its MQTT reason code."""

    def __init__(self, fact: str, *, code: int, remedy: str) -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class UnsuitableBrokerError(LastingError):
    """The broker lacks what our messages need; `code` is its MQTT reason code, if it gave one."""

    def __init__(self, fact: str, *, remedy: str, code: int | None = None) -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class TwinError(LastingError):
    """Another client has connected under this device's name."""


class TopicDeniedError(LastingError):
    """The broker denies to `verb` (read or write) `topic`; `code` is its MQTT reason code.

    `rule` is the topic filter that its access rules should allow.
    """

    def __init__(
        self, topic: str, *, verb: str, rule: str, code: int, username: str | None
    ) -> None:
        why = REASONS.get(code, "refused")
        whom = f'user "{username}"' if username else "this device"
        super().__init__(
            f"the broker denies to {verb} {topic}: {why} (0x{code:02x})",
            remedy=f'add "topic {verb} {rule}" for {whom} to its ACL (mosquitto-acl.example)',
        )
        self.topic, self.verb, self.rule, self.code = topic, verb, rule, code


def minute(wall_ms: int) -> str:
    """Write a time as people read it, to the minute, UTC."""
    return f"{datetime.fromtimestamp(wall_ms / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"


def one_line(text: str) -> str:
    """Return a text from outside as one printable line of at most 300 characters."""
    return "".join(c if c.isprintable() else " " for c in text)[:300]
