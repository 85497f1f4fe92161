"""Where pictures come from: V4L2, picamera2, the network, or videos played in real time.

A source blocks, and may block for ever (picamera2's capture can), so it is opened and read in a
thread of its own. The freshest picture wins; the ones it replaced are counted.
"""

from __future__ import annotations

import importlib
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agent.errors import CameraError
from agent.vision.clips import Clip, Entry, Pause, blank_picture, parse_playlist, sampled
from agent.vision.detector import Pixels
from agent.vision.grabbing import Framed, Grabber, Source, hush
from agent.vision.lens import DARK_LEVEL
from agent.vision.network import open_network
from agent.vision.settings import VisionSettings
from agent.vision.source import CsiCamera, IpCamera, Recording, UsbCamera, place_of

SAMPLE = 16
"""Every so many pixels and lines are compared to see whether a picture comes again."""
CLOSE_WAIT_S = 1.0
"""A thread that does not end within this hangs in its driver, and is left to it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and when it was taken, on the monotonic clock."""

    pixels: Pixels
    at_s: float


OpenSource = Callable[[], Source]


class Repeats:
    """Knows a picture that comes again by its checksums; the picture itself is not kept.

    Of pictures that differ one pixel in 256 tells it. Only where those are the same is all of it
    looked at, from the second one on: a scene without noise may change in a corner.
    """

    def __init__(self) -> None:
        self._few: int | None = None
        self._all: int | None = None

    def comes_again(self, pixels: Pixels) -> bool:
        """Tell whether this picture is the one before."""
        few = zlib.crc32(pixels[::SAMPLE, ::SAMPLE].tobytes())
        if few != self._few:
            self._few, self._all = few, None
            return False
        before, self._all = self._all, zlib.crc32(np.ascontiguousarray(pixels).data)
        return before == self._all


