"""An office to try: its settings, a duty that notes what it was told, and a browser without one."""

from __future__ import annotations

import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from agent.clock import SystemClock
from agent.config.schema import KioskSettings
from agent.events.catalogue import DeviceFault, EventData
from agent.feedback.casebook import CaseBook
from agent.office.office import Office
from agent.office.pages import Pages
from agent.office.parts import Backstage
from agent.office.pins import Role
from agent.outbox.store import Store
from agent.served.calibrator import Calibrator
from agent.served.setups import calibrator_of
from agent.staff.alert import Alert
from agent.staff.pin import hash_pin
from agent.staff.refusals import RefusedError
from agent.staff.shifts import Shift
from agent.testing import FakeClock
from agent.uplink import UplinkState
from agent.visit.trial import Trial
from tests.report.shop import DAY, Shop

PINS: dict[Role, str] = {"staff": "142857", "manager": "31415926", "installer": "27182818"}
HASHES = {role: str(hash_pin(pin)) for role, pin in PINS.items()}
NOW = datetime(DAY.year, DAY.month, DAY.day, 20, 30, tzinfo=UTC)
KEYS = ("very_bad", "bad", "okay", "good", "very_good")


@dataclass
class FakeDuty:
    """Alerts and a shift that somebody put there."""

    alerts: list[Alert] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)
    shift: Shift | None = None
    actions: tuple[str, ...] = ("talked", "opened_till", "nothing")
    languages: dict[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str | None:
        return None if self.shift is None else self.languages.get(self.shift.seller)

    def open_alerts(self) -> tuple[Alert, ...]:
        return tuple(self.alerts)

    def age_s(self, alert: Alert) -> float:
        return 125.0 + alert.raised_ms

    def acknowledge(self, alert: str, *, by: str) -> None:
        self.told.append(("acknowledge", alert, by))

    def resolve(self, alert: str, *, by: str, how: str) -> None:
        if how not in self.actions:
            raise RefusedError("no_such_action", f"{how} is none of alerts.actions")
        self.told.append(("resolve", alert, by, how))

    async def sign_on(self, pin: str) -> Shift | None:
        if pin != "246802":
            raise RefusedError("nobodys_pin", "this is nobody's PIN")
        self.shift = Shift("0123456789ab", "heron", started_ms=0, active_ms=0)
        return self.shift

    def sign_off(self) -> None:
        self.shift = None


@dataclass
class FakeVisit:
    """The button test without buttons."""

    keys: tuple[str, ...] = KEYS
    trial: Trial = field(default_factory=Trial)
    clock: SystemClock = field(default_factory=SystemClock)

    def begin_trial(self, *, for_s: float = 300.0) -> None:
        self.trial.begin(self.clock.monotonic(), for_s=for_s)

    def end_trial(self) -> None:
        self.trial.end(self.clock.monotonic())


@dataclass
class FakeThanks:
    shown: int = 0

    def acknowledge(self, *, durable: bool) -> None:
        self.shown += durable


@dataclass
class FakeLamps:
    """A light and a relay that note what was tried."""

    pins: dict[str, int] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    tried: list[str] = field(default_factory=list)

    @property
    def working(self) -> frozenset[str]:
        return frozenset(self.pins) - self.broken

    def try_out(self, part: str) -> bool:
        self.tried.append(part)
        return part in self.working


@dataclass
class FakeDepth:
    pending: int = 3
    degraded: bool = False
    high: int = 1


@dataclass
class FakeFaults:
    open: tuple[DeviceFault, ...] = ()
    told: list[tuple[str, str]] = field(default_factory=list)

    def report(self, part: str, fact: str, *, remedy: str = "") -> None:
        assert remedy
        self.told.append((part, fact))
        self.open += (DeviceFault(part=part, state="raised", fact=fact, remedy=remedy),)


@dataclass
class House:
    """Everything behind the pages, and what happened there."""

    folder: Path
    office: dict[str, Any] = field(default_factory=dict)
    panel: dict[str, Any] = field(default_factory=dict)
    pins: dict[Role, Any] = field(default_factory=lambda: {**HASHES})
    """What stands in the file of PINs."""
    duty: FakeDuty = field(default_factory=FakeDuty)
    visit: FakeVisit = field(default_factory=FakeVisit)
    thanks: FakeThanks | None = field(default_factory=FakeThanks)
    lamps: FakeLamps = field(default_factory=FakeLamps)
    cases: CaseBook = field(default_factory=CaseBook)
    served: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)
    """Who counts the customers; nobody, unless a test says so."""
    time: FakeClock = field(default_factory=FakeClock)
    """Of what is counted by hand."""
    kept: list[EventData] = field(default_factory=list)
    """Events of what was counted by hand."""
    outbox: FakeDepth = field(default_factory=FakeDepth)
    faults: FakeFaults = field(default_factory=FakeFaults)
    link: UplinkState = field(default_factory=lambda: UplinkState(online=True))
    restarts: Counter[str] = field(default_factory=Counter)
    can_restart: bool = True
    vision: dict[str, Any] = field(default_factory=dict)
    eyes: Any = None
    """The cameras, where `vision` has some."""

    def settings(self) -> KioskSettings:
        """The configuration, with a file of PINs beside it."""
        (self.folder / "office.yaml").write_text(yaml.safe_dump(self.pins), encoding="utf-8")
        lights = (12, 16, 20, 21, 25)
        buttons = [
            {"id": key, "pin": pin, "light": light}
            for key, pin, light in zip(KEYS, (5, 6, 13, 19, 26), lights, strict=True)
        ]
        office = {"enabled": True, "port": 0, "address": "127.0.0.1", "pins": "office.yaml"}
        reasons = [{"id": "staff", "label": {"en": "Our people"}}]
        return KioskSettings.model_validate(
            {
                "device": {"tenant": "acme", "site": "high-street", "id": "till-1"},
                "site": {"timezone": "UTC"} | self.site,
                "store": {"path": str(self.folder / "outbox.db")},
                "panel": {"backend": "mock", "buttons": buttons, "buzzer": 18} | self.panel,
                "visit": {"reasons": reasons},
                "office": office | self.office,
                "served": self.served,
                "runtime_dir": str(self.folder / "run"),
                **({"vision": self.vision} if self.vision else {}),
            }
        )

    @cached_property
    def calibrator(self) -> Calibrator:
        """Who checks the counter, made once."""
        return calibrator_of(self.settings(), keep=self.kept.append, clock=self.time)

    def make(self) -> Office:
        """An office that is not started."""
        return Office(self._backstage(), now=NOW.astimezone)

    def pages(self) -> Pages:
        """Its pages, without a server."""
        return Pages(self._backstage(), now=NOW.astimezone)

    def _backstage(self) -> Backstage:
        return Backstage(
            settings=self.settings(),
            config=self.folder / "kiosk.yaml",
            visit=self.visit,
            duty=self.duty,
            thanks=self.thanks,
            lamps=self.lamps,
            cases=self.cases,
            calibrator=self.calibrator,
            outbox=self.outbox,
            link=lambda: self.link,
            clock=self.visit.clock,
            faults=self.faults,
            restart=self._restart if self.can_restart else None,
            eyes=self.eyes,
        )

    def _restart(self) -> None:
        self.restarts["asked"] += 1

    def keep(self, shop: Shop) -> None:
        """Fill the store with a shop's events."""
        store = Store(self.folder / "outbox.db")
        store.begin()
        for epoch in {row.epoch.number: row.epoch for row in shop.rows}.values():
            store.add_epoch(epoch)
        store.add(shop.rows)
        store.commit()
        store.close()
        self.outbox.high += 1


