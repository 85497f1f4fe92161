"""Check of the pages for people: who can sign in, and whether their certificate is good."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agent.config.schema import KioskSettings
from agent.doctor.checks import Failed, NotApplicable
from agent.office.certificate import ends_at, pair_of, prepare
from agent.office.pins import load_pins

SOON_DAYS = 14


def office(settings: KioskSettings, *, config: Path, now: datetime | None = None) -> str:
    """Check the file of PINs and the certificate; raises what the agent would say at its start.

    `config` is the configuration's file, `now` the present time.
    """
    wanted = settings.office
    if not wanted.enabled or wanted.pins is None:
        raise NotApplicable("no pages for people configured")
    roles = ", ".join(load_pins(config.parent / wanted.pins).roles)
    pair = pair_of(wanted, store=settings.store.path)
    if pair.own and not pair.certificate.exists():
        return f"{roles} can sign in; the agent makes a certificate at its next start"
    prepare(pair, names=())
    left = ends_at(pair.certificate) - (now or datetime.now(tz=UTC))
    if left.days < SOON_DAYS:
        raise Failed(
            f"office.certificate ends on {ends_at(pair.certificate):%Y-%m-%d}",
            remedy="renew it, then restart the agent",
        )
    return f"{roles} can sign in; certificate {'of its own' if pair.own else 'good'}"
