"""T5 as in BOSS: a gap is filled for classes, an answer is written for questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.methods.base import Method
from boss.methods.finetune import finetune
from boss.models.backbone import Backbone
from boss.models.base import Model
from boss.models.cache import save_json
from boss.models.fitted import Fitted
from boss.models.hf import Hosted
from boss.models.network import TRAINED, Asked, load_network
from boss.models.pretrained import DifferentiableHead
from boss.models.prompts import TEMPLATES, Prompt
from boss.models.seq2seq import AUTO_CLASS, Cloze, Written, decode_after
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

    lr: float = 1e-4

    def fit(
        self,
        task: Task,
        train: Split | None,
        validation: Split | None,
        *,
        method: str | Method,
        seed: int,
        cache: Path,
    ) -> Model:
        """Fit every weight, or nothing; see `boss.models.base.Recipe.fit`."""
        model = super().fit(task, train, validation, method=method, seed=seed, cache=cache)
        if task.kind != "span":
            return model
        assert isinstance(model, Fitted)
        return Fitted(model.card, model.fingerprint, model.answer)  # a written answer has no gradient

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> DifferentiableHead:
        """Return the way to fit ``task`` by ``method``.

        Raises:
            ConfigError: if the task is one of tagging.
        """
        if task.kind == "tagging":
            raise ConfigError(
                f"model {self.name} is an encoder-decoder, which cannot tag the words of task {task.name}; "
                "use an encoder: model=deberta, model=roberta or model=hf"
            )
        how = method if isinstance(method, Method) else None
        # What answers questions is not differentiable, and `fit` does not say that it is.
        return Prompted(task, backbone, self, how)  # type: ignore[return-value]


@dataclass(frozen=True)
class Prompted:
    """A network that is asked by a prompt (implements `boss.models.pretrained.Head`).

    Attributes:
        method: what it is trained by; None for the network as it is.
    """

    task: Task
    backbone: Backbone
    recipe: T5
    method: Method | None

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Fine-tune and write the network into ``folder``, which transformers can load by itself.

        Raises:
            ConfigError: if there is no method to fit by.
            ModelError: if no example can be learnt from.
        """
        if self.method is None:
            raise ConfigError(f"model {self.recipe.name} with method=none is not fitted")
        train = self.method.augment(self.task, train, seed)
        network = self._network(self.backbone.folder)
        reader = self._cloze if self.task.kind == "classification" else self._written(network)
        learnt = reader.labelled(train)
        if not learnt:
            raise ModelError(
                f"no example of {train.dataset}/{train.split} can be learnt from; check its labels"
            )
        n_tunable = finetune(
            network,
            self.method.annotate(self.task, train, learnt, seed),
            reader.labelled(validation) if validation is not None else [],
            decisions=reader.decisions,
            training=self.recipe,
            method=self.method,
            fresh=(),
            seed=seed,
            pad_id=self.backbone.pieces.pad_id,
            types=False,
        )
        save_json(folder / TRAINED, {"n_tunable": n_tunable})
        network.save_pretrained(folder, safe_serialization=True)
        self.backbone.pieces.tokenizer.save_pretrained(folder)

    def load(self, folder: Path) -> Asked | Written:
        """Return what answers with the network in ``folder``, or with the network as it is."""
        network = self._network(self.backbone.folder if self.method is None else folder)
        if self.task.kind == "span":
            return self._written(network)
        recipe, pieces = self.recipe, self.backbone.pieces
        return Asked(self._cloze, network, pieces, recipe.token_budget, recipe.bfloat16)

    @property
    def _cloze(self) -> Cloze:
        return Cloze(self.task, self.backbone.pieces)

    def _written(self, network: Any) -> Written:
        recipe = self.recipe
        prompt = Prompt(self.backbone.pieces, TEMPLATES[self.task.name], "context")
        return Written(prompt, recipe.stride, network, recipe.token_budget, recipe.bfloat16)

    def _network(self, folder: Path) -> Any:
        network, missing = load_network(folder, AUTO_CLASS, None)
        if missing:
            raise ModelError(f"the model in {folder} lacks weights: {', '.join(missing)}; fetch it anew")
        start = network.config.decoder_start_token_id
        decode_after(network, [start] if self.task.kind == "span" else [start, self._cloze.prompt.gap])
        return network
