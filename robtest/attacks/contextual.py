"""Contextual: a word a language model finds likely in the place of another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Protocol, get_args

from robtest.assets import Member
from robtest.language import wordnet
from robtest.language.content import content_word
from robtest.language.forms import (
    FUNCTION_LEMMAS,
    Pos,
    article_before,
    inflections,
    is_word,
    keep_case,
    lemma_of,
    suits,
)
from robtest.language.masked import MaskedLM
from robtest.language.ngram import TRIGRAM, TrigramFiller
from robtest.language.tagger import ENGLISH, Tagger
from robtest.text import words
from robtest.types import Attack, Edit

# Of closed classes, though the dictionary and WordNet know them as nouns, verbs or adverbs too.
_CLOSED = frozenset(
    "can could may might must shall should will would he she it i by after before between through because"
    " under within beyond across along behind above except though inside outside somewhere anywhere plus"
    " like right okay yes no wow hi hello oh two three four five six seven eight nine ten eleven twelve"
    " twenty thirty forty fifty sixty seventy eighty ninety".split()
)
_NO_SUBSTITUTES = FUNCTION_LEMMAS | _CLOSED


class Filler(Protocol):
    """A source of words likely in a place; the same text and place always get the same words."""

    @property
    def version(self) -> str:
        """Name of the model, changed whenever its words may change; part of the attack's version."""
        ...

    def prepare(self, places: Sequence[tuple[str, int, int]]) -> None:
        """Get ready for `candidates` of these places; changes the time, never a word."""
        ...

    def candidates(self, text: str, start: int, end: int) -> Sequence[str]:
        """Return words likely in place of ``text[start:end]``, lower case, best first."""
        ...


@dataclass(frozen=True)
class Contextual(Attack):
    """Replace a noun, verb, adjective or adverb by another that is likely in its place.

    After RobTest (Chen et al. 2023), which masks a word and takes the first of BERT's ten predictions
    that is no antonym of it; word level, general only. The meaning may change: a model that sees the
    context says what can stand there, not what means the same. Words come from

    * the trigram model of `robtest.language.ngram`, by default: needs no hub;
    * or any masked language model of Hugging Face, by its id or folder: ``bert-base-uncased`` is RobTest's.

    Deviations, each a defect in RobTest: function words, numbers and names stay (there, any word is
    replaced); a candidate is a dictionary word of letters only, no word piece or punctuation; it has the
    same part of speech and form by the dictionary (``rose`` gives ``dropped``, not ``drop``) and another
    lemma; no antonym of any sense of the lemma; punctuation around the word and the case stay; ``a`` or
    ``an`` before it must suit; the substitute is drawn among several, not always the first. As there,
    words are likely in the original text, whatever else is changed in it.

    Attributes:
        model: id of a masked language model at the hub, which may end in ``@`` and a commit, tag or branch;
            or its folder; a file ``*.lm.bin``, a trigram model of CMU Sphinx; or any `Filler`. None for
            the embedded trigram model.
        device: where a masked language model runs, as ``cuda``.
        n_candidates: how many words there are to draw from at most, the likeliest.
        tagger: what finds parts of speech.
    """

    model: str | Filler | None = None
    device: str = "cpu"
    n_candidates: int = 8
    tagger: Tagger = ENGLISH
    filler: Filler = field(init=False, repr=False, compare=False)
    version: str = field(init=False, default="")

    name = "contextual"
    level = "word"
    unit = "word"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Find the model, and refuse an option out of range.

        Raises:
            ValueError: for fewer than one candidate.
            AssetError: if a model that is named cannot be had; the text says how to get it.
        """
        if self.n_candidates < 1:
            raise ValueError(f"n_candidates must be 1 or more, got {self.n_candidates}")
        object.__setattr__(self, "filler", self._filler())
        parts = ("2", self.filler.version, self.tagger.version, f"lemminflect{version('lemminflect')}")
        object.__setattr__(self, "version", "+".join((*parts, f"wordnet{wordnet.VERSION}")))

    def _filler(self) -> Filler:
        if self.model is None:
            return TRIGRAM
        if not isinstance(self.model, str):
            return self.model
        if self.model.endswith(".lm.bin"):
            return TrigramFiller(Member(Path(self.model)))
        return MaskedLM(self.model, self.device)

    def prepare(self, texts: Sequence[str]) -> None:
        """Let the model look at all replaceable words of the texts at once."""
        self.filler.prepare(
            [
                (text, content.start, content.end)
                for text in dict.fromkeys(texts)
                for start, end in words(text)
                if (content := content_word(self.tagger, text, start, end))
            ]
        )

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return the likeliest words for the place of one; none for a function word or an unknown one."""
        content = content_word(self.tagger, text, start, end)
        if content is None:
            return []
        likely = tuple(self.filler.candidates(text, content.start, content.end))
        article = article_before(text, content.start)
        fitting = _fitting(
            likely, content.word, content.lemma, content.pos, content.tag, article, self.n_candidates
        )
        old = text[content.start : content.end]
        return [Edit(content.start, content.end, keep_case(old, new), self.name) for new in fitting]


@lru_cache(maxsize=1 << 12)
def _fitting(
    likely: tuple[str, ...], word: str, lemma: str, pos: Pos, tag: str, article: str | None, n: int
) -> tuple[str, ...]:
    """Return the first ``n`` words that may stand for another, in order."""
    return tuple(islice(_usable(likely, word, lemma, pos, tag, article), n))


def _usable(
    likely: Sequence[str], word: str, lemma: str, pos: Pos, tag: str, article: str | None
) -> Iterator[str]:
    opposed = wordnet.antonyms(lemma, pos)
    for new in likely:
        if new == word or new in _NO_SUBSTITUTES or not is_word(new) or not suits(article, new):
            continue
        other = lemma_of(new, pos)
        if other is None or other == lemma or other in _NO_SUBSTITUTES or other in opposed or new in opposed:
            continue
        if (tag, new) in inflections(other, pos) and _is_mainly(new, pos):
            yield new


@lru_cache(maxsize=1 << 16)
def _is_mainly(word: str, pos: Pos) -> bool:
    """Whether WordNet has senses of a word as this part of speech, and as no other twice as many.

    The dictionary has ``whole`` and ``make`` as nouns too; a reader takes them for what they mostly are.
    """
    senses = {part: _n_senses(lemma_of(word, part), part) for part in get_args(Pos)}
    return 2 * senses[pos] > max(senses.values())


def _n_senses(lemma: str | None, pos: Pos) -> int:
    # NLTK ignores case and strips endings; a lemma it does not know as it stands has no sense.
    return len(wordnet.reader().synsets(lemma, pos)) if lemma and wordnet.knows(lemma, pos) else 0
