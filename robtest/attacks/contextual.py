"""Contextual: a word that is likely in the place of another and leaves the label as it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Protocol, get_args

from robtest.attacks.replacement import Replacement
from robtest.language import names, ngram, polarity, sense, thesaurus, vectors, wordnet
from robtest.language.forms import FUNCTION_LEMMAS, Pos, inflections, is_word, lemma_of
from robtest.language.masked import MaskedLM
from robtest.language.names import Namer
from robtest.language.place import Place, places
from robtest.language.substitution import Substitute, fit, inflected, safe_lemmas, similarities
from robtest.language.tagger import ENGLISH, Tagger
from robtest.minilm import PACKAGE as MINILM
from robtest.types import Edit

# Of closed classes, though the dictionary and WordNet know them as nouns, verbs or adverbs too.
_CLOSED = frozenset(
    "can could may might must shall should will would he she it i by after before between through because"
    " under within beyond across along behind above except though inside outside somewhere anywhere plus"
    " like right okay yes no wow hi hello oh two three four five six seven eight nine ten eleven twelve"
    " twenty thirty forty fifty sixty seventy eighty ninety".split()
)
_NO_SUBSTITUTES = FUNCTION_LEMMAS | _CLOSED

_NEAR: dict[Pos, float] = {"n": 0.5, "v": 0.55, "a": 0.6, "r": 0.65}
"""Least counter-fitted cosine of a word and what replaces it; adjectives and adverbs carry opinions."""

_RELATED = 0.5  # least probability that the word has a sense one or two steps in WordNet from the near word
_BACK = 0.25  # least share of the near word's own uses, by SemCor, that have such a sense
_SAFE_FIT = -10.0  # of a word of the thesaurus, as in `robtest.attacks.synonym`
_POOL = 40  # near words looked at


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
class Contextual(Replacement):
    """Replace a noun, verb, adjective or adverb by another that is likely in its place; the label stays.

    After RobTest (Chen et al. 2023), which masks a word and takes the first of BERT's ten predictions that
    is no antonym of it; word level, general only. What a model that sees the context only finds likely may
    say anything (*bad* where *good* was), so the words come from

    * ``model``, a masked language model of Hugging Face (``bert-base-uncased`` is RobTest's), or
    * without one, the project's thesaurus and the neighbours of the word in the counter-fitted vectors
      (Mrkšić et al. 2016), as far as a trigram model finds them likely between the words around them,

    and pass the filters of BAE (Garg & Ramakrishnan 2020, arXiv:2004.01970) and BERT-Attack (Li et al. 2020,
    arXiv:2004.09984): the same part of speech and form by the dictionary (``rose`` gives ``dropped``, not
    ``drop``), another lemma, no antonym of any sense, a cosine of the sentence with its copy above a bound;
    and one of our own: no other polarity by the lexicon of VADER, so that a text keeps its sentiment.
    A trigram model alone, or SmolLM2 as a scorer, is not offered: what the first finds likely kept the label
    in one copy of seven, and the second takes a second a sentence.

    Left alone are function words, numbers, names, idioms and compounds (`robtest.language.place`). As in
    RobTest, words are likely in the original text, whatever else is changed in it. What is decided about a
    sentence is kept in the cache folder (`robtest.language.decisions`).

    Attributes:
        model: id of a masked language model at the hub, which may end in ``@`` and a commit, tag or branch;
            or its folder; or any `Filler`. None for near words.
        device: where a masked language model runs, as ``cuda``.
        n_candidates: how many words there are to draw from at most, the best first.
        min_fit: least ln of the odds of a near word against the old one between its neighbours; a masked
            language model has its own order instead.
        min_similarity: least cosine of the sentence and its copy with one word replaced, in [0, 1], by a word
            that is not of the thesaurus.
        tagger: what finds parts of speech.
        namer: what finds names.
    """

    model: str | Filler | None = None
    device: str = "cpu"
    n_candidates: int = 4
    min_fit: float = -3.5
    min_similarity: float = 0.8
    tagger: Tagger = ENGLISH
    namer: Namer = names.ENGLISH
    version: str = field(init=False, default="")

    name = "contextual"
    level = "word"
    unit = "word"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Find the model, and refuse an option out of range.

        Raises:
            ValueError: for fewer than one candidate, or a similarity that is none.
            AssetError: if a model that is named cannot be had; the text says how to get it.
        """
        if self.n_candidates < 1:
            raise ValueError(f"n_candidates must be 1 or more, got {self.n_candidates}")
        if not 0 <= self.min_similarity <= 1:
            raise ValueError(f"min_similarity must be in [0, 1], got {self.min_similarity}")
        object.__setattr__(self, "version", "+".join(self._version_parts()))

    def _version_parts(self) -> Iterator[str]:
        yield "4"
        if self.filler is not None:
            yield self.filler.version
        else:
            yield from (f"thesaurus{thesaurus.version()}", f"counterfitted{vectors.PACKAGE.sha256[:8]}")
            yield ngram.TRIGRAM.version
        yield from dict.fromkeys((self.tagger.version, self.namer.version))
        yield from (f"lemminflect{version('lemminflect')}", f"wordnet{wordnet.VERSION}")
        yield from (f"vader{polarity.PACKAGE.sha256[:8]}", f"minilm{MINILM.sha256[:8]}")

    @cached_property
    def filler(self) -> Filler | None:
        """What finds words likely in a place; None where near words are taken."""
        return MaskedLM(self.model, self.device) if isinstance(self.model, str) else self.model

    def decide(self, sentences: Sequence[str]) -> list[tuple[Edit, ...]]:
        """Return what may replace the words of each sentence."""
        places_of = [places(self.tagger, self.namer, sentence) for sentence in sentences]
        if self.filler is not None:
            spots = ((s, p.content) for s, row in zip(sentences, places_of, strict=True) for p in row)
            self.filler.prepare([(sentence, c.start, c.end) for sentence, c in spots])
        options = [
            [option for place in spots for option in self._options(sentence, place)]
            for sentence, spots in zip(sentences, places_of, strict=True)
        ]
        if self.filler is None:
            options = self._related(sentences, options)
        doubtful = [[option for option in row if not _is_safe(option)] for row in options]
        cosines = similarities(self.encoder, sentences, doubtful)
        near = [
            {option for option, cosine in zip(row, of_row, strict=True) if cosine >= self.min_similarity}
            for row, of_row in zip(doubtful, cosines, strict=True)
        ]
        return [
            tuple(o.edit(sentence) for o in self._first(o for o in row if o in kept or _is_safe(o)))
            for sentence, row, kept in zip(sentences, options, near, strict=True)
        ]

    def _options(self, sentence: str, place: Place) -> list[Substitute]:
        """Return the words that may stand in a place, as far as can be told without the encoder."""
        if self.filler is None:
            return list(self._near(sentence, place))
        if place.listed:
            return []
        content = place.content
        likely = self.filler.candidates(sentence, content.start, content.end)
        lemmas = (lemma_of(word, content.pos) for word in likely)
        options = inflected(sentence, place, (lemma for lemma in lemmas if lemma), self.name)
        return [option for option in options if option.new in likely and _may_replace(option)]

    def _near(self, sentence: str, place: Place) -> Iterator[Substitute]:
        content = place.content
        safe = safe_lemmas(place)
        near = () if place.compound or place.listed else _near(content.lemma, content.word, content.pos)
        for option in inflected(sentence, place, (*safe, *near), self.name):
            odds = fit(sentence, option)
            if option.lemma in safe:
                if (odds is None or odds >= _SAFE_FIT) and not _is_opposed(option):
                    yield option
            elif odds is not None and odds >= self.min_fit and _may_replace(option) and _is_used_so(option):
                yield option

    def _related(
        self, sentences: Sequence[str], options: Sequence[Sequence[Substitute]]
    ) -> list[list[Substitute]]:
        """Return the near words that mean something near the sense of their word."""
        questions = [
            [sense.relating(o.place.content.lemma, o.lemma, o.place.content.pos) for o in row]
            for row in options
        ]
        answers = self.senses.answers(sentences, questions)
        return [
            [o for o, related in zip(row, of_row, strict=True) if _is_safe(o) or related >= _RELATED]
            for row, of_row in zip(options, answers, strict=True)
        ]

    def _first(self, options: Iterable[Substitute]) -> Iterator[Substitute]:
        """Yield as many options for a place as are wanted."""
        taken: dict[Place, int] = {}
        for option in options:
            n = taken.get(option.place, 0)
            if n < self.n_candidates:
                taken[option.place] = n + 1
                yield option


def _is_safe(option: Substitute) -> bool:
    """Whether a word is one of the thesaurus."""
    return option.lemma in safe_lemmas(option.place)


def _is_used_so(option: Substitute) -> bool:
    """Whether a word mostly means something near the word it replaces."""
    content = option.place.content
    return sense.relating(option.lemma, content.lemma, content.pos).by_frequency >= _BACK


def _may_replace(option: Substitute) -> bool:
    """Whether a word is one of an open class, in this part of speech, and says nothing opposite."""
    content, new = option.place.content, option.new
    if {new, option.lemma} & _NO_SUBSTITUTES or not is_word(new):
        return False
    if _is_opposed(option) or not polarity.alike(content.word, new):
        return False
    return (content.tag, new) in inflections(option.lemma, content.pos) and _is_mainly(new, content.pos)


def _is_opposed(option: Substitute) -> bool:
    """Whether a word is an antonym of the one it would replace, in any sense."""
    content = option.place.content
    opposed = frozenset() if option.place.closed else wordnet.antonyms(content.lemma, content.pos)
    return option.new in opposed or option.lemma in opposed


@lru_cache(maxsize=1 << 14)
def _near(lemma: str, word: str, pos: Pos) -> tuple[str, ...]:
    """Return the lemmas of the words nearest to a word, of its part of speech, nearest first."""
    near = vectors.near(word, _NEAR[pos])[:_POOL]
    lemmas = (lemma_of(other, pos) for other in near if is_word(other))
    return tuple(dict.fromkeys(other for other in lemmas if other and other != lemma))


@lru_cache(maxsize=1 << 16)
def _is_mainly(word: str, pos: Pos) -> bool:
    """Whether WordNet has senses of a word as this part of speech, and as no other twice as many.

    The dictionary has ``whole`` and ``make`` as nouns too; a reader takes them for what they mostly are.
    """
    senses = {part: _n_senses(lemma_of(word, part), part) for part in get_args(Pos)}
    return 2 * senses[pos] > max(senses.values())


def _n_senses(lemma: str | None, pos: Pos) -> int:
    # NLTK ignores case and strips endings; a lemma it does not know as it stands has no sense.
    return len(wordnet.senses(lemma, pos)) if lemma and wordnet.knows(lemma, pos) else 0