class Camera:
    """Reads a source in a thread and keeps its freshest picture.

    `live`: a sensor's noise makes every picture another one, so one that comes again is no picture
    at all: the camera, or something between, has frozen. A recording may hold still, and so may,
    for `still_s`, a camera that encodes its pictures: noise is what encoders leave out first.
    """

    def __init__(self, open_source: OpenSource, *, live: bool = True, still_s: float = 0.0) -> None:
        self._open = open_source
        self._live = live
        self._still_s = still_s
        self._changed_s = time.monotonic()
        self._repeats = Repeats()
        self._changed = threading.Condition()
        self._picture: Picture | None = None
        self._error: CameraError | None = None
        self._closing = False
        self._skipped = 0
        self._given_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def take(self, *, wait_s: float) -> Picture | None:
        """Return a picture not seen before, `None` when none came within `wait_s`.

        Raises `CameraError` when the source failed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._picture or self._error, timeout=wait_s)
            picture, self._picture = self._picture, None
            if picture is None and self._error is not None:
                raise self._error
        if picture is not None:
            self._given_s = time.monotonic()
        return picture

    @property
    def silent_s(self) -> float:
        """Seconds since the last picture was taken out, or since the start."""
        return time.monotonic() - self._given_s

    def skipped(self) -> int:
        """Return how many pictures were replaced before anybody looked, since the last call."""
        with self._changed:
            count, self._skipped = self._skipped, 0
        return count

    def close(self) -> bool:
        """Close the source; False when its thread hangs and had to be left behind."""
        self._closing = True
        self._thread.join(CLOSE_WAIT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            source = self._open()
        except CameraError as error:
            self._fail(error)
            return
        try:
            while not self._closing:
                self._offer(source.read())
        except CameraError as error:
            self._fail(error)
        finally:
            source.close()

    def _offer(self, pixels: Pixels) -> None:
        if self._live and self._comes_again(pixels):
            return
        with self._changed:
            self._skipped += self._picture is not None
            self._picture = Picture(pixels, time.monotonic())
            self._changed.notify_all()

    def _comes_again(self, pixels: Pixels) -> bool:
        # In the dark there is no noise either: a sensor cuts it off.
        dark = int(pixels[::SAMPLE, ::SAMPLE].max()) < DARK_LEVEL
        if self._repeats.comes_again(pixels) and not dark:
            return time.monotonic() - self._changed_s >= self._still_s
        self._changed_s = time.monotonic()
        return False

    def _fail(self, error: CameraError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()


def open_source(settings: VisionSettings) -> Source:
    """Open the configured source. Raises `CameraError` when it cannot be."""
    place = place_of(settings.source)
    match place:
        case Recording(playlist):
            return VideoSource(parse_playlist(playlist), settings=settings)
        case UsbCamera(device):
            source: Source = V4l2Source(device, settings=settings)
        case CsiCamera(number):
            source = PicameraSource(number, settings=settings)
        case IpCamera():
            source = open_network(place, settings=settings)
    name = place.host if isinstance(place, IpCamera) else settings.source.strip()
    return Framed(source, name=name, width=settings.width, height=settings.height)


class V4l2Source:
    """A USB camera, by its device or a link to it."""

    def __init__(self, device: Path, *, settings: VisionSettings) -> None:
        if not device.exists():
            raise CameraError(
                f"no camera {device}: plug it in, or mend vision.source (`ls /dev/video*`)"
            )
        hush()
        video = cv2.VideoCapture(str(device.resolve()), cv2.CAP_V4L2)
        if not video.isOpened():
            raise CameraError(
                f"camera {device} cannot be opened: another program may hold it, or this user is"
                " not in the group `video`"
            )
        video.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        video.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        video.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._grabber = Grabber(video, fps=settings.fps, name=str(device), mend="check its cable")

    def read(self) -> Pixels:
        """Return the next picture that is due."""
        return self._grabber.take()

    def close(self) -> None:
        """Let the device go."""
        self._grabber.close()


class PicameraSource:
    """A camera on the Pi's ribbon cable. picamera2 comes from the system, and only when asked."""

    def __init__(self, number: int, *, settings: VisionSettings) -> None:
        try:
            module: Any = importlib.import_module("picamera2")
        except ImportError as error:
            raise CameraError(
                "picamera2 is not installed: `apt install python3-picamera2`, and make the venv"
                " with --system-site-packages"
            ) from error
        try:
            self._camera = module.Picamera2(number)
            # picamera2 names formats by their order in a 32-bit word: RGB888 is BGR in memory.
            main = {"size": (settings.width, settings.height), "format": "RGB888"}
            rate = {"FrameRate": settings.fps}
            self._camera.configure(self._camera.create_video_configuration(main, controls=rate))
            self._camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            raise CameraError(
                f"the Pi camera cannot be opened ({error}): check its cable with `rpicam-hello`"
            ) from error

    def read(self) -> Pixels:
        """Return the next picture."""
        try:
            picture = self._camera.capture_array("main")
        except (RuntimeError, OSError) as error:
            raise CameraError(f"the Pi camera stopped ({error}): check its cable") from error
        return np.array(picture, np.uint8)

    def close(self) -> None:
        """Let the device go."""
        self._camera.stop()
        self._camera.close()


class VideoSource:
    """Videos and pauses in the camera's place, in real time, round and round."""

    def __init__(
        self,
        playlist: list[Entry],
        *,
        settings: VisionSettings,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._clock = clock
        self._clip: Clip | None = None
        self._pictures = self._play(playlist)

    def read(self) -> Pixels:
        """Return the next picture when its time has come."""
        return next(self._pictures)

    def close(self) -> None:
        """Close the file being played."""
        if self._clip is not None:
            self._clip.close()

    def _play(self, playlist: list[Entry]) -> Iterator[Pixels]:
        while True:
            for entry in playlist:
                began_s = self._clock()
                scene = self._pause(entry) if isinstance(entry, Pause) else self._film(entry)
                for at_s, picture in scene:
                    self._sleep(max(0.0, began_s + at_s - self._clock()))
                    yield picture

    def _film(self, path: Path) -> Iterator[tuple[float, Pixels]]:
        self._clip = clip = Clip(path)
        yield from sampled(clip, fps=self._settings.fps)
        clip.close()

    def _pause(self, pause: Pause) -> Iterator[tuple[float, Pixels]]:
        size = {"width": self._settings.width, "height": self._settings.height}
        for index in range(max(1, round(pause.seconds * self._settings.fps))):
            yield index / self._settings.fps, blank_picture(**size)
