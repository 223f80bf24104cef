"""What a rewrite may change, known by hand; the words themselves judged by WordNet and vectors."""

from collections.abc import Callable, Mapping

import pytest

from robtest.language import faithful
from robtest.language.faithful import Change, Piece, faithful_changes, keeps, styled, synonymous, units
from robtest.language.forms import Pos
from robtest.language.tagger import Tagger


def pieces(tagged: str) -> list[Piece]:
    """Return the pieces of ``word/TAG`` pairs."""
    pairs = [pair.rsplit("/", 1) for pair in tagged.split()]
    return [Piece(10 * i, 10 * i + len(form), form, tag) for i, (form, tag) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is/VBZ n't/RB", "is/VBZ not/RB"),
        ("wo/MD n't/RB", "will/MD not/RB"),
        ("it/PRP 's/VBZ", "it/PRP is/VBZ"),
        ("you/PRP 'd/MD", "you/PRP would/MD"),
        ("though/IN", "although/IN"),
        ("no/DT one/NN", "nobody/NN"),
        ("rather/RB than/IN", "instead/RB of/IN"),
        ("dog/NN 's/POS tail/NN", "tail/NN of/IN the/DT dog/NN"),
        ("the/DT dogs/NNS '/POS tails/NNS", "the/DT tails/NNS of/IN the/DT dogs/NNS"),
        ("the/DT tail/NN of/IN anna/NNP", "anna/NNP 's/POS tail/NN"),
        ("has/VBZ given/VBN", "gave/VBD"),
        ("gave/VBD", "has/VBZ given/VBN"),
    ],
)
def test_other_forms_of_the_same_words_are_kept(old: str, new: str) -> None:
    assert keeps(pieces(old), pieces(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is/VBZ", "is/VBZ not/RB"),  # a negation comes
        ("never/RB left/VBD", "left/VBD"),  # and goes
        ("all/DT dogs/NNS", "some/DT dogs/NNS"),
        ("all/DT dogs/NNS", "dogs/NNS"),
        ("5/CD dogs/NNS", "6/CD dogs/NNS"),
        ("anna/NNP", "hanna/NNP"),
        ("dog/NN", "dogs/NNS"),
        ("sees/VBZ", "saw/VBD"),
        ("warm/JJ", "warmer/JJR"),
        ("he/PRP", "it/PRP"),
        ("in/IN", "on/IN"),
        ("may/MD", "must/MD"),
        ("a/DT dog/NN", "the/DT dog/NN"),
        ("zorkish/JJ", "zorky/JJ"),  # in no dictionary
        ("dog/NN bites/VBZ man/NN", "man/NN bites/VBZ dog/NN"),
        ("tail/NN of/IN dog/NN", "dog/NN of/IN tail/NN"),
        ("quietly/RB sad/JJ", "sad/JJ quietly/RB"),
        ("not/RB only/RB", "only/RB not/RB"),
        ("it/PRP is/VBZ", "it/PRP 's/VBZ"),  # maybe it's, maybe it is
    ],
)
def test_another_meaning_is_refused(old: str, new: str) -> None:
    assert not keeps(pieces(old), pieces(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("low/JJ -/HYPH budget/NN", "low/JJ budget/NN"),
        ("dull/JJ ,/, sad/JJ", "dull/JJ sad/JJ"),
        ("an/DT", "a/DT"),
        ("dog/NN", "dog/NN"),
    ],
)
def test_commas_hyphens_and_articles_alone_are_no_rewrite(old: str, new: str) -> None:
    assert not keeps(pieces(old), pieces(new))


def test_a_perfect_bound_to_a_time_is_no_past() -> None:
    assert not keeps(pieces("has/VBZ given/VBN"), pieces("gave/VBD"), timed=True)


def test_a_genitive_does_not_tear_a_compound() -> None:
    old, new = pieces("anna/NNP 's/POS soup/NN"), pieces("soup/NN of/IN anna/NNP")
    assert keeps(old, new)
    assert not keeps(old, new, compound=True)


def test_a_phrasal_verb_is_one_unit() -> None:
    assert [unit.lemma for unit in units(pieces("found/VBD out/RP the/DT truth/NN"))] == [
        "find_out",
        "the",
        "truth",
    ]


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("It isn't far, he'd say.", "it is n't far .", "it is n't far , he 'd say ."),
        ("It isn't far.", "It isn’t near.", "It isn’t far."),
        ("It isn't far.", "It isn't near.", "It isn't far."),
    ],
)
def test_a_text_is_written_as_the_original(new: str, old: str, expected: str) -> None:
    assert styled(new, old) == expected


def test_new_words_have_the_case_of_the_old_ones() -> None:
    text = "McCoy and I sang"
    old = [Piece(0, 5, "mccoy", "NNP"), Piece(10, 11, "i", "PRP")]
    assert faithful._cased(old, text, "The Song of mccoy and i", first=False) == "the song of McCoy and I"
    assert faithful._cased(old, text, "the song of mccoy", first=True) == "The song of McCoy"


