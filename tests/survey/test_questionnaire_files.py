"""A questionnaire's file: every problem at its line, one version for one content, the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.commands import check_command, questionnaire_schema
from agent.config.document import parse
from agent.config.path import members_of
from agent.config.problem import ConfigFileError
from agent.survey.catalogue import BUILT_IN, Catalogue, built_in_catalogue, load_catalogue
from agent.survey.conditions import Condition, OfAnswer
from agent.survey.loading import Kiosk, load_questionnaire, survey_problems, version_of
from agent.survey.means import Means
from agent.survey.questions import AnyQuestion
from tests.survey.drafts import choice, draft, fcr, nps

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLES = sorted((CONFIG / "questionnaires").glob("*.yaml"))
HEAD = "id: draft\nlanguages: [en]\nquestions:\n"


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "questionnaire.yaml")


class Writer:
    """Write a text, return what is wrong with it as `LINE: text`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, text: str, *, head: str = HEAD) -> list[str]:
        self.path.write_text(head + text, "utf-8")
        found = survey_problems(self.path)
        assert found is not None
        return [str(problem).removeprefix(f"{self.path}:") for problem in found]


def test_an_unknown_kind_gets_its_likely_meaning(written: Writer) -> None:
    (told,) = written("  - {id: a, kind: npz}\n")
    assert told.startswith("4: questions[0].kind must be one of faces, nps, ces, ")
    assert told.endswith("not `npz`: did you mean `nps`?")


def test_a_question_without_a_kind_is_told_the_kinds(written: Writer) -> None:
    (told,) = written("  - id: a\n")
    assert told.startswith("4: questions[0].kind is missing: choose among faces, nps, ces, ")


def test_a_question_that_is_no_section_is_told(written: Writer) -> None:
    assert written("  - 5\n") == [
        "4: questions[0] must be a section with `key: value` lines below it, not `5`"
    ]


def test_an_unknown_key_of_a_question_is_told_without_its_kind(written: Writer) -> None:
    assert written("  - {id: a, kind: fcr, nxt: end}\n") == [
        "4: questions[0].nxt is not a known key: did you mean `next`?"
    ]


def test_a_key_of_another_kind_is_told_what_is_known_here(written: Writer) -> None:
    (told,) = written("  - {id: a, kind: fcr, subject: {en: us}}\n")
    assert "questions[0].subject is not a known key: known here are id, when, next" in told


@pytest.mark.parametrize("kind", ["nps", "ces", "csat", "womi", "servperf"])
def test_words_for_a_standard_question_are_told_that_its_wording_is_locked(
    written: Writer, kind: str
) -> None:
    question = f"{{id: a, kind: {kind}, subject: {{en: us}}, text: {{en: Well}}}}"
    assert written(f"  - {question}\n") == [
        (
            f"4: questions[0].text: the wording of {kind} is locked, so that figures compare:"
            " `subject` says what it is about; words of your own need another kind: faces, single,"
            " multiple or text"
        )
    ]


def test_a_standard_question_without_a_subject_is_not_told_of_one(written: Writer) -> None:
    [told] = written("  - {id: a, kind: fcr, text: {en: Well}}\n")
    assert "the wording of fcr is locked" in told
    assert "subject" not in told


def test_a_missing_text_is_told_with_its_meaning(written: Writer) -> None:
    assert written("  - {id: a, kind: faces}\n") == [
        "4: questions[0].text is missing: The question, by language"
    ]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("{question: a, at_leest: 3}", "when.at_leest is not a known key: did you mean `at_least`"),
        ("{al: [{question: a}]}", "when.al is not a known key: did you mean `all`?"),
        ("{all: [{question: a, hs: [x]}]}", "when.all[0].hs is not a known key: did you mean"),
        ("{all: []}", "when.all must have at least 1 entry, not 0"),
        ("{any: [], question: a}", "when.question is not a known key: known here are any"),
        ("rating < 3", "when must be a section with `key: value` lines below it"),
        ("{question: a, at_least: 11}", "when.at_least must be at most 10, not `11`"),
        ("{question: a, at_least: true}", "when.at_least cannot be true or false"),
        ("{sentiment: happy}", "when.sentiment must be one of dissatisfied, neutral, satisfied"),
    ],
)
def test_a_condition_that_is_none_is_told_at_its_key(
    written: Writer, when: str, words: str
) -> None:
    told = written(f"  - {{id: a, kind: fcr}}\n  - id: b\n    kind: fcr\n    when: {when}\n")
    assert any(line.startswith("7: ") and words in line for line in told)


