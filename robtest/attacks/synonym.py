"""Synonym: a word of the same meaning and form."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Literal, cast

from robtest.language import vectors, wordnet
from robtest.language.content import content_word
from robtest.language.forms import (
    FUNCTION_LEMMAS,
    Pos,
    article_before,
    inflect,
    is_word,
    keep_case,
    lemma_of,
    suits,
)
from robtest.language.tagger import ENGLISH, Tagger
from robtest.types import Attack, Edit

Source = Literal["wordnet", "counterfitted", "table"]
SOURCES = ("wordnet", "counterfitted", "table")


@dataclass(frozen=True)
class Synonym(Attack):
    """Replace a noun, verb, adjective or adverb by a synonym in the same form.

    After RobTest (Chen et al. 2023); word level, general only. Sources, one drawn per word:

    * ``wordnet``: WordNet 3.0 by the part of speech the tagger finds, most frequent sense first;
    * ``counterfitted``: words near in the counter-fitted vectors of TextFooler (Jin et al. 2020), of a
      part of speech WordNet knows them by; the package has 74 MB. RobTest's second source, HowNet,
      is in no published package;
    * ``table``: the user's own.

    A synonym is inflected like the word it replaces. Deviations, each a defect in RobTest: function
    words, ``be``, ``have``, ``do``, modals, numbers and names are left alone (there, ``I`` becomes
    iodine); satellite adjectives count; lemmas of several words and antonyms of any sense of the lemma
    do not; punctuation around a word stays; the case is kept; ``a`` or ``an`` before a word must suit
    its synonym.

    Attributes:
        sources: which of the three are used.
        n_synonyms: how many a source gives for a word at most, the best first.
        n_senses: senses of a word that ``wordnet`` looks at, most frequent first: the later, the rarer
            and the more often wrong. Three give a synonym to 81 % of the nouns, verbs, adjectives and
            adverbs of 400 product reviews (two: 75 %, all: 88 %).
        threshold: least cosine of ``counterfitted``, in (0, 1] (TextFooler: 0.7).
        table: lemma -> synonyms, best first, lower case; or the JSON file of such a mapping. Taken as it
            is: no part of speech and no antonym is looked up.
        tagger: what finds parts of speech.
    """

    sources: tuple[Source, ...] = ("wordnet",)
    n_synonyms: int = 5
    n_senses: int = 3
    threshold: float = 0.7
    table: Mapping[str, Sequence[str]] | Path | str | None = None
    tagger: Tagger = ENGLISH
    version: str = field(init=False, default="")

    name = "synonym"
    level = "word"
    unit = "word"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Read the user's table, and refuse options out of range."""
        if set(self.sources) - set(SOURCES) or not self.sources:
            raise ValueError(f"sources must be some of {', '.join(SOURCES)}, got {self.sources}")
        for option in ("n_synonyms", "n_senses"):
            if getattr(self, option) < 1:
                raise ValueError(f"{option} must be 1 or more, got {getattr(self, option)}")
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold must be in (0, 1], got {self.threshold}")
        if ("table" in self.sources) != (self.table is not None):
            raise ValueError("the source 'table' and the option table go together: give both or neither")
        if self.table is not None:
            object.__setattr__(self, "table", _checked(self.table))
        object.__setattr__(self, "version", "+".join(self._version_parts()))

    def _version_parts(self) -> Iterable[str]:
        yield from ("2", self.tagger.version, f"lemminflect{version('lemminflect')}")
        if set(self.sources) != {"table"}:
            yield f"wordnet{wordnet.VERSION}"
        if "counterfitted" in self.sources:
            yield f"counterfitted{vectors.PACKAGE.sha256[:8]}"
        if self.table is not None:
            rows = json.dumps(sorted(self._table.items()))
            yield f"table{sha256(rows.encode()).hexdigest()[:8]}"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return the synonyms of one word, by source; none for a function word or an unknown one."""
        content = content_word(self.tagger, text, start, end)
        if content is None:
            return []
        old = text[content.start : content.end]
        article = article_before(text, content.start)
        return [
            Edit(content.start, content.end, keep_case(old, new), source)
            for source in self.sources
            for new in self._inflected(
                self._lemmas(source, content.lemma, content.word, content.pos), content.word, content.tag
            )
            if suits(article, new)
        ]

    def _lemmas(self, source: Source, lemma: str, word: str, pos: Pos) -> Iterable[str]:
        match source:
            case "wordnet":
                return wordnet.synonyms(lemma, pos, self.n_senses)
            case "counterfitted":
                return _near(lemma, word, pos, self.threshold)
            case _:
                return self._table.get(lemma, ())

    @property
    def _table(self) -> Mapping[str, Sequence[str]]:
        return cast("Mapping[str, Sequence[str]]", self.table)

    def _inflected(self, lemmas: Iterable[str], word: str, tag: str) -> Iterable[str]:
        """Return the first synonyms that have the form, each once."""
        forms = (inflect(lemma, tag) for lemma in lemmas if lemma not in FUNCTION_LEMMAS)
        usable = dict.fromkeys(form for form in forms if form and form != word)
        return islice(usable, self.n_synonyms)


@lru_cache(maxsize=1 << 14)
def _near(lemma: str, word: str, pos: Pos, threshold: float) -> tuple[str, ...]:
    """Return the lemmas of the words nearest to a word that WordNet knows as this part of speech."""
    lemmas = (lemma_of(near, pos) for near in vectors.near(word, threshold) if is_word(near))
    candidates = (other for other in lemmas if other and other != lemma and wordnet.knows(other, pos))
    return tuple(other for other in dict.fromkeys(candidates) if other not in wordnet.antonyms(lemma, pos))


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
