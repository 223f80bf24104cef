"""``python -m boss.regenerate``: every input of a run made again, and what a forger would have to fake."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boss.data.suite import load_suite
from boss.regenerate import Cell, main, regenerate
from boss.results.parts import part_path, provenance, read_parts, write_part
from boss.results.store import read_run
from boss.results.trim import trim
from boss.texts import rows_of

ROOT = Path(__file__).parents[2]
CONF = ROOT / "tests" / "conf"
Rows = list[dict[str, Any]]
Measure = Callable[..., Path]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory, measured_toy: Measure, cache: Path) -> Path:
    return measured_toy(tmp_path_factory.mktemp("ruled"), cache, "task=all", "attack=[typo,synonym]")


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, measured_toy: Measure, cache: Path) -> Path:
    words = ("task=[sentiment,nli]", "attack=typo", "access=score", "query_budget=40")
    return measured_toy(tmp_path_factory.mktemp("searched"), cache, *words)


def cells(path: Path, cache: Path) -> dict[str, Cell]:
    return {cell.measurement: cell for cell in regenerate(read_run(path), [CONF], cache)}


@pytest.fixture
def forged(tmp_path: Path) -> Callable[[Path, str, Callable[[Rows], None]], Path]:
    """Return a copy of a run in which the rows of one measurement were edited."""

    def forge(path: Path, name: str, edit: Callable[[Rows], None]) -> Path:
        copy = tmp_path / "forged"
        shutil.copytree(path, copy, dirs_exist_ok=True)
        table, cost = read_parts(copy, name)
        rows = table.to_pylist()
        edit(rows)
        record = next(r for r in read_run(copy).records if r.measurement.name == name)
        made = pa.Table.from_pylist(rows, schema=table.schema)
        write_part(part_path(copy, name, 0), made, cost, provenance(record.measurement, record.model))
        return copy

    return forge


def test_all_inputs_of_an_honest_run_are_made_again(ruled: Path, cache: Path, capsys: Any) -> None:
    found = cells(ruled, cache)
    assert len(found) == 5 * 2 * 3
    for name, cell in found.items():
        assert cell.ok and cell.n_made == cell.n_inputs and not (cell.n_measured or cell.left), (name, cell)
    assert sum(cell.n_inputs for name, cell in found.items() if "typo" in name) == 5 * 2 * 4 * (1 + 2 * 2)


def test_a_trimmed_run_is_held_against_digests_cut_short(
    measured_toy: Measure, cache: Path, tmp_path: Path
) -> None:
    path = measured_toy(tmp_path / "runs", cache, "task=[sentiment,qa]", "attack=typo")
    found = cells(trim(path, tmp_path / "trimmed"), cache)
    assert found and all(cell.ok for cell in found.values())


TYPO = "sentiment/toy_posts/typo-malicious-rule-text"


def test_each_thing_that_is_forged_is_found(ruled: Path, cache: Path, forged: Any) -> None:
    names = {cell for cell in cells(ruled, cache) if cell.startswith("sentiment/toy_posts/typo")}
    [name] = names

    def found(edit: Callable[[Rows], None], measurement: str = name) -> Cell:
        return cells(forged(ruled, measurement, edit), cache)[measurement]

    copies = lambda rows: [row for row in rows if row["degree"]]  # noqa: E731
    padded = found(lambda rows: [r.update(input_sha256=r["input_sha256"][:12].ljust(64, "0")) for r in rows])
    assert not padded.ok and padded.n_differing == padded.n_inputs == 20
    assert "another input" in padded.differing[0]
    assert found(lambda rows: copies(rows)[0].update(distance=0.0)).n_differing == 1
    assert "unperturbable True" in found(lambda r: copies(r)[0].update(unperturbable=True)).differing[0]
    assert "the run has no such input" in found(lambda rows: rows.remove(copies(rows)[-1])).differing[0]
    assert found(lambda rows: rows.append(dict(rows[0]))).left == "1 input of it stand there twice"
    invented = found(lambda rows: rows[0].update(example_id="toy_posts-none"))
    assert {"the run has no such input", "no such input is made"} == {
        line.partition(": ")[2] for line in invented.differing
    }
    clean = "sentiment/toy_posts/clean"
    flipped = {"positive": "negative", "negative": "neutral", "neutral": "positive"}
    relabelled = found(lambda rows: [r.update(label=flipped[r["label"]]) for r in rows[:3]], clean)
    assert relabelled.n_differing == 3 and "another label" in relabelled.differing[0]
    # The answers are nobody's to make again: that is what a rerun is for.
    assert found(lambda rows: [r.update(prediction=r["label"]) for r in rows], clean).ok


def test_copies_that_a_model_chose_are_measured(searched: Path, cache: Path, forged: Any) -> None:
    found = cells(searched, cache)
    attacked = {name: cell for name, cell in found.items() if not name.endswith("/clean")}
    assert len(attacked) == 4
    for cell in attacked.values():
        assert cell.ok and (cell.n_made, cell.n_measured) == (4, 16), cell
    name = next(iter(attacked))

    def found_of(edit: Callable[[Rows], None]) -> Cell:
        return cells(forged(searched, name, edit), cache)[name]

    from boss.data.suite import load_suite

    example = next(
        e
        for split in load_suite("toy", [CONF], cache).load("sentiment").tests
        for e in split.examples
        if name.split("/")[1] == split.dataset
    )

    def far(rows: Rows) -> None:
        row = next(r for r in rows if r["example_id"] == example.id and r["degree"])
        text = "quite another text than this one"
        row.update(text=text, input_sha256=example.with_input("text", text).input_sha256)

    row = next(r for r in read_run(searched).predictions(name).to_pylist() if r["degree"])
    if row["example_id"] != example.id:
        example = next(
            e
            for split in load_suite("toy", [CONF], cache).load("sentiment").tests
            for e in split.examples
            if e.id == row["example_id"]
        )
    beyond = found_of(far)
    assert beyond.n_differing == 1 and not beyond.ok

    def other_text(rows: Rows) -> None:
        next(r for r in rows if r["degree"]).update(text="a text that was not answered")

    assert "not the input that was answered" in found_of(other_text).differing[0]

    def nothing(rows: Rows) -> None:
        for r in rows:
            r.update(text=None)

    hidden = found_of(nothing)
    assert not hidden.ok and (hidden.n_made, hidden.n_measured, hidden.n_differing) == (4, 0, 0)
    assert hidden.left.startswith("16 copies: chosen by asking the model (score access)")
    fewer = found_of(lambda rows: rows.remove(next(r for r in rows if r["degree"])))
    assert "15 copies where the settings make 16" in fewer.differing


def test_the_command_says_what_was_made(
    ruled: Path, cache: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(cache))
    assert main([str(ruled), f"--config-dir={CONF}", "--output=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(cell["ok"] for cell in told) and len(told) == 30
    assert main([str(ruled), f"--config-dir={CONF}"]) == 0
    assert "every input is what data and seeds make" in capsys.readouterr().out
    monkeypatch.setenv("BOSS_CACHE", str(tmp_path))  # where nothing was made yet
    assert main([str(ruled)]) == 1  # the suite is not known without its folder
    assert "unknown suite 'toy'" in capsys.readouterr().out
    assert main([str(ruled / "nowhere")]) == 1
    assert "error:" in capsys.readouterr().err


def test_a_suite_is_read_once_however_many_measurements_there_are(
    searched: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(name: str, *others: Any, **options: Any) -> Any:
        asked.append(name)
        return load_suite(name, *others, **options)

    for module in ("boss.regenerate", "boss.texts"):
        monkeypatch.setattr(f"{module}.load_suite", counted)
    assert len(cells(searched, cache)) > 2
    assert asked == ["toy"]


def test_what_runs_have_in_common_is_made_once_and_each_run_has_its_line(
    ruled: Path, cache: Path, forged: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(cache))
    names = [measurement.name for measurement in read_run(ruled).measurements()]
    attacked = next(name for name in names if "typo" in name)

    def edit(rows: Rows) -> None:
        next(row for row in rows if row["degree"])["input_sha256"] = "0" * 64

    other = forged(ruled, attacked, edit)
    made: list[str] = []

    def counted(task: Any, split: Any, measurement: Any) -> Any:
        made.append(measurement.name)
        return rows_of(task, split, measurement)

    monkeypatch.setattr("boss.regenerate.rows_of", counted)
    assert main([str(ruled), str(other), f"--config-dir={CONF}", "--output=jsonl"]) == 1
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["run"], second["run"]) == (str(ruled), str(other))
    assert all(cell["ok"] for cell in first["cells"])
    assert [cell["measurement"] for cell in second["cells"] if not cell["ok"]] == [attacked]
    assert sorted(made) == sorted(names)  # each once for both
