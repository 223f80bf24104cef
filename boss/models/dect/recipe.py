"""A frozen model and a few labelled texts: Decoder Tuning and the rivals that it has to beat."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from boss.errors import ConfigError, ModelError, suggestion
from boss.models.cache import load_arrays
from boss.models.dect.answer import AsItIs, FromShots, Shown
from boss.models.dect.backbones import Gives, Wanted, encoder, language_model, server
from boss.models.dect.decoder import Decoder
from boss.models.dect.heads import Logistic, ShotHead
from boss.models.encoder import MiniLM, MPNet
from boss.models.hf import HuggingFace
from boss.models.llm.endpoint import Endpoint
from boss.models.llm.local import Asked, Local, SmolLM2
from boss.models.method import Method
from boss.models.options import HIDDEN, options_of, require
from boss.models.pretrained import Pretrained
from boss.models.probes import HEAD
from boss.models.recipe import BaseRecipe, Start
from boss.tasks import Task

HeadName = Literal["dect", "words", "calibrated", "logistic"]
UNTRAINED = ("words", "calibrated")
"""Heads without anything to fit."""
ENCODERS = {"minilm": MiniLM, "mpnet": MPNet}
ENCODER, LM, SMOLLM2, SERVER = "an encoder", "lm", "smollm2", "endpoint"
"""Kinds of backbones; all but the first are called so."""
OF_BACKBONE: Mapping[str, tuple[str, ...]] = {
    ENCODER: ("max_length", "revision"),
    LM: ("lm", "max_length", "revision", "prompt"),
    SMOLLM2: ("max_length", "prompt"),
    SERVER: (
        *("lm", "base_url", "key_env", "embeddings", "prompt", "temperature", "limit_name", "top_logprobs"),
        *("server", "noise", "extra", "budget", "concurrency", "timeout", "retries"),
    ),
}
"""Options that a kind of backbone reads."""
OF_HEAD: Mapping[str, tuple[str, ...]] = {
    "dect": ("dim", "rate", "steps", "score_weight", "prototypes"),
    "logistic": ("strength",),
}
_DECODER = Decoder()


@dataclass(frozen=True, kw_only=True)
class DecT(BaseRecipe):
    """Recipe for a head on a frozen model, fitted on ``n_train`` examples of each class drawn by ``seed``.

    Attributes:
        backbone: ``minilm``, ``mpnet``, a folder or hub id of an encoder (states alone); ``smollm2``, or
            ``lm``: a language model that runs here (states and scores of the labels); ``endpoint``: one
            behind a server (scores, and states where ``embeddings`` is named).
        head: ``dect``, or a rival of it: ``words`` the labels' words by themselves, ``calibrated`` the same
            less what the model says of an empty text, ``logistic`` regression on the same features.
        dim, rate, steps, score_weight, prototypes: see `boss.models.dect.decoder.Decoder`.
        strength: see `boss.models.dect.heads.Logistic`.
        max_length: pieces of one window of an encoder, or tokens that a language model reads; None for what
            its recipe has. ``revision`` of it on the hub.
        lm: folder, GGUF file or hub id of a language model, or its name as the server calls it.
        embeddings: name of the server's model that gives vectors; None for none.
        base_url, key_env, prompt, temperature, limit_name, top_logprobs, server, noise, extra, budget,
            concurrency, timeout, retries: see `boss.models.llm.endpoint.Endpoint`.
    """

    adapter: ClassVar[str] = "dect"
    methods: ClassVar[tuple[str, ...]] = ("decoder", "none")
    ready: ClassVar[tuple[str, ...]] = ("none",)
    libraries: ClassVar[tuple[str, ...]] = (
        *("numpy", "scikit-learn", "scipy"),
        *("tokenizers", "torch", "transformers"),
    )

    backbone: str = "minilm"
    head: HeadName = "dect"
    dim: int = _DECODER.dim
    rate: float = _DECODER.rate
    steps: int = _DECODER.steps
    score_weight: float | None = None
    prototypes: Literal["trained", "fixed"] = "trained"
    strength: float = 1.0
    max_length: int | None = None
    revision: str = field(default="main", metadata=HIDDEN)
    lm: str | None = None
    base_url: str | None = None
    key_env: str | None = field(default=None, metadata=HIDDEN)
    embeddings: str | None = None
    prompt: str = "plain"
    temperature: float | None = 0
    limit_name: str = "max_tokens"
    top_logprobs: int = 20
    server: str | None = None
    noise: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict, metadata=HIDDEN)
    concurrency: int = field(default=8, metadata=HIDDEN)
    timeout: float = field(default=120, metadata=HIDDEN)
    retries: int = field(default=5, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range, and a head that the backbone gives nothing to."""
        if self.head not in get_args(HeadName):
            near = suggestion(self.head, get_args(HeadName))
            names = ", ".join(get_args(HeadName))
            raise ConfigError(f"model.head must be one of {names}, got {self.head!r}{near}")
        if self.prototypes not in ("trained", "fixed"):
            raise ConfigError(f"model.prototypes must be trained or fixed, got {self.prototypes!r}")
        require("dim", self.dim, low=1, high=100_000)
        require("steps", self.steps, low=0, high=100_000)
        require("rate", self.rate, above=0)
        require("strength", self.strength, above=0)
        if self.score_weight is not None:
            require("score_weight", self.score_weight, low=0, high=1000)
        self._check_backbone()
        if self.head in UNTRAINED and "s" not in self.gives:
            raise ConfigError(
                f"model.head={self.head} reads the probabilities of the labels' words, and model.backbone="
                f"{self.backbone} is an encoder without a language head; model.head=dect or "
                "model.head=logistic, or a language model: model.backbone=smollm2, or one of your own: "
                "model.backbone=lm model.lm=DIR"
            )
        if self.head in UNTRAINED and self.embeddings is not None:
            raise ConfigError(
                f"model.embeddings={self.embeddings} is read by model.head=dect and model.head=logistic, and "
                f"model.head={self.head} would leave it aside; leave it out"
            )
        with self._said():
            self._model()

    def _check_backbone(self) -> None:
        """Refuse options that another backbone reads, and a language model without a name."""
        if not self.backbone.strip():
            raise ConfigError(
                "model.backbone is empty; model.backbone=minilm, mpnet, a folder, smollm2, lm or endpoint"
            )
        for item in fields(self):
            readers = [kind for kind, names in OF_BACKBONE.items() if item.name in names]
            changed = item.default is not MISSING and getattr(self, item.name) != item.default
            if readers and changed and self.kind not in readers:
                raise ConfigError(
                    f"model.{item.name} is an option of {' or '.join(readers)} as model.backbone, which is "
                    f"{self.backbone}; leave it out"
                )
        if self.kind == SERVER and not (self.base_url and self.lm):
            raise ConfigError(
                f"model.backbone={SERVER} needs the server's address and what it calls the model: "
                "model.base_url=http://127.0.0.1:8000/v1 model.lm=NAME"
            )
        if self.kind == LM and not self.lm:
            raise ConfigError(
                f"model.backbone={LM} needs the model, a folder, a GGUF file or a hub id: model.lm=DIR"
            )

    @property
    def kind(self) -> str:
        """The kind of the backbone, one of those in `OF_BACKBONE`."""
        return self.backbone if self.backbone in OF_BACKBONE else ENCODER

    @property
    def gives(self) -> Gives:
        """What the backbone gives."""
        if self.kind == ENCODER:
            return "h"
        return "s" if self.kind == SERVER and self.embeddings is None else "h+s"

    @property
    def wanted(self) -> Wanted:
        """What the head takes of it."""
        return Wanted("s" if self.head in UNTRAINED else self.gives, calibrated=self.head != "words")

    @property
    def name(self) -> str:
        """Name on the board: the model's, the head, what the head takes of the model, and the prompt."""
        words = [f"{self.head}-{self.wanted.of}", *([Path(self.prompt).stem] if "s" in self.gives else [])]
        return f"{self._name_of_model} ({', '.join(words)})"

    @property
    def unseen(self) -> str:
        """What decides the answers beyond its identity, see `boss.models.llm.endpoint.Endpoint.unseen`."""
        model = self._model()
        return model.unseen if isinstance(model, Endpoint) else ""

    def options(self) -> dict[str, Any]:
        """Return the options that decide the answers: those of this backbone and this head."""
        read = {"backbone", "head", *OF_BACKBONE[self.kind], *OF_HEAD.get(self.head, ())}
        own = {name: value for name, value in options_of(self).items() if name in read}
        # Where a model stands does not count, its files do; of a prompt its words.
        places = (
            {"backbone": self._name_of_model} if self.kind == ENCODER else {"prompt": Path(self.prompt).stem}
        )
        return {**own, **places, **({"lm": self._name_of_model} if self.kind == LM else {})}

    def n_tunable(self, folder: Path) -> int | None:
        """Return how many numbers were fitted into a folder."""
        if not (folder / HEAD).is_file():
            return 0
        fixed = {"score_weight", *(["prototypes"] if self.prototypes == "fixed" else [])}
        return sum(array.size for name, array in load_arrays(folder / HEAD).items() if name not in fixed)

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the frozen model under a head.

        Raises:
            ConfigError: if the task has no labels of whole texts.
            BossError: if the model cannot be had, or does not give what is needed.
        """
        if task.kind != "classification" or len(task.fields) > 2:
            raise ConfigError(
                f"model=dect answers tasks of the kinds classification and pair, and {task.name} is of "
                "another kind; leave it out of task="
            )
        with self._said():
            start, shown = self._shown(task, cache)
        head = AsItIs(task, shown) if self.head in UNTRAINED else FromShots(task, shown, self._head())
        return Start(head, replace(start.particulars, id=self.name), start.origin)

    def _head(self) -> ShotHead:
        if self.head == "logistic":
            return Logistic(self.strength)
        return Decoder(self.dim, self.rate, self.steps, self.score_weight, self.prototypes)

    def _model(self) -> Pretrained | Asked | Endpoint:
        """Return the recipe of the frozen model."""
        length: dict[str, Any] = {} if self.max_length is None else {"max_length": self.max_length}
        if self.kind == SERVER:
            assert self.base_url is not None and self.lm is not None
            names = set(OF_BACKBONE[SERVER]) - {"lm", "base_url", "embeddings"}
            options: dict[str, Any] = {name: getattr(self, name) for name in names}
            return Endpoint(base_url=self.base_url, name=self.lm, answer="logprobs", **options)
        # Scores are taken as they are: whether they are calibrated is the head's to say.
        if self.kind == SMOLLM2:
            return SmolLM2(answer="logprobs", normalise="none", prompt=self.prompt, **length)
        if self.kind == LM:
            assert self.lm is not None
            asked: dict[str, Any] = {
                "answer": "logprobs",
                "normalise": "none",
                "prompt": self.prompt,
                **length,
            }
            return Local(path=self.lm, revision=self.revision, **asked)
        # Texts are read window by window, without overlap.
        if self.backbone in ENCODERS:
            return ENCODERS[self.backbone](stride=0, **length)
        return HuggingFace(path=self.backbone, revision=self.revision, stride=0, **length)

    def _shown(self, task: Task, cache: Path) -> tuple[Start, Shown]:
        model = self._model()
        if isinstance(model, Pretrained):
            return encoder(model, task, cache)
        if isinstance(model, Asked):
            return language_model(model, task, cache, self.wanted)
        return server(model, task, cache, self.wanted, self.embeddings)

    @property
    def _name_of_model(self) -> str:
        """Return the model's own name; of a folder its last part."""
        name = self._model().name
        folder = Path(name).expanduser()
        return folder.resolve().name if self.kind == LM and folder.is_dir() else name

    def _way(self, method: str | Method) -> str | Method:
        """Return the method: ``decoder`` of heads that are fitted, ``none`` of the others."""
        way = super()._way(method)
        right = "none" if self.head in UNTRAINED else "decoder"
        if method == "default":
            return right
        if way != right:
            raise ConfigError(
                f"model.head={self.head} goes with method={right}, got method={way}; leave method= out"
            )
        return way

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say what goes wrong with the frozen model in the words of this recipe's options."""
        words = {
            "model.path": "model.backbone" if self.kind == ENCODER else "model.lm",
            "model=minilm": "model.backbone=minilm",
            "model.answer=logprobs": f"model.backbone={self.backbone}",
            "model.answer=generate": f"model=endpoint model.name={self.lm} model.answer=generate",
            "and model.name": "and model.lm",
        }
        try:
            yield
        except (ConfigError, ModelError) as error:
            text = str(error)
            for theirs, ours in words.items():
                text = text.replace(theirs, ours)
            raise type(error)(text) from error
