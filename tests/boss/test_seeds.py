import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from boss.errors import ConfigError
from boss.eval import with_seeds
from boss.results.store import find_runs, read_run
from boss.seeds import combine, main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def three(boss_eval: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("seeds")
    where = (f"output={folder / 'runs'}", f"cache={folder / 'cache'}")
    done = boss_eval("model=tfidf", "attack=none", "n_train=8", *where, "seeds=3")
    assert done.returncode == 0, done.stderr
    return folder / "runs", done.stdout


def test_seeds_runs_each_seed_and_ends_with_their_mean(three: tuple[Path, str]) -> None:
    runs, shown = three
    stored = [read_run(path) for path in find_runs(runs)]
    assert sorted(run.run.seed for run in stored) == [0, 1, 2]
    assert all(d.subset == f"8-shot:{r.run.seed}" for r in stored for d in r.run.data if d.split == "train")
    assert {d.n for r in stored for d in r.run.data if d.split == "train"} == {24}
    assert "seeds 0, 1, 2; SD between seeds; 95 % intervals over seeds and sources" in shown
    (home, _) = combine([runs])
    accuracy = home.numbers[0]
    by_seed = {
        run.run.seed: r.score.value
        for run in stored
        for r in run.records
        if r.measurement.role == "id" and r.score.metric == "accuracy"
    }
    assert dict(zip(accuracy.seeds, accuracy.values, strict=True)) == by_seed
    assert f"{100 * accuracy.mean:.1f} [" in shown.rsplit("of each seed", 1)[1]


def test_the_numbers_are_there_as_json(three: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    runs, _ = three
    assert main([str(runs), "--output", "json"]) == 0
    home, away = json.loads(capsys.readouterr().out)
    assert (home["dataset"], home["role"], away["role"]) == ("toy_reviews", "id", "ood")
    first = home["numbers"][0]
    assert (first["metric"], first["aggregate"], first["seeds"]) == ("accuracy", "clean", [0, 1, 2])
    assert first["ci"]["low"] <= first["mean"] <= first["ci"]["high"]


def test_a_run_that_stands_there_twice_counts_once(three: tuple[Path, str]) -> None:
    runs, _ = three
    assert combine([runs, runs]) == combine([runs])


def test_runs_that_differ_in_more_than_the_seed_are_not_put_together(
    three: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one = find_runs(three[0])[0]
    assert main([str(one)]) == 1
    assert "no two runs under" in capsys.readouterr().err


def test_seeds_is_a_sweep_over_as_many() -> None:
    def expanded(*words: str) -> Sequence[str]:
        return with_seeds(words)

    assert expanded("model=tfidf", "seeds=3") == ["model=tfidf", "seed=0,1,2", "--multirun"]
    assert expanded("model=tfidf", "seed=4") == ["model=tfidf", "seed=4"]
    for words in (["seeds=1"], ["seeds=two"], ["seeds=2", "seeds=3"]):
        with pytest.raises(ConfigError, match="seeds must be one whole number, at least 2, got"):
            expanded(*words)
    with pytest.raises(ConfigError, match="leave out seed="):
        expanded("seeds=2", "seed=1")
