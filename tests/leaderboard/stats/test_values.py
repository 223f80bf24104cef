from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from boss.metrics.intervals import N_RESAMPLES
from leaderboard.board.table import Choice, behind
from leaderboard.stats import values
from leaderboard.stats.values import Part, Sample, Values, parts_of, read_samples
from leaderboard.store.index import read_runs
from leaderboard.store.once import Once

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)
Write = Callable[..., Path]


def parts(runs: Path, key: str) -> dict[tuple[str, str], list[Part]]:
    measurements = behind(read_runs(runs).records, CHOICE)
    return parts_of(measurements[measurements["key"] == key])


def read(runs: Path, cache: Path, key: str = "ood_mean") -> dict[tuple[str, str], list[Sample] | str]:
    return read_samples(Values(cache, lambda run: runs / run), parts(runs, key))


def of(found: dict[tuple[str, str], list[Sample] | str], model: str) -> list[Sample]:
    """Return a model's samples; there must be some."""
    samples = found[model, "default"]
    assert not isinstance(samples, str)
    return samples


def two(write_answers: Write, tmp_path: Path) -> Path:
    """A is wrong on every fifth example, B on those and on the first two."""
    write_answers("b", lambda dataset, i, degree, dimension: i % 5 > 0 and i > 1)
    write_answers("a", lambda dataset, i, degree, dimension: i % 5 > 0 and degree < 0.3)
    return tmp_path / "runs"


def test_a_sample_is_the_number_and_what_it_becomes_on_other_examples(
    write_answers: Write, tmp_path: Path
) -> None:
    runs = two(write_answers, tmp_path)
    found = read(runs, tmp_path / "values")
    samples = of(found, "a")
    assert [sample.value for sample in samples] == pytest.approx([0.8, 0.8])
    assert [sample.n_units for sample in samples] == [20, 20]
    for sample in samples:
        assert sample.resampled.shape == (N_RESAMPLES,)
        # The mean of 20 answers, 80 % right, has a deviation of sqrt(0.16 / 20).
        assert sample.resampled.mean() == pytest.approx(0.8, abs=0.01)
        assert sample.resampled.std() == pytest.approx(np.sqrt(0.16 / 20), rel=0.1)


def test_models_on_the_same_examples_see_the_same_draws(write_answers: Write, tmp_path: Path) -> None:
    found = read(two(write_answers, tmp_path), tmp_path / "values")
    (a, other), (b, _) = of(found, "a"), of(found, "b")
    assert a.examples == b.examples != other.examples
    # B is wrong on one example more: in no draw is it better.
    assert (a.resampled >= b.resampled).all()
    assert (a.resampled > b.resampled).any()


def test_attacked_numbers_are_read_by_degree_and_area(write_answers: Write, tmp_path: Path) -> None:
    runs = two(write_answers, tmp_path)
    # 80 % right at 0 and 0.1, none at 0.3: the mean height is 0.8 up to 0.1 and 0.4 from there on.
    expected = {"attacked_ood_worst": 0.8, "attacked_ood_area_worst": (0.1 * 0.8 + 0.2 * 0.4) / 0.3}
    for key, value in expected.items():
        samples = of(read(runs, tmp_path / "values", key), "a")
        assert [sample.value for sample in samples] == pytest.approx([value] * 2)


def test_what_was_read_once_comes_from_the_cache(write_answers: Write, tmp_path: Path) -> None:
    runs = two(write_answers, tmp_path)
    wanted = parts(runs, "id")
    every = [part for of_model in wanted.values() for part in of_model]
    told: list[tuple[int, int]] = []
    values = Values(tmp_path / "values", lambda run: runs / run)
    first = read_samples(values, wanted, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    again = Values(tmp_path / "values", lambda run: tmp_path / "nowhere")
    assert again.missing(every) == []
    second = read_samples(again, wanted)
    for model in "ab":
        (before,), (after,) = of(first, model), of(second, model)
        np.testing.assert_array_equal(after.resampled, before.resampled)


def test_answers_that_are_missing_or_changed_are_said_to_be(write_answers: Write, tmp_path: Path) -> None:
    runs = two(write_answers, tmp_path)
    wanted = parts(runs, "ood_mean")
    a, b = (runs / wanted[name, "default"][0].run / "predictions" for name in "ab")
    for file in a.rglob("*.parquet"):
        file.write_bytes(file.read_bytes() + b"x")
    for file in b.rglob("*.parquet"):
        file.unlink()
    found = read(runs, tmp_path / "values")
    assert found["a", "default"] == "stored answers not readable"
    assert found["b", "default"] == "no stored answers"


@pytest.mark.parametrize("damage", [lambda text: b"half a file", lambda text: text[:-600], lambda text: b""])
def test_a_damaged_cache_file_is_made_again(
    write_answers: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = two(write_answers, tmp_path)
    first = of(read(runs, tmp_path / "values", "id"), "a")[0]
    files = {file: file.read_bytes() for file in (tmp_path / "values").rglob("*.arrow")}
    for file, content in files.items():
        file.write_bytes(damage(content))
    monkeypatch.setattr(values, "_COLUMNS", Once(10))  # another process has nothing in memory
    again = of(read(runs, tmp_path / "values", "id"), "a")[0]
    assert again.value == first.value
    np.testing.assert_array_equal(again.resampled, first.resampled)
    assert {file: file.read_bytes() for file in files} == files
    assert "is damaged" in caplog.text
