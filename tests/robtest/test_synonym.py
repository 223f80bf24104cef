"""Synonym: its logic on a small table, its sources on words whose synonyms are known."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from robtest.attacks import replacement
from robtest.attacks.synonym import Synonym
from robtest.language import wordnet
from robtest.language.tagger import Tagger
from robtest.text import apply, words
from robtest.types import Edit

TagAs = Callable[[Mapping[str, str]], Tagger]

TABLE: dict[str, Sequence[str]] = {
    "film": ["movie", "flick", "photoplay"],
    "buy": ["purchase", "acquire"],
    "big": ["large", "colossal"],
    "have": ["own"],
    "hold": ["have", "grip"],
    "other": ["different"],
    "nice": ["nice", "pleasant"],
}


class Nameless:
    version = "nameless"

    def __call__(self, text: str) -> tuple[tuple[int, int], ...]:
        return ()


NAMELESS = Nameless()


def from_table(tagger: Tagger, **options: Any) -> Synonym:
    return Synonym(sources=("table",), table=TABLE, tagger=tagger, namer=NAMELESS, **options)


@pytest.fixture(autouse=True)
def own_cache(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep decisions apart; tests that need no package have no idioms either."""
    monkeypatch.setattr(replacement, "default_cache", lambda: tmp_path)
    if request.node.get_closest_marker("data") is None:
        monkeypatch.setattr(wordnet, "has_entry", lambda words: False)


def variants(attack: Synonym, text: str) -> list[str]:
    return [apply(text, [edit]) for start, end in words(text) for edit in attack.edits(text, start, end)]


def test_a_synonym_takes_the_form_of_the_word(tag_as: TagAs) -> None:
    assert variants(from_table(tag_as({"bought": "VBD"})), "bought") == ["purchased", "acquired"]
    assert variants(from_table(tag_as({"films": "NNS"})), "films,") == ["movies,", "flicks,"]  # no photoplays


def test_a_synonym_without_the_form_is_left_out(tag_as: TagAs) -> None:
    assert variants(from_table(tag_as({"bigger": "JJR"})), "bigger") == ["larger"]  # no colossaler


def test_the_first_synonyms_are_kept_and_the_word_itself_is_none(tag_as: TagAs) -> None:
    assert variants(from_table(tag_as({"film": "NN"}), n_synonyms=2), "film") == ["movie", "flick"]
    assert variants(from_table(tag_as({"nice": "JJ"}), n_synonyms=1), "nice") == ["pleasant"]


def test_case_and_punctuation_are_kept(tag_as: TagAs) -> None:
    attack = from_table(tag_as({"film": "NN"}), n_synonyms=1)
    assert variants(attack, '"Film," a FILM') == ['"Movie," a FILM', '"Film," a MOVIE']


@pytest.mark.parametrize(("word", "tag"), [("have", "VB"), ("had", "VBD"), ("other", "JJ"), ("Film", "NNP")])
def test_function_words_and_names_stay(tag_as: TagAs, word: str, tag: str) -> None:
    assert variants(from_table(tag_as({word.lower(): tag})), word) == []


def test_a_function_word_is_no_synonym(tag_as: TagAs) -> None:
    assert variants(from_table(tag_as({"hold": "VB"})), "hold") == ["grip"]


def test_an_article_suits_the_synonym(tag_as: TagAs) -> None:
    attack = Synonym(
        sources=("table",), table={"old": ["aged", "grey"]}, tagger=tag_as({"old": "JJ"}), namer=NAMELESS
    )
    assert variants(attack, "an old hat") == ["an aged hat"]
    assert variants(attack, 'an "old" hat') == ['an "aged" hat']
    assert variants(attack, "a  old hat") == ["a  grey hat"]
    assert variants(attack, "than old") == ["than aged", "than grey"]


