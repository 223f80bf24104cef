"""What published models call the labels of the tasks: classes, entity types, tag schemes."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

CLASS_NAMES: Mapping[str, tuple[str, ...]] = {
    "negative": (
        *("neg", "very negative", "extremely negative", "strongly negative", "1 star", "2 star", "2 stars"),
        *(
            "negativ",
            "negatif",
            "negativo",
            "negativa",
            "negatief",
            "negatywny",
            "消极",
            "负面",
            "ネガティブ",
        ),
    ),
    "positive": (
        *("pos", "very positive", "extremely positive", "strongly positive"),
        *("4 star", "4 stars", "5 star", "5 stars"),
        *(
            "positiv",
            "positif",
            "positivo",
            "positiva",
            "positief",
            "pozytywny",
            "积极",
            "正面",
            "ポジティブ",
        ),
    ),
    "neutral": (
        *("neu", "neut", "3 star", "3 stars"),
        *(
            "neutre",
            "neutro",
            "neutra",
            "neutrale",
            "neutraal",
            "neutralny",
            "netral",
            "中性",
            "ニュートラル",
        ),
    ),
    "toxic": (
        *("toxicity", "severe toxic", "severe toxicity", "obscene", "threat", "insult", "identity hate"),
        *("hate", "hateful", "hate speech", "hatespeech", "implicit hate", "explicit hate"),
        *("offensive", "offensive language", "abusive"),
    ),
    "benign": (
        *("non toxic", "not toxic", "nontoxic", "no toxic", "neutral", "normal", "neither", "clean"),
        *("not hate", "non hate", "no hate", "nothate", "nohate", "nonhate", "not hateful", "non hateful"),
        *("not offensive", "non offensive", "nonoffensive", "not abusive", "non abusive", "acceptable"),
    ),
    "entailment": ("entail", "entails", "entailed"),
    "contradiction": ("contradict", "contradicts", "contradicted", "contradictory"),
    "not_entailment": ("not entailed", "non entailment", "no entailment", "notentailment"),
}
"""Label of a task -> other names of it, as `folded` writes them. A name of several labels (``neutral``) is
looked for among the labels of the task alone."""

TYPE_NAMES: Mapping[str, tuple[str, ...]] = {
    "person": ("per", "pers", "persons", "people", "human", "personne", "persona", "pessoa"),
    "organization": (
        *("org", "organisation", "organizations", "corporation", "corp", "company", "group"),
        *("organizacion", "organizacao", "organizzazione"),
    ),
    "location": ("loc", "locations", "gpe", "geo", "place", "lieu", "lugar", "ubicacion", "luogo", "ort"),
    "miscellaneous": ("misc", "mis", "other"),
    "building": ("fac", "facility"),
    "art": ("work of art", "creative work", "creativework", "woa"),
    "product": ("prod",),
    "event": ("evt", "eve"),
}
"""The same of entity types; those of WNUT and Few-NERD as BOSS reads them."""

OUTSIDE = ("o", "out", "outside")
NO_ENTITIES = ("cardinal", "date", "money", "ordinal", "percent", "quantity", "tim", "time")
"""Types of OntoNotes that no task here asks for: numbers and times."""

_ROLES = {"b": "B", "s": "B", "u": "B", "i": "I", "m": "I", "e": "I", "l": "I"}
_BEFORE = re.compile(r"([bsuimel])[-_./ ](.+)", re.IGNORECASE)
_BEHIND = re.compile(r"(.+)[-_./ ]([bsuimel])", re.IGNORECASE)


def folded(name: str) -> str:
    """Return a name without case, accents and the signs between its words.

    >>> folded("NOT-Hate"), folded("very_negative"), folded("Négatif")
    ('not hate', 'very negative', 'negatif')
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", plain)))


def meaning(name: str, labels: Iterable[str], names: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the one of ``labels`` that a name means: its own name first, then its other ``names``."""
    labels, wanted = tuple(labels), folded(name)
    by_name = {folded(label): label for label in labels}
    if wanted in by_name:
        return by_name[wanted]
    return next((label for label in labels if wanted in map(folded, names.get(label, ()))), None)


class Tag(NamedTuple):
    """A tag of a tagger: ``B`` where it begins an entity, ``I`` inside one, and the entity's type.

    Of BIOES, BILOU and BMES the single and the first are ``B``, the middle and the last ``I``; a bare type is
    ``I``, as are all tags of IO.
    """

    role: str
    kind: str


def readings(name: str) -> Sequence[Tag]:
    """Return how a tag's name may be read, the likeliest first: ``B-PER``, ``PER_B``, ``PER``."""
    before, behind = _BEFORE.fullmatch(name), _BEHIND.fullmatch(name)
    out = [Tag(_ROLES[before[1].lower()], before[2])] if before else []
    out += [Tag(_ROLES[behind[2].lower()], behind[1])] if behind else []
    return [*out, Tag("I", name)]


def nearest(name: str, targets: Collection[str]) -> str | None:
    """Return the one of ``targets`` that is written almost as ``name`` is; None where none is."""
    import difflib

    by_name = {folded(target): target for target in targets}
    near = difflib.get_close_matches(folded(name), list(by_name), n=1, cutoff=0.75)
    return by_name[near[0]] if near else None
