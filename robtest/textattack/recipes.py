"""TextAttack's recipes: what each does, what it reads, and why some cannot attack here."""

from collections.abc import Mapping
from dataclasses import dataclass

from robtest.textattack.resources import (
    BERT,
    BILLION_WORDS,
    DISTILROBERTA,
    ENTITIES,
    GPT2,
    HOWNET,
    TAGGER,
    USE,
    VECTORS,
    WORDNET,
    WRITING_MODEL,
    Resource,
)
from robtest.types import Level, Tag


@dataclass(frozen=True)
class Entry:
    """A recipe that attacks.

    Attributes:
        build: name of its class in `textattack.attack_recipes`.
        level: of what it changes; words where it changes both (TextBugger).
        resources: what it reads that TextAttack does not bring along.
    """

    build: str
    level: Level
    resources: tuple[Resource, ...] = ()

    @property
    def tag(self) -> Tag:
        """The distance that limits it: characters of character recipes, words of word recipes."""
        return "malicious" if self.level == "char" else "general"


RECIPES: Mapping[str, Entry] = {
    "deepwordbug": Entry("DeepWordBugGao2018", "char"),
    "pruthi": Entry("Pruthi2019", "char"),
    "pwws": Entry("PWWSRen2019", "word", (WORDNET,)),
    "leap": Entry("LEAP2023", "word", (WORDNET,)),
    "iga": Entry("IGAWang2019", "word", (VECTORS,)),
    "textfooler": Entry("TextFoolerJin2019", "word", (VECTORS, TAGGER, USE)),
    "textbugger": Entry("TextBuggerLi2018", "word", (VECTORS, USE)),
    "bae": Entry("BAEGarg2019", "word", (BERT, TAGGER, USE)),
    "bert-attack": Entry("BERTAttackLi2020", "word", (BERT, USE)),
    "clare": Entry("CLARE2020", "word", (DISTILROBERTA, USE)),
    "kuleshov": Entry("Kuleshov2017", "word", (VECTORS, GPT2)),
    "alzantot": Entry("GeneticAlgorithmAlzantot2018", "word", (VECTORS, BILLION_WORDS)),
    "faster-alzantot": Entry("FasterGeneticAlgorithmJia2019", "word", (VECTORS, WRITING_MODEL)),
    "checklist": Entry("CheckList2020", "word", (ENTITIES,)),
    "pso": Entry("PSOZang2020", "word", (HOWNET,)),
}
"""Command-line name -> recipe. The first five need nothing but published Python packages."""

REFUSED: Mapping[str, str] = {
    "a2t": "it ranks words by gradients, and an attack here is told outcomes only",
    "hotflip": "it follows gradients of TextAttack's own LSTM, and an attack here is told outcomes only",
    "bad-characters": "it drives a model to one chosen class, and here any wrong answer counts",
    "input-reduction": "it takes words away while the answer stays the same, so it never makes it wrong",
    "morpheus": "it lowers the BLEU of a translation, and no task here has one",
    "seq2sick": "it changes every word of a generated text, and no task here has one",
}
"""Command-line name -> why the recipe does not apply to any model of the suite."""


def entry_of(recipe: str) -> Entry:
    """Return a recipe that attacks.

    Raises:
        ValueError: for a recipe that does not apply, saying why, or an unknown one, naming the known.
    """
    if recipe in REFUSED:
        raise ValueError(f"recipe {recipe!r} does not apply: {REFUSED[recipe]}")
    if recipe not in RECIPES:
        raise ValueError(f"unknown recipe {recipe!r}; known: {', '.join(RECIPES)}")
    return RECIPES[recipe]
