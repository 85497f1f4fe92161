"""Every mistake is named at its own line, all of them at once, in plain words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.loading import MAX_BYTES, load, problems
from agent.config.problem import ConfigFileError, Problem, dotted
from agent.errors import ConfigError

DEVICE = "device: {tenant: acme, site: high-street, id: till-1}\n"


@pytest.fixture
def found(tmp_path: Path) -> Finder:
    return Finder(tmp_path / "kiosk.yaml")


class Finder:
    """Write a text, return what is wrong with it as `LINE: text`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, text: str, *, device: str = DEVICE) -> list[str]:
        self.path.write_text(device + text, "utf-8")
        return [str(p).removeprefix(f"{self.path}:") for p in problems(self.path)]


def test_all_mistakes_are_told_at_once_each_at_its_line(found: Finder) -> None:
    text = "uplink:\n  port: 70000\nvisit:\n  scale: 7\nscreen:\n  enabled: maybe\n"
    assert found(text) == [
        "3: uplink.port must be at most 65535, not `70000`",
        "5: visit.scale must be one of 2, 3, 4, 5, not `7`",
        "7: screen.enabled must be true or false, not `maybe`",
    ]


def test_an_unknown_key_gets_its_likely_meaning(found: Finder) -> None:
    assert found("uplink: {prot: 1}\n") == [
        "2: uplink.prot is not a known key: did you mean `port`?"
    ]


def test_a_key_in_the_wrong_section_is_told_its_home(found: Finder) -> None:
    assert found("screen: {buzzer: 4}\n") == [
        "2: screen.buzzer is not a known key: did you mean `panel.buzzer`?"
    ]


def test_a_key_like_no_other_is_told_what_is_known(found: Finder) -> None:
    [told] = found("store: {quux: 1}\n")
    assert told.startswith("2: store.quux is not a known key: known here are path, ")
    assert told.endswith("keep_delivered_days, quota_mb, free_disk_mb")


def test_an_unknown_key_inside_a_list_is_found(found: Finder) -> None:
    text = "panel:\n  buttons:\n    - {id: a, pin: 5}\n    - id: b\n      pin: 6\n      lihgt: 7\n"
    assert found(text) == ["7: panel.buttons[1].lihgt is not a known key: did you mean `light`?"]


def test_a_misspelled_section_is_not_also_called_missing(found: Finder) -> None:
    text = "devcie: {tenant: a, site: b, id: c}\n"
    assert found(text, device="") == ["1: devcie is not a known key: did you mean `device`?"]


def test_a_missing_key_is_told_at_its_section_with_its_meaning(found: Finder) -> None:
    assert found("\ndevice:\n  tenant: a\n  site: b\n", device="") == [
        "2: device.id is missing: The touchpoint's device, unique within the site"
    ]


def test_a_value_near_an_allowed_one_gets_a_suggestion(found: Finder) -> None:
    assert found("vision: {mode: smiles}\n") == [
        (
            "2: vision.mode must be one of off, presence, smile, emotion, not `smiles`:"
            " did you mean `smile`?"
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("panel: {buzzer: 2.5}", "panel.buzzer must be a whole number, not `2.5`"),
        ("panel: {buzzer: true}", "panel.buzzer cannot be true or false"),
        ("panel: {buttons: 5}", "panel.buttons must be a list: one line beginning with `- `"),
        ("panel: 5", "panel must be a section with `key: value` lines below it, not `5`"),
        ("panel: {confirm_ms: fast}", "panel.confirm_ms must be a number, not `fast`"),
        ("panel: {confirm_ms: .nan}", "panel.confirm_ms must be a number, not `.nan`"),
        ("panel: {confirm_ms: 0.5}", "panel.confirm_ms must be at least 1, not `0.5`"),
        ("uplink: {backlog_rate: 0}", "uplink.backlog_rate must be more than 0, not `0`"),
        ("uplink: {host: 5}", 'uplink.host must be text: put it in quotes, "5"'),
        ("uplink: {host: a..b}", "uplink.host must be a host name or address, not `a..b`"),
        ("uplink: {host: ''}", "uplink.host must be a host name or address"),
        ("uplink: {host: [a]}", "uplink.host must be text"),
        ("vision: {models: [a]}", "vision.models must be the path of a file or folder"),
        ("vision: {notice: {attested_on: soon}}", "must be a date like 2026-03-31, not `soon`"),
        ("screen: {languages: []}", "screen.languages must have at least 1 entry, not 0"),
        ("visit: {question: {english: Hi}}", "must be one of en, ru, pl, de, ar, not `english`"),
        ("visit: {question: {en: ''}}", "visit.question.en must not be empty"),
        ("runtime_dir: 5", 'runtime_dir must be text: put it in quotes, "5"'),
    ],
)
def test_every_kind_of_bad_value_is_explained(found: Finder, text: str, expected: str) -> None:
    (told,) = found(text)
    assert told.startswith("2: ")
    assert expected in told


