"""Copies that a search made on one model, asked of another: ``attack.from=RUN``."""

import dataclasses
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from boss.config import with_from
from boss.data.suite import load_suite
from boss.data.types import Split
from boss.errors import BossError, ConfigError, DataError, ResultError
from boss.measurement import AttackSettings, Transferred
from boss.results.parts import digest_of_parts
from boss.results.rescore import rescore
from boss.results.schema import Record
from boss.results.store import StoredRun, find_runs, read_run
from boss.results.texts import why_no_copies
from boss.results.trim import trim
from boss.run_copies import RunCopies
from boss.tasks import TASKS
from boss.transfer import Transfer, transfer_from
from leaderboard.board.table import Choice, board
from leaderboard.ship import name_of
from leaderboard.store.index import read_runs
from leaderboard.submission.claims import _names
from robtest.types import Text

ROOT = Path(__file__).parents[2]
CONF = ROOT / "tests" / "conf"
TASK = TASKS["sentiment"]
Number = tuple[str, str | None, str, str, float | None]
ATTACKED = ("degrees=[0.1,0.3]", "n_attacked=6", "n_variants=2")
Measure = Callable[..., Path]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transfer")


@pytest.fixture(scope="module")
def measure(place: Path) -> Measure:
    """Run the command in a folder of its own name and return the run."""

    def run(name: str, *words: str) -> Path:
        done = command(*words, f"output={place / name}", f"cache={place / 'cache'}")
        assert done.returncode == 0, done.stderr
        return find_runs(place / name)[-1]

    return run


