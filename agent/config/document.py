"""YAML to plain values, with the line of every key.

A safe subset: mappings, lists, text, numbers, true and false. YAML 1.1 has traps that a
technician cannot see (`off` is false, `no` is false, `010` is eight, `1:30` is ninety); here
only `true` and `false` are booleans, a number is decimal, and everything else is text. Doubled
keys, tags, and keys without a value are problems. Aliases are allowed but the expanded document
is bounded, so a small file cannot grow to fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from agent.config.problem import KeyPath, dotted

MAX_NODES = 10_000
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
_PLAIN = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text, counted from 1."""

    line: int
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the document itself, before its meaning is looked at."""

    place: Place
    text: str
    key: KeyPath = ()


@dataclass(slots=True)
class Document:
    """A parsed file: its values, the place of every key, and the faults found on the way."""

    values: Any = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place_of(self, key: KeyPath) -> Place:
        """Return the place of `key`, or of the nearest thing around it that is written down."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, Place(1))


def parse(text: str, *, example: str = "config/kiosk.yaml") -> Document:
    """Parse YAML text; what is wrong with it stands in the document's `faults`.

    `example` is what somebody with an empty file is told to start from.
    """
    try:
        node = _Loader(text).get_single_node()
    except yaml.YAMLError as error:
        return Document(faults=[_syntax_fault(error, text)])
    document = Document()
    if node is None:
        document.faults.append(Fault(Place(1), f"the file is empty: start from {example}"))
    elif not isinstance(node, yaml.MappingNode):
        text = "the file must hold `section:` lines with `key: value` lines below them"
        document.faults.append(Fault(_place(node), text))
    else:
        _Reading(document).read_document(node)
    return document


class _Loader(yaml.SafeLoader):
    """PyYAML's own parser with our few rules for plain words, and a bound on nesting."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose one node; refuse nesting that would exhaust the stack."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _name, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))


class _TooLargeError(Exception):
    """The expanded document passed a bound."""


class _Reading:
    """One walk over the nodes that fills a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def read_document(self, root: yaml.MappingNode) -> None:
        self._document.places[()] = _place(root)
        try:
            self._document.values = self._value(root, ())
        except _TooLargeError:
            self._fault(root, (), f"aliases make this file larger than {MAX_NODES} values")

    def _value(self, node: yaml.Node, key: KeyPath) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(key) > MAX_DEPTH:
            raise _TooLargeError
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, key)
        return self._scalar(node, key)

    def _mapping(self, node: yaml.MappingNode, key: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name_node, value_node in node.value:
            if not isinstance(name_node, yaml.ScalarNode):
                self._fault(name_node, key, "a key must be a plain word")
                continue
            name = name_node.value
            path = (*key, name)
            if name in values:
                line = self._document.places[path].line
                text = f"{dotted(path)} stands twice: first in line {line}"
                self._document.faults.append(Fault(_place(name_node), text, path))
                continue
            self._document.places[path] = _place(name_node)
            values[name] = self._value(value_node, path)
        return values

    def _sequence(self, node: yaml.SequenceNode, key: KeyPath) -> list[Any]:
        for index, item in enumerate(node.value):
            self._document.places[*key, index] = _place(item)
        return [self._value(item, (*key, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.Node, key: KeyPath) -> Any:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind == "null" and not text:
            self._fault(node, key, f"{dotted(key)} has no value: {_meant(str(key[-1]))}")
        elif kind not in _CONVERSIONS:
            self._fault(node, key, f"{dotted(key)}: the tag !!{kind} is not allowed here")
        else:
            return self._converted(node, key)
        return None

    def _converted(self, node: yaml.Node, key: KeyPath) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if any(map(_is_none, node.value)):
            self._fault(node, key, f"{dotted(key)} holds an escaped character that is none")
            return None
        try:
            return _CONVERSIONS[kind](node.value)
        except ValueError:
            self._fault(node, key, f"{dotted(key)}: `{node.value[:40]}` is no {kind}")
            return None

    def _fault(self, node: yaml.Node, key: KeyPath, text: str) -> None:
        place = self._document.places[key] if key else _place(node)
        self._document.faults.append(Fault(place, text, key))


def _is_none(char: str) -> bool:
    r"""Tell whether `\0` or half of a pair was written: neither a path nor UTF-8 can hold them."""
    return char == "\0" or "\ud800" <= char <= "\udfff"


def _meant(name: str) -> str:
    """Say what somebody meant who wrote a key without a value."""
    if name.isdigit():
        return "a comma begins a new entry here; decimals have a point"
    if ":" in name:
        return "a space belongs behind the colon"
    return "give it one or remove the line"


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": _boolean,
    "null": lambda _text: None,
}

# PyYAML's words for the mistakes people make, and ours.
_SYNTAX = (
    ("mapping values are not allowed", "a second `: ` here: wrong indentation, or quotes missing"),
    (
        "could not find expected ':'",
        "this line is no `key: value`, or the one before is not closed",
    ),
    ("expected <block end>", "wrong indentation: keys of one section begin in the same column"),
    ("but got '?'", "a question mark inside { } or [ ]: put the text in quotes"),
    ("expected ',' or", "a bracket or brace that begins here is not closed"),
    ("while scanning a quoted scalar", "a quote that begins here is not closed"),
    ("found character '\\t'", "a tab: use spaces"),
    ("cannot start any token", "this character cannot begin a value: put the value in quotes"),
    ("found undefined alias", "an alias (`*name`) whose anchor (`&name`) does not exist"),
    ("but found another document", "a second document (`---`): one file holds one configuration"),
    ("nested too deeply", f"nested more than {MAX_DEPTH} levels deep"),
    ("special characters are not allowed", "a control character: remove it"),
)


def _syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    said = " ".join(str(error).split())
    words = next((ours for theirs, ours in _SYNTAX if theirs in said), None)
    if isinstance(error, yaml.MarkedYAMLError):
        unclosed = words is not None and "begins here" in words
        mark = error.context_mark if unclosed else error.problem_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1)
        return Fault(place, f"not YAML: {words or error.problem}")
    position = int(getattr(error, "position", 0))
    return Fault(Place(text.count("\n", 0, position) + 1), f"not YAML: {words or said}")


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
