"""Why: the questions of a day in their own words, each with the figures that its field knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agent.report import charts
from agent.report.day import Day, Left, Option, Question
from agent.report.markup import Markup, joined, table, tag
from agent.report.standards import Topic, topics
from agent.report.telling import Telling, fact, facts, identified
from agent.survey.questions import ServperfQuestion, WomiQuestion
from agent.survey.screens import SCALES, offered


def why_section(day: Day, telling: Telling) -> Markup:
    """Return what was asked and answered, and what customers said themselves."""
    why = telling.words.why
    parts = [question_part(topic, telling) for topic in topics(day.questions, asked=telling.asked)]
    if day.feedback:
        parts.append(own_words(day.feedback, telling))
    return tag("section", tag("h2", why.title), *(parts or [tag("p", why.nothing)]))


def question_part(topic: Topic, telling: Telling) -> Markup:
    """Return everything about one question."""
    return joined(
        heading(topic, telling),
        *standing(topic, telling),
        *_items(topic, telling),
        asked(topic.items, telling),
    )


def heading(topic: Topic, telling: Telling) -> Markup:
    """Return the question in its words, the id small beside it."""
    first = topic.first
    if topic.kind is None:
        return tag("h3", telling.title(first))
    if isinstance(topic.kind, ServperfQuestion):
        return tag("h3", identified("SERVPERF", first.question))
    if isinstance(topic.kind, WomiQuestion):
        return tag("h3", identified("WoMI", first.question))
    return tag("h3", identified(telling.title(first), first.question))


def standing(topic: Topic, telling: Telling) -> list[Markup]:
    """Return the figures of a standard question; nothing of others."""
    words = telling.words
    found = []
    if topic.indices:
        boxes = [
            fact(index, words=words, of=words.count(words.why.given, index.n))
            for index in topic.indices
        ]
        found.append(facts(*boxes))
    if topic.parts:
        found.append(_parts(topic, telling))
    if topic.dimensions:
        found += _dimensions(topic, telling)
    if topic.kind is None and topic.first.version is not None:
        found.append(tag("p", words.why.old_version, class_="soft"))
    return found


def _dimensions(topic: Topic, telling: Telling) -> list[Markup]:
    words = telling.words
    rows = [
        _row(
            words.name(index),
            words.figure(index),
            words.listed((words.interval(index), words.count(words.why.given, index.n))),
        )
        for index in topic.dimensions
    ]
    head = [] if topic.indices else [tag("p", words.indices["servperf"], class_="soft")]
    return [*head, tag("ul", *rows, class_="parts")]


def _row(name: str, value: str, below: str) -> Markup:
    return tag("li", tag("span", name), tag("b", value), tag("span", below, class_="soft"))


def _parts(topic: Topic, telling: Telling) -> Markup:
    words = telling.words
    rows = [
        _row(words.name(share), words.number(count), words.spread(share))
        for count, share in reversed(topic.parts)
    ]
    return tag("ul", *rows, class_="parts")


def _items(topic: Topic, telling: Telling) -> list[Markup]:
    if isinstance(topic.kind, ServperfQuestion):
        return [_statements(topic, telling)]
    if isinstance(topic.kind, WomiQuestion):
        words = telling.words
        both = words.count(words.why.pairs, topic.indices[0].n)
        return [*(_item(item, topic, telling) for item in topic.items), tag("p", both)]
    first, *others = topic.items
    return [
        _answers(first, topic, telling),
        *(_item(item, topic, telling) for item in others),
    ]


def _item(item: Question, topic: Topic, telling: Telling) -> Markup:
    title = identified(telling.title(item), f"{item.question}/{item.item}")
    return joined(tag("h4", title), _answers(item, topic, telling))


def _answers(item: Question, topic: Topic, telling: Telling) -> Markup:
    """Return the options of a choice, or how often each number of a scale was given."""
    if item.values:
        return _numbers([item], topic, telling)
    return _options(item, telling)


def _statements(topic: Topic, telling: Telling) -> Markup:
    shown = _numbers(topic.items, topic, telling)
    return tag("details", tag("summary", telling.words.why.by_item), shown)


def _numbers(items: Sequence[Question], topic: Topic, telling: Telling) -> Markup:
    why, scale = telling.words.why, _scale(items, topic)
    several = len(items) > 1 or isinstance(topic.kind, ServperfQuestion)
    rows = []
    for item in items:
        times = dict(item.values)
        counts = [telling.words.number(times.get(value, 0)) for value in scale]
        rows.append((telling.title(item) if several else why.times, *counts))
    heads = (why.statement if several else why.answer, *(str(value) for value in scale))
    return table(heads, rows, caption=_ends(topic, telling), class_="numbers")


def _scale(items: Sequence[Question], topic: Topic) -> list[int]:
    """Return the numbers of the scale that was shown, else those that were given."""
    if topic.kind is not None and topic.kind.kind in SCALES:
        return [int(value) for value in offered(topic.kind)]
    return sorted({value for item in items for value, _ in item.values})


def _ends(topic: Topic, telling: Telling) -> str:
    """Return what the ends of a scale say."""
    ends = telling.asked.ends(topic.first, language=telling.words.code)
    if ends is None:
        return telling.words.why.numbers
    return telling.words.listed(f"{value} = {text}" for value, text in ends)


def _options(question: Question, telling: Telling) -> Markup:
    if not question.options:
        return Markup()
    if not any(option.classes.n for option in question.options):
        return _unrated(question, telling)
    words = telling.words
    most = max(option.classes.n for option in question.options)
    unrated = any(option.unrated for option in question.options)
    rows = [_option(question, option, telling, most, unrated) for option in question.options]
    chosen, times = words.why.columns
    heads = (chosen, "", *words.classes, times)
    more = (words.why.unrated,) if unrated else ()
    return table((*heads, *more), rows, caption=words.why.options, texts=(0, 1))


def _unrated(question: Question, telling: Telling) -> Markup:
    """Return how often each option was chosen, where no rating stands in front of any."""
    rows = [
        (telling.option(question, option.option), telling.words.number(option.chosen))
        for option in question.options
    ]
    return table(telling.words.why.columns, rows, caption="", class_="numbers")


def _option(
    question: Question,
    option: Option,
    telling: Telling,
    most: int,
    unrated: bool,  # noqa: FBT001 - reads as a column
) -> tuple[str, ...]:
    bar = charts.option_bar(option.classes, most=most)
    counts = [*option.classes, option.chosen, *([option.unrated] if unrated else [])]
    name = telling.option(question, option.option)
    return name, bar, *(telling.words.number(count) for count in counts)


def asked(items: Sequence[Question], telling: Telling) -> Markup:
    """Return how often it was asked, and how that ended."""
    why = telling.words.why
    ended: Counter[str] = Counter()
    for item in items:
        ended.update(dict(item.ended))
    told = [
        why.ended.format(how=telling.words.ended.get(how, how), n=telling.words.number(n))
        for how, n in ended.most_common()
    ]
    times = telling.words.count(why.asked, ended.total(), ended=telling.words.listed(told))
    return tag("p", times, class_="soft")


def own_words(feedback: Sequence[Left], telling: Telling) -> Markup:
    """Return what was left, both in all and behind ratings that count, and why these differ."""
    why, number = telling.words.why, telling.words.number
    rows = [
        (telling.about(left.about), number(left.total), number(left.counting)) for left in feedback
    ]
    return joined(
        tag("h3", why.own_words),
        table(why.own_columns, rows, caption=""),
        tag("p", why.own_note, class_="soft"),
    )