def command(*words: str) -> subprocess.CompletedProcess[str]:
    first = [sys.executable, "-m", "boss.eval", f"--config-dir={CONF}", "suite=toy"]
    return subprocess.run([*first, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def source(measure: Measure) -> Path:
    """A search by scores on a model, and one attack that needs none."""
    return measure(
        "source", "model=tfidf", "attack=[typo,glyph]", "access=score", "query_budget=40", *ATTACKED
    )


@pytest.fixture(scope="module")
def same(source: Path, measure: Measure) -> Path:
    return measure("same", "model=tfidf", f"attack.from={source}")


@pytest.fixture(scope="module")
def constant(source: Path, measure: Measure) -> Path:
    return measure("constant", "model=majority", "attack=typo", f"attack.from={source}")


@pytest.fixture(scope="module")
def unguided(measure: Measure) -> Path:
    return measure("unguided", "model=majority", "attack=typo", *ATTACKED)


def numbers(run: StoredRun) -> dict[Number, Record]:
    return {
        (
            record.measurement.dataset,
            None if record.measurement.attack is None else record.measurement.attack.name,
            record.score.metric,
            record.score.aggregate,
            record.score.degree,
        ): record
        for record in run.records
    }


def attack_of(record: Record) -> AttackSettings:
    assert record.measurement.attack is not None
    return record.measurement.attack


def attacked(run: StoredRun) -> list[Record]:
    return [record for record in run.records if record.measurement.attack is not None]


def test_asked_of_the_model_they_were_made_for_copies_give_its_own_numbers(source: Path, same: Path) -> None:
    one, other = read_run(source), read_run(same)
    here, there = numbers(one), numbers(other)
    assert here.keys() == there.keys() and len(attacked(one)) > 0
    assert [here[key].score for key in here] == [there[key].score for key in here]
    assert [s.value for s in one.summaries()] == [s.value for s in other.summaries()]
    assert [s.ci for s in one.summaries()] == [s.ci for s in other.summaries()]


def test_a_transferred_number_says_whose_copies_it_is_of_and_is_another_measurement(
    source: Path, same: Path
) -> None:
    one, other = read_run(source), read_run(same)
    model = one.records[0].model
    origin = Transferred(run=one.run.run_id, model="tfidf", fingerprint=model.fingerprint, access="score")
    for key, record in numbers(other).items():
        mine = numbers(one)[key]
        if record.measurement.attack is None:
            assert record.measurement == mine.measurement
            continue
        taken = attack_of(mine).model_copy(update={"access": "rule", "transferred": origin})
        assert record.measurement == mine.measurement.model_copy(update={"attack": taken})
        assert record.measurement.id != mine.measurement.id
        assert record.record_id != mine.record_id
        said = mine.measurement.differences(record.measurement, (record.score.aggregate, record.score.degree))
        assert "model that the copies were made for: none and tfidf" in said
        # Each text once, none of them searched for: the clean one and at most 2 variants at 2 degrees.
        assert record.cost.n_forward <= 6 * (1 + 2 * 2) < mine.cost.n_forward


def test_what_is_not_transferred_has_no_word_of_it_in_its_records(source: Path, same: Path) -> None:
    for name in ("records.jsonl", "summaries.jsonl"):
        assert "transferred" not in (source / name).read_text()
        assert "transferred" in (same / name).read_text()


def test_a_constant_model_is_fooled_by_no_copy_of_another_models(constant: Path) -> None:
    stored = read_run(constant)
    assert {attack_of(record).name for record in attacked(stored)} == {"typo"}
    rates = [r.score for r in attacked(stored) if r.score.aggregate == "attack_success_rate"]
    assert rates and all(rate.value == 0 and rate.n_scored > 0 for rate in rates)
    for record in attacked(stored):
        if record.score.aggregate in ("average", "worst"):
            clean = numbers(stored)[
                record.measurement.dataset, "typo", record.score.metric, record.score.aggregate, 0.0
            ]
            assert record.score.value == clean.score.value


def test_the_tables_and_the_page_say_whose_copies_they_are(same: Path, constant: Path) -> None:
    for run in (same, constant):
        page = (run / "report.md").read_text()
        assert "transferred from tfidf (score access)" in page.replace("\\", "")


def test_transferred_runs_are_recomputed_from_their_predictions(same: Path, constant: Path) -> None:
    for run in (same, constant):
        report = rescore(run)
        assert report.ok and report.n_records > 0


def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_bytes(constant: Path, place: Path) -> None:
    parts = sorted(constant.glob("predictions/sentiment/*/typo-*/part-*.parquet"))
    kept = {path: path.read_bytes() for path in (*parts, constant / "records.jsonl")}
    assert len(parts) == 2
    manifest = json.loads((constant / "run.json").read_text())
    (constant / "run.json").write_text(json.dumps({**manifest, "status": "interrupted", "finished_at": None}))
    parts[0].unlink()
    given = [word for word in manifest["overrides"] if not word.startswith("suite=")]
    done = command(*given)
    assert done.returncode == 0 and "Continuing" in done.stderr, done.stderr
    assert {path: path.read_bytes() for path in kept} == kept


def test_what_was_taken_over_already_is_still_of_its_first_model(constant: Path) -> None:
    transfer = taken(constant)
    origin = transfer.attack_settings(TASK)["typo"].transferred
    assert origin is not None and origin.model == "tfidf" and origin.access == "score"
    assert origin.run != read_run(constant).run.run_id


def test_the_board_shows_transferred_numbers_apart_and_ranks_them_apart(place: Path, constant: Path) -> None:
    found = read_runs(place)
    assert not found.problems
    rows = found.records
    names = set(rows["attack"].dropna())
    searched, transferred = "typo, score access", "typo, transferred from tfidf (score access)"
    assert {searched, transferred, "all attacks, transferred from tfidf (score access)"} <= names
    for name, models in ((searched, {"tfidf"}), (transferred, {"tfidf", "majority"})):
        table = board(rows, Choice("toy", "sentiment", name, "malicious", 0.1))
        shown = table[table["attacked_id_worst"].notna()]
        assert set(shown["model"]) == models
        assert (shown["attacked_id_worst_mark"] == "").all()


# -- where the texts come from


def taken(run: Path, *named: str, folders: Path = CONF) -> Transfer:
    cache = run.parents[3] / "cache"
    return transfer_from(str(run), named, [TASK], [folders], cache)


def whole(transfer: Transfer) -> list[Split]:
    splits, missing = load_suite("toy", [CONF], transfer.cache).splits("sentiment")
    assert not missing
    return [split for split in splits if split.split == "test"]


def read(transfer: Transfer, split: Split, name: str = "typo") -> tuple[Split, RunCopies]:
    chosen, _, copies = transfer.copies(TASK, name, split)
    copies.prepare([])
    return chosen, copies


def trimmed(run: Path, tmp_path: Path) -> Path:
    return trim(run, tmp_path / "place" / "runs")


def test_texts_are_those_of_the_run_to_the_letter(source: Path) -> None:
    transfer = taken(source, "typo")
    for split in whole(transfer):
        chosen, copies = read(transfer, split)
        assert len(chosen.examples) == 6
        rows = {
            (row["example_id"], row["variant"], row["degree"]): row
            for row in transfer.stored.predictions(
                f"sentiment/{split.dataset}/typo-malicious-score-text"
            ).to_pylist()
        }
        for example in chosen.examples:
            text = Text(example.text("text"), id=example.id)
            variants = copies.trajectories(text, "malicious", (0.0, 0.1, 0.3), 2)
            assert [v.variant for v in variants] == [0, 1]
            for variant in variants:
                assert variant.snapshots[0].text == text.value
                for shot in variant.snapshots[1:]:
                    row = rows[example.id, variant.variant, shot.degree]
                    assert shot.text == row["text"]
                    assert (shot.realised, shot.unperturbable) == (row["distance"], row["unperturbable"])


def test_copies_that_needed_no_model_are_made_again_where_the_run_holds_no_text(
    unguided: Path, tmp_path: Path
) -> None:
    with_texts, without = taken(unguided), taken(trimmed(unguided, tmp_path))
    for split in whole(with_texts):
        (chosen, one), (_, other) = read(with_texts, split), read(without, split)
        for example in chosen.examples:
            text = Text(example.text("text"), id=example.id)
            here, there = (each.trajectories(text, "malicious", (0.1, 0.3), 2) for each in (one, other))
            assert here == there


def test_without_texts_a_search_cannot_be_taken_over_and_the_error_says_what_can(
    source: Path, tmp_path: Path
) -> None:
    transfer = taken(trimmed(source, tmp_path))
    with pytest.raises(ResultError, match=r"chosen by asking the model \(score access\)") as raised:
        read(transfer, whole(transfer)[0])
    assert "name the run it was trimmed from, or make it again: python -m boss.eval" in str(raised.value)


def test_a_licence_without_texts_says_that_another_run_would_not_help(source: Path, tmp_path: Path) -> None:
    transfer = taken(trimmed(source, tmp_path))
    split = whole(transfer)[0]
    closed = dataclasses.replace(split, card=dataclasses.replace(split.card, store_text=False))
    with pytest.raises(ResultError, match="take copies that need no model"):
        read(transfer, closed)


def test_other_data_are_refused_by_their_digest(source: Path) -> None:
    transfer = taken(source)
    split = whole(transfer)[0]
    examples = tuple(each.with_input("text", f"{each.text('text')} More.") for each in split.examples)
    said = rf"is not the data that .*{source.name} attacked: 6 examples of sha256"
    with pytest.raises(DataError, match=said):
        read(transfer, dataclasses.replace(split, examples=examples))


def with_changed_texts(source: Path, tmp_path: Path) -> Path:
    place = tmp_path / "a" / "runs" / "toy" / "tfidf"
    run = Path(shutil.copytree(source, place / source.name))
    part = sorted(run.glob("predictions/sentiment/toy_reviews/typo-*/part-*.parquet"))[0]
    table = pq.read_table(part)
    pairs = zip(table["text"].to_pylist(), table["degree"].to_pylist(), strict=True)
    texts = ["Changed." if degree else text for text, degree in pairs]
    column = table.schema.get_field_index("text")
    pq.write_table(table.set_column(column, table.schema.field("text"), [texts]), part)
    return run


def test_a_text_that_was_changed_in_the_run_is_not_asked(source: Path, tmp_path: Path) -> None:
    run = with_changed_texts(source, tmp_path)
    transfer = taken(run)
    with pytest.raises(ResultError, match="are not those its records were made of"):
        read(transfer, whole(transfer)[0])
    # Nor where the records were changed with it: the answer was to another input.
    name = "sentiment/toy_reviews/typo-malicious-score-text"
    before, after = digest_of_parts(source, name), digest_of_parts(run, name)
    records = run / "records.jsonl"
    assert before in records.read_text()
    records.write_text(records.read_text().replace(before, after))
    transfer = taken(run)
    with pytest.raises(ResultError, match=r"is another text .* than the one that was answered"):
        read(transfer, whole(transfer)[0])


def test_a_dataset_that_the_run_did_not_attack_is_left_out(source: Path) -> None:
    transfer = taken(source)
    split = whole(transfer)[0]
    other = dataclasses.replace(split, card=dataclasses.replace(split.card, name="letters"))
    chosen, _, copies = transfer.copies(TASK, "typo", other)
    assert chosen.examples == other.examples and chosen.examples[0].id not in copies
    assert "has no copies of letters by typo" in copies.without("letters", 24)


# -- what is refused at the door


def edited(run: Path, tmp_path: Path, **update: object) -> Path:
    copy = Path(shutil.copytree(run, tmp_path / run.name))
    manifest = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**manifest, **update}))
    return copy


