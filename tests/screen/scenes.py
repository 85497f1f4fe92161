"""What the screen's tests show: a shop with six reasons and five languages, and a desk that notes
what the customer chose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast

from agent.screen.asked import AskedOption, ChoiceAsked, Place
from agent.screen.compose import compose
from agent.screen.frame import Frame
from agent.screen.parts import PlaylistItem
from agent.screen.render import render
from agent.screen.server import ScreenServer
from agent.screen.settings import AttractSettings, LanguageCode, ScreenSettings, ThemeSettings
from agent.screen.views import AdReport, Choice, LanguageChoice, Said, View
from agent.screen.words import words
from agent.vision.settings import Mode
from agent.visit.settings import ReasonSettings, VisitSettings
from agent.visit.stage import Stage
from tests.screen import samples

LANGUAGES: tuple[LanguageCode, ...] = ("en", "ru", "pl", "de", "ar")
Screen = Literal["attract", "question", "reasons", "thanks", "out_of_order"]
SCREENS: tuple[Screen, ...] = ("attract", "question", "reasons", "thanks", "out_of_order")
ICONS: tuple[Literal["person", "clock", "box", "tag", "sparkle", "chat"], ...] = (
    "person",
    "clock",
    "box",
    "tag",
    "sparkle",
    "chat",
)
# Real wording of a usual length in each language.
REASON_LABELS = {
    "en": ("Staff", "Waiting time", "Choice of goods", "Prices", "Cleanliness", "Something else"),
    "ru": ("Персонал", "Время ожидания", "Выбор товаров", "Цены", "Чистота", "Что-то другое"),
    "pl": ("Obsługa", "Czas oczekiwania", "Wybór towarów", "Ceny", "Czystość", "Coś innego"),
    "de": ("Personal", "Wartezeit", "Warenauswahl", "Preise", "Sauberkeit", "Etwas anderes"),
    "ar": ("الموظفون", "وقت الانتظار", "تنوع البضائع", "الأسعار", "النظافة", "شيء آخر"),
}


def reasons() -> tuple[ReasonSettings, ...]:
    """Six reasons, labelled in five languages."""
    return tuple(
        ReasonSettings(
            id=f"reason_{n}",
            icon=icon,
            label={code: REASON_LABELS[code][n] for code in LANGUAGES},
        )
        for n, icon in enumerate(ICONS)
    )


def visit(*, scale: Literal[3, 4, 5] = 5) -> VisitSettings:
    """The visit of this shop."""
    return VisitSettings(scale=scale, reasons=reasons())


def view(
    name: Screen = "attract",
    *,
    revision: int = 1,
    language: str = "en",
    scale: Literal[3, 4, 5] = 5,
    camera_on: bool = True,
    mode: Mode = "presence",
    visit_settings: VisitSettings | None = None,
    languages: tuple[LanguageCode, ...] = LANGUAGES,
    dpi: float = 133.0,
    playlist: tuple[PlaylistItem, ...] = (),
    large_text: bool = False,
    high_contrast: bool = False,
    help_offered: bool = False,
    declined_s: float | None = None,
    traits: bool = False,
) -> View:
    """Render one screen of this shop; its reasons are a survey of one question."""
    settings = visit_settings or visit(scale=scale)
    screen = ScreenSettings(
        languages=languages,
        dpi=dpi,
        attract=AttractSettings(folder=".") if playlist else None,
        large_text=large_text,
        high_contrast=high_contrast,
    )
    if name == "reasons":
        frame = Frame(
            revision=revision,
            language=language,
            screen=screen,
            camera_mode=mode if camera_on else "off",
            traits=traits,
            declined_s=declined_s,
            closes_s=12.0,
        )
        return compose(_reasons_asked(settings, language), frame)
    return render(
        Stage(name, revision, language, 2.0 if name == "thanks" else None),
        visit=settings,
        screen=screen,
        camera_on=camera_on,
        notice_mode=mode,
        traits=traits,
        declined_s=declined_s,
        answer_keys=tuple(f"key_{n}" for n in range(1, scale + 1)),
        playlist=playlist,
        help_offered=help_offered,
    )


def _reasons_asked(settings: VisitSettings, language: str) -> ChoiceAsked:
    code = cast("LanguageCode", language)
    options = (
        AskedOption(id=reason.id, label=reason.label[code], icon=reason.icon)
        for reason in settings.reasons
    )
    return ChoiceAsked(
        title=words(language).reasons, place=Place(topic="reasons"), options=tuple(options)
    )


def question(
    kind: str,
    *,
    revision: int = 1,
    language: str = "en",
    mode: Mode = "presence",
    languages: tuple[LanguageCode, ...] = LANGUAGES,
    large_text: bool = False,
    high_contrast: bool = False,
    theme: ThemeSettings | None = None,
    closes_s: float | None = None,
    declined_s: float | None = None,
    traits: bool = False,
) -> View:
    """Compose one of `samples.KINDS`."""
    asked = samples.asked(kind, language, REASON_LABELS[language], ICONS)
    screen = ScreenSettings(
        languages=languages,
        large_text=large_text,
        high_contrast=high_contrast,
        theme=theme or ThemeSettings(),
    )
    default_s = {"still_there": 20.0, "farewell": 15.0}.get(kind)
    frame = Frame(
        revision=revision,
        language=language,
        screen=screen,
        camera_mode=mode,
        traits=traits,
        declined_s=declined_s,
        closes_s=closes_s or default_s,
    )
    return compose(asked, frame)


@dataclass
class Desk:
    """Stands where the rules stand: notes what reaches them, refuses when told to."""

    choices: list[Choice] = field(default_factory=list)
    languages: list[LanguageChoice] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    painted: list[int] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    ads: list[AdReport] = field(default_factory=list)
    wishes: int = 0
    """How often somebody wanted no camera."""
    attract: AttractSettings | None = None
    logo: str | None = None
    refusal: str | None = None
    now_s: float = 0.0

    def choose(self, choice: Choice) -> str | None:
        """Note a choice."""
        self.choices.append(choice)
        return self.refusal

    def change_language(self, choice: LanguageChoice) -> str | None:
        """Note a wish for another language."""
        self.languages.append(choice)
        return self.refusal

    def hear(self, said: Said) -> str | None:
        """Note what comes from the screens of a survey."""
        self.said.append(said)
        return self.refusal

    def close_camera(self) -> None:
        """Note that somebody wants no camera."""
        self.wishes += 1

    def server(self, *, port: int = 0) -> ScreenServer:
        """Make a server that reports to this desk and reads its clock."""
        return ScreenServer(
            ScreenSettings(
                port=port,
                languages=LANGUAGES,
                attract=self.attract,
                theme=ThemeSettings(logo=self.logo),
            ),
            on_choice=self.choose,
            on_language=self.change_language,
            on_pages=self.pages.append,
            on_said=self.hear,
            on_painted=self.painted.append,
            on_ad=self.ads.append,
            on_no_camera=self.close_camera,
            clock=lambda: self.now_s,
        )
