"""The agent's end of the camera process: the socket, and what is made of what comes by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from agent.config.schema import KioskSettings
from agent.events.catalogue import EventData, ModelRef
from agent.faults import Faults
from agent.vision.link import VisionLink
from agent.vision.observations import Hello, Observation
from agent.vision.watcher import Contacts, Watcher


def _ignore_models(_models: Mapping[str, ModelRef]) -> None:
    pass


class Eyes:
    """Make it inside a running event loop. `on_raw` sees every line as it comes.

    `is_open` tells whether the shop is open now, as far as that is known; `on_models` hears which
    models a camera's process works with.
    """

    def __init__(
        self,
        settings: KioskSettings,
        *,
        contacts: Contacts,
        keep: Callable[[EventData], object],
        faults: Faults,
        show_presence: Callable[[int], None],
        on_raw: Callable[[bytes], None],
        is_open: Callable[[], bool],
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
            show_presence=show_presence,
            permit=self._permit,
            is_open=is_open,
        )
        """Who holds the camera's permit, and knows who is there."""
        self._link = VisionLink(
            Path(settings.runtime_dir),
            on_observation=self._observe,
            on_lost=self.watcher.lose,
            on_raw=on_raw,
            cameras=settings.vision.ids,
            min_dwell_s=settings.vision.min_dwell_s,
        )

    async def start(self) -> None:
        """Listen for the camera process, where one is wanted; that it cannot is a fault."""
        if self._settings.vision.mode == "off":
            return
        try:
            await self._link.start()
        except OSError as error:
            self._report(error)
            return
        self.watcher.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._link.stop()

    def _observe(self, camera: str, observation: Observation) -> None:
        if isinstance(observation, Hello):
            self._on_models(observation.models)
        self.watcher.observe(camera, observation)

    def _report(self, error: OSError) -> None:
        folder = self._settings.runtime_dir
        self._faults.report(
            "vision",
            f"no socket can be made in runtime_dir {folder}: {error.strerror or error}",
            remedy="let the agent's user own that folder, or change runtime_dir",
        )

    def _permit(self, granted: bool) -> None:  # noqa: FBT001 - a switch
        self._link.permit(granted=granted, reason=self.watcher.interlock.reason)