def test_a_bad_name_says_what_a_name_is(found: Finder) -> None:
    assert found("", device="device: {tenant: Acme Co, site: b, id: c}\n") == [
        (
            "1: device.tenant must be small letters, digits, `-` and `_`, a letter or digit first,"
            " not `Acme Co`"
        )
    ]


def test_too_many_entries_are_counted(found: Finder) -> None:
    zones = ", ".join(["{x: 0, y: 0, width: 1, height: 1}"] * 9)
    assert found(f"vision: {{staff_mask: [{zones}]}}\n") == [
        "2: vision.staff_mask must have at most 8 entries, not 9"
    ]


def test_a_rule_of_one_section_is_told_at_that_section(found: Finder) -> None:
    assert found("\nvision:\n  mode: smile\n") == [
        (
            "3: vision: mode smile needs a notice: add `notice: {shown: screen}`, or a printed one"
            " with attested_by and attested_on"
        )
    ]


def test_rules_across_sections_are_all_told_where_their_keys_stand(found: Finder) -> None:
    text = (
        "panel:\n  buttons: [{id: a, pin: 5}, {id: b, pin: 6}]\n"
        "visit:\n  reasons:\n    - {id: staff, label: {de: Personal}}\n"
        "vision:\n  mode: smile\n  notice: {shown: screen}\n"
        "screen:\n  enabled: false\n"
    )
    assert [told.split(":")[0] for told in found(text)] == ["3", "6", "9"]


def test_a_pin_cannot_be_a_button_and_the_counters_light(found: Finder) -> None:
    text = (
        "panel:\n  buttons: [{id: a, pin: 5, light: 7}, {id: b, pin: 6}]\n"
        "visit: {scale: 2}\n"
        "alerts: {light_pin: 7, relay_pin: 9}\n"
    )
    assert found(text) == [
        (
            "5: alerts.light_pin is 7, and so is panel.buttons[0].light in line 3:"
            " give each a pin of its own"
        )
    ]


def test_a_pin_is_entered_with_buttons_that_are_there_and_not_yet_stuck(found: Finder) -> None:
    text = (
        "panel:\n  stuck_s: 3\n  buttons: [{id: a, pin: 5}, {id: b, pin: 6}]\n"
        "visit: {scale: 2}\n"
        "staff: {file: staff.yaml, hold: [a, c], hold_s: 3}\n"
    )
    assert [told.split(": ", 1)[1] for told in found(text)] == [
        "staff.hold names c, and no button of the panel has that id",
        (
            "staff.hold_s is 3, but a button held for panel.stuck_s (3) counts as stuck:"
            " hold shorter"
        ),
    ]


def test_what_is_shown_with_the_thanks_has_every_language(found: Finder) -> None:
    text = (
        "screen: {languages: [en, de]}\n"
        "feedback:\n  enabled: true\n  plain: true\n"
        "  channels: [{label: {en: Telephone}, value: '112'}]\n"
    )
    [told] = found(text)
    assert told == (
        "6: feedback.channels[0].label is missing in de: add the text, or take the language out"
        " of screen.languages"
    )


def test_a_doubled_key_names_both_lines(found: Finder) -> None:
    assert found("uplink:\n  port: 1\n  port: 2\n") == [
        "4: uplink.port stands twice: first in line 3"
    ]


def test_a_key_without_a_value_is_not_taken_for_a_default(found: Finder) -> None:
    assert found("uplink:\n  tls:\n") == [
        "3: uplink.tls has no value: give it one or remove the line"
    ]