class Caller:
    """Somebody with a browser, as far as a server sees one."""

    def __init__(self, port: int, session: aiohttp.ClientSession, tls: ssl.SSLContext) -> None:
        self.port = port
        self.base = f"https://localhost:{port}"
        self._session = session
        self._tls = tls

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Ask for a page; returns status and text, redirects not followed."""
        status, text, _ = await self.ask("GET", path, headers=headers)
        return status, text

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, data: Any = None
    ) -> tuple[int, str, aiohttp.ClientResponse]:
        """Ask for anything."""
        async with self._session.request(
            method, self.base + path, headers=headers, data=data, ssl=self._tls,
            allow_redirects=False,
        ) as response:  # fmt: skip
            return response.status, await response.text(), response

    async def read(self, path: str) -> tuple[int, bytes]:
        """Ask for what is no text, as a page's script does; returns status and content."""
        live = {"X-Smilepost-Live": "1"}
        async with self._session.get(self.base + path, ssl=self._tls, headers=live) as answer:
            return answer.status, await answer.read()

    async def post(self, path: str, origin: str | None = "", **fields: str) -> tuple[int, str]:
        """Send a form as our own page does, or with another `origin`, or with none."""
        headers = {} if origin is None else {"Origin": origin or self.base}
        status, text, _ = await self.ask("POST", path, headers=headers, data=fields)
        return status, text

    async def sign_in(self, role: Role) -> int:
        """Sign in with the right PIN."""
        return (await self.post("/sign-in", role=role, pin=PINS[role]))[0]

    async def token(self, path: str) -> str:
        """The token of the forms on a page."""
        _, text = await self.get(path)
        found = re.search(r'name="token" value="([^"]+)"', text)
        assert found, text
        return found[1]

    async def press(self, room: str, act: str, **fields: str) -> tuple[int, str]:
        """Send a form of a room; returns the status, and the page that follows."""
        token = await self.token(room)
        status, _ = await self.post(f"{room}/{act}", token=token, **fields)
        return status, (await self.get(room))[1]


@asynccontextmanager
async def calling(office: Office, folder: Path) -> AsyncIterator[Caller]:
    """A caller who trusts the office's own certificate."""
    tls = ssl.create_default_context(cafile=str(folder / "office.pem"))
    async with aiohttp.ClientSession() as session:
        yield Caller(office.port, session, tls)
