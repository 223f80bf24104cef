"""T5 as in BOSS: a gap is filled for classes, an answer is written for questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.models.backbone import Backbone
from boss.models.hf import Hosted
from boss.models.method import Method
from boss.models.network import NetworkPredictor, Tuning, load_network
from boss.models.prompts import Prompt, template_of
from boss.models.recipe import Head
from boss.models.seq2seq import AUTO_CLASS, AnswerWriter, Cloze, decode_after
from boss.tasks import Task


@dataclass(frozen=True, kw_only=True)
class T5(Hosted):
    """An encoder-decoder pretrained to fill gaps (Raffel et al. 2020, arXiv:1910.10683).

    Methods: ``finetune`` (the default), and ``none``: asked as it is, without training on the task. It
    has no way to tag words; BOSS tags by encoders.

    Attributes:
        lr: T5 wants a higher rate than encoders do.
    """

    adapter: ClassVar[str] = "t5"
    methods: ClassVar[tuple[str, ...]] = ("finetune", "none")
    ready: ClassVar[tuple[str, ...]] = ("none",)
    choosing: ClassVar[tuple[str, ...]] = ()

    lr: float = 1e-4

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> Head:
        """Return the way to answer ``task``, and to be trained for it by ``method``.

        Raises:
            ConfigError: if the task is one of tagging.
        """
        if task.kind == "tagging":
            raise ConfigError(
                f"model {self.name} is an encoder-decoder, which cannot tag the words of task {task.name}; "
                "use an encoder: model=deberta, model=roberta or model=hf"
            )
        if isinstance(method, Method):
            return PromptTuning(task, backbone, self, method)
        return PromptHead(task, backbone, self)


@dataclass(frozen=True)
class PromptHead:
    """A network that is asked by a prompt (implements `boss.models.recipe.Head`)."""

    task: Task
    backbone: Backbone
    recipe: T5

    def load(self, folder: Path) -> NetworkPredictor | AnswerWriter:
        """Return what predicts with the network as it is; nothing is read from ``folder``."""
        return self.predictor(self.network(self.backbone.folder))

    def predictor(self, network: Any) -> NetworkPredictor | AnswerWriter:
        """Return what predicts with a network; that of questions is not differentiable."""
        if self.task.kind == "span":
            return self.writer(network)
        recipe = self.recipe
        return NetworkPredictor(
            self.cloze, network, self.backbone.pieces, recipe.token_budget, recipe.autocast
        )

    def network(self, folder: Path) -> Any:
        """Return the network in a folder, made to decode the step the task asks about.

        Raises:
            ModelError: if it lacks weights.
        """
        network, missing = load_network(folder, AUTO_CLASS, None)
        if missing:
            raise ModelError(f"the model in {folder} lacks weights: {', '.join(missing)}; fetch it anew")
        start = network.config.decoder_start_token_id
        decode_after(network, [start] if self.task.kind == "span" else [start, self.cloze.prompt.gap])
        return network

    @property
    def cloze(self) -> Cloze:
        """The head of a classification task."""
        return Cloze(self.task, self.backbone.pieces)

    def writer(self, network: Any) -> AnswerWriter:
        """Return what writes answers to questions with a network."""
        recipe = self.recipe
        prompt = Prompt(self.backbone.pieces, template_of(self.task), "context")
        return AnswerWriter(prompt, recipe.stride, network, recipe.token_budget, recipe.autocast)


@dataclass(frozen=True)
class PromptTuning(PromptHead):
    """A network that is trained on the answers to its prompts (implements `boss.models.recipe.Learner`)."""

    method: Method

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Fine-tune and write the network into ``folder``, see `boss.models.network.Tuning.run`."""
        network = self.network(self.backbone.folder)
        reader = self.cloze if self.task.kind == "classification" else self.writer(network)
        tuning = Tuning(self.task, self.backbone.pieces, self.recipe, self.method)
        tuning.run(network, reader, (train, validation), folder, seed)

    def load(self, folder: Path) -> NetworkPredictor | AnswerWriter:
        """Return what predicts with the network in ``folder``."""
        return self.predictor(self.network(folder))