def test_whether_it_was_answered_may_be_true_or_false(written: Writer) -> None:
    for answered in ("true", "false"):
        when = f"{{question: a, answered: {answered}}}"
        assert written(f"  - {{id: a, kind: fcr}}\n  - {{id: b, kind: fcr, when: {when}}}\n") == []


def test_rules_about_the_whole_are_told_all_at_once_each_at_its_line(written: Writer) -> None:
    text = (
        "  - {id: a, kind: faces, text: {de: Wie wars}}\n"
        "  - id: b\n    kind: single\n    text:\n      en: Why?\n    factors:\n"
        "      - staff\n      - pricee\n    next: d\n"
        "  - {id: c, kind: fcr}\n"
    )
    assert [told.split(":")[0] for told in written(text)] == ["4", "11", "12"]


def test_a_doubled_key_is_found_in_a_questionnaire_too(written: Writer) -> None:
    assert written("  - {id: a, id: b, kind: fcr}\n") == [
        "4: questions[0].id stands twice: first in line 4"
    ]


def test_no_question_is_too_few(written: Writer) -> None:
    assert written("  []\n") == ["3: questions must have at least 1 entry, not 0"]


def test_loading_a_bad_file_raises_with_all_problems(written: Writer) -> None:
    written("  - {id: a, kind: fcr, next: x}\n  - {id: a, kind: fcr}\n")
    with pytest.raises(ConfigFileError) as caught:
        load_questionnaire(written.path)
    assert [problem.line for problem in caught.value.problems] == [5]


def test_a_questionnaire_must_fit_its_kiosk(written: Writer) -> None:
    assert written("  - {id: a, kind: fcr}\n  - {id: b, kind: text, text: {en: Say}}\n") == []
    buttons = Means(buttons=3, touch=False, screen=True)
    with pytest.raises(ConfigFileError) as caught:
        load_questionnaire(written.path, kiosk=Kiosk(buttons, languages=("en", "de")))
    assert [problem.line for problem in caught.value.problems] == [2, 5]
    assert "the screen also has de" in str(caught.value)
    touch = Kiosk(Means(buttons=0, touch=True, screen=True), languages=("en",))
    assert load_questionnaire(written.path, kiosk=touch).path == written.path


