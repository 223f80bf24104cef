"""Which words of a sentence may be replaced, by tags and an index of idioms known by hand."""

from collections.abc import Callable, Mapping

import pytest

from robtest.language import wordnet
from robtest.language.names import ENGLISH as NAMES
from robtest.language.place import places
from robtest.language.tagger import ENGLISH, Tagger

TagAs = Callable[[Mapping[str, str]], Tagger]
TAGS = {
    "dog": "NN",
    "hot": "JJ",
    "house": "NN",
    "walked": "VBD",
    "the": "DT",
    "it": "PRP",
    "off": "RP",
    "to": "TO",
    "see": "VB",
    "home": "NN",
    "by": "IN",
    "good": "JJ",
    "at": "IN",
    "soon": "RB",
    "as": "RB",
    "seen": "VBN",
    "more": "RBR",
    "happy": "JJ",
    "walking": "VBG",
    "turned": "VBD",
    "that": "IN",
    "was": "VBD",
}


class Nameless:
    version = "none"

    def __call__(self, text: str) -> tuple[tuple[int, int], ...]:
        return ()


class Named(Nameless):
    def __call__(self, text: str) -> tuple[tuple[int, int], ...]:
        return ((0, 3),)


@pytest.fixture(autouse=True)
def idioms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordnet, "has_entry", lambda words: words in {"hot_dog", "walk_home"})


def found(tag_as: TagAs, sentence: str, namer: Nameless | None = None) -> dict[str, str]:
    return {place.content.word: place.frame for place in places(tag_as(TAGS), namer or Nameless(), sentence)}


def test_names_and_words_with_a_capital_inside_a_sentence_stay(tag_as: TagAs) -> None:
    assert set(found(tag_as, "dog walked")) == {"dog", "walked"}
    assert set(found(tag_as, "dog walked", Named())) == {"walked"}
    assert set(found(tag_as, "the Dog walked")) == {"walked"}
    assert set(found(tag_as, "Dog walked")) == {"dog", "walked"}  # the beginning explains the capital
    assert set(found(tag_as, 'it walked. "Dog')) == {"walked", "dog"}
    assert set(found(tag_as, "the DOG walked")) == {"dog", "walked"}  # emphasis is no name


def test_idioms_and_compounds_stay(tag_as: TagAs) -> None:
    assert found(tag_as, "hot dog") == {}
    assert found(tag_as, "it walked home") == {}  # by its lemma
    assert set(found(tag_as, "the dog house")) == {"house"}
    (house,) = places(tag_as(TAGS), Nameless(), "the dog house")
    assert house.compound


@pytest.mark.parametrize(
    ("sentence", "frame"),
    [
        ("it walked", "plain"),
        ("it walked the dog", "object"),
        ("it walked by", "preposition"),
        ("it walked to see", "infinitive"),
        ("it walked to the house", "preposition"),
        ("it walked that", "plain"),
        ("was seen by it", "object"),
        ("seen by it", "preposition"),
        ("was seen", "object"),
    ],
)
def test_the_frame_of_a_verb_is_what_follows(tag_as: TagAs, sentence: str, frame: str) -> None:
    verbs = {word: kind for word, kind in found(tag_as, sentence).items() if word in {"walked", "seen"}}
    assert list(verbs.values()) == [frame]


def test_a_verb_with_its_particle_and_one_before_a_gerund_stay(tag_as: TagAs) -> None:
    assert "turned" not in found(tag_as, "turned it off")
    assert "turned" in found(tag_as, "turned it by the hot house off")  # too far away
    assert "turned" not in found(tag_as, "turned walking")


def test_adjectives_with_a_complement_and_adverbs_of_a_scale_stay(tag_as: TagAs) -> None:
    assert "good" not in found(tag_as, "good at")
    assert "good" in found(tag_as, "good dog")
    assert "soon" not in found(tag_as, "as soon as")
    assert "soon" in found(tag_as, "soon walked")
    (place,) = (p for p in places(tag_as(TAGS), Nameless(), "more happy") if p.content.word == "happy")
    assert place.graded


@pytest.mark.data
def test_the_packaged_models_find_names_idioms_and_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sentence = "Murphy Brown took place in Washington, where a clever reporter talked to people."
    words = {place.content.word for place in places(ENGLISH, NAMES, sentence)}
    assert {"clever", "reporter", "talked", "people"} <= words
    assert not {"brown", "took", "place", "washington"} & words


def test_words_of_closed_classes_are_places_where_the_thesaurus_has_them(tag_as: TagAs) -> None:
    tags = {
        "although": "IN",
        "about": "RB",
        "ten": "CD",
        "it": "PRP",
        "too": "RB",
        "long": "JJ",
        "even": "RB",
    }

    def closed(sentence: str) -> list[str]:
        return [p.content.word for p in places(tag_as(tags), Nameless(), sentence) if p.closed]

    assert closed("although it") == ["although"]
    assert closed("about ten") == ["about"]
    assert closed("about it") == []  # no number
    assert closed("too long") == ["too"]
    assert closed("it too") == ["too"]  # as well: *also*, and not *overly*
    (place,) = (p for p in places(tag_as(tags), Nameless(), "it too") if p.closed)
    assert place.content.tag == "."
    assert closed("even although") == []


def tagged(tag_as: TagAs, sentence: str) -> list[str]:
    """Return the places of a sentence whose words are followed by their tags, ``it/PRP ran/VBD``."""
    pairs = [word.rpartition("/") for word in sentence.split()]
    tags = {word.lower(): tag for word, _, tag in pairs}
    return [
        p.content.word
        for p in places(tag_as(tags), Nameless(), " ".join(word for word, _, _ in pairs))
        if p.closed
    ]


@pytest.mark.parametrize(
    ("sentence", "closed"),
    [
        ("it/PRP fits/VBZ but/CC it/PRP broke/VBD", ["but"]),
        ("not/RB red/JJ but/CC blue/JJ", []),  # *yet* would deny nothing
        ("it/PRP is/VBZ so/RB good/JJ", ["so"]),
        ("it/PRP is/VBZ so/RB good/JJ that/IN it/PRP sells/VBZ", []),
        ("the/DT lamp/NN that/WDT broke/VBD", ["that"]),
        ("the/DT person/NN that/WDT broke/VBD", []),  # *which* is no person
        ("i/PRP will/MD go/VB", ["will"]),
        ("it/PRP will/MD go/VB", []),
        ("they/PRP have/VBP to/TO go/VB", ["have"]),
        ("they/PRP have/VBP to/TO do/VB with/IN it/PRP", []),
        ("a/DT lot/NN helps/VBZ", ["lot"]),
        ("the/DT lot/NN helps/VBZ", []),
    ],
)
@pytest.mark.data
def test_neighbours_leave_a_word_of_a_closed_class_its_meaning(
    tag_as: TagAs, sentence: str, closed: list[str]
) -> None:
    assert tagged(tag_as, sentence) == closed


def test_what_is_refused_stands_where_the_thesaurus_has_the_word_that_follows(tag_as: TagAs) -> None:
    tags = {"happy": "JJ", "to": "TO", "as": "IN", "movie": "NN", "house": "NN", "because": "IN"}

    def frames(sentence: str) -> dict[str, str]:
        return {p.content.word: p.frame for p in places(tag_as(tags), Nameless(), sentence)}

    assert frames("happy to") == {"happy": "fixed"}
    assert frames("happy as") == {}
    assert frames("happy because")["happy"] == "listed"
    assert frames("movie house")["movie"] == "modifier"
