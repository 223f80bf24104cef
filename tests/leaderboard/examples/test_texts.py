import hashlib
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.data.sources import default_cache
from boss.data.suite import load_suite, subset
from boss.measurement import Measurement
from boss.paths import conf_dir
from boss.results.texts import KEY, clean, texts_file
from leaderboard.examples import texts as module
from leaderboard.examples.texts import OFF, ready, texts_of
from leaderboard.stats.compare import Side, read_side, rows_of

DATA = default_cache()
"""As it is before a test has a cache of its own."""

WriteAnswers = Callable[..., Path]
CLEAN = ("sentiment/reviews/clean", "accuracy", "clean", None)
WORST = ("sentiment/reviews/typo-malicious-rule-default", "accuracy", "worst", 0.3)
FIRST = "Letter 0 of the <b>reviews</b> folder says good things."
"""Of the runs of conftest.py: the text of example reviews-000; a copy at 0.3 has six letters s more."""


@pytest.fixture
def side(write_answers: WriteAnswers) -> Callable[..., Side]:
    def read(what: Any = CLEAN, **settings: Any) -> Side:
        return read_side(write_answers("a", lambda *_: True, n=3, **settings), *what)

    return read


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", run)


def keep(one: Side, cache: Path, texts: list[str], *, copies: bool) -> None:
    """Put a file of texts into the cache as ``boss.texts`` does: of the clean rows, or of all."""
    rows = rows_of(one)
    rows = rows if copies else rows[rows["degree"] == 0]
    measurement = one.record.measurement
    path = texts_file(cache, measurement if copies else clean(measurement))
    path.parent.mkdir(parents=True, exist_ok=True)
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    table = rows[[*KEY, "label"]].assign(input_sha256=digests, text=texts)
    table.to_parquet(path, index=False)


def stored(side: Callable[..., Side], what: Any) -> list[str]:
    return [str(text) for text in rows_of(side(what))["text"]]


@pytest.mark.usefixtures("no_process")
def test_texts_that_the_run_holds_are_shown_at_once(side: Callable[..., Side]) -> None:
    one = side(WORST)
    found = texts_of(one.record.measurement, rows_of(one), on=True)
    assert found.of("reviews-000", 0, 0.0) == {"text": FIRST}
    assert found.of("reviews-000", 0, 0.3) == {"text": FIRST + "ssssss"}
    assert (found.attacked, found.reason, found.command) == ("text", "", "")


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize("what", [CLEAN, WORST])
@pytest.mark.parametrize("store_text", [True, False])
def test_a_site_that_shows_no_texts_shows_none_says_so_and_starts_nothing(
    side: Callable[..., Side], cache: Path, what: Any, store_text: bool
) -> None:
    texts = stored(side, what)
    one = side(what, store_text=store_text)
    keep(one, cache, texts, copies=True)
    found = texts_of(one.record.measurement, rows_of(one), on=False)
    assert len(found.rows) == len(rows_of(one)) and list(found.rows.columns) == ["text"]
    assert found.rows["text"].isna().all() and found.of("reviews-000", 0, 0.0) == {}
    assert (found.labels, found.reason, found.command) == ({}, OFF, "python -m leaderboard --texts")


@pytest.mark.usefixtures("no_process")
def test_texts_come_from_the_cache_where_their_digest_is_the_one_answered(
    side: Callable[..., Side], cache: Path
) -> None:
    texts = stored(side, CLEAN)
    one = side(store_text=False)
    before = ready(one.record.measurement)
    keep(one, cache, [texts[0], "another text", texts[2]], copies=False)
    assert ready(one.record.measurement) != before
    found = texts_of(one.record.measurement, rows_of(one), on=True)
    assert found.of("reviews-000", 0, 0.0) == {"text": FIRST}
    assert found.of("reviews-001", 0, 0.0) == {}
    assert "1 of 3 texts made here are not those that were answered" in found.reason
    assert found.labels == {"reviews-000": "negative", "reviews-002": "negative"}


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize(("digits", "known"), [(12, 9), (11, 0), (0, 0)])
def test_a_shortened_digest_of_twelve_digits_is_enough_and_a_shorter_one_is_none(
    side: Callable[..., Side], cache: Path, digits: int, known: int
) -> None:
    texts = stored(side, WORST)
    one = side(WORST, store_text=False)
    keep(one, cache, texts, copies=True)
    rows = rows_of(one)
    rows["input_sha256"] = rows["input_sha256"].str[:digits]
    assert texts_of(one.record.measurement, rows, on=True).rows["text"].notna().sum() == known


