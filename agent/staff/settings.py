"""The `alerts` and `staff` sections: who is told what, and who can sign on."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from agent.config.base import Name, Settings
from agent.config.problem import clash_error, doubles
from agent.panel.settings import Pin
from agent.uplink.settings import Host, TlsSettings

ENDED_BY_ITSELF = ("amended", "subsided")
HOLD_KEYS = 2


class LocalBrokerSettings(Settings):
    """A broker in the shop that hears alerts when the internet is down."""

    host: Host
    """Name or address."""
    port: int = Field(default=1883, ge=1, le=65535)
    """TCP port."""
    username: str | None = None
    """MQTT user name, when that broker asks for one."""
    password_file: Path | None = None
    """File whose first line is the password."""
    tls: TlsSettings | None = None
    """Turn TLS on; an empty mapping `{}` uses the system's authorities."""


class AlertSettings(Settings):
    """When somebody is told, and how."""

    enabled: bool = True
    """False: nobody is told; the answers themselves are published as ever."""
    share: float = Field(default=0.5, gt=0, le=1)
    """The counter is told when so large a share of the answers is unhappy ..."""
    least: int = Field(default=4, ge=3, le=1000)
    """... of at least so many ..."""
    minutes: float = Field(default=15.0, ge=1, le=240)
    """... within so long a time."""
    quiet_minutes: float = Field(default=15.0, ge=0, le=1440)
    """After such an alert has ended the next one waits so long."""
    escalate_minutes: float = Field(default=10.0, ge=0, le=1440)
    """An alert nobody has acknowledged for so long is escalated once; 0: never."""
    offer_help: bool | None = None
    """Whether the customer's page offers to ask for someone; absent: where a light, a relay, a
    broker in the shop or the staff's page is there to hear it."""
    actions: tuple[Name, ...] = Field(
        default=("talked", "refunded", "opened_till", "cleaned", "restocked", "nothing"),
        min_length=1,
        max_length=20,
    )
    """What can be said to have been done when an alert is resolved."""
    light_pin: Pin | None = None
    """BCM pin of a light at the counter: on while an alert for the counter is not acknowledged."""
    relay_pin: Pin | None = None
    """BCM pin of a relay, such as a bell in the back room: on while a customer asks for someone,
    or while an alert for the counter is escalated."""
    broker: LocalBrokerSettings | None = None
    """A second broker, in the shop, that hears alerts too."""

    @field_validator("actions")
    @classmethod
    def _actions_are_free(cls, actions: tuple[str, ...]) -> tuple[str, ...]:
        for index, action in enumerate(actions):
            if action in ENDED_BY_ITSELF:
                raise ValueError(f"{action} is what an alert that ends by itself says: rename it")
            if action in actions[:index]:
                raise ValueError(f"{action} stands twice")
        return actions

    @model_validator(mode="after")
    def _pins_differ(self) -> AlertSettings:
        pins = ((self.light_pin, ("light_pin",)), (self.relay_pin, ("relay_pin",)))
        used = [(pin, key) for pin, key in pins if pin is not None]
        if doubled := list(doubles(used, "a pin")):
            raise clash_error(doubled)
        return self


class StaffSettings(Settings):
    """Who can sign on to a shift, how, and for how long."""

    file: str | None = None
    """YAML file of pseudonyms and PIN hashes (`smilepost staff hash`); without it nobody can."""
    pin_digits: int = Field(default=6, ge=4, le=12)
    """How many digits every PIN has."""
    hold: tuple[Name, ...] = Field(default=(), max_length=HOLD_KEYS)
    """Two buttons that are held together to enter a PIN by buttons: the outermost are best. Empty:
    by page only."""
    hold_s: float = Field(default=3.0, ge=2, le=8)
    """How long they are held."""
    entry_s: float = Field(default=10.0, ge=5, le=30)
    """How long a PIN may take; afterwards presses are answers again."""
    idle_hours: float = Field(default=4.0, ge=0.25, le=24)
    """A shift in which nothing happens for so long ends."""

    @model_validator(mode="after")
    def _parts_agree(self) -> StaffSettings:
        if self.hold and self.file is None:
            raise ValueError("hold needs `file`: nobody could sign on")
        if self.hold and len(set(self.hold)) < HOLD_KEYS:
            raise ValueError(f"hold names only {self.hold[0]}: customers hold one button, name two")
        return self
