import pytest

from boss.analysis.sweep import sweep
from boss.errors import ConfigError


def test_shots_steps_scale_and_tunable_are_varied_one_at_a_time() -> None:
    runs = sweep(
        "nli",
        ["model=minilm", "method=finetune", "model.lr=1e-5"],
        n_per_class=100,
        n_train=300,
        epochs=2,
        scale=["model=hf model.path=DIR"],
        tunable=["method=linear_probe"],
    )
    head = "python -m boss.eval task=nli attack=none"
    full = f"{head} model=minilm method=finetune model.lr=1e-5"
    assert [str(run) for run in runs] == [
        f"{full} model.epochs=2 n_train=4 seed=0",
        f"{full} model.epochs=2 n_train=16 seed=0",
        f"{full} model.epochs=2 n_train=64 seed=0",
        # 19 steps of 16 examples make an epoch.
        f"{full} model.epochs=2 model.max_steps=1 seed=0",
        f"{full} model.epochs=2 model.max_steps=4 seed=0",
        f"{full} model.epochs=2 model.max_steps=16 seed=0",
        f"{full} model.epochs=1 seed=0",
        f"{full} model.epochs=2 seed=0",
        f"{head} method=finetune model=hf model.path=DIR seed=0",
        f"{head} model=minilm model.lr=1e-5 model.epochs=2 method=linear_probe seed=0",
    ]
    assert [run.factor for run in runs] == ["shots"] * 3 + ["steps"] * 4 + ["scale"] * 2 + ["tunable"]


def test_every_seed_repeats_the_sweep() -> None:
    runs = sweep("ner", [], n_per_class=10, n_train=20, epochs=0, seeds=(0, 5))
    assert [str(run).rsplit(" ", 1)[1] for run in runs] == ["seed=0", "seed=0", "seed=5", "seed=5"]


def test_a_class_of_exactly_a_power_is_not_measured_twice() -> None:
    assert len(sweep("qa", [], n_per_class=16, n_train=64, epochs=0)) == 2  # 4 of each and all


def test_the_steps_of_an_epoch_are_those_of_the_batch_size_given() -> None:
    runs = sweep("qa", ["model.batch_size=32"], n_per_class=1, n_train=64, epochs=1)
    assert [run.factor for run in runs] == ["steps", "scale"]  # 1 of 2 steps, and all
    with pytest.raises(ConfigError, match="batch_size must be a whole number, at least 1, got 'none'"):
        sweep("qa", ["model.batch_size=none"], n_per_class=1, n_train=64, epochs=1)


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="epochs must be at least 0, got -1"):
        sweep("qa", [], n_per_class=8, n_train=64, epochs=-1)
    with pytest.raises(ConfigError, match="at least 1 example of a class, got 0 of 0"):
        sweep("qa", [], n_per_class=0, n_train=0, epochs=1)
