"""The words of a sentence that may be replaced by others, and what stands around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from robtest.language import thesaurus, wordnet
from robtest.language.content import Content, content_word
from robtest.language.forms import BASE_TAGS, inflect, inflections, is_word, lemma_of, pos_of
from robtest.language.names import Namer
from robtest.language.tagger import Tagger, Token, head_token
from robtest.language.thesaurus import Frame
from robtest.text import words

LONGEST_IDIOM = 4
"""Words of an idiom that is looked up."""

_NOUNS = frozenset({"NN", "NNS", "NNP", "NNPS"})
_OBJECTS = _NOUNS | {"DT", "PRP", "PRP$", "JJ", "JJR", "JJS", "CD", "PDT", "WP", "WDT", "WRB", "$", "POS"}
_SCALES = frozenset({"as", "so", "too", "how", "not", "n't", "nowhere", "more", "most", "less", "least"})
_BE = frozenset("am is are was were be been being get gets got 's 're".split())
_NEXT = {
    "about": ("CD",),
    "around": ("CD",),
    "too": ("JJ", "RB"),
    "just": ("DT", "CD"),
    "each": ("NN",),
    "every": ("NN",),
}
"""Words of closed classes -> the tags of which one must follow: *about 100*, *too long*, *just a joke*."""

_PARTICLE_REACH = 4  # words behind a verb in which its particle may stand: "turn the light off"
_ENDS = frozenset(".!?:;\"“”'‘’(—–-…*•>")


@dataclass(frozen=True)
class Place:
    """A noun, verb, adjective or adverb that may be replaced.

    Attributes:
        closed: a word of a closed class, for which the thesaurus has its own list.
        frame: what follows a verb, see `robtest.language.thesaurus.Frame`; "plain" of other words.
        graded: *more* or *most* stands before it, so that what replaces it must not be one that has a
            comparative of its own.
        compound: a noun beside a noun, of which it is the head.
    """

    content: Content
    frame: Frame = "plain"
    closed: bool = False
    graded: bool = False
    compound: bool = False


def places(tagger: Tagger, namer: Namer, sentence: str) -> tuple[Place, ...]:
    """Return the replaceable words of a sentence, by position.

    Left alone: function words that the thesaurus has not, words no dictionary has, names and their parts
    (by the recogniser, and by a capital inside a sentence), words of an idiom or compound that WordNet
    lists (*hot dog*, *take place*), nouns that stand before a noun (*phone company*), verbs with a
    particle (*turn it off*) or before another verb, adjectives with a complement (*good at*), and adverbs
    of a scale (*as soon as*, *not really*).
    """
    tokens = tagger(sentence)
    names = namer(sentence)
    at = {token.start: i for i, token in enumerate(tokens)}
    result = []
    for start, end in words(sentence):
        content = content_word(tagger, sentence, start, end)
        if content is None and (place := _closed(tokens, sentence, start, end)) is not None:
            result.append(place)
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
        if self._is_name() or self._in_idiom(content) or not _is_form(content):
            return None
        match content.pos:
            case "n":
                return None if self.tag(1) in _NOUNS else Place(content, compound=self.tag(-1) in _NOUNS)
            case "v":
                frame = self._frame()
                return None if frame is None else Place(content, frame)
            case "a":
                if self.tag(1) in {"IN", "TO"} and self.word(1) != "than":
                    return None
                return Place(content, graded=self.word(-1) in {"more", "most"})
            case _:
                return None if self.word(-1) in _SCALES else Place(content)

    def _token(self, step: int) -> Token | None:
        i = self.i + step
        return self.tokens[i] if 0 <= i < len(self.tokens) else None

    def tag(self, step: int) -> str:
        """Return the tag of a token so many steps further on; empty where there is none."""
        token = self._token(step)
        return token.tag if token else ""

    def word(self, step: int) -> str:
        """Return a token so many steps further on, lower case; empty where there is none."""
        token = self._token(step)
        return self.sentence[token.start : token.end].lower() if token else ""

    def _is_name(self) -> bool:
        """Whether a word has a capital that the beginning of a sentence does not explain."""
        token = self.tokens[self.i]
        word = self.sentence[token.start : token.end]
        before = self.word(-1)
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
        word = self.word(step)
        if not word or not word.replace("'", "").replace("-", "").isalpha():
            return set()
        pos = pos_of(self.tag(step))
        lemma = lemma_of(word, pos) if pos else None
        return {word, lemma} if lemma else {word}

    def _frame(self) -> Frame | None:
        """Return what follows the verb; None where it is one with its particle, or a gerund follows."""
        after = self.tag(1)
        if after in {"VB", "VBG", "RP"} or self._has_particle():
            return None
        if after == "TO":
            return "infinitive" if self.tag(2) == "VB" else "preposition"
        passive = self.tag(0) == "VBN" and self.word(-1) in _BE
        if after == "IN" and self.word(1) != "that":
            return "object" if passive and self.word(1) == "by" else "preposition"
        return "object" if passive or after in _OBJECTS else "plain"

    def _has_particle(self) -> bool:
        for step in range(2, _PARTICLE_REACH + 1):
            tag = self.tag(step)
            if tag == "RP":
                return True
            if tag[:2] in {"VB", "MD"} or tag in {".", ",", ":"}:
                return False
        return False


def _closed(tokens: Sequence[Token], sentence: str, start: int, end: int) -> Place | None:
    """Return a word of a closed class that the thesaurus knows; None after *even* and *as*, and as a part."""
    token = head_token(tokens, sentence, start, end)
    if token is None:
        return None
    word = sentence[token.start : token.end].lower()
    if not thesaurus.of_closed_class(word, token.tag) or not is_word(sentence[token.start : token.end]):
        return None
    around = _Around(sentence, tokens, tokens.index(token))
    if word in _NEXT and around.tag(1) not in _NEXT[word]:
        return None
    if around.word(-1) in _SCALES | {"even"} or around.word(1) in {"as", "of", "than"}:
        return None
    return Place(Content(token.start, token.end, word, word, "r", token.tag), closed=True)


@lru_cache(maxsize=1 << 14)
def _is_form(content: Content) -> bool:
    """Whether a word is the form its tag says, and of a verb no other: *cut* may be three.

    What the tagger takes for the wrong one of them would be replaced by a word that does not fit.
    """
    base = content.word == content.lemma and content.tag in BASE_TAGS
    first = inflect(content.lemma, content.tag) == content.word
    if not (base or first or (content.tag, content.word) in inflections(content.lemma, content.pos)):
        return False
    return content.pos != "v" or ("VBD", content.lemma) not in inflections(content.lemma, "v")


def _joined(window: Sequence[set[str]]) -> Iterator[str]:
    entries = [""]
    for forms in window:
        entries = [f"{entry}_{form}" if entry else form for entry in entries for form in sorted(forms)]
    yield from entries
