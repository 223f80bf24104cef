"""A small run of invented sentences as `boss.eval` would write it, and its submission."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from boss.data.suite import subset as seeded
from boss.data.types import Card, Example, Split
from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.metrics.scoring import majority_of
from boss.metrics.summaries import Summaries
from boss.results.manifest import Code, DatasetEntry, Environment, Run
from boss.results.parts import part_paths, read_part, write_part
from boss.results.schema import PREDICTIONS, Cost, Record, Subject
from boss.results.store import describe_file, list_files
from boss.results.writer import open_run
from boss.run import finish
from leaderboard.submission.board import Board
from leaderboard.submission.declaration import Declaration
from leaderboard.submission.pack import pack

LABELS = ("negative", "positive")
N = 40


def split_of(dataset: str) -> Split:
    """Return a dataset of 40 sentences; every second is positive."""
    words = ("dull", "bright")
    examples = tuple(
        Example(
            f"{dataset}-{i:02}",
            {"text": f"The {dataset} of day {i} was {words[i % 2]}."},
            LABELS[i % 2],
            f"s{i // 2}",
        )
        for i in range(N)
    )
    role: Any = "id" if dataset == "notes" else "ood"
    card = Card(
        name=dataset,
        suite="mini",
        task="sentiment",
        role=role,
        title=dataset,
        shift="none",
        source="own",
        url="",
        licence="CC0",
        labels=LABELS,
        label_mapping="",
        stand_in=True,
    )
    return Split(card, "test", examples, "1", N)


def subject(model: str, training: Sequence[str] = ()) -> Subject:
    return Subject(
        id=model,
        revision="1",
        adapter="callable",
        method="none",
        weights_sha256="unknown",
        finetuned_on="none",
        training_datasets=tuple(training),
        n_parameters=None,
        licence="MIT",
        dtype="float64",
        max_length=None,
        fingerprint=f"of {model}",
    )


def cell_of(split: Split, attacked: bool) -> Measurement:
    attack = AttackSettings(
        name="typo",
        dimension="typo",
        level="char",
        tag="malicious",
        access="rule",
        field="text",
        version="1",
        options={},
        search=SearchSettings(version="1", options={}),
        n_variants=2,
        seed=0,
        degrees=(0.0, 0.1),
    )
    golds = [str(example.gold) for example in split.examples]
    return Measurement(
        suite="mini",
        suite_version="0.1",
        task="sentiment",
        dataset=split.dataset,
        split="test",
        role=split.card.role,
        recall_only=False,
        stand_in=True,
        labels=LABELS,
        dataset_revision="1",
        dataset_sha256=split.sha256,
        n_total=N,
        n_evaluated=len(golds),
        subset=split.subset,
        majority=majority_of(golds),
        attack=attack if attacked else None,
    )


def table_of(split: Split, attacked: bool, wrong: frozenset[str]) -> pa.Table:
    rows = []
    for example in split.examples:
        slots = [(0, 0.0), (0, 0.1), (1, 0.1)] if attacked else [(None, None)]
        for variant, degree in slots:
            shown = example if not degree else example.with_input("text", f"{example.text('text')}{variant}")
            right = LABELS.index(str(example.gold))
            answer = (
                1 - right
                if example.id in wrong or (degree and variant and example.id.endswith("5"))
                else right
            )
            rows.append(
                {
                    "example_id": example.id,
                    "source": example.source,
                    "variant": variant,
                    "degree": degree,
                    "input_sha256": shown.input_sha256,
                    "label": example.gold,
                    "prediction": LABELS[answer],
                    "probs": [0.75, 0.25] if answer == 0 else [0.25, 0.75],
                    "distance": degree,
                    "unperturbable": None if degree is None else False,
                    "truncated": False,
                }
            )
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def wrong_of(n_wrong: dict[str, int], start: int) -> frozenset[str]:
    return frozenset(f"{name}-{(start + i) % N:02}" for name, n in n_wrong.items() for i in range(n))


MakeRun = Callable[..., Path]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run: of ``model``, wrong on ``n_wrong`` examples per dataset from number ``start`` on."""

    def make(
        model: str = "lab/steady",
        *,
        n_wrong: dict[str, int] | None = None,
        start: int = 0,
        n_examples: int | None = None,
        chosen: Callable[[Split], Split] | None = None,
        training: Sequence[str] = (),
        run_id: str = "run-1",
        wrong: frozenset[str] | None = None,
    ) -> Path:
        mistakes = wrong_of(n_wrong or {"notes": 6, "letters": 12}, start) if wrong is None else wrong
        splits = [seeded(split_of(name), n_examples, 0) for name in ("notes", "letters")]
        splits = splits if chosen is None else [chosen(split) for split in splits]
        run = Run(
            suite_version="0.1",
            run_id=run_id,
            status="running",
            created_at="2026-01-02T03:04:05Z",
            suite="mini",
            model=model,
            tasks=("sentiment",),
            seed=0,
            command="python -m boss.eval",
            overrides=(),
            config={"seed": 0},
            config_sha256="c" * 64,
            code=Code(
                package="boss-robtest", version="1", commit="unknown", dirty="unknown", source_sha256="d" * 64
            ),
            environment=Environment(python="3.11", platform="any", device="cpu", n_threads=1, packages={}),
        )
        sums = Summaries(seed=0)
        with open_run(tmp_path / "measured" / run_id, run) as writer:
            writer.set_data(
                DatasetEntry(
                    dataset=split.dataset,
                    split="test",
                    revision="1",
                    sha256=split.sha256,
                    n=len(split.examples),
                    n_total=N,
                    subset=split.subset,
                    removed={},
                )
                for split in splits
            )
            work = [*((split, False) for split in splits), (splits[0], True)]
            writer.plan([cell_of(split, attacked).name for split, attacked in work])
            for split, attacked in work:
                measurement, table = cell_of(split, attacked), table_of(split, attacked, mistakes)
                writer.parts(measurement, subject(model, training))
                writer.write_part(
                    measurement.name, 0, table, Cost(n_queries=table.num_rows, n_forward=table.num_rows)
                )
                finish(
                    writer,
                    sums,
                    measurement,
                    subject(model, training),
                    n_parts=1,
                    seed=0,
                )
            writer.close("complete", sums.summaries())
        return writer.path

    return make


