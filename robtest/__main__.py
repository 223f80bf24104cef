"""python -m robtest "some text" dimension=typo degree=0.1: variants with their edits marked.

python -m robtest file=reviews.csv out=copies.jsonl dimension=typo: adversarial copies of a file.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from robtest.api import perturb
from robtest.attacks import DIMENSIONS, FAMILIES, get_attack, tag_of
from robtest.attacks.invisible import seen
from robtest.copies import copied_rows, edit_rows
from robtest.errors import RobTestError
from robtest.plural import counted
from robtest.progress import track
from robtest.rows import Row, read_rows, write_rows
from robtest.text import mark
from robtest.types import Attack, Snapshot, Tag

USAGE = f"""usage: python -m robtest TEXT [key=value ...]
       python -m robtest file=FILE out=FILE [key=value ...]

Show perturbed variants of a text, each with its edits marked, [-removed-]{{+added+}}, and the degree
they really reach, which never exceeds the one asked for; or write them for every row of a file.

  dimension=typo    one, some (typo,glyph), a stack under one limit (typo+glyph), all of
                    {" ".join(DIMENSIONS)}
                    or families, which are
                    {" ".join(FAMILIES)}
  degree=0.1        how much may change, from 0 to 1; several: 0.05,0.1,0.2
  tag=malicious     what is counted: characters (malicious) or words (general); a dimension that
                    has only one of them keeps it
  n=3               number of variants
  seed=0
  format=text       text | json

  file=FILE         .jsonl, .csv, .tsv (with a header) or .txt (a text a line), in UTF-8
  out=FILE          .jsonl, .csv or .tsv: the rows of the file with the field perturbed, and beside it
                    original, dimension, tag, variant, degree, realised, unperturbable, marked, edits
  field=text        column of the texts
  id=COLUMN         column of names that randomness comes from; without it, the texts themselves"""

DEFAULTS = {
    "dimension": "typo",
    "degree": "0.1",
    "tag": "malicious",
    "n": "3",
    "seed": "0",
    "format": "text",
    "file": "",
    "out": "",
    "field": "text",
    "id": "",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    of_file = arguments[0].startswith(("file=", "out="))
    try:
        options = _options(arguments if of_file else arguments[1:])
        if of_file:
            n = _write_copies(options)
            sys.stderr.write(f"{counted(n, 'copy', 'copies')} in {options['out']}\n")
        else:
            variants = list(_variants(arguments[0], options))
            shown = (
                _json(arguments[0], variants)
                if options["format"] == "json"
                else _plain(arguments[0], variants)
            )
            print(shown)
    except (ValueError, RobTestError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _options(arguments: Sequence[str]) -> dict[str, str]:
    settings = dict(argument.partition("=")[::2] for argument in arguments)
    unknown = [key for key in settings if key not in DEFAULTS]
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known options: {', '.join(DEFAULTS)}")
    options = {**DEFAULTS, **settings}
    if options["format"] not in ("text", "json"):
        raise ValueError(f"format must be text or json, got {options['format']!r}")
    if bool(options["file"]) != bool(options["out"]):
        raise ValueError("file=FILE and out=FILE go together: the texts, and where their copies go")
    return options


def _attacks(options: Mapping[str, str]) -> list[tuple[Attack, Tag]]:
    dimension = options["dimension"]
    groups = {"all": list(DIMENSIONS), "families": list(FAMILIES)}
    names = groups.get(dimension) or dimension.split(",")
    tag: Tag = "general" if options["tag"] == "general" else "malicious"
    if options["tag"] != tag:
        raise ValueError(f"tag must be general or malicious, got {options['tag']!r}")
    return [(attack, tag_of(attack, tag)) for attack in map(get_attack, names)]


def _degrees(options: Mapping[str, str]) -> list[float]:
    return sorted({_number("degree", value) for value in options["degree"].split(",")})


def _variants(text: str, options: Mapping[str, str]) -> Iterator[tuple[str, Snapshot]]:
    """Yield dimension and snapshot of every variant at every degree."""
    for attack, tag in _attacks(options):
        trajectories = perturb(
            text,
            dimension=attack,
            degrees=_degrees(options),
            n_variants=_whole("n", options["n"]),
            tag=tag,
            seed=_whole("seed", options["seed"]),
        )
        for i in range(len(trajectories[0].snapshots)):
            yield from ((attack.name, trajectory.snapshots[i]) for trajectory in trajectories)


def _number(key: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{key} must be a number, got {value!r}") from None


def _whole(key: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{key} must be a whole number, got {value!r}") from None


def _plain(text: str, variants: Sequence[tuple[str, Snapshot]]) -> str:
    several = len({(name, shot.degree) for name, shot in variants}) > 1
    lines = []
    for name, shot in variants:
        prefix = f"{name:<11} {shot.degree:<5g} " if several else ""
        note = "(no edit fits) " if shot.unperturbable else ""
        lines.append(f"{prefix}{shot.realised:.3f}  {note}{seen(mark(text, shot.edits))}")
    return "\n".join(lines)


def _json(text: str, variants: Sequence[tuple[str, Snapshot]]) -> str:
    rows = [
        {
            "text": shot.text,
            "dimension": name,
            "degree": shot.degree,
            "realised": shot.realised,
            "unperturbable": shot.unperturbable,
            "edits": edit_rows(text, shot),
        }
        for name, shot in variants
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _write_copies(options: Mapping[str, str]) -> int:
    return write_rows(Path(options["out"]), _copied_rows(options))


def _copied_rows(options: Mapping[str, str]) -> Iterator[Row]:
    """Yield the copies of a file's rows: one pass over it for each dimension."""
    path = Path(options["file"])
    n_rows = sum(1 for _ in read_rows(path))
    for attack, tag in _attacks(options):
        copies_by_row = copied_rows(
            read_rows(path),
            attack,
            field=options["field"],
            id_field=options["id"] or None,
            tag=tag,
            degrees=_degrees(options),
            n_variants=_whole("n", options["n"]),
            seed=_whole("seed", options["seed"]),
        )
        with track(attack.name, total=n_rows, unit="text") as bar:
            for copies in copies_by_row:
                yield from copies
                bar.advance()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