TAGS = {
    **{"the": "DT", "dog": "NN", "tail": "NN", "is": "VBZ", "not": "RB", "wet": "JJ", "of": "IN"},
    **{"have": "VBP", "given": "VBN", "gave": "VBD"},
}


def literal(tag_as: Callable[[Mapping[str, str]], Tagger], old: str, new: str) -> list[str]:
    """Return the texts that one change each makes of a sentence, without a look at its encoding."""
    changes = faithful._literal(old, styled(new, old), tag_as(TAGS))
    return [old[: c.start] + c.new + old[c.end :] for c in changes]


def test_each_stretch_is_judged_by_itself(tag_as: Callable[[Mapping[str, str]], Tagger]) -> None:
    # The error in the first half (the dog left out) does not cost the second.
    assert literal(tag_as, "The dog, though wet, left.", "The, although wet, left.") == [
        "The dog, although wet, left."
    ]


def test_spacing_and_capitals_of_the_original_stay(tag_as: Callable[[Mapping[str, str]], Tagger]) -> None:
    assert literal(tag_as, "Though wet ,  the DOG left .", "although wet, the dog left.") == [
        "Although wet ,  the DOG left ."
    ]


def test_a_capital_inside_a_sentence_is_a_name(tag_as: Callable[[Mapping[str, str]], Tagger]) -> None:
    assert literal(tag_as, "They have given it.", "They gave it.") == ["They gave it."]
    assert literal(tag_as, "They Have Given it.", "They gave it.") == []


def test_an_article_must_suit(tag_as: Callable[[Mapping[str, str]], Tagger]) -> None:
    assert literal(tag_as, "a nearly empty bar", "a almost empty bar") == []
    assert literal(tag_as, "the nearly empty bar", "the almost empty bar") == ["the almost empty bar"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Is it though?", "Is it although."),  # a question made a statement
        ("Though it rained.", "Although it rained?"),
        ("THOUGH IT RAINED.", "Although it rained."),
        ("", "Although"),
    ],
)
def test_a_question_stays_one_and_capitals_are_left_alone(old: str, new: str) -> None:
    assert faithful_changes(old, new) == ()


@pytest.mark.data
@pytest.mark.parametrize(
    ("first", "second", "pos"),
    [
        ("movie", "film", "n"),
        ("start", "begin", "v"),
        ("gorgeous", "beautiful", "a"),
        ("roughly", "approximately", "r"),
        ("zork", "zork", "n"),
    ],
)
def test_synonyms_by_hand(first: str, second: str, pos: Pos) -> None:
    assert synonymous(first, second, pos)
    assert synonymous(second, first, pos)


@pytest.mark.data
def test_a_synonym_of_a_later_sense_is_none() -> None:
    assert synonymous("exceedingly", "extremely", "r")
    assert not synonymous("humor", "mood", "n")  # its third sense
    assert not synonymous("way", "path", "n")


@pytest.mark.data
@pytest.mark.parametrize(
    ("first", "second", "pos"),
    [
        ("large", "small", "a"),  # antonyms
        ("dull", "duck", "n"),
        ("story", "history", "n"),
        ("bench", "bank", "n"),
        ("take", "need", "v"),  # in a sense too rare
        ("humour", "zork", "n"),
        ("sit", "sit_down", "v"),
        ("discover", "find_out", "v"),  # no phrasal verb has a vector
        ("move", "go", "v"),  # the first sense of both, but far apart
        ("shop", "store", "n"),  # mixed up by round trips
    ],
)
def test_no_synonyms_by_hand(first: str, second: str, pos: Pos) -> None:
    assert not synonymous(first, second, pos)
    assert not synonymous(second, first, pos)


@pytest.mark.data
def test_a_sentence_out_of_a_translator() -> None:
    old = "it 's a gorgeous movie , and everyone will like the dog 's film ."
    # The movie is no duck.
    new = "It is a beautiful duck, and everyone will like the film of the dog."
    changes = faithful_changes(old, new)
    assert [(old[c.start : c.end], c.new) for c in changes] == [
        ("'s", "is"),
        ("dog 's film", "film of the dog"),
    ]


@pytest.mark.data
def test_a_change_that_moves_the_sentence_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "A kid left.", "A child left."
    faithful_changes.cache_clear()
    assert faithful_changes(old, new) == (Change(2, 5, "child"),)
    monkeypatch.setattr(faithful, "MIN_SIMILARITY", 0.9999)
    faithful_changes.cache_clear()
    assert faithful_changes(old, new) == ()
    faithful_changes.cache_clear()


@pytest.mark.data
@pytest.mark.parametrize(
    "text",
    ["?! ... -- ;;", "a\0b \0 c.", "half \ud800 a pair", "x" * 50_000, "'s 's of of", "\N{FAMILY} ate"],
)
def test_hostile_texts_do_no_harm(text: str) -> None:
    for old, new in ((text, "The dog's tail isn't wet."), ("The dog's tail isn't wet.", text), (text, text)):
        for change in faithful_changes(old, new):
            assert 0 <= change.start < change.end <= len(old)