@pytest.fixture
def declare() -> Callable[..., Declaration]:
    def make(**changes: Any) -> Declaration:
        fields: dict[str, Any] = {
            "submitter": "A. Sender",
            "contact": "sender@example.org",
            "licence": "CC0-1.0",
            "training_data": (),
            "external_data": (),
            "ood_exposure": "none",
        }
        return Declaration(**{**fields, **changes})

    return make


@pytest.fixture
def packed(tmp_path: Path, declare: Callable[..., Declaration]) -> Callable[..., Path]:
    """Pack a run and return the archive."""

    def make(run: Path, name: str = "sent.zip", **changes: Any) -> Path:
        target = tmp_path / name
        pack(run, declare(**changes), target)
        return target

    return make


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "board")


@pytest.fixture
def accepted(board: Board, packed: Callable[..., Path]) -> Callable[[Path], str]:
    """Submit and accept a run; return its id."""

    def accept(run: Path) -> str:
        report = board.receive(packed(run, f"{run.name}.zip"), "A. Sender")
        assert report.submission is not None and report.ok, report.findings
        board.accept(report.submission, "reviewer")
        return report.submission

    return accept


class Forger:
    """Edits a run as somebody would who wants to be believed."""

    CLEAN = "sentiment/notes/clean"

    def lines(self, run: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]

    def write_lines(self, run: Path, lines: Sequence[Any]) -> None:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (run / "records.jsonl").write_text("\n".join(texts) + "\n")

    def edit_line(self, run: Path, edit: Callable[[dict[str, Any]], None], index: int = 0) -> None:
        lines = self.lines(run)
        edit(lines[index])
        self.write_lines(run, lines)

    def edit_records(self, run: Path, edit: Callable[[Record], Record]) -> None:
        """Edit every record, with the id that fits it."""
        records = [
            Record.model_validate({k: v for k, v in line.items() if k != "record_id"})
            for line in self.lines(run)
        ]
        self.write_lines(run, [edit(record).model_dump_json() for record in records])

    def edit_run(self, run: Path, **changes: Any) -> None:
        said = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps({**said, **changes}))

    def part(self, run: Path, key: str = CLEAN) -> Path:
        return part_paths(run, key)[0]

    def edit_part(self, run: Path, edit: Callable[[list[dict[str, Any]]], Any], key: str = CLEAN) -> None:
        """Edit the rows of a part in place, or put what ``edit`` returns in their stead."""
        table, cost, maker = read_part(self.part(run, key))
        rows = table.to_pylist()
        changed = edit(rows)
        rows = rows if changed is None else changed
        write_part(self.part(run, key), pa.Table.from_pylist(rows, schema=PREDICTIONS), cost, maker)

    def reseal(self, run: Path) -> None:
        """List every file with the digest it has now."""
        files = {name: describe_file(path).model_dump() for name, path in list_files(run).items()}
        self.edit_run(run, files=files)


@pytest.fixture
def forger() -> Forger:
    return Forger()


@pytest.fixture
def provider() -> Iterator[Any]:
    """An OpenID Connect provider on this machine (oidc.py)."""
    pytest.importorskip("authlib")
    spec = importlib.util.spec_from_file_location("oidc", Path(__file__).with_name("oidc.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their own module up
    spec.loader.exec_module(module)
    with module.started() as running:
        yield running


@pytest.fixture
def serve_reviewed(serve: Callable[..., str], provider: Any) -> Callable[..., str]:
    """Start the site with a reviewer, ada@example.org, whom `provider` signs in."""

    def start(words: Sequence[str], **variables: str) -> str:
        return serve(
            words,
            secrets=lambda site: provider.secrets(site, ["ada@example.org"]),
            NO_PROXY="127.0.0.1",
            **variables,
        )

    return start