def test_a_run_that_is_none_or_has_nothing_to_take_is_refused_with_the_cure(
    source: Path, tmp_path: Path
) -> None:
    tasks = [TASK]

    def refused(path: Path | str, *named: str, of: object = tasks) -> str:
        with pytest.raises(BossError) as raised:
            transfer_from(str(path), named, of, [CONF], tmp_path)  # type: ignore[arg-type]
        return str(raised.value)

    assert f"attack.from={tmp_path} is no run directory: it holds no run.json" in refused(tmp_path)
    assert f"is a folder of 1 run and no run; name one: attack.from={source}" in refused(source.parent)
    assert "has no attack 'typos' (did you mean 'typo'?), only typo, glyph" in refused(source, "typos")
    said = refused(source, of=[TASK, TASKS["nli"], TASKS["qa"]])
    assert "attacked sentiment, not nli and qa; measure what it attacked: task=sentiment" in said
    unfinished = edited(source, tmp_path, status="interrupted")
    assert "the command that began it continues it: python -m boss.eval" in refused(unfinished)


def test_a_run_without_attacks_names_the_command_that_attacks(measure: Measure) -> None:
    clean = measure("clean", "model=majority", "attack=none")
    with pytest.raises(ConfigError, match="has no measurement under attack") as raised:
        taken(clean)
    printed = str(raised.value).partition("this one makes: ")[2]
    words = shlex.split(printed)
    assert words[:3] == ["python", "-m", "boss.eval"] and words[-1] == "attack=typo"
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert taken(find_runs(clean.parent)[-1]).names == ("typo",)


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["attack.from=a"], ["attack.from=a", "attack=from"]),
        (["attack=typo", "attack.from=a"], ["attack=[typo,from]", "attack.from=a"]),
        (["attack.from=a", "attack=[typo, glyph]"], ["attack.from=a", "attack=[typo,glyph,from]"]),
        (
            ["attack=typo,glyph", "attack.from=a", "-m"],
            ["attack=[typo,from],[glyph,from]", "attack.from=a", "-m"],
        ),
        (["attack=[typo,from]", "attack.from=a"], ["attack=[typo,from]", "attack.from=a"]),
        (["attack=typo", "access=score"], ["attack=typo", "access=score"]),
        (
            ["attack.from=a", "seed=1", "n_examples=5"],
            ["attack.from=a", "seed=1", "n_examples=5", "attack=from"],
        ),
    ],
)
def test_the_attacks_that_are_named_are_those_of_the_run(words: list[str], after: list[str]) -> None:
    assert with_from(words) == after
    assert with_from(with_from(words)) == after


