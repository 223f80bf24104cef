"""Rewrites known by hand, and sentences that must be left alone."""

import pytest

from robtest.attacks.syntax import Syntax


def rewritten(text: str, *kinds: str) -> set[str]:
    """Every text that one rewrite gives."""
    edits = Syntax(kinds).edits(text, 0, len(text)) if kinds else Syntax().edits(text, 0, len(text))
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
    assert [edit.kind for edit in Syntax().edits(text, 0, len(text))] == [
        "contraction",
        "expansion",
        "adverb",
    ]
    assert rewritten(text, "adverb") == {"It is not far and I'm here, however."}


@pytest.mark.parametrize("kinds", [["passive"], []])
def test_unknown_kinds_are_refused_with_the_known_ones(kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="contraction, expansion, adverb"):
        Syntax(kinds)
