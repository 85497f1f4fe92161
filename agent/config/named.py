"""The files that a kiosk's configuration names: whether they are there, and what is wrong in them.

What is missing is told at the line that names it, what is wrong inside at the file's own line.
"""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent.config.loading import Loaded
from agent.config.problem import KeyPath, Problem, dotted
from agent.config.reading import Draft
from agent.config.schema import KioskSettings
from agent.errors import ConfigError, ModelError, OfficeError
from agent.feedback.sealing import read_centre_key
from agent.office.certificate import pair_of, prepare
from agent.office.pins import office_problems
from agent.screen.media import looked_through, picture
from agent.staff.roster import roster_problems
from agent.staff.settings import LocalBrokerSettings
from agent.survey.fitting import questionnaire_problems
from agent.uplink.errors import TlsFilesError
from agent.uplink.settings import UplinkSettings
from agent.uplink.tls import tls_context
from agent.vision.models import load_model, wanted
from agent.vision.settings import VisionSettings
from agent.vision.source import Recording, place_of

CREDENTIALS = Path("/run/credentials")
"""What lies below it systemd puts there when the unit starts."""

BEFORE_ASKING = ("survey", "screen", "panel", "feedback")
"""The sections that decide what a questionnaire must fit."""

Finds = Iterable[str | Problem]


@dataclass(frozen=True, slots=True)
class Named:
    """One file or folder, and the key that names it."""

    key: KeyPath
    path: Path
    look: Callable[[Path], Finds] = lambda _path: ()
    """Says what is wrong in it; it is there and may be read."""
    mend: str = "put it there, or mend the path"
    folder: bool = False
    to_come: bool = False
    """The agent makes it."""


def named_problems(draft: Draft[KioskSettings], path: Path) -> list[Problem]:
    """Return what is wrong with the files that a configuration at `path` names.

    Sections that are wrong in themselves name nothing yet.
    """
    settings = draft.believed
    if settings is None:
        return []
    found: list[Problem] = []
    absent: set[Path] = set()
    for section, named in _SECTIONS.items():
        for one in named(settings, path.parent) if section in draft.sound else ():
            told = _looked(one)
            absent.update([one.path] if told.absent else [])
            found += (_problem(one, find, draft, path) for find in told.finds)
    if all(section in draft.sound for section in BEFORE_ASKING):
        asked = questionnaire_problems(Loaded(settings, "", path))
        found += [problem for problem in asked if problem.file not in absent]
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    finds: Finds
    absent: bool = False


def _problem(one: Named, find: str | Problem, draft: Draft[KioskSettings], path: Path) -> Problem:
    if isinstance(find, Problem):
        return find
    place = draft.document.place_of(one.key)
    return Problem(path, place.line, f"{dotted(one.key)}: {find}", one.key, place.column)


def _looked(one: Named) -> _Told:
    if _comes_later(one.path):
        return _Told(())
    try:
        is_folder = stat.S_ISDIR(one.path.stat().st_mode)
    except OSError as error:
        return _Told(()) if one.to_come else _Told((_missing(one, error),), absent=True)
    if is_folder != one.folder:
        is_, meant = ("a folder", "file") if is_folder else ("no folder", "folder")
        return _Told((f"{one.path} is {is_}: name the {meant}",), absent=True)
    if not (one.to_come or os.access(one.path, os.R_OK)):
        return _Told((f"{one.path} may not be read by this user: run this as root",), absent=True)
    return _Told(one.look(one.path))