@pytest.mark.usefixtures("no_process")
def test_copies_found_by_asking_the_model_have_a_reason_and_their_clean_text(
    side: Callable[..., Side], cache: Path
) -> None:
    texts = stored(side, WORST)
    one = side(WORST, store_text=False)
    attack = one.record.measurement.attack
    assert attack is not None
    measurement = one.record.measurement.model_copy(
        update={"attack": attack.model_copy(update={"access": "score"})}
    )
    keep(one, cache, texts[::3], copies=False)
    found = texts_of(measurement, rows_of(one), on=True)
    assert found.of("reviews-000", 0, 0.0) == {"text": FIRST}
    assert found.of("reviews-000", 0, 0.3) == {}
    assert "chosen by asking the model (score access)" in found.reason


def test_the_reason_of_the_command_reaches_the_page(side: Callable[..., Side]) -> None:
    one = side(store_text=False)
    unknown = one.record.measurement.model_copy(update={"suite": "unheard-of"})
    found = texts_of(unknown, rows_of(one), on=True)
    assert "unknown suite 'unheard-of'" in found.reason
    assert '"suite":"unheard-of"' in found.command


HOSTILE = "../../etc; rm -rf ~ '$(id)' --config-dir=/"


def test_a_hostile_name_is_part_of_one_word_of_the_command(
    side: Callable[..., Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], bool]] = []

    def run(words: list[str], *, shell: bool = False, **_: Any) -> Any:
        started.append((words, shell))
        return subprocess.CompletedProcess(words, 1, "", "error: no")

    monkeypatch.setattr(subprocess, "run", run)
    one = side(store_text=False)
    hostile = one.record.measurement.model_copy(update={"dataset": HOSTILE})
    found = texts_of(hostile, rows_of(one), on=True)
    [(words, shell)] = started
    assert not shell
    assert words[:-1] == [sys.executable, "-P", "-m", "boss.texts"]
    assert Measurement.model_validate_json(words[-1], strict=True) == hostile
    assert shlex.split(found.command) == ["python", "-m", "boss.texts", words[-1]]


def test_a_hostile_name_opens_nothing(side: Callable[..., Side], cache: Path) -> None:
    one = side(store_text=False)
    hostile = one.record.measurement.model_copy(update={"dataset": HOSTILE})
    found = texts_of(hostile, rows_of(one), on=True)
    assert f"unknown dataset {HOSTILE!r}" in found.reason
    assert not list((cache / "texts").glob("*.parquet"))


def test_a_command_that_takes_too_long_is_stopped(
    side: Callable[..., Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.01)
    one = side(store_text=False)
    found = texts_of(one.record.measurement, rows_of(one), on=True)
    assert "making the texts took over 0.01 s; run the command by hand" in found.reason


def test_no_row_is_lost_and_none_is_added(side: Callable[..., Side]) -> None:
    rows = rows_of(side(WORST))
    assert isinstance(rows, pd.DataFrame)
    assert len(rows) == 3 * 3 and not rows[KEY].duplicated().any()


@pytest.mark.data
def test_texts_that_no_run_and_no_file_holds_are_made_of_the_data_in_the_cache(
    side: Callable[..., Side], cache: Path
) -> None:
    splits, failures = load_suite("mini", [conf_dir()], DATA).splits("sentiment")
    assert not failures
    found = next(split for split in splits if (split.dataset, split.split) == ("tweets", "test"))
    split = subset(found, 3, 0)
    cache.mkdir()
    (cache / "packages").symlink_to(DATA / "packages")
    update = {
        "dataset": split.dataset,
        "subset": split.subset,
        "dataset_sha256": split.sha256,
    }
    rows = pd.DataFrame(
        {
            "example_id": [example.id for example in split.examples],
            "variant": 0,
            "degree": 0.0,
            "input_sha256": [example.input_sha256 for example in split.examples],
            "text": None,
        }
    )
    texts = texts_of(side().record.measurement.model_copy(update=update), rows, on=True)
    assert texts.reason == ""
    for example in split.examples:
        assert texts.of(example.id, 0, 0.0) == {"text": example.text("text")}
