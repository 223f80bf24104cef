import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.results.store import read_run
from leaderboard.submission import reference
from leaderboard.submission.check import References, check
from leaderboard.submission.content import clean_answers
from leaderboard.submission.reference import Summaries, codes_of, examples_digest
from leaderboard.submission.summary import summarise

MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as another process does."""
    monkeypatch.setattr(reference, "_KNOWN", type(reference._KNOWN)())


def refuse(*_: Any) -> Any:
    raise AssertionError("a run was read again")


def test_codes_are_equal_where_answers_are_and_none_is_nothing() -> None:
    a, b, again, none = codes_of(["positive", "negative", "positive", None])
    assert a == again
    assert len({int(a), int(b), int(none)}) == 3
    assert none == 0


def test_a_summary_comes_back_as_it_was_and_without_the_run(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run()
    first = Summaries(tmp_path / "kept", summarise).of(run)
    forget(monkeypatch)
    again = Summaries(tmp_path / "kept", refuse).of(run)
    for name in ("path", "run_id", "model", "names", "measurements", "gaps", "successes"):
        assert getattr(again, name) == getattr(first, name)
    assert again.answers.keys() == first.answers.keys()
    for key, (digest, codes) in first.answers.items():
        assert again.answers[key][0] == digest
        assert again.answers[key][1].tolist() == codes.tolist()


def test_the_answers_of_a_summary_are_those_of_the_run(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    summary, stored = Summaries(None, summarise).of(run), read_run(run)
    for key in summary.answers:
        answers = clean_answers(stored.predictions(summary.measurements[key]))
        names = sorted(answers)
        codes = summary.codes(key, names)
        assert codes is not None
        assert codes.tolist() == codes_of([answers[name] for name in names]).tolist()
        some = names[3:9]  # other examples than it summed up: its predictions are read
        assert examples_digest(some) != summary.answers[key][0]
        found = summary.codes(key, [*some, "none of its"])
        assert found is not None
        assert found.tolist() == codes_of([*(answers[name] for name in some), None]).tolist()
    assert summary.codes("no measurement of it", ["a"]) is None


def test_a_changed_run_is_read_again(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    summaries = Summaries(tmp_path / "kept", summarise)
    first = summaries.of(run)
    assert summaries.of(run) is first
    text = (run / "run.json").read_text()
    (run / "run.json").write_text(text.replace("run-1", "run-other"))
    assert summaries.of(run).run_id == "run-other"


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:-9]])
def test_a_damaged_summary_is_made_again(
    make_run: MakeRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = make_run()
    first = Summaries(tmp_path / "kept", summarise).of(run)
    (file,) = (tmp_path / "kept").iterdir()
    content = file.read_bytes()
    file.write_bytes(damage(content))
    forget(monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert Summaries(tmp_path / "kept", summarise).of(run).gaps == first.gaps
    assert "is damaged" in caplog.text
    assert file.read_bytes() == content


def test_a_check_finds_the_same_out_of_summaries_and_reads_no_accepted_run(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = tuple(make_run(f"lab/{i}", run_id=f"run-{i}", start=3 * i) for i in range(1, 7))
    copied = make_run("lab/copied", run_id="run-copied", start=3)
    fresh = check(copied, References(accepted=accepted))
    assert "near_duplicate_predictions" in {finding.code for finding in fresh.findings}
    kept = References(accepted=accepted, kept=tmp_path / "kept")
    forget(monkeypatch)
    assert check(copied, kept).findings == fresh.findings
    forget(monkeypatch)
    monkeypatch.setattr(reference, "read_run", refuse)
    assert check(copied, kept).findings == fresh.findings


def test_an_accepted_run_that_is_gone_is_a_finding(make_run: MakeRun, tmp_path: Path) -> None:
    report = check(make_run(), References(accepted=(tmp_path / "gone",)))
    assert "cannot be read" in str(report.findings[-1])
