"""How a day is told: in a language, with the words of what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from agent.indices.index import Index
from agent.report.asked import Asked
from agent.report.day import Question
from agent.report.markup import Markup, joined, tag
from agent.report.words import Words, plain, words


@dataclass(frozen=True, slots=True)
class Telling:
    """Words for whatever has an id."""

    words: Words
    asked: Asked

    def title(self, question: Question) -> str:
        """Return the words of a question or of its item, else its id in plain letters."""
        known = self.asked.title(question, language=self.words.code)
        if known is not None:
            return known
        item = f": {plain(question.item)}" if question.item else ""
        return plain(question.question) + item

    def option(self, question: Question, option: str) -> str:
        """Return the words of an option, else its id in plain letters."""
        known = self.asked.option(question, option, language=self.words.code)
        return known or plain(option)

    def key(self, key: str) -> str:
        """Return what a button or face says, else its id in plain letters."""
        return self.words.keys.get(key) or plain(key)

    def about(self, about: str) -> str:
        """Return what customers called their own words."""
        return self.words.about.get(about) or plain(about)


def telling(language: str = "en", *, asked: Asked | None = None) -> Telling:
    """Return how a day is told in a language. Raises LanguageError."""
    return Telling(words(language), asked or Asked())


def facts(*found: tuple[str, str, str]) -> Markup:
    """Return figures with what they are and what stands below them."""
    boxes = [
        tag("div", tag("dt", name), tag("dd", value, tag("small", below)))
        for name, value, below in found
    ]
    return tag("dl", *boxes, class_="facts")


def fact(index: Index, *, words: Words, of: str = "") -> tuple[str, str, str]:
    """Return an index as a box of `facts`; `of` says what it is a share of."""
    below = words.listed(part for part in (of, words.interval(index)) if part)
    return words.name(index), words.figure(index), below


def identified(text: str, identifier: str) -> Markup:
    """Return a text with the id beside it that it has in events."""
    return joined(text, " ", tag("small", identifier, class_="id", dir="ltr"))
