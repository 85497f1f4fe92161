"""`smilepost office`: where the pages for people are, who can sign in, and the fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.config.loading import load_to_run
from agent.errors import OfficeError, SmilepostError
from agent.office.certificate import fingerprint, pair_of
from agent.office.guard import own_addresses, own_names
from agent.office.pins import load_pins
from agent.office.settings import OfficeSettings


def office_command(config: Path) -> int:
    """Print what is configured; returns 1 where nobody could sign in.

    Raises ConfigFileError, and OfficeError for a certificate that cannot be read.
    """
    settings = load_to_run(config).settings
    office = settings.office
    if not office.enabled or office.pins is None:
        _print("off: set office.enabled to true and office.pins to a file of PINs")
        return 0
    for line in _addresses(office):
        _print(line)
    _print(f"certificate: {_certificate(office, store=settings.store.path)}")
    try:
        roles = load_pins(config.parent / office.pins).roles
    except SmilepostError as error:
        _print(f"nobody can sign in: {error}")
        return 1
    _print(f"can sign in: {', '.join(roles)}")
    return 0


def _addresses(office: OfficeSettings) -> Iterator[str]:
    first, *_ = own_names(())
    for name in (first, *office.names, *own_addresses(office.address)):
        yield f"https://{name}:{office.port}"


def _certificate(office: OfficeSettings, *, store: Path) -> str:
    pair = pair_of(office, store=store)
    if pair.own and not pair.certificate.exists():
        return "the agent makes one of its own at its first start with the office on"
    if not pair.own and not pair.certificate.exists():
        raise OfficeError(f"{pair.certificate} does not exist: office.certificate names it")
    whose = "the kiosk's own, " if pair.own else ""
    return f"{whose}SHA-256 {fingerprint(pair.certificate)}"


def _print(line: str) -> None:
    print(line)  # noqa: T201 - this is the command's output
