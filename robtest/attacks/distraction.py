"""Distraction: a sentence or token beside the point is added behind a text, which stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from robtest.minilm import PACKAGE
from robtest.textwalk import VERSION
from robtest.types import Attack, Edit

KINDS = ("statement", "tautology", "url", "handle")

STATEMENTS = (
    "Water boils at one hundred degrees Celsius at sea level.",
    "A week has seven days.",
    "The library opens at nine in the morning.",
    "Triangles have three sides.",
    "The bus turns at the corner of the street.",
    "There are twelve months in a year.",
    "Wood floats on water.",
    "The meeting is on the second floor.",
    "Bread is made from flour and water.",
    "The door is painted blue.",
    "An hour has sixty minutes.",
    "Some chairs have four legs.",
    "The river flows to the sea.",
    "The page has two columns.",
    "Paper is made from wood fibres.",
    "The train leaves from platform four.",
    "Copper conducts electricity.",
    "The form is printed on both sides.",
    "Most spiders have eight legs.",
    "The key is in the drawer.",
    "The alphabet begins with the letter A.",
    "A decade is ten years long.",
    "The sample was taken on a Tuesday.",
    "The moon orbits the earth.",
    "The list is sorted by name.",
    "A square has four corners.",
    "The box holds twenty envelopes.",
    "Glass is made from sand.",
    "The map shows the eastern coast.",
    "Sixteen can be divided by two.",
    "The office is next to the post office.",
    "The clock hangs on the wall.",
    "Bees visit flowers.",
    "The second volume has three hundred pages.",
    "A metre is one hundred centimetres.",
    "The bridge crosses the canal.",
    "The parcel weighs two kilograms.",
    "Whales live in the ocean.",
    "The table stands by the window.",
    "The course takes six weeks.",
    "Iron is a metal.",
    "The road turns left after the mill.",
    "The report has an appendix.",
    "A kilometre is one thousand metres.",
    "The shelf is made of pine.",
    "The tide comes in twice a day.",
    "The file was copied in the morning.",
    "The field is north of the village.",
    "Ice is frozen water.",
    "The letter B comes after the letter A.",
    "The lamp is on the desk.",
    "A piano has black and white keys.",
    "The ferry runs every two hours.",
    "The envelope has a stamp on it.",
    "February is the shortest month.",
    "The house has a flat roof.",
    "The recipe asks for two spoons of oil.",
    "Salt dissolves in water.",
    "The notice is on the board.",
    "The path follows the fence.",
)
"""Sentences about nothing in particular: no person, no opinion, no place that is on a map."""

TAUTOLOGIES = (
    "True is true.",
    "False is false.",
    "True is not false.",
    "False is not true.",
    "One is one.",
    "Two is not three.",
    "A is A.",
    "A thing is itself.",
    "What is, is.",
    "What is not, is not.",
    "Everything is something.",
    "Today is today.",
    "Yes is yes.",
    "No is not yes.",
    "Both are both.",
    "All of it is all of it.",
    "Either it is so or it is not.",
    "If it is so, then it is so.",
    "The same is the same.",
    "Left is left and right is right.",
)
"""After the StressTest of Naik et al. 2018 (arXiv:1806.00692), in the words of this project."""

_SYLLABLES = ("ba", "ko", "lu", "mi", "ne", "po", "ra", "tu")


@dataclass(frozen=True)
class Distraction(Attack):
    """Append a neutral sentence, a tautology, a URL or a handle.

    Sentence level, malicious (Chen et al. 2023, Table 1); limited by cosine similarity. The sentences are
    this project's own; a user replaces them by ``statements``. Deviations from RobTest: it cuts a text
    at its first full stop ("U.S.") and loses the rest, here the text is kept whole and the addition
    comes last; it draws sentences from an encyclopedia and tokens from training data, which have
    contents of their own. The host names end in ``.example``, which nobody can own (RFC 2606).

    Attributes:
        kinds: which of the four are used.
        statements: the neutral sentences, each complete and without white space around it.
    """

    kinds: Sequence[str] = KINDS
    statements: Sequence[str] = STATEMENTS

    name = "distraction"
    level = "sentence"
    unit = "text"
    tags = ("malicious",)
    # The encoder decides how many additions fit.
    version = f"1+walk{VERSION}+minilm{PACKAGE.sha256[:8]}"

    def __post_init__(self) -> None:
        """Refuse unknown kinds, and statements that are empty, repeated or padded with white space."""
        if set(self.kinds) - set(KINDS) or not self.kinds:
            raise ValueError(f"kinds must be some of {', '.join(KINDS)}, got {list(self.kinds)}")
        for statement in self.statements:
            if not statement or statement != statement.strip():
                raise ValueError(f"a statement must be a text without white space around, got {statement!r}")
        if len(set(self.statements)) < max(1, len(self.statements)):
            raise ValueError("statements must be one or more, each of them once")

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every addition behind the last word; none to a text without words."""
        at = start + len(text[start:end].rstrip())
        if at == start:
            return []
        return [Edit(at, at, f" {addition}", kind) for kind in self.kinds for addition in self._all(kind)]

    def _all(self, kind: str) -> Sequence[str]:
        match kind:
            case "statement":
                return self.statements
            case "tautology":
                return TAUTOLOGIES
            case "url":
                return urls()
            case _:
                return handles()


@cache
def urls() -> tuple[str, ...]:
    """Return 512 made-up addresses, one per host.

    >>> urls()[1]
    'https://babako.example/kobaba'
    """
    return tuple(f"https://{a}{b}{c}.example/{c}{b}{a}" for a, b, c in product(_SYLLABLES, repeat=3))


@cache
def handles() -> tuple[str, ...]:
    """Return 512 made-up user names.

    >>> handles()[1]
    '@babako_01'
    """
    return tuple(f"@{''.join(name)}_{i:02}" for i, name in enumerate(product(_SYLLABLES, repeat=3)))
