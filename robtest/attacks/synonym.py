"""Synonym: a word of the same meaning and form."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Literal, cast

from robtest.attacks.replacement import Replacement
from robtest.language import names, ngram, sense, thesaurus, vectors, wordnet
from robtest.language.forms import Pos, is_word, lemma_of
from robtest.language.names import Namer
from robtest.language.place import Place, places
from robtest.language.substitution import Substitute, fit, inflected, rarer, safe_lemmas, similarities
from robtest.language.tagger import ENGLISH, Tagger
from robtest.minilm import PACKAGE as MINILM
from robtest.types import Edit

Source = Literal["thesaurus", "wordnet", "counterfitted", "table"]
SOURCES = ("thesaurus", "wordnet", "counterfitted", "table")

_AGREEING = 0.7  # least counter-fitted cosine of a synonym of WordNet
_NEAR_ENOUGH = 0.6  # the same, of a word of one sense
_MOST_SENSES = 2
_BACK = 0.3  # least share of the synonym's own uses, by SemCor, that have the sense
_RAREST = 3.0  # ln: a synonym of WordNet is at most twenty times as rare as the word
"""Of 330 substitutions rated by hand on film reviews, editorials and image captions, 92 % of those that
these three and ``min_sense`` let through kept the meaning; of the synonyms of WordNet alone, one in four."""


@dataclass(frozen=True)
class Synonym(Replacement):
    """Replace a noun, verb, adjective or adverb by a synonym in the same form.

    After RobTest (Chen et al. 2023); word level, general only. The sources are asked in their order, and
    the first that has a synonym for a place is the one that gives them:

    * ``thesaurus``: the project's own list of words that mean the same in nearly every sentence;
    * ``wordnet``: WordNet 3.0, in the sense the word has in its sentence, where the counter-fitted vectors
      of TextFooler (Mrkšić et al. 2016; Jin et al. 2020) agree. The sense is that of the gloss nearest to
      the sentence, weighed by how frequent it is (`robtest.language.sense`); the synonym must have the
      sense in a good part of its own uses (*honey* is rarely *love*) and not be far rarer than the word;
    * ``counterfitted``: words near in these vectors, with no question about senses: many, and noisier.
      RobTest's second source, HowNet, is in no published package;
    * ``table``: the user's own, taken as it is.

    Left alone is what has no synonym that is safe: most function words, ``be``, ``have``, ``do``, modals,
    numbers, names and parts of names, idioms and compounds (`robtest.language.place`). What replaces a
    word is inflected like it and keeps its case and the punctuation around it; ``a`` or ``an`` before it
    must suit; no antonym of any sense; the neighbours must allow it under a trigram model, and the cosine
    of the sentence with its copy is bounded. RobTest replaces by any synonym of any sense, in the base
    form, function words included.

    What is decided about a sentence is kept in the cache folder (`robtest.language.decisions`).

    Attributes:
        sources: which of the four are asked, in this order.
        n_synonyms: how many a source gives for a word at most, the best first.
        threshold: least cosine of ``counterfitted``, in (0, 1] (TextFooler: 0.7).
        min_sense: least probability, in [0, 1], that the word has a sense it shares with a synonym of
            ``wordnet``.
        min_fit: least ln of the odds of the new word against the old one between its neighbours.
        min_similarity: least cosine of the sentence and its copy with one word replaced, by a word that is
            not of the thesaurus: of those it refused one in a hundred, in sentences of four words.
        table: lemma -> synonyms, best first, lower case; or the JSON file of such a mapping. No part of
            speech, no antonym and no context is looked up.
        tagger: what finds parts of speech.
        namer: what finds names.
    """

    sources: tuple[Source, ...] = ("thesaurus", "wordnet")
    n_synonyms: int = 3
    threshold: float = 0.7
    min_sense: float = 0.6
    min_fit: float = -10.0
    min_similarity: float = 0.7
    table: Mapping[str, Sequence[str]] | Path | str | None = None
    tagger: Tagger = ENGLISH
    namer: Namer = names.ENGLISH
    version: str = field(init=False, default="")

    name = "synonym"
    level = "word"
    unit = "word"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Read the user's table, and refuse options out of range."""
        if set(self.sources) - set(SOURCES) or not self.sources:
            raise ValueError(f"sources must be some of {', '.join(SOURCES)}, got {self.sources}")
        if self.n_synonyms < 1:
            raise ValueError(f"n_synonyms must be 1 or more, got {self.n_synonyms}")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold must be in (0, 1], got {self.threshold}")
        for option in ("min_sense", "min_similarity"):
            if not 0 <= getattr(self, option) <= 1:
                raise ValueError(f"{option} must be in [0, 1], got {getattr(self, option)}")
        if ("table" in self.sources) != (self.table is not None):
            raise ValueError("the source 'table' and the option table go together: give both or neither")
        if self.table is not None:
            object.__setattr__(self, "table", _checked(self.table))
        object.__setattr__(self, "version", "+".join(self._version_parts()))

    def _version_parts(self) -> Iterable[str]:
        yield "4"
        yield from dict.fromkeys((self.tagger.version, self.namer.version))
        yield f"lemminflect{version('lemminflect')}"
        yield from (f"wordnet{wordnet.VERSION}", f"minilm{MINILM.sha256[:8]}")
        yield ngram.TRIGRAM.version
        if "thesaurus" in self.sources:
            yield f"thesaurus{thesaurus.version()}"
        if {"wordnet", "counterfitted"} & set(self.sources):
            yield f"counterfitted{vectors.PACKAGE.sha256[:8]}"
        if self.table is not None:
            rows = json.dumps(sorted(self._table.items()))
            yield f"table{sha256(rows.encode()).hexdigest()[:8]}"

    def decide(self, sentences: Sequence[str]) -> list[tuple[Edit, ...]]:
        """Return what may replace the words of each sentence."""
        places_of = [places(self.tagger, self.namer, sentence) for sentence in sentences]
        found: list[dict[Place, list[Substitute]]] = [{} for _ in sentences]
        for source in self.sources:
            options = [
                [
                    option
                    for place in spots
                    if place not in known
                    for option in self._from(source, text, place)
                ]
                for text, spots, known in zip(sentences, places_of, found, strict=True)
            ]
            for known, kept in zip(found, self._kept(source, sentences, options), strict=True):
                for option in kept:
                    known.setdefault(option.place, []).append(option)
        return [
            tuple(option.edit(text) for spots in known.values() for option in spots[: self.n_synonyms])
            for text, known in zip(sentences, found, strict=True)
        ]

    def _from(self, source: Source, sentence: str, place: Place) -> Iterator[Substitute]:
        """Yield what a source has for a place, in the form of the word there."""
        content = place.content
        match source:
            case "thesaurus":
                lemmas: Iterable[str] = safe_lemmas(place)
            case _ if place.listed:
                lemmas = ()
            case "wordnet":
                lemmas = () if place.compound else _agreeing(content.lemma, content.pos)
            case "counterfitted":
                lemmas = _near(content.lemma, content.word, content.pos, self.threshold)
            case _:
                lemmas = self._table.get(content.lemma, ())
        options = inflected(sentence, place, lemmas, source)
        return (option for option in options if source == "table" or self._fits(source, sentence, option))

    def _fits(self, source: Source, sentence: str, option: Substitute) -> bool:
        """Whether a word is usual enough, and its neighbours allow it."""
        rarity, odds = rarer(option.word, option.new), fit(sentence, option)
        if rarity is None or odds is None:
            return source == "thesaurus"
        return odds >= self.min_fit and (rarity <= _RAREST or source == "thesaurus")

    def _kept(
        self, source: Source, sentences: Sequence[str], options: Sequence[Sequence[Substitute]]
    ) -> list[list[Substitute]]:
        """Return the options that keep the meaning of their sentence."""
        if source in ("table", "thesaurus"):
            return list(map(list, options))
        if source == "wordnet":
            options = self._in_sense(sentences, options)
        return [
            [option for option, cosine in zip(row, cosines, strict=True) if cosine >= self.min_similarity]
            for row, cosines in zip(options, similarities(self.encoder, sentences, options), strict=True)
        ]

    def _in_sense(
        self, sentences: Sequence[str], options: Sequence[Sequence[Substitute]]
    ) -> list[list[Substitute]]:
        """Return the options that share the sense their word has in its sentence."""
        questions = [
            [sense.sharing(o.place.content.lemma, o.lemma, o.place.content.pos) for o in row]
            for row in options
        ]
        answers = self.senses.answers(sentences, questions)
        return [
            [o for o, probability in zip(row, of_row, strict=True) if probability >= self.min_sense]
            for row, of_row in zip(options, answers, strict=True)
        ]

    @property
    def _table(self) -> Mapping[str, Sequence[str]]:
        return cast("Mapping[str, Sequence[str]]", self.table)