def test_an_explicit_null_is_a_value(found: Finder) -> None:
    assert found("uplink: {tls: null, username: ~}\n") == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: b: c\n", 1, "a second `: ` here"),
        ("a:\n  b: 1\n c: 2\n", 3, "wrong indentation"),
        ("a: 1\nb: 'x\n", 2, "a quote that begins here is not closed"),
        ("a: 1\nb: {c: Why?}\n", 2, "a question mark inside { } or [ ]: put the text in quotes"),
        ("a: 1\nb: [1,\nc: 2\n", 2, "a bracket or brace that begins here is not closed"),
        ("a: 1\n\tb: 2\n", 2, "a tab: indent with spaces"),
        ("a: 1\nb: @x\n", 2, "put the value in quotes"),
        ("a: *x\n", 1, "whose anchor (`&name`) does not exist"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: 1\nb: \x01\n", 2, "a control character"),
        ("just words\n", 1, "the file must hold `section:` lines"),
        ("- a\n", 1, "the file must hold `section:` lines"),
        ("", 1, "the file is empty"),
        ("# only a comment\n", 1, "the file is empty"),
        ("? [a]\n: b\n", 1, "a key must be a plain word"),
        ("a: !!python/object:os.system x\n", 1, "the tag !!python/object:os.system is not allowed"),
        ("a: !!int x\n", 1, "`x` is no int"),
        ("a: " + "[" * 3000 + "\n", 1, "nested more than 20 levels deep"),
        ("a: &a [*a]\n", 1, "aliases make this file larger"),
    ],
)
def test_text_that_is_not_our_yaml_is_told_at_its_line(
    found: Finder, text: str, line: int, words: str
) -> None:
    assert any(told.startswith(f"{line}: ") and words in told for told in found(text, device=""))


def test_aliases_cannot_blow_the_file_up(found: Finder) -> None:
    bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
        for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    assert found(bomb, device="") == ["1: aliases make this file larger than 10000 values"]


@pytest.mark.parametrize("escape", ["\\0", "\\ud800", "\\ud83d\\ude00"])
def test_an_escape_that_stands_for_no_character_is_told(found: Finder, escape: str) -> None:
    assert found(f'uplink: {{password_file: "/a/{escape}"}}\n') == [
        "2: uplink.password_file holds an escaped character that is none"
    ]


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    (told,) = problems(tmp_path / "none.yaml")
    assert "there is no such file" in str(told)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (told,) = problems(tmp_path)
    assert "cannot be read: Is a directory" in str(told)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    (told,) = problems(path)
    assert "larger than 256 KB" in str(told)


def test_bytes_that_are_not_utf8_are_found_at_their_line(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.yaml"
    path.write_bytes(b"device:\n  tenant: caf\xe9\n")
    assert str(problems(path)[0]) == f"{path}:2: a byte that is not UTF-8: save the file as UTF-8"


def test_loading_a_bad_file_raises_with_all_problems(found: Finder) -> None:
    found("uplink: {port: 0}\nvisit: {scale: 9}\n")
    with pytest.raises(ConfigFileError) as caught:
        load(found.path)
    assert isinstance(caught.value, ConfigError)
    assert caught.value.exit_code == 1
    assert [p.line for p in caught.value.problems] == [2, 3]
    assert "and 1 more: see `smilepost check" in str(caught.value)


def test_a_problem_knows_its_key_and_column(found: Finder) -> None:
    found("uplink:\n  port: 0\n")
    (problem,) = problems(found.path)
    assert (problem.key, problem.line, problem.column) == (("uplink", "port"), 3, 3)


def test_a_problem_is_one_printable_line_whatever_the_file_says() -> None:
    told = str(Problem(Path("f"), 1, "key a\nb\x1b[31m" + "x" * 1000))
    assert told.isprintable()
    assert len(told) < 320


def test_a_key_path_is_written_as_people_write_it() -> None:
    assert dotted(("panel", "buttons", 0, "pin")) == "panel.buttons[0].pin"


@given(st.binary(max_size=400))
def test_any_bytes_are_answered_with_problems_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "kiosk.yaml"
    path.write_bytes(raw)
    found = problems(path)
    assert found
    assert all(str(p).isprintable() and p.line >= 1 for p in found)


_KEYS = st.sampled_from(
    ["panel", "buttons", "id", "pin", "vision", "notice", "visit", "label", "x"]
)
_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab: -#é\n", max_size=8)
_TREE = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _TREE, max_size=4))
def test_any_tree_of_values_is_answered_with_problems_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("tree") / "kiosk.yaml"
    path.write_text(json.dumps(tree), "utf-8")  # JSON is YAML
    found = problems(path)
    assert any(p.text.startswith("device is missing") or "not YAML" in p.text for p in found)
