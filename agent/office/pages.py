"""The pages for people at work: certificate, PINs, rooms, server and listener, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import cast

from aiohttp import web

from agent.errors import OfficeError
from agent.feedback.hours import site_zone
from agent.office.certificate import fingerprint, pair_of, prepare
from agent.office.checks import Checks, command_of
from agent.office.figures import Figures, Newsstand, read_figures
from agent.office.guard import HEADERS, ONLY_TLS, own_addresses, own_names
from agent.office.listener import Listener
from agent.office.parts import Backstage
from agent.office.pins import OfficePins, load_pins
from agent.office.rooms import Today
from agent.office.server import OfficeServer, Room
from agent.office.workshop import Workshop
from agent.report.asked import asked_of

log = logging.getLogger(__name__)

CLOSE_S = 1.0


class Pages:
    """Pages for people of one kiosk. Make it inside a running event loop.

    `now` tells the time by the site's clocks.
    """

    def __init__(self, backstage: Backstage, *, now: Callable[[tzinfo], datetime]) -> None:
        self._backstage = backstage
        self._settings = backstage.settings.office
        self._zone = site_zone(backstage.settings.site)
        self._time_in = now
        self.checks = Checks(command_of(backstage.config))
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None

    @property
    def port(self) -> int:
        """The TCP port in use; the configured one until opened."""
        found = None if self._listener is None else self._listener.port
        return self._settings.port if found is None else found

    async def close(self) -> None:
        """Listen no more and end every session."""
        if self._listener is not None:
            await self._listener.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.checks.stop()
        self._runner = self._listener = None

    async def open(self) -> None:
        """Listen; OfficeError or ConfigFileError where that cannot be."""
        settings, stage = self._settings, self._backstage
        pair = pair_of(settings, store=stage.settings.store.path)
        names = own_names(settings.names)
        vouched = (*names, *own_addresses(settings.address))
        context = await asyncio.to_thread(prepare, pair, names=vouched)
        headers = HEADERS | ({} if pair.own else ONLY_TLS)
        server = OfficeServer(
            self._pins(),
            self.rooms(),
            names=names,
            port=lambda: self.port,
            headers=headers,
            vouch=self._vouch,
            language=stage.settings.screen.languages[0],
        )
        self._runner = web.AppRunner(
            server.application(), shutdown_timeout=CLOSE_S, handle_signals=False
        )
        await self._runner.setup()
        self._listener = Listener(
            cast("web.Server", self._runner.server), context=context, headers=headers
        )
        try:
            await self._listener.open(address=str(settings.address), port=settings.port)
        except OSError as error:
            raise OfficeError(
                f"port {settings.port} on {settings.address} cannot be used"
                f" ({error.strerror or error}): set another office.port"
            ) from error
        log.info(
            "pages for people at https://%s:%d, certificate SHA-256 %s",
            names[0],
            self.port,
            fingerprint(pair.certificate),
        )

    def _vouch(self, transport: asyncio.BaseTransport | None) -> None:
        if self._listener is not None:
            self._listener.vouch(transport)

    def _pins(self) -> OfficePins:
        file = self._settings.pins
        if file is None:
            raise OfficeError("office.pins names no file: nobody could sign in")
        return load_pins(self._backstage.config.parent / file)

    def rooms(self) -> tuple[Room, ...]:
        """Return what there is to see."""
        stage = self._backstage
        place = f"{stage.settings.device.site} · {stage.settings.device.id}"
        stand = Newsstand(self._read, newest=lambda: stage.outbox.high, now=self._now)
        today = Today(stage, stand, place=place, now=self._now)
        return today.room(), Workshop(stage, self.checks, place=place, now=self._now).room()

    def _read(self, today: date) -> Figures:
        stage = self._backstage
        asked = asked_of(stage.settings, beside=stage.config.parent)
        return read_figures(stage.settings.store.path, today=today, zone=self._zone, asked=asked)

    def _now(self) -> datetime:
        return self._time_in(self._zone)
