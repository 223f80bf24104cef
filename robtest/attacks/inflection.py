"""Inflection: another grammatical form of the same word."""

from dataclasses import dataclass, field
from importlib.metadata import version

from robtest.language.forms import FUNCTION_LEMMAS, inflections, is_word, keep_case, lemma_of, pos_of
from robtest.language.tagger import ENGLISH, Tagger, head_token
from robtest.types import Attack, Edit

_INFLECTED = ("n", "v", "a")


@dataclass(frozen=True)
class Inflection(Attack):
    """Replace a noun, verb or adjective by another form of its lemma.

    After Morpheus (Tan et al. 2020, arXiv:2005.04364) as RobTest uses it (Chen et al. 2023); word level,
    general only. Forms are those of lemminflect's dictionary (its data is in the package), of the part
    of speech the tagger finds; a kind is a form's Penn Treebank tag. One tag is drawn uniformly, as in
    RobTest, so a form that fills two (``watched``: past and participle) is twice as likely; there are
    no frequencies to weigh by.

    Deviations, each a defect there: the word itself is never drawn; the case is kept (``title()`` makes
    ``Usa`` and ``Don'T``); punctuation around a word stays. Names, modals, contractions and
    stand-ins (``nobody``) are left alone. For another language, replace the tagger and subclass.

    Attributes:
        tagger: what finds parts of speech.
    """

    tagger: Tagger = ENGLISH
    version: str = field(init=False, default="")

    name = "inflection"
    level = "word"
    unit = "word"
    tags = ("general",)

    def __post_init__(self) -> None:
        """Say in the version what the forms come from."""
        parts = ("1", self.tagger.version, f"lemminflect{version('lemminflect')}")
        object.__setattr__(self, "version", "+".join(parts))

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return the other forms of one word, by tag; none for a word the dictionary does not have."""
        token = head_token(self.tagger(text), text, start, end)
        if token is None:
            return []
        word, pos = text[token.start : token.end], pos_of(token.tag)
        if pos not in _INFLECTED or not is_word(word):
            return []
        lemma = lemma_of(word.lower(), pos)
        if lemma is None or (lemma in FUNCTION_LEMMAS and pos != "v"):
            return []
        return [
            Edit(token.start, token.end, keep_case(word, form), tag)
            for tag, form in inflections(lemma, pos)
            if form != word.lower()
        ]