def test_check_knows_a_questionnaire_by_its_questions(
    written: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    written("  - {id: a, kind: fcr, next: a}\n")
    assert check_command(str(written.path)) == 1
    assert capsys.readouterr().out.startswith(f"{written.path}:4: these questions go round")


def test_check_knows_a_catalogue_by_its_factors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factor = "  - {id: a, icon: box, owner: floor, label: {en: A}}\n"
    path = tmp_path / "factors.yaml"
    path.write_text(f"factors:\n{factor}{factor}")
    assert check_command(str(path)) == 1
    assert capsys.readouterr().out == (
        f"{path}:3: factors: a stands twice: give one of them another id\n"
    )


def test_check_takes_a_catalogue_of_ones_own(written: Writer, tmp_path: Path) -> None:
    written("  - {id: a, kind: single, text: {en: Pick one}, factors: [parking, toys]}\n")
    factors = tmp_path / "factors.yaml"
    factors.write_text(
        "factors:\n"
        "  - {id: parking, icon: door, owner: facility, label: {en: Parking}}\n"
        "  - {id: toys, icon: box, owner: purchasing, label: {en: Toys}}\n"
    )
    assert check_command(str(written.path)) == 1
    assert check_command(str(written.path), factors=factors) == 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_passes_the_check(path: Path) -> None:
    assert survey_problems(path) == []


def test_the_examples_are_those_of_the_profiles_and_the_standards() -> None:
    assert [path.stem for path in EXAMPLES] == [
        "feedback",
        "nps",
        "reasons",
        "servperf",
        "surveyor",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_speaks_five_languages_and_is_named_like_its_file(path: Path) -> None:
    questionnaire = load_questionnaire(path).questionnaire
    assert questionnaire.languages == ("en", "ru", "pl", "de", "ar")
    assert questionnaire.id == path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_editors_accept_every_example_and_find_its_schema(path: Path) -> None:
    text = path.read_text("utf-8")
    jsonschema.validate(parse(text).values, questionnaire_schema())
    first = text.splitlines()[0]
    assert (path.parent / first.split("=")[1]).resolve() == CONFIG / "questionnaire.schema.json"


def test_the_committed_schema_is_current() -> None:
    committed = (CONFIG / "questionnaire.schema.json").read_text("utf-8")
    written = json.dumps(questionnaire_schema(), indent=2) + "\n"
    assert committed == written, (
        "run: smilepost schema questionnaire > config/questionnaire.schema.json"
    )


def test_every_key_is_described_for_editors() -> None:
    schema = questionnaire_schema()
    for name, definition in {**schema["$defs"], "": schema}.items():
        for key, field in definition.get("properties", {}).items():
            assert key == "kind" or field.get("description"), f"{name}.{key}"


def test_the_built_in_catalogue_is_the_example() -> None:
    assert (CONFIG / "factors.yaml").read_text("utf-8") == BUILT_IN.read_text("utf-8")


def test_every_factor_has_an_owner_and_a_label_in_every_language() -> None:
    for factor in built_in_catalogue().factors:
        assert factor.owner
        assert set(factor.label) == {"en", "ru", "pl", "de", "ar"}


def test_a_factor_is_found_by_its_name() -> None:
    found = built_in_catalogue().factor("price")
    assert found is not None
    assert found.owner == "pricing"
    assert built_in_catalogue().factor("quux") is None


def test_a_bad_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "factors.yaml"
    path.write_text("factors:\n  - {id: a, icon: boxx, owner: floor, label: {en: A}}\n")
    with pytest.raises(ConfigFileError, match="did you mean `box`"):
        load_catalogue(path)


def test_comments_order_and_defaults_do_not_change_the_version(written: Writer) -> None:
    written("  - {id: a, kind: fcr}\n")
    bare = load_questionnaire(written.path)
    written("  - {kind: fcr, id: a, next: null} # why\n", head=f"place: till\n{HEAD}")
    assert load_questionnaire(written.path).version == bare.version
    assert len(bare.version) == 64
    assert bare.path == written.path


def test_another_word_is_another_version() -> None:
    catalogue = built_in_catalogue()
    versions = {
        version_of(questionnaire, catalogue=catalogue)
        for questionnaire in (
            draft(nps("a")),
            draft(nps("a", subject={"en": "that shop"})),
            draft(nps("b")),
            draft(nps("a"), id="other"),
        )
    }
    assert len(versions) == 4


def test_the_locked_wording_is_part_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    questionnaire, catalogue = draft(nps("a")), built_in_catalogue()
    before = version_of(questionnaire, catalogue=catalogue)
    reworded = ("How likely is it?", "No", "Yes")
    monkeypatch.setattr(
        "agent.survey.loading.locked_words", lambda _question, **_language: reworded
    )
    assert version_of(questionnaire, catalogue=catalogue) != before


def test_the_label_of_a_factor_is_part_of_the_version_and_its_owner_is_not() -> None:
    questionnaire = draft(choice("a", factors=["staff", "price"]))

    def version(**changed: str | dict[str, str]) -> str:
        factors = [factor.model_dump() for factor in built_in_catalogue().factors]
        factors[0].update(changed)
        return version_of(questionnaire, catalogue=Catalogue.model_validate({"factors": factors}))

    assert version(owner="training") == version()
    assert version(label={"en": "People"}) != version()


def test_factors_that_are_not_asked_about_do_not_change_the_version() -> None:
    few = Catalogue.model_validate({"factors": built_in_catalogue().model_dump()["factors"][:1]})
    questionnaire = draft(fcr("a"))
    assert version_of(questionnaire, catalogue=few) == version_of(
        questionnaire, catalogue=built_in_catalogue()
    )


WORDS = st.sampled_from(["id", "kind", "nps", "fcr", "when", "all", "none", "question", "en", "x"])
TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(TREE, max_size=3))
def test_any_tree_of_questions_is_answered_with_problems_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, questions: list[object]
) -> None:
    path = tmp_path_factory.mktemp("tree") / "questionnaire.yaml"
    content = {"id": "a", "languages": ["en"], "questions": questions}
    path.write_text(json.dumps(content), "utf-8")  # JSON is YAML
    found = survey_problems(path)
    assert found is not None
    assert all(str(problem).isprintable() and problem.line == 1 for problem in found)


GUIDE = (CONFIG.parent / "docs" / "questionnaires.md").read_text("utf-8")


def test_the_questionnaire_in_the_documentation_passes_the_check(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (block,) = (block for block in blocks if "questions:" in block)
    path = tmp_path / "questionnaire.yaml"
    path.write_text(block, "utf-8")
    assert survey_problems(path) == []


@pytest.mark.parametrize("kind", list(members_of(AnyQuestion)))
def test_every_kind_stands_in_the_documentation(kind: str) -> None:
    assert re.search(rf"^\| (`\w+`, )?`{kind}`", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("key", sorted({*OfAnswer.model_fields, *members_of(Condition)}))
def test_every_key_of_a_condition_stands_in_the_documentation(key: str) -> None:
    assert re.search(rf"[`{{ ]{key}[:`]", GUIDE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_stands_in_the_documentation(path: Path) -> None:
    assert f"| `{path.stem}` |" in GUIDE
