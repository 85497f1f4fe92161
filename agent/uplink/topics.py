"""The topics of one device."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIX = "smilepost/v1"


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic stands under `smilepost/v1/<tenant>/<site>/<device>`."""

    tenant: str
    site: str
    device: str
    root: str = field(init=False)
    """What all topics of this device begin with."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", f"{PREFIX}{self.source}")

    @property
    def source(self) -> str:
        """The CloudEvents source: `/<tenant>/<site>/<device>`."""
        return f"/{self.tenant}/{self.site}/{self.device}"

    @property
    def status(self) -> str:
        """Retained birth and will."""
        return f"{self.root}/status"

    @property
    def presence(self) -> str:
        """Retained count of contacts present."""
        return f"{self.root}/presence"

    @property
    def receipt(self) -> str:
        """Where the centre confirms what it has stored."""
        return f"{self.root}/receipt"

    @property
    def cases(self) -> str:
        """Where the centre tells how a customer's case stands."""
        return f"{self.root}/cases"

    @property
    def counter(self) -> str:
        """What the counter may know of open alerts; retained, on the shop's own broker alone."""
        return f"{self.root}/counter"

    @property
    def alert(self) -> str:
        """Every `alert.*` event: who must hear them subscribes to nothing else."""
        return f"{self.root}/alert"

    def event(self, kind: str) -> str:
        """Return the topic of one kind of event."""
        return self.alert if _is_alert(kind) else f"{self.root}/event/{kind}"

    def write_rule(self, kind: str) -> str:
        """Return what a broker's rule must allow this device to write for a kind of event."""
        return self.alert if _is_alert(kind) else self.event("#")


def _is_alert(kind: str) -> bool:
    return kind.startswith("alert.")
