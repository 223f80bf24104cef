"""The words of a sentence that may be replaced by others, and what stands around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robtest.language import wordnet
from robtest.language.content import Content, content_word
from robtest.language.forms import lemma_of, pos_of
from robtest.language.names import Namer
from robtest.language.tagger import Tagger, Token
from robtest.language.thesaurus import Frame
from robtest.text import words

LONGEST_IDIOM = 4
"""Words of an idiom that is looked up."""

_NOUNS = frozenset({"NN", "NNS", "NNP", "NNPS"})
_OBJECTS = _NOUNS | {"DT", "PRP", "PRP$", "JJ", "JJR", "JJS", "CD", "PDT", "WP", "WDT", "WRB", "$", "POS"}
_SCALES = frozenset({"as", "so", "too", "how", "not", "n't", "nowhere", "more", "most", "less", "least"})
_PARTICLE_REACH = 4  # words behind a verb in which its particle may stand: "turn the light off"
_ENDS = frozenset(".!?:;\"“”'‘’(—–-…*•>")


@dataclass(frozen=True)
class Place:
    """A noun, verb, adjective or adverb that may be replaced.

    Attributes:
        frame: what follows a verb, see `robtest.language.thesaurus.Frame`; "plain" of other words.
        graded: *more* or *most* stands before it, so that what replaces it must not be one that has a
            comparative of its own.
        compound: a noun beside a noun, of which it is the head.
    """

    content: Content
    frame: Frame = "plain"
    graded: bool = False
    compound: bool = False


def places(tagger: Tagger, namer: Namer, sentence: str) -> tuple[Place, ...]:
    """Return the replaceable words of a sentence, by position.

    Left alone: function words, words no dictionary has, names and their parts (by the recogniser, and by a
    capital inside a sentence), words of an idiom or compound that WordNet lists (*hot dog*, *take place*),
    nouns that stand before a noun (*phone company*), verbs with a particle further on (*turn it off*) or
    before a gerund, adjectives with a complement (*good at*), and adverbs of a scale (*as soon as*, *not
    really*).
    """
    tokens = tagger(sentence)
    names = namer(sentence)
    at = {token.start: i for i, token in enumerate(tokens)}
    result = []
    for start, end in words(sentence):
        content = content_word(tagger, sentence, start, end)
        if content is None or any(a < content.end and content.start < b for a, b in names):
            continue
        around = _Around(sentence, tokens, at[content.start])
        place = around.place(content)
        if place is not None:
            result.append(place)
    return tuple(result)


@dataclass(frozen=True)
class _Around:
    """A token among its neighbours."""

    sentence: str
    tokens: Sequence[Token]
    i: int

    def place(self, content: Content) -> Place | None:
        """Return what may be replaced here; None if nothing may."""
        if self._is_name() or self._in_idiom(content):
            return None
        match content.pos:
            case "n":
                return None if self._tag(1) in _NOUNS else Place(content, compound=self._tag(-1) in _NOUNS)
            case "v":
                frame = self._frame()
                return None if frame is None else Place(content, frame)
            case "a":
                if self._tag(1) in {"IN", "TO"} and self._word(1) != "than":
                    return None
                return Place(content, graded=self._word(-1) in {"more", "most"})
            case _:
                return None if self._word(-1) in _SCALES else Place(content)

    def _token(self, step: int) -> Token | None:
        i = self.i + step
        return self.tokens[i] if 0 <= i < len(self.tokens) else None

    def _tag(self, step: int) -> str:
        token = self._token(step)
        return token.tag if token else ""

    def _word(self, step: int) -> str:
        token = self._token(step)
        return self.sentence[token.start : token.end].lower() if token else ""

    def _is_name(self) -> bool:
        """Whether a word has a capital that the beginning of a sentence does not explain."""
        token = self.tokens[self.i]
        word = self.sentence[token.start : token.end]
        before = self._word(-1)
        return word[0].isupper() and not word.isupper() and before != "" and before[-1] not in _ENDS

    def _in_idiom(self, content: Content) -> bool:
        """Whether WordNet has an entry of several words with this one in it."""
        forms = [self._forms(step) for step in range(1 - LONGEST_IDIOM, LONGEST_IDIOM)]
        forms[LONGEST_IDIOM - 1] = {content.word, content.lemma}
        for size in range(2, LONGEST_IDIOM + 1):
            for first in range(LONGEST_IDIOM - size, LONGEST_IDIOM):
                window = forms[first : first + size]
                # WordNet has *young man* and *young woman*, which are what they say.
                if all(window) and "young" not in window[0] and any(map(wordnet.has_entry, _joined(window))):
                    return True
        return False

    def _forms(self, step: int) -> set[str]:
        word = self._word(step)
        if not word or not word.replace("'", "").replace("-", "").isalpha():
            return set()
        pos = pos_of(self._tag(step))
        lemma = lemma_of(word, pos) if pos else None
        return {word, lemma} if lemma else {word}

    def _frame(self) -> Frame | None:
        """Return what follows the verb; None where it is one with its particle, or a gerund follows."""
        after = self._tag(1)
        if after == "VBG" or self._has_particle():
            return None
        if after == "TO":
            return "infinitive" if self._tag(2) == "VB" else "preposition"
        if after == "RP" or (after == "IN" and self._word(1) != "that"):
            passive = self._word(1) == "by" and self._tag(0) == "VBN"
            return "object" if passive else "preposition"
        return "object" if after in _OBJECTS else "plain"

    def _has_particle(self) -> bool:
        for step in range(2, _PARTICLE_REACH + 1):
            tag = self._tag(step)
            if tag == "RP":
                return True
            if tag[:2] in {"VB", "MD"} or tag in {".", ",", ":"}:
                return False
        return False


def _joined(window: Sequence[set[str]]) -> Iterator[str]:
    entries = [""]
    for forms in window:
        entries = [f"{entry}_{form}" if entry else form for entry in entries for form in sorted(forms)]
    yield from entries