@pytest.mark.parametrize(
    "word",
    [
        "access=score",
        "degrees=[0.1]",
        "n_attacked=5",
        "query_budget=9",
        "tag=general",
        "attack.typo.operators=[swap]",
    ],
)
def test_what_the_run_has_decided_cannot_be_given_besides(word: str) -> None:
    with pytest.raises(ConfigError, match="takes the copies as that run has them") as raised:
        with_from(["attack=typo", "attack.from=a", word])
    assert f"leave {word} out" in str(raised.value)


def test_no_attack_and_the_copies_of_attacks_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="attack=none names no attack"):
        with_from(["attack=none", "attack.from=a"])


def test_the_command_refuses_with_the_cure_and_writes_nothing(source: Path, tmp_path: Path) -> None:
    where = (f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}", "model=majority")
    for words, said in (
        ((f"attack.from={source}", "access=score"), "leave access=score out"),
        ((f"attack.from={source}", "task=nli"), "measure what it attacked: task=sentiment"),
        (("attack=from",), "attack.from has no value of its own; give it one: attack.from=..."),
    ):
        done = command(*where, *words)
        assert done.returncode != 0 and said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_copies_are_not_made_of_copies(source: Path, tmp_path: Path) -> None:
    words = ("suite=toy", f"attack.from={source}", f"output={tmp_path}", f"cache={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", "boss.perturb", f"--config-dir={CONF}", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and "leave attack.from= out" in done.stderr


def test_copies_of_a_run_are_exported_and_answered_elsewhere(
    constant: Path, source: Path, place: Path, tmp_path: Path
) -> None:
    out, answers, cache = tmp_path / "out", tmp_path / "answers.jsonl", f"cache={place / 'cache'}"
    words = ("suite=toy", "attack=typo", f"attack.from={source}")
    first = [sys.executable, "-m"]
    done = subprocess.run(
        [*first, "boss.export", f"--config-dir={CONF}", *words, f"out={out}", cache],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (out / "sentiment.jsonl").read_text().splitlines()]
    answers.write_text("".join(json.dumps({"id": row["id"], "answer": "positive"}) + "\n" for row in rows))
    where = (f"output={tmp_path / 'runs'}", cache, f"--config-dir={CONF}")
    done = subprocess.run(
        [*first, "boss.score", str(out), str(answers), "name=mine", *where],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    [run] = find_runs(tmp_path / "runs")
    measurements = {m.name: m.id for m in read_run(run).measurements()}
    assert measurements == {m.name: m.id for m in read_run(constant).measurements()}


def test_the_archive_of_a_transferred_run_is_called_so(same: Path, source: Path) -> None:
    assert name_of(read_run(same)) == "toy-tfidf-none-sentiment-transferred"
    assert name_of(read_run(source)) == "toy-tfidf-none-sentiment-score"


def test_names_of_the_source_are_held_to_the_rules_of_names(same: Path) -> None:
    record = attacked(read_run(same))[0]
    origin = attack_of(record).transferred
    assert origin is not None
    names = _names(record)
    assert names["attack.transferred.model"] == "tfidf" and names["attack.transferred.run"] == origin.run


def test_the_site_says_why_transferred_copies_are_not_made_again(same: Path) -> None:
    reason = why_no_copies(attack_of(attacked(read_run(same))[0]))
    assert reason is not None and reason.startswith("the copies were made for tfidf and taken out of its run")


def test_a_trimmed_run_names_the_source_without_its_folder(same: Path, source: Path, tmp_path: Path) -> None:
    run = read_run(trim(same, tmp_path)).run
    assert f"attack.from={source.name}" in run.overrides and run.config["attack"]["from"] == source.name
    assert str(source.parent) not in run.model_dump_json()