def test_a_table_may_be_a_file(tag_as: TagAs, tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(json.dumps(TABLE))
    tagger = tag_as({"film": "NN"})
    from_file = Synonym(sources=("table",), table=path, tagger=tagger, namer=NAMELESS)
    assert from_file == from_table(tagger)
    assert from_file.version == from_table(tagger).version


def test_another_table_is_another_version(tag_as: TagAs) -> None:
    other = Synonym(sources=("table",), table={"film": ["movie"]}, tagger=tag_as({}))
    assert other.version != from_table(tag_as({})).version


@pytest.mark.parametrize(
    "content", ["no json", "[]", '{"film": "movie"}', '{"film": [1]}', '{"film": ["motion picture"]}']
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"table .*table\.json"):
        Synonym(sources=("table",), table=path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sources": ("hownet",)}, "sources must be some of"),
        ({"sources": ()}, "sources must be some of"),
        ({"n_synonyms": 0}, "n_synonyms must be 1 or more, got 0"),
        ({"min_sense": 1.5}, r"min_sense must be in \[0, 1\], got 1.5"),
        ({"min_similarity": -0.1}, r"min_similarity must be in \[0, 1\], got -0.1"),
        ({"threshold": 0.0}, r"threshold must be in \(0, 1\], got 0.0"),
        ({"sources": ("table",)}, "go together"),
        ({"table": {"a": ["b"]}}, "go together"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Synonym(**options)


@pytest.mark.data
def test_the_thesaurus_comes_first_and_wordnet_where_it_has_nothing() -> None:
    text = "The films were terrible, and the portrait was harrowing."
    found = {text[e.start : e.end]: (e.new, e.kind) for e in first(Synonym(), text)}
    assert found == {
        "films": ("movies", "thesaurus"),
        "terrible": ("awful", "thesaurus"),
        "portrait": ("portrayal", "wordnet"),
        "harrowing": ("agonizing", "wordnet"),
    }


@pytest.mark.data
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Their love is an honest one.", "love"),  # no honey
        ("The runs took the whole day.", "runs"),  # no scats
        ("Murphy Brown is a good show.", "Brown"),  # no brownness
        ("My computer is slow.", "computer"),  # no figurer
        ("Let's go home.", "Let's"),
        ("They sell hot dogs at the station.", "dogs"),
        ("Turn the light off, please.", "Turn"),
        ("She is good at chess.", "good"),
        ("We run a small company.", "run"),  # no race
    ],
)
def test_what_has_no_safe_synonym_stays(text: str, word: str) -> None:
    start = text.index(word)
    assert Synonym().edits(text, start, start + len(word)) == []


@pytest.mark.data
def test_the_sense_in_the_sentence_decides() -> None:
    """What is comic is amusing in one of two senses, and of comedy in the other."""
    text = "The comic remark made them laugh."
    loose, strict = (Synonym(sources=("wordnet",), min_sense=least) for least in (0.0, 1.0))
    assert {edit.new for edit in first(loose, text)} > {edit.new for edit in first(strict, text)}


@pytest.mark.data
def test_nothing_is_found_for_function_words_numbers_and_names() -> None:
    assert (
        variants(Synonym(), "I am not in Paris with a dozen of the 3 others, nor have you been there.") == []
    )


@pytest.mark.data
def test_counter_fitted_vectors_are_a_source_of_their_own() -> None:
    text = "They bought cheap flowers."
    only = Synonym(sources=("counterfitted",), n_synonyms=1)
    assert "They purchased cheap flowers." in variants(only, text)
    kinds = {edit.kind for start, end in words(text) for edit in only.edits(text, start, end)}
    assert kinds == {"counterfitted"}


@pytest.mark.data
def test_prepared_or_not_alone_or_in_company_the_edits_are_the_same(tmp_path: Path) -> None:
    texts = ["The old movie was terrific.", "We bought a huge house. The movie was awful."]
    prepared, fresh = Synonym(), Synonym(n_synonyms=3, min_fit=-10.0)
    prepared.prepare(texts)
    assert [variants(prepared, text) for text in texts] == [variants(fresh, text) for text in texts]


def first(attack: Synonym, text: str) -> list[Edit]:
    """Return the best edit of each word that has one."""
    return [edits[0] for start, end in words(text) if (edits := attack.edits(text, start, end))]