def _missing(one: Named, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no {'folder' if one.folder else 'file'} {one.path}: {one.mend}"
    mend = "run this as root" if isinstance(error, PermissionError) else "mend the path"
    return f"{one.path} cannot be read ({error.strerror}): {mend}"


def _comes_later(path: Path) -> bool:
    return path.is_relative_to(CREDENTIALS) and not path.parent.exists()


# -- what each section names -------------------------------------------------------------------


def _uplink(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    yield from _broker(settings.uplink, ("uplink",))


def _alerts(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    if settings.alerts.broker is not None:
        yield from _broker(settings.alerts.broker, ("alerts", "broker"))


def _broker(broker: UplinkSettings | LocalBrokerSettings, key: KeyPath) -> Iterator[Named]:
    if broker.password_file is not None:
        mend = "write the password into its first line, or mend the path"
        yield Named((*key, "password_file"), broker.password_file, _password, mend)
    tls = broker.tls
    if tls is None:
        return
    files = {"ca": tls.ca, "certificate": tls.certificate, "key": tls.key}
    named = {name: file for name, file in files.items() if file is not None}
    for name, file in named.items():
        last = name == list(named)[-1] and all(os.access(one, os.R_OK) for one in named.values())
        look = (lambda _file: _tls(broker)) if last else (lambda _file: ())
        yield Named((*key, "tls", name), file, look)


def _password(path: Path) -> Finds:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        yield f"{path} is not UTF-8 text: save it as UTF-8"
        return
    if text.startswith("\ufeff"):
        yield f"{path} begins with a byte order mark, no part of a password: save it without"
    elif not text.partition("\n")[0].strip():
        yield f"{path} has nothing in its first line: write the password there"


def _pem(path: Path) -> Finds:
    try:
        ssl.create_default_context().load_verify_locations(path)
    except (ssl.SSLError, OSError):
        yield f"{path} holds no certificate that can be read: write one there, as PEM"


def _tls(broker: UplinkSettings | LocalBrokerSettings) -> Finds:
    if broker.tls is None:
        return
    try:
        tls_context(broker.tls)
    except TlsFilesError as error:
        said = error.fact.removeprefix("uplink.tls.ca ").removeprefix("uplink.tls: ")
        yield f"{said}: {error.remedy}"


def _survey(settings: KioskSettings, beside: Path) -> Iterator[Named]:
    survey = settings.survey
    if survey.factors is not None:
        mend = "copy config/factors.yaml to begin with"
        yield Named(("survey", "factors"), beside / survey.factors, mend=mend)
    for place, name in enumerate(survey.questionnaires):
        mend = "copy config/questionnaires/reasons.yaml to begin with"
        yield Named(("survey", "questionnaires", place), beside / name, mend=mend)


def _feedback(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    key = settings.feedback.public_key
    if key is not None:
        mend = "put the centre's public key there (docs/feedback.md)"
        yield Named(("feedback", "public_key"), key, _centre_key, mend)


def _centre_key(path: Path) -> Finds:
    try:
        read_centre_key(path)
    except ConfigError as error:
        yield str(error).removeprefix("feedback.public_key: ")


def _screen(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    screen = settings.screen
    if screen.theme.logo is not None:
        yield Named(("screen", "theme", "logo"), Path(screen.theme.logo), _logo)
    if screen.attract is not None:
        folder = Path(screen.attract.folder)
        yield Named(("screen", "attract", "folder"), folder, _playlist, folder=True)


def _logo(path: Path) -> Finds:
    found = picture(path)
    if isinstance(found, str):
        yield found


def _playlist(folder: Path) -> Finds:
    found = list(looked_through(folder))
    yield from (f"not shown: {one}" for one in found if isinstance(one, str))
    if not found:
        yield f"{folder} is empty: put pictures or videos there, or leave screen.attract out"


def _staff(settings: KioskSettings, beside: Path) -> Iterator[Named]:
    if settings.staff.file is not None:
        mend = "copy config/staff.example.yaml to begin with"
        yield Named(("staff", "file"), beside / settings.staff.file, roster_problems, mend)


def _office(settings: KioskSettings, beside: Path) -> Iterator[Named]:
    office = settings.office
    if office.pins is not None:
        mend = "copy config/office.example.yaml to begin with"
        yield Named(("office", "pins"), beside / office.pins, office_problems, mend)
    if office.certificate is not None and office.key is not None:
        yield Named(("office", "certificate"), office.certificate)
        both = os.access(office.certificate, os.R_OK)
        look = (lambda _path: _pair(settings)) if both else (lambda _path: ())
        yield Named(("office", "key"), office.key, look)


def _pair(settings: KioskSettings) -> Finds:
    try:
        prepare(pair_of(settings.office, store=settings.store.path), names=())
    except OfficeError as error:
        yield str(error)


def _vision(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    vision = settings.vision
    if vision.models is not None:
        look = partial(_models, names=wanted(vision))
        yield Named(("vision", "models"), vision.models, look, folder=True)
    if vision.mode == "off":
        return
    yield from _camera(vision, ("vision",))
    for place, camera in enumerate(vision.cameras):
        yield from _camera(vision.of(camera.id), ("vision", "cameras", place))


def _camera(camera: VisionSettings, key: KeyPath) -> Iterator[Named]:
    password = camera.password_file
    # What systemd hands to another unit nobody else can look at.
    if password is not None and not password.is_relative_to(CREDENTIALS):
        mend = "write the password into its first line, or mend the path"
        yield Named((*key, "password_file"), password, _password, mend)
    certificate = camera.certificate_file
    if certificate is not None and not certificate.is_relative_to(CREDENTIALS):
        yield Named((*key, "certificate_file"), certificate, _pem)
    source = place_of(camera.source)
    if not isinstance(source, Recording):
        return
    for part in map(str.strip, source.playlist.split(",")):
        if part and not part.startswith("pause:"):
            mend = "give a camera's number, picamera2, an address, or a video file"
            yield Named((*key, "source"), Path(part), mend=mend)


def _models(folder: Path, *, names: Iterable[str]) -> Finds:
    for name in names:
        try:
            load_model(name, folder=folder)
        except ModelError as error:
            yield str(error)


def _store(settings: KioskSettings, _beside: Path) -> Iterator[Named]:
    yield Named(("store", "path"), settings.store.path, to_come=True)


_SECTIONS: dict[str, Callable[[KioskSettings, Path], Iterator[Named]]] = {
    "store": _store,
    "uplink": _uplink,
    "survey": _survey,
    "feedback": _feedback,
    "screen": _screen,
    "vision": _vision,
    "alerts": _alerts,
    "staff": _staff,
    "office": _office,
}
