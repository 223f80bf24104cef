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
_VERBS = ("VB", "VBZ", "VBP", "VBD", "VBG", "VBN")
_NEXT: dict[str, tuple[str, ...]] = {
    "about": ("CD",),
    "around": ("CD",),
    "too": ("JJ", "RB"),
    "so": ("JJ",),
    "quite": ("JJ", "RB"),
    "rather": ("JJ", "RB"),
    "much": ("JJR", "RBR"),
    "far": ("JJR", "RBR"),
    "now": ("JJ", *_VERBS),
    "that": ("MD", *_VERBS),
    "just": ("DT", "CD"),
    "each": ("NN",),
    "every": ("NN",),
}
"""Words of closed classes -> the tags of which one must follow: *about 100*, *too long*, *just a joke*."""

_BEFORE = {
    "lot": frozenset({"a"}),
    "will": frozenset({"i", "we"}),
    "on": frozenset(
        "sit sits sitting sat stand stands standing stood lie lies lying lay lays laying walk walks walking"
        " walked step steps stepping stepped rest rests resting rested lean leans leaning leaned perched"
        " seated placed based depend depends depending rely relies relying relied".split()
    ),
}
"""Words of closed classes -> the words of which one must stand before: *a lot*, *sitting on*."""

_NOT_BEFORE = {
    "only": frozenset({"if"}),
    "now": frozenset("right until till by from up just even as and or".split()),
    "so": frozenset("and or if ever just be do did does think".split()),
    "much": frozenset({"very", "pretty"}),
    "but": frozenset("nothing all anything none everything everyone no anyone".split()),
}
_NOT_NEXT = {
    "only": frozenset({"so", "if", "then"}),
    "so": frozenset("much many few little far long".split()),
    "but": frozenset("for also only rather instead a one not".split()),
}
_DENIALS = frozenset("not n't no never nothing neither nor without hardly".split())
_FREE = frozenset("in during because if though although while since unless until till when".split())
"""What may follow an adjective without being its complement."""

_PEOPLE = frozenset({"man", "woman", "lady", "girl", "boy", "person", "people", "child", "guy", "couple"})
_OF_PEOPLE = frozenset({"young", "old", "older", "elderly", "little", "black", "white"})

_PARTICLE_REACH = 4  # words behind a verb in which its particle may stand: "turn the light off"
_ENDS = frozenset(".!?:;\"“”'‘’(—–-…*•>")
_LISTED = ("gerund", "modifier", "listed", "fixed")


@dataclass(frozen=True)
class Place:
    """A noun, verb, adjective or adverb that may be replaced.

    Attributes:
        closed: a word of a closed class, for which the thesaurus has its own list.
        frame: what follows and what it leaves, see `robtest.language.thesaurus.Frame`.
        following: the next word, lower case; "." where the clause ends.
        graded: *more* or *most* stands before it, so that what replaces it must not be one that has a
            comparative of its own.
        compound: a noun beside a noun, of which it is the head.
    """

    content: Content
    frame: Frame = "plain"
    closed: bool = False
    graded: bool = False
    compound: bool = False
    following: str = ""

    @property
    def listed(self) -> bool:
        """Whether no word may stand here but one of the thesaurus."""
        return self.closed or self.frame in _LISTED


