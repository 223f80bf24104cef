"""What is appended, and that it is harmless."""

import re

import pytest

from robtest.assets import Member, Package, default_cache
from robtest.attacks.distraction import KINDS, STATEMENTS, TAUTOLOGIES, Distraction, handles, urls
from robtest.types import Edit


def test_an_addition_comes_behind_the_last_word_and_before_the_white_space_at_the_end() -> None:
    attack = Distraction(kinds=["statement"], statements=["Ice is cold."])
    assert attack.edits("One day. \n", 0, 10) == [Edit(8, 8, " Ice is cold.", "statement")]


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_text_without_words_has_nothing_to_distract_from(text: str) -> None:
    assert Distraction().edits(text, 0, len(text)) == []


def test_every_kind_has_its_edits() -> None:
    kinds = [edit.kind for edit in Distraction().edits("a", 0, 1)]
    assert {kind: kinds.count(kind) for kind in KINDS} == {
        "statement": len(STATEMENTS),
        "tautology": len(TAUTOLOGIES),
        "url": 512,
        "handle": 512,
    }
    assert {edit.kind for edit in Distraction(kinds=["url"]).edits("a", 0, 1)} == {"url"}


def test_additions_are_distinct_and_sentences_end() -> None:
    additions = [*STATEMENTS, *TAUTOLOGIES, *urls(), *handles()]
    assert len(set(additions)) == len(additions)
    assert all(sentence[0].isupper() and sentence[-1] == "." for sentence in (*STATEMENTS, *TAUTOLOGIES))


def test_no_address_can_be_a_real_one() -> None:
    assert all(re.fullmatch(r"https://[a-z]+\.example/[a-z]+", url) for url in urls())
    assert all(re.fullmatch(r"@[a-z]+_\d+", handle) for handle in handles())


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([], "one or more"),
        (["A.", "A."], "once"),
        ([" A."], "' A.'"),
        ([""], "got ''"),
    ],
)
def test_impossible_statements_are_refused(statements: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Distraction(statements=statements)


@pytest.mark.parametrize("kinds", [["wiki"], []])
def test_unknown_kinds_are_refused_with_the_known_ones(kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="statement, tautology, url, handle"):
        Distraction(kinds=kinds)


@pytest.mark.data
def test_no_word_of_a_statement_has_a_valence_in_a_sentiment_lexicon() -> None:
    lexicon = Package(
        distribution="vaderSentiment",
        version="3.3.2",
        file="vaderSentiment-3.3.2.tar.gz",
        sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    ).fetch(default_cache())
    rows = Member(lexicon, "vaderSentiment-3.3.2/vaderSentiment/vader_lexicon.txt").lines()
    charged = {line.partition("\t")[0] for _, line in rows}
    assert "terrible" in charged
    said = {word.strip(".").lower() for statement in STATEMENTS for word in statement.split()}
    assert said & charged == set()
