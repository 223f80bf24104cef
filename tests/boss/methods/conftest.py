from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from boss.data.types import Answer, Card, Example, Split
from boss.models.method import Course, LabelledWindow
from boss.models.pieces import Window
from boss.tasks import get_task

MOODS = {
    "positive": ("lovely", "great", "bright"),
    "negative": ("awful", "poor", "broken"),
    "neutral": ("wooden", "square", "grey"),
}
THINGS = ("lamp", "kettle", "story", "garden")
NAMES = ("Mira", "Otto", "Lena", "Pavel")
PLACES = ("Lisbon", "Oslo", "Quito", "Cairo")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: so small a network waits longer for the second than it gains."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def sentiment() -> list[Example]:
    rows = [(label, f"The {t} is {w}.") for label, ws in MOODS.items() for w in ws for t in THINGS]
    return [Example(f"s{i}", {"text": text}, label, f"s{i}") for i, (label, text) in enumerate(rows)]


def nli() -> list[Example]:
    rows = []
    for name in NAMES:
        for thing in THINGS:
            premise = f"{name} bought a {thing} in the morning."
            rows.append(("entailment", premise, f"{name} bought a {thing}."))
            rows.append(("contradiction", premise, f"Nobody bought a {thing}."))
    return [
        Example(f"n{i}", {"premise": one, "hypothesis": two}, label, one)
        for i, (label, one, two) in enumerate(rows)
    ]


def ner() -> list[Example]:
    gold = ("O", "B-person", "O", "O", "B-location", "O")
    rows = [("Yesterday", name, "flew", "to", place, ".") for name in NAMES for place in PLACES]
    return [Example(f"e{i}", {"tokens": tokens}, gold, f"e{i}") for i, tokens in enumerate(rows)]


def qa() -> list[Example]:
    out: list[Example] = []
    for name in NAMES:
        for place in PLACES:
            context = f"The sea was calm. {name} was born in {place}. It rained."
            inputs = {"question": f"Where was {name} born?", "context": context}
            out.append(Example(f"q{len(out)}", inputs, (Answer(place, context.index(place)),), context))
    return out


MAKERS = {"sentiment": sentiment, "nli": nli, "ner": ner, "qa": qa}


@pytest.fixture
def split() -> Callable[..., Split]:
    def make(task: str, examples: Sequence[Example] | None = None, name: str = "train") -> Split:
        card = Card(
            name=f"toy_{task}",
            suite="toy",
            task=task,
            role="id",
            title="own sentences",
            shift="none",
            source="written for the tests",
            url="",
            licence="MIT",
            labels=get_task(task).labels,
            label_mapping="as written",
        )
        own = tuple(MAKERS[task]() if examples is None else examples)
        return Split(card, name, own, "1", len(own))  # type: ignore[arg-type]

    return make


@pytest.fixture
def batch() -> list[LabelledWindow]:
    """Four windows of different lengths, of three classes."""
    made = []
    for i, n in enumerate((2, 3, 3, 4)):
        ids = np.arange(i + 1, i + 1 + n, dtype=np.int64)
        window = Window(ids, np.zeros_like(ids), np.zeros((n, 2), dtype=np.int64))
        made.append(LabelledWindow(window, np.array([i % 3], dtype=np.int64)))
    return made


@pytest.fixture
def course() -> Course:
    """A network small enough to be computed by hand: mean embedding, one hidden layer, three classes."""
    import torch
    from transformers import PretrainedConfig
    from transformers.modeling_outputs import SequenceClassifierOutput

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.ModuleDict(
                {"words": torch.nn.Embedding(9, 5), "dense": torch.nn.Linear(5, 4)}
            )
            self.head = torch.nn.Linear(4, 3)
            self.config = PretrainedConfig(hidden_size=4, tie_word_embeddings=False)
            self.device = torch.device("cpu")

        @property
        def base_model(self) -> Any:
            return self.body

        def get_input_embeddings(self) -> Any:
            return self.body["words"]

        def get_output_embeddings(self) -> None:
            return None

        def forward(
            self, input_ids: Any, attention_mask: Any, output_hidden_states: bool = False
        ) -> SequenceClassifierOutput:
            states = torch.tanh(self.body["dense"](self.body["words"](input_ids)))
            mean = (states * attention_mask[..., None]).sum(1) / attention_mask.sum(1, keepdim=True)
            return SequenceClassifierOutput(
                logits=self.head(mean), hidden_states=(states,) if output_hidden_states else None
            )

    def decisions(output: Any, batch: Sequence[LabelledWindow]) -> Any:
        return output.logits, torch.from_numpy(np.concatenate([item.target for item in batch]))

    with torch.random.fork_rng():
        torch.manual_seed(3)
        return Course(Net(), decisions, pad_id=0, types=False, bfloat16=False)
