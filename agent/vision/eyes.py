"""The agent's end of the camera process: the socket, and what is made of what comes by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from agent.clock import Clock
from agent.config.schema import KioskSettings
from agent.events.catalogue import EventData, ModelRef
from agent.faults import Faults
from agent.vision.link import VisionLink
from agent.vision.observations import Hello, Observation, Zones
from agent.vision.preview import Preview
from agent.vision.unit import user_of
from agent.vision.watcher import Contacts, Watcher
from agent.vision.zones import ZoneBook, ZoneError


def _ignore_models(_models: Mapping[str, ModelRef]) -> None:
    pass


class Eyes:
    """Make it inside a running event loop. `on_raw` sees every line as it comes.

    `is_open` tells whether the shop is open now, as far as that is known; `on_models` hears which
    models a camera's process works with. `show_sign` draws the customers' screen anew, because
    somebody looks through a camera, or no longer does: see `preview.signed`.
    """

    def __init__(
        self,
        settings: KioskSettings,
        *,
        contacts: Contacts,
        keep: Callable[[EventData], object],
        faults: Faults,
        on_raw: Callable[[bytes], None],
        is_open: Callable[[], bool],
        clock: Clock,
        show_sign: Callable[[], None],
        on_models: Callable[[Mapping[str, ModelRef]], None] = _ignore_models,
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._on_models = on_models
        self.watcher = Watcher(
            settings.vision,
            contacts=contacts,
            keep=keep,
            faults=faults,
            permit=self._permit,
            is_open=is_open,
        )
        """Who holds the camera's permit, and knows who is there."""
        self._link = self._linked(on_raw)
        self.zones = ZoneBook(
            settings.vision,
            folder=Path(settings.store.path).parent,
            tell=self._rezone,
            keep=keep,
            clock=clock,
        )
        """What counts of each camera's picture."""
        self.preview = Preview(
            Path(settings.runtime_dir),
            tell=self._link.tell,
            show=show_sign,
            watched=settings.screen.enabled,
            keep=keep,
        )
        """What an installer sees of a camera."""
        self._granted = False

    async def start(self) -> None:
        """Listen for the camera process, where one is wanted; that it cannot is a fault."""
        if self._settings.vision.mode == "off":
            return
        self._read_zones()
        try:
            self.preview.start()
            await self._link.start()
        except OSError as error:
            self._report(error)
            return
        self.watcher.start()

    async def stop(self) -> None:
        """Listen no more."""
        self.preview.stop("stopped")
        await self._link.stop()

    def _linked(self, on_raw: Callable[[bytes], None]) -> VisionLink:
        vision = self._settings.vision
        return VisionLink(
            Path(self._settings.runtime_dir),
            on_observation=self._observe,
            on_lost=self._lose,
            on_raw=on_raw,
            cameras=vision.ids,
            min_dwell_s=vision.min_dwell_s,
            users={camera: user_of(vision, camera) for camera in vision.ids},
        )

    def _observe(self, camera: str, observation: Observation) -> None:
        if isinstance(observation, Hello):
            self._link.tell(camera, self.zones.message(camera))  # the permit comes behind it
            self._on_models(observation.models)
        self.watcher.observe(camera, observation)

    def _report(self, error: OSError) -> None:
        folder = self._settings.runtime_dir
        self._faults.report(
            "vision",
            f"no socket can be made in runtime_dir {folder}: {error.strerror or error}",
            remedy="let the agent's user own that folder, or change runtime_dir",
        )

    def _lose(self, camera: str, reason: str) -> None:
        self.preview.lose(camera)
        self.watcher.lose(camera, reason)

    def _read_zones(self) -> None:
        try:
            self.zones.start()
        except ZoneError as error:
            remedy = "draw the zones anew on /installer, or take the configuration's there"
            self._faults.report("zones", str(error), remedy=remedy)

    def _rezone(self, camera: str, zones: Zones) -> None:
        self._link.tell(camera, zones)
        self._allow(camera)
        if all(map(self.zones.holds, self._link.cameras)):
            self._faults.clear("zones", "the zones of every camera are known")

    def _permit(self, granted: bool) -> None:  # noqa: FBT001 - a switch
        self._granted = granted
        for camera in self._link.cameras:
            self._allow(camera)
        self.preview.permit(granted=granted)

    def _allow(self, camera: str) -> None:
        known = self.zones.holds(camera)
        lock = self.watcher.interlock
        reason = lock.reason if known else "where staff stand is not known"
        granted = self._granted and known
        self._link.permit(granted=granted, reason=reason, camera=camera, forget=lock.declined)