def places(tagger: Tagger, namer: Namer, sentence: str) -> tuple[Place, ...]:
    """Return the replaceable words of a sentence, by position.

    Left alone: function words that the thesaurus has not, words no dictionary has, names and their parts
    (by the recogniser, and by a capital inside a sentence); and but for what the thesaurus has before the
    very word that follows: words of an idiom or compound that WordNet lists (*hot dog*, *take place*), nouns
    that stand before a noun (*phone company*), verbs with a particle (*turn it off*) or before another verb,
    adjectives with a complement (*good at*), and adverbs of a scale (*as soon as*).
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
        if self._is_name() or not _is_form(content):
            return None
        idiom = self._in_idiom(content)
        if idiom and content.pos != "v":
            return None
        frame = "fixed" if idiom else self._frame(content)
        graded = content.pos == "a" and self.word(-1) in {"more", "most"}
        compound = content.pos == "n" and self.tag(-1) in _NOUNS
        place = Place(content, frame, graded=graded, compound=compound, following=self.following())
        if place.listed and not thesaurus.synonyms(content.lemma, content.pos, frame, place.following):
            return None
        return place

    def following(self) -> str:
        """Return the next word, lower case; "." where the clause ends."""
        return self.word(1) if self.tag(1)[:1].isalpha() else "."

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
                if not all(window) or (size == 2 and window[0] & _OF_PEOPLE and window[1] & _PEOPLE):
                    continue  # WordNet has *young man* and *old woman*, which are what they say
                if any(map(wordnet.has_entry, _joined(window))):
                    return True
        return False

    def _forms(self, step: int) -> set[str]:
        word = self.word(step)
        if not word or not word.replace("'", "").replace("-", "").isalpha():
            return set()
        pos = pos_of(self.tag(step))
        lemma = lemma_of(word, pos) if pos else None
        return {word, lemma} if lemma else {word}

    def _frame(self, content: Content) -> Frame:
        """Return what follows, as far as it decides what may stand here."""
        match content.pos:
            case "n":
                return "modifier" if self.tag(1) in _NOUNS else "plain"
            case "v":
                return self._frame_of_verb()
            case "a":
                if self.tag(1) not in {"IN", "TO"} or self.word(1) == "than":
                    return "plain"
                return "listed" if self.word(1) in _FREE else "fixed"
            case _:
                if self.word(-1) not in _SCALES:
                    return "plain"
                loose = self.word(-1) in {"so", "too", "how", "not", "n't"} and content.word.endswith("ly")
                return "listed" if loose else "fixed"

    def _frame_of_verb(self) -> Frame:
        after = self.tag(1)
        if after in {"VB", "RP"} or self._has_particle():
            return "fixed"
        if after == "VBG":
            return "gerund"
        if after == "TO":
            return "infinitive" if self.tag(2) == "VB" else "preposition"
        passive = self.tag(0) == "VBN" and self.word(-1) in _BE
        if after == "IN" and self.word(1) != "that":
            return "object" if passive and self.word(1) == "by" else "preposition"
        if after in {"JJ", "JJR"} and self.tag(2) not in _NOUNS | {"JJ", "CC", "VBG", ","} and not passive:
            return "adjective"
        return "object" if passive or after in _OBJECTS else "plain"

    def allows(self, word: str) -> bool:
        """Whether the neighbours of a word of a closed class leave it the meaning it has in the thesaurus."""
        before, after = self.word(-1), self.word(1)
        if word in _NEXT and self.tag(1) not in _NEXT[word]:
            return False
        if word in _BEFORE and before not in _BEFORE[word]:
            return False
        if before in _NOT_BEFORE.get(word, ()) or after in _NOT_NEXT.get(word, ()):
            return False
        match word:
            case "so":
                rest = {self.word(step) for step in range(1, len(self.tokens) - self.i)}
                return before not in _SCALES and self.tag(2) != "PRP" and not rest & {"that", "as"}
            case "but":
                earlier = {self.word(-step) for step in range(1, self.i + 1)}
                return not earlier & _DENIALS
            case "that":
                return self.tag(-1) in {"NN", "NNS"} and not _is_person(before)
            case "now" | "whether":
                return before != "" and (word == "now" or self.tag(-1)[:2] == "VB")
            case "lot" | "on" | "onto" | "atop" | "will" | "shall":
                return True
        return before not in _SCALES | {"even"} and after not in {"as", "of", "than"}

    def _has_particle(self) -> bool:
        for step in range(2, _PARTICLE_REACH + 1):
            tag = self.tag(step)
            if tag == "RP":
                return True
            if tag[:2] in {"VB", "MD"} or tag in {".", ",", ":"}:
                return False
        return False


def _closed(tokens: Sequence[Token], sentence: str, start: int, end: int) -> Place | None:
    """Return a word of a closed class that the thesaurus knows; None where its neighbours forbid it."""
    token = head_token(tokens, sentence, start, end)
    if token is None:
        return None
    word = sentence[token.start : token.end].lower()
    if not is_word(sentence[token.start : token.end]):
        return None
    around = _Around(sentence, tokens, tokens.index(token))
    marks = (around.following(), token.tag, "*")
    mark = next((mark for mark in marks if thesaurus.of_closed_class(word, mark)), None)
    if mark is None or (mark == token.tag and not around.allows(word)):
        return None
    if mark == "to" and (around.tag(2) != "VB" or around.word(2) == "do"):
        return None
    return Place(Content(token.start, token.end, word, word, "r", mark), closed=True)


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


@lru_cache(maxsize=1 << 14)
def _is_person(word: str) -> bool:
    """Whether the first sense of a noun is a person; also where WordNet has no such noun."""
    lemma = lemma_of(word, "n") or word
    synsets = wordnet.synsets(lemma, "n") if wordnet.knows(lemma, "n") else []
    return not synsets or lemma in _PEOPLE or synsets[0].lexname() == "noun.person"


def _joined(window: Sequence[set[str]]) -> Iterator[str]:
    entries = [""]
    for forms in window:
        entries = [f"{entry}_{form}" if entry else form for entry in entries for form in sorted(forms)]
    yield from entries
