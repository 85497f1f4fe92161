"""One of every kind of question, in every language, in real wording of a usual length."""

from __future__ import annotations

import functools

from agent.feedback.qr import qr_path
from agent.screen.asked import (
    Asked,
    AskedOption,
    ChoiceAsked,
    ContactAsked,
    MultipleAsked,
    Parting,
    Place,
    QrCode,
    ScaleAsked,
    StillThereAsked,
    TextAsked,
)

RECOMMEND = {
    "en": ("How likely are you to recommend our shop?", "Not at all likely", "Extremely likely"),
    "ru": ("Насколько вероятно, что вы порекомендуете наш магазин?", "Точно нет", "Точно да"),
    "pl": ("Czy polecisz nasz sklep znajomym?", "Na pewno nie", "Na pewno tak"),
    "de": ("Würden Sie unser Geschäft weiterempfehlen?", "Gar nicht", "Sehr wahrscheinlich"),
    "ar": ("ما مدى احتمال أن توصي بمتجرنا؟", "غير محتمل إطلاقًا", "محتمل جدًا"),
}
EFFORT = {
    "en": ("Our shop made it easy for me.", "I do not agree at all", "I agree completely"),
    "ru": ("Мне было легко решить свой вопрос.", "Совсем не согласен", "Полностью согласен"),
    "pl": ("Załatwienie sprawy było łatwe.", "Zupełnie się nie zgadzam", "W pełni się zgadzam"),
    "de": ("Mein Anliegen war einfach zu erledigen.", "Stimme gar nicht zu", "Stimme voll zu"),
    "ar": ("كان من السهل إنجاز ما أردت.", "لا أوافق إطلاقًا", "أوافق تمامًا"),
}
SETTLED_FIRST = {
    "en": ("Was it settled the first time?", "Yes", "No"),
    "ru": ("Вопрос решён сразу, в первый раз?", "Да", "Нет"),
    "pl": ("Czy sprawę załatwiono za pierwszym razem?", "Tak", "Nie"),
    "de": ("War es beim ersten Mal erledigt?", "Ja", "Nein"),
    "ar": ("هل حُلّت المسألة من المرة الأولى؟", "نعم", "لا"),
}
BETTER = {
    "en": "What should we do better?",
    "ru": "Что нам стоит улучшить?",
    "pl": "Co powinniśmy poprawić?",
    "de": "Was sollten wir besser machen?",
    "ar": "ما الذي ينبغي أن نحسّنه؟",
}
TELL = {
    "en": "Would you like to tell us more?",
    "ru": "Хотите рассказать подробнее?",
    "pl": "Co chcesz nam jeszcze powiedzieć?",
    "de": "Möchten Sie uns mehr erzählen?",
    "ar": "هل تود إخبارنا بالمزيد؟",
}
ANSWER = {
    "en": ("How may we reach you?", "I agree that my contact is kept until my case is closed."),
    "ru": ("Куда вам ответить?", "Я согласен на хранение контакта до закрытия обращения."),
    "pl": ("Jak się skontaktować?", "Zgadzam się na zapisanie kontaktu do zamknięcia sprawy."),
    "de": ("Wie erreichen wir Sie?", "Mein Kontakt darf gespeichert werden, bis mein Fall endet."),
    "ar": ("كيف نتواصل معك؟", "أوافق على حفظ بيانات الاتصال حتى إغلاق الطلب."),
}
PROMISE = {
    "en": "We answer by Tuesday, 12:00.",
    "ru": "Мы ответим до вторника, 12:00.",
    "pl": "Odpowiemy do wtorku, 12:00.",
    "de": "Wir antworten bis Dienstag, 12:00 Uhr.",
    "ar": "سنرد حتى يوم الثلاثاء، الساعة 12:00.",
}
DONE = {
    "en": "More tills are open from 16:00 to 19:00.",
    "ru": "Вечером открыто больше касс: 16:00-19:00.",
    "pl": "Od 16:00 do 19:00 działa więcej kas.",
    "de": "Von 16 bis 19 Uhr sind mehr Kassen offen.",
    "ar": "المزيد من الصناديق مفتوح من 16:00 إلى 19:00.",
}
HOURS = {
    "en": ("Mon-Fri 9:00-20:00", "Sat 9:00-18:00"),
    "ru": ("Пн-Пт 9:00-20:00", "Суббота 9:00-18:00"),
    "pl": ("pn.-pt. 9:00-20:00", "sob. 9:00-18:00"),
    "de": ("Mo-Fr 9:00-20:00", "Sa 9:00-18:00"),
    "ar": ("الإثنين-الجمعة 9:00-20:00", "السبت 9:00-18:00"),
}
KINDS = ("nps", "ces", "choice", "multiple", "text", "contact", "still_there", "farewell")


@functools.cache  # it is drawn in tens of milliseconds
def phone_code() -> QrCode:
    """The code of an address as long as a session's is."""
    drawn = qr_path("https://feedback.example.com/v/9f86d081884c7d659a2feaa0c55ad015")
    return QrCode(path=drawn.path, modules=drawn.size)


def place(kind: str, step: int) -> Place:
    """The place of a question in the middle of a survey."""
    return Place(topic=kind, step=step, steps=5, back=True)


def asked(kind: str, language: str, labels: tuple[str, ...], icons: tuple[str, ...]) -> Asked:
    """Describe one question of this kind in this language."""
    options = tuple(
        AskedOption(id=f"option_{n}", label=label, icon=icon)
        for n, (label, icon) in enumerate(zip(labels, icons, strict=True))
    )
    yes_no = tuple(AskedOption(id=f"o{n}", label=SETTLED_FIRST[language][n]) for n in (1, 2))
    recommend, effort = RECOMMEND[language], EFFORT[language]
    samples: dict[str, Asked] = {
        "nps": _scale("nps", recommend, first=0, last=10),
        "ces": _scale("ces", effort, first=1, last=7),
        "choice": ChoiceAsked(
            title=SETTLED_FIRST[language][0], place=place("choice", 3), options=yes_no
        ),
        "multiple": MultipleAsked(
            title=BETTER[language], place=place("multiple", 4), options=options, most=3
        ),
        "text": TextAsked(title=TELL[language], place=place("text", 4)),
        "contact": ContactAsked(
            title=ANSWER[language][0], place=place("contact", 5), consent=ANSWER[language][1]
        ),
        "still_there": StillThereAsked(topic="text"),
        "farewell": farewell(language),
    }
    return samples[kind]


def _scale(kind: str, words: tuple[str, str, str], *, first: int, last: int) -> ScaleAsked:
    title, low, high = words
    return ScaleAsked(title=title, place=place(kind, 2), first=first, last=last, low=low, high=high)


def farewell(language: str) -> Parting:
    """Thanks with everything that can stand beside them."""
    return Parting(
        case="A7K-4Q2",
        promise=PROMISE[language],
        code=phone_code(),
        done=(DONE[language],),
        hours=HOURS[language],
    )