@lru_cache(maxsize=1 << 14)
def _agreeing(lemma: str, pos: Pos) -> tuple[str, ...]:
    """Return WordNet's synonyms that counter-fitted vectors agree with, nearest first.

    None for a word of many senses: the sense that is chosen for it is too often another.
    """
    n_senses = len(wordnet.senses(lemma, pos))
    if n_senses > _MOST_SENSES:
        return ()
    opposed = wordnet.antonyms(lemma, pos)
    near = {}
    for other in wordnet.synonyms(lemma, pos):
        back = sense.sharing(other, lemma, pos).by_frequency
        cosine = vectors.cosine(lemma, other)
        if other in opposed or cosine is None:
            continue
        if (
            cosine >= (_AGREEING if n_senses > 1 else _NEAR_ENOUGH)
            and back >= _BACK
            and not _derived(lemma, other)
        ):
            near[other] = cosine
    return tuple(sorted(near, key=lambda other: (-near[other], other)))


@lru_cache(maxsize=1 << 14)
def _near(lemma: str, word: str, pos: Pos, threshold: float) -> tuple[str, ...]:
    """Return the lemmas of the words nearest to a word that WordNet knows as this part of speech."""
    lemmas = (lemma_of(near, pos) for near in vectors.near(word, threshold) if is_word(near))
    candidates = (other for other in lemmas if other and other != lemma and wordnet.knows(other, pos))
    return tuple(other for other in dict.fromkeys(candidates) if other not in wordnet.antonyms(lemma, pos))


def _derived(lemma: str, other: str) -> bool:
    """Whether one word is the other with an ending: *exercise* and *exercising* are no synonyms."""
    root = lemma[: max(4, len(lemma) - 4)]
    return len(lemma) > 3 and other.startswith(root) and other.endswith(("ing", "er", "ist", "ment"))


def _checked(table: Mapping[str, Sequence[str]] | Path | str) -> dict[str, tuple[str, ...]]:
    """Return the user's table, read if it is a file."""
    rows, name = table, "table"
    if isinstance(table, str | Path):
        name = f"table {table}"
        try:
            rows = json.loads(Path(table).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError(
                f'cannot read {name}: {error}; expected JSON, as {{"film": ["movie"]}}'
            ) from error
    if not isinstance(rows, Mapping) or not all(map(_is_row, rows.values())):
        raise ValueError(f'{name} must map words to lists of single words, as {{"film": ["movie"]}}')
    return {word: tuple(row) for word, row in rows.items()}


def _is_row(row: object) -> bool:
    if isinstance(row, str) or not isinstance(row, Sequence):
        return False
    return all(isinstance(new, str) and len(new.split()) == 1 for new in row)
