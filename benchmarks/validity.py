"""python -m benchmarks.validity: draw copies of a dimension by seed, rate them one by one, count the rates.

The sheet holds ids, places and ratings, and no text of a dataset; whoever has the data draws the same copies
again from the same seed and version, and reads them.
"""

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from boss.data.sources import default_cache
from boss.data.suite import load_suite
from boss.metrics.intervals import wilson
from boss.paths import conf_dir
from robtest.api import perturb
from robtest.attacks import get_attack
from robtest.random import generator
from robtest.rows import read_rows
from robtest.text import words
from robtest.types import Attack, Edit

USAGE = """usage: python -m benchmarks.validity draw sheet=FILE.csv dimension=NAME [key=value ...]
       python -m benchmarks.validity show sheet=FILE.csv
       python -m benchmarks.validity count FILE.csv ...

draw writes a sheet without ratings and prints the copies; show prints those of a sheet; count prints the
rates of sheets whose column rating is filled: meaning (keeps meaning and label), label (the label only),
breaks.

  sets=tweets,amazon_snippets,squad:question   datasets of the mini suite, with a field where it has several
  file=news.csv                                and texts of your own, in a column text
  n=100  seed=1  degree=0.3"""

COLUMNS = ("number", "dimension", "version", "seed", "degree", "dataset", "id", "start", "end", "rating")
RATINGS = ("meaning", "label", "breaks")


@dataclass(frozen=True)
class Drawn:
    """A copy, or for attacks on words one substitution of it."""

    dataset: str
    id: str
    text: str
    edits: tuple[Edit, ...]

    def marked(self) -> str:
        """Return the text with its edits marked, on one line."""
        shown, last = "", 0
        for edit in self.edits:
            shown += self.text[last : edit.start] + f"[{self.text[edit.start : edit.end]} → {edit.new}]"
            last = edit.end
        return " ".join((shown + self.text[last:]).split())


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "count" and rest:
        print("\n".join(counts([row for path in rest for row in _sheet(Path(path))])))
        return 0
    options = {"sets": "tweets,amazon_snippets,squad:question", "file": "", "n": "100", "seed": "1"}
    options |= {"degree": "0.3"} | dict(argument.partition("=")[::2] for argument in rest)
    if command not in ("draw", "show") or "sheet" not in options:
        print(USAGE, file=sys.stderr)
        return 2
    if command == "show":
        rows = list(_sheet(Path(options["sheet"])))
        options |= {key: rows[0][key] for key in ("dimension", "seed", "degree")} | {"n": str(len(rows))}
    attack = get_attack(options["dimension"])
    texts = [*_texts(options["sets"]), *_file(options["file"])]
    drawn = list(draw(attack, texts, int(options["n"]), int(options["seed"]), float(options["degree"])))
    for number, copy in enumerate(drawn, 1):
        print(f"{number:3} {copy.dataset}: {copy.marked()}")
    if command == "draw":
        _write(Path(options["sheet"]), attack, options, drawn)
    return 0


def draw(
    attack: Attack, texts: Sequence[tuple[str, str, str]], n: int, seed: int, degree: float
) -> Iterator[Drawn]:
    """Yield ``n`` copies of as many texts, drawn by the seed; texts that the attack leaves alone are passed.

    Of an attack on words one word of the text is drawn and one of its edits, as a copy has; of an attack on
    whole texts the copy at the degree, with all its edits.

    Args:
        texts: dataset, id and text of each.
    """
    rng = generator(seed, "validity", attack.name, 0)
    for i in rng.permutation(len(texts)).tolist():
        if n == 0:
            return
        dataset, name, text = texts[i]
        if attack.unit == "text":
            (trajectory,) = perturb(
                text, dimension=attack, degrees=(degree,), n_variants=1, tag="general", seed=seed
            )
            edits: Sequence[Edit] = trajectory.snapshots[-1].edits
        else:
            options = [edits for start, end in words(text) if (edits := attack.edits(text, start, end))]
            edits = _one(options, rng.random(), rng.random())
        if edits:
            n -= 1
            yield Drawn(dataset, name, text, tuple(edits))


def counts(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield a line of a Markdown table for each dimension: how many copies keep what, with intervals."""
    yield "| dimension | n | keeps the meaning | keeps the label | breaks |"
    yield "|---|--:|--:|--:|--:|"
    for dimension in dict.fromkeys(row["dimension"] for row in rows):
        ratings = [row["rating"] for row in rows if row["dimension"] == dimension]
        unknown = sorted(set(ratings) - set(RATINGS))
        if unknown:
            raise SystemExit(f"error: rating must be one of {', '.join(RATINGS)}, got {', '.join(unknown)}")
        n = len(ratings)
        meaning, breaks = ratings.count("meaning"), ratings.count("breaks")
        cells = (_rate(k, n) for k in (meaning, n - breaks, breaks))
        yield f"| {dimension} | {n} | {' | '.join(cells)} |"


def _rate(k: int, n: int) -> str:
    low, high = wilson(k, n)
    return f"{100 * k / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _one(options: Sequence[Sequence[Edit]], first: float, second: float) -> Sequence[Edit]:
    if not options:
        return ()
    edits = options[int(first * len(options))]
    return (edits[int(second * len(edits))],)


@cache
def _texts(sets: str) -> tuple[tuple[str, str, str], ...]:
    """Return the texts of test sets of the mini suite, as many of each as of the smallest, the first ones."""
    suite = load_suite("mini", [conf_dir()], default_cache())
    chosen: list[list[tuple[str, str, str]]] = []
    for entry in filter(None, sets.split(",")):
        name, _, field = entry.partition(":")
        splits, _ = suite.splits(suite.card(name).task)
        (split,) = (each for each in splits if each.dataset == name and each.split == "test")
        chosen.append([(name, each.id, each.text(field or "text")) for each in split.examples])
    least = min((len(rows) for rows in chosen), default=0)
    return tuple(row for rows in chosen for row in rows[:least])


def _file(path: str) -> list[tuple[str, str, str]]:
    if not path:
        return []
    return [(Path(path).stem, str(i), str(row["text"])) for i, row in enumerate(read_rows(Path(path)), 1)]


def _sheet(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _write(path: Path, attack: Attack, options: dict[str, str], drawn: Sequence[Drawn]) -> None:
    with path.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, copy in enumerate(drawn, 1):
            places = (copy.edits[0].start, copy.edits[-1].end)
            settings = (attack.name, attack.version, options["seed"], options["degree"])
            writer.writerow((number, *settings, copy.dataset, copy.id, *places, ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
