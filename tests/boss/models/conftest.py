from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boss.data.types import Answer, Card, Example, Split
from boss.tasks import get_task

GOOD = ("lovely", "great", "bright", "sweet")
BAD = ("awful", "poor", "broken", "bitter")
PLAIN = ("wooden", "square", "grey", "weekly")
THINGS = ("lamp", "kettle", "story", "garden", "ticket", "song")
NAMES = ("Mira", "Otto", "Lena", "Pavel")
PLACES = ("Lisbon", "Oslo", "Quito", "Cairo")

MakeSplit = Callable[..., Split]


def make_split(task: str, examples: list[Example], split: str = "train") -> Split:
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
    return Split(card, split, tuple(examples), "1", len(examples))  # type: ignore[arg-type]


def sentiment() -> list[Example]:
    words = [("positive", GOOD), ("negative", BAD), ("neutral", PLAIN)]
    rows = [(label, f"The {t} is {w}.") for label, ws in words for w in ws for t in THINGS]
    return [Example(f"s{i}", {"text": text}, label, f"s{i}") for i, (label, text) in enumerate(rows)]


def toxicity() -> list[Example]:
    rows = [("toxic", f"You {w} fool, keep your {t}.") for w in BAD for t in THINGS]
    rows += [("benign", f"Thank you for the {w} {t}.") for w in GOOD for t in THINGS]
    return [Example(f"t{i}", {"text": text}, label, f"t{i}") for i, (label, text) in enumerate(rows)]


def nli() -> list[Example]:
    rows = []
    for name in NAMES:
        for thing in THINGS:
            premise = f"{name} bought a {thing} in the morning."
            rows.append(("entailment", premise, f"{name} bought a {thing}."))
            rows.append(("neutral", premise, f"{name} likes every shop in town."))
            rows.append(("contradiction", premise, f"Nobody bought a {thing}."))
    return [
        Example(f"n{i}", {"premise": one, "hypothesis": two}, label, one)
        for i, (label, one, two) in enumerate(rows)
    ]


def ner() -> list[Example]:
    rows = []
    for name in NAMES:
        for place in PLACES:
            rows.append(
                (
                    ("Yesterday", name, "Berg", "flew", "to", place, "."),
                    "O B-person I-person O O B-location O",
                )
            )
    return [Example(f"e{i}", {"tokens": t}, tuple(g.split()), f"e{i}") for i, (t, g) in enumerate(rows)]


def qa() -> list[Example]:
    out = []
    for i, name in enumerate(NAMES):
        for j, place in enumerate(PLACES):
            context = f"The sea was calm. {name} Berg was born in {place}. Later the rain came."
            gold = (Answer(place, context.index(place)),)
            inputs = {"question": f"Where was {name} Berg born?", "context": context}
            out.append(Example(f"q{i}{j}", inputs, gold, context))
    return out


MAKERS = {"sentiment": sentiment, "toxicity": toxicity, "nli": nli, "ner": ner, "qa": qa}


@pytest.fixture(scope="session")
def tiny_lm(tmp_path_factory: pytest.TempPathFactory, tiny_roberta: Path) -> Path:
    """Return the folder of a GPT-2 of one layer."""
    import torch
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

    folder = tmp_path_factory.mktemp("models") / "tiny_lm"
    tokenizer = AutoTokenizer.from_pretrained(tiny_roberta)
    tokenizer.save_pretrained(folder)
    ends = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=1024,
        n_embd=24,
        n_layer=1,
        n_head=2,
        bos_token_id=0,
        eos_token_id=ends,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: so small a network waits longer for the second than it gains."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def examples() -> Callable[[str], list[Example]]:
    return lambda task: MAKERS[task]()


@pytest.fixture
def split() -> MakeSplit:
    def make(task: str, examples: list[Example] | None = None, name: str = "train") -> Split:
        return make_split(task, MAKERS[task]() if examples is None else examples, name)

    return make
