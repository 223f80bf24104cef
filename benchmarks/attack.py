"""python -m benchmarks.attack: queries per second under score access, against TextAttack and the machine.

All in one process, on the same victim, the same texts and the same candidate edits: this suite's engine in
float32 and bfloat16; the same search inside TextAttack, once with its stock wrapper of Hugging Face
models and once with one that pads to the longest text of a batch; and the bare forward pass over the
distinct texts, sorted by length, which no engine can outrun.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.peers import textattack_run
from benchmarks.victim import Victim, make_victim, timed
from boss.measurement import AttackSettings
from boss.models.base import Model
from boss.models.bfloat16 import instruction_set
from boss.models.forward import forward
from boss.seam import Seam, attack_settings, attacked_part
from robtest.attacks import get_attack
from robtest.types import Attack

USAGE = """usage: python -m benchmarks.attack [key=value ...]

  n=24             texts attacked, of 20 to 30 word pieces, all of them answered rightly
  dimension=typo   capability dimension
  degree=0.2
  stock=8          texts given to TextAttack's stock wrapper, the slow one; 0 leaves it out
  threads=0        of torch; 0 takes torch's own choice
  json=FILE        write the rows as JSON too"""

DEFAULTS = {"n": "24", "dimension": "typo", "degree": "0.2", "stock": "8", "threads": "0", "json": ""}
CANDIDATES = 16


@dataclass(frozen=True)
class Measured:
    """One contender.

    Attributes:
        n_queries: distinct texts the victim was given.
        seconds: of the whole attack; ``forward_seconds`` of them inside the network.
        lost: ids of the examples whose right answer was lost.
    """

    name: str
    n_texts: int
    n_queries: int
    seconds: float
    forward_seconds: float
    lost: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Queries per second."""
        return self.n_queries / self.seconds

    @property
    def outside(self) -> float:
        """Share of the time outside the forward pass."""
        return 1 - self.forward_seconds / self.seconds


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; return its exit status."""
    given = dict(argument.partition("=")[::2] for argument in arguments)
    if not given.keys() <= DEFAULTS.keys():
        print(USAGE, file=sys.stderr)
        return 2
    options = {**DEFAULTS, **given}
    if int(options["threads"]):
        torch.set_num_threads(int(options["threads"]))
    victim = make_victim(int(options["n"]))
    attack = get_attack(options["dimension"])
    rows, asked = _measure(victim, attack, float(options["degree"]), int(options["stock"]))
    changed, n = _changed_decisions(victim, asked)
    _show(rows, [example.id for example in victim.split.examples], options, changed, n)
    if options["json"]:
        shown = {"options": options, "threads": torch.get_num_threads(), "instructions": instruction_set()}
        shown["rows"] = [{**asdict(row), "rate": row.rate, "outside": row.outside} for row in rows]
        shown["bf16_changed_decisions"] = {"changed": changed, "of": n}
        Path(options["json"]).write_text(json.dumps(shown, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(
    victim: Victim, attack: Attack, degree: float, n_stock: int
) -> tuple[list[Measured], Sequence[str]]:
    settings = attack_settings(
        attack.name,
        attack,
        tag="malicious",
        access="score",
        field="text",
        search={"n_candidates": CANDIDATES, "beam": 1, "rerank": False},
        n_variants=1,
        seed=0,
        degrees=(0.0, degree),
    )
    for model in (victim.model, victim.bf16):
        model.predict(victim.split.examples)  # the first pass pays for what is loaded late
    asked: dict[str, None] = {}
    ours = _engine("this engine, float32", victim, victim.model, attack, settings, asked)
    limits = [_limit(name, victim, list(asked), bf16) for name, bf16 in LIMITS.items()]
    half = _engine("this engine, bfloat16", victim, victim.bf16, attack, settings, {})
    rows = [*limits, ours, half]
    for name, stock in PEERS.items():
        examples = victim.split.examples[: n_stock or 0] if stock else victim.split.examples
        if examples:
            found = textattack_run(victim, examples, attack, settings, stock=stock)
            rows.append(Measured(name, len(examples), *found))
    return rows, list(asked)


LIMITS = {"bare forward, float32": False, "bare forward, bfloat16": True}
PEERS = {"TextAttack, padding to the batch": False, "TextAttack, stock wrapper": True}


def _engine(
    name: str, victim: Victim, model: Model, attack: Attack, settings: AttackSettings, asked: dict[str, None]
) -> Measured:
    seam = _Noting(model, victim.task, victim.split.card.labels, field="text")
    started = perf_counter()
    with timed(victim.network) as clock:
        part = attacked_part(seam, victim.split, attack, settings, 0, lambda _: None)
    seconds = perf_counter() - started
    asked.update(dict.fromkeys(seam.noted))
    rows = part.table.to_pylist()
    lost = tuple(sorted({row["example_id"] for row in rows if row["prediction"] != row["label"]}))
    return Measured(name, len(victim.split.examples), part.cost.n_forward, seconds, clock.seconds, lost)


class _Noting(Seam):
    """A seam that notes the texts it asks the model about."""

    def _predictions(self, ask: Any, examples: Sequence[Any]) -> list[Any]:
        self.noted.extend(example.text("text") for example in examples)
        return super()._predictions(ask, examples)

    @property
    def noted(self) -> list[str]:
        return self.__dict__.setdefault("_noted", [])  # type: ignore[no-any-return]


def _limit(name: str, victim: Victim, texts: Sequence[str], bfloat16: bool) -> Measured:
    answer = victim.model.answer  # type: ignore[attr-defined]
    windows = [answer.pieces.single(text)[0] for text in texts]
    settings = {"pad_id": answer.pieces.pad_id, "types": True, "budget": answer.budget}
    started = perf_counter()
    for _ in forward(answer.network, windows, bfloat16=bfloat16, **settings):
        pass
    seconds = perf_counter() - started
    return Measured(name, len(texts), len(texts), seconds, seconds, ())


def _changed_decisions(victim: Victim, texts: Sequence[str]) -> tuple[int, int]:
    """Return how many texts bfloat16 answers otherwise than float32, and of how many."""
    first = victim.split.examples[0]
    examples = [first.with_input("text", text) for text in texts]
    pairs = zip(victim.model.predict(examples), victim.bf16.predict(examples), strict=True)
    return sum(a.answer != b.answer for a, b in pairs), len(examples)


def _show(
    rows: Sequence[Measured], ids: Sequence[str], options: Mapping[str, str], changed: int, n: int
) -> None:
    table = Table(title=f"{options['dimension']} at degree {options['degree']}, score access")
    for column in ("", "texts", "lost", "queries", "seconds", "queries/s", "of limit", "of stock", "outside"):
        table.add_column(column, justify="left" if not column else "right")
    limit = rows[0].rate
    stock = next((row.rate for row in rows if row.name.endswith("stock wrapper")), None)
    for row in rows:
        table.add_row(
            row.name,
            f"{row.n_texts:,}",
            f"{len(row.lost)}" if not row.name.startswith("bare") else "",
            f"{row.n_queries:,}",
            f"{row.seconds:.1f}",
            f"{row.rate:,.0f}",
            f"{row.rate / limit:.2f}",
            f"{row.rate / stock:.1f}" if stock else "",
            f"{row.outside:.1%}" if not row.name.startswith("bare") else "",
        )
    console = Console(width=110)
    console.print(table)
    console.print(f"bfloat16 changes {changed} of {n:,} decisions")
    console.print(f"{torch.get_num_threads()} threads, instruction sets: {instruction_set()}")
    ours, *others = (row for row in rows if not row.name.startswith("bare"))
    for row in others:
        expected = set(ours.lost) & set(ids[: row.n_texts])
        differ = len(expected ^ set(row.lost))
        console.print(f"{row.name}: of {row.n_texts} texts {differ} end otherwise than in {ours.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
