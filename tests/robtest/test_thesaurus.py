"""The project's list of synonyms: its form, its frames of verbs, and that every entry can be used."""

from pathlib import Path

import pytest

from robtest.language import thesaurus
from robtest.language.forms import FUNCTION_LEMMAS, Pos, lemma_of


def test_nouns_adjectives_and_adverbs_have_no_frame() -> None:
    assert thesaurus.synonyms("film", "n", "plain") == ("movie",)
    assert thesaurus.synonyms("film", "v", "plain") == ()


def test_a_verb_is_replaced_by_one_that_takes_what_follows() -> None:
    assert thesaurus.synonyms("walk", "v", "plain") == ("stroll",)
    assert thesaurus.synonyms("walk", "v", "object") == ()  # "walk the dog"
    assert "begin" in thesaurus.synonyms("start", "v", "infinitive")
    assert "rely" in thesaurus.synonyms("depend", "v", "preposition")
    assert thesaurus.synonyms("depend", "v", "object") == ()


def test_every_word_is_one_of_its_class() -> None:
    parts: dict[str, Pos] = {**dict.fromkeys("voiptgb", "v"), "n": "n", "m": "n", "a": "a", "r": "r"}
    tags = {"RB", "RBR", "IN", "JJ", "NN", "NNS", "MD", "DT", "VBG", "WDT", "CC", "UH"}
    for (kind, key), others in thesaurus.table().items():
        lemma, _, following = key.partition("/")
        if kind == "c":
            assert following in tags | {".", "*"} or following.islower(), key
            continue
        assert kind in "nav" or not following, (kind, key)  # the others say by their class what follows
        assert not {lemma, *others} & FUNCTION_LEMMAS, (kind, key, others)
        assert len(set(others)) == len(others), (kind, key)
        for word in (lemma, *others):
            # The dictionary has few words with a hyphen, and no participles as adjectives.
            assert "-" in word or lemma_of(word, parts[kind]) in {word, None}, (kind, word)


def test_the_very_word_that_follows_may_decide() -> None:
    assert thesaurus.synonyms("look", "v", "preposition", "for") == ("search",)
    assert "search" not in thesaurus.synonyms("look", "v", "preposition", "at")
    assert thesaurus.synonyms("happy", "a", "fixed", "to") == ("glad",)
    assert thesaurus.synonyms("happy", "a", "fixed", "as") == ()
    assert thesaurus.synonyms("movie", "n", "modifier") == ("film",)
    assert "begin" in thesaurus.synonyms("start", "v", "gerund")
    assert thesaurus.synonyms("get", "v", "adjective") == ("become",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x film > movie", "line 2: expected"),
        ("n film = movie", "line 2: expected"),
        ("n film > film", "line 2: expected"),
        ("n film > ", "line 2: expected"),
        ("n film > movie\nn film > flick", "line 3: 'n film' stands there twice"),
    ],
)
def test_a_line_of_another_form_is_refused(
    line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "thesaurus.txt"
    path.write_text(f"# a comment\n{line}\n")
    monkeypatch.setattr(thesaurus, "FILE", path)
    with pytest.raises(ValueError, match=message):
        thesaurus.table.__wrapped__()
