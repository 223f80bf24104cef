"""python -m robtest "some text" dimension=typo degree=0.1: variants with their edits marked."""

import json
import sys
from collections.abc import Sequence

from robtest.api import perturb
from robtest.attacks import DIMENSIONS
from robtest.errors import RobTestError
from robtest.text import mark
from robtest.types import Snapshot, Tag

USAGE = f"""usage: python -m robtest TEXT [key=value ...]

Show perturbed variants of a text, each with its edits marked, [-removed-]{{+added+}}, and the degree
they really reach, which never exceeds the one asked for.

  dimension=typo    {" | ".join(DIMENSIONS)}
  degree=0.1        how much may change, from 0 to 1
  tag=malicious     what is counted: characters (malicious) or words (general)
  n=3               number of variants
  seed=0
  format=text       text | json"""

DEFAULTS = {
    "dimension": "typo",
    "degree": "0.1",
    "tag": "malicious",
    "n": "3",
    "seed": "0",
    "format": "text",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    text = arguments[0]
    try:
        options = _options(arguments[1:])
        snapshots = _variants(text, options)
        shown = _json(text, snapshots) if options["format"] == "json" else _plain(text, snapshots)
    except (ValueError, RobTestError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(shown)
    return 0


def _options(arguments: Sequence[str]) -> dict[str, str]:
    given = dict(argument.partition("=")[::2] for argument in arguments)
    unknown = [key for key in given if key not in DEFAULTS]
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known options: {', '.join(DEFAULTS)}")
    options = {**DEFAULTS, **given}
    if options["format"] not in ("text", "json"):
        raise ValueError(f"format must be text or json, got {options['format']!r}")
    return options


def _variants(text: str, options: dict[str, str]) -> list[Snapshot]:
    """Return one snapshot per variant."""
    tag: Tag = "general" if options["tag"] == "general" else "malicious"
    if options["tag"] != tag:
        raise ValueError(f"tag must be general or malicious, got {options['tag']!r}")
    trajectories = perturb(
        text,
        dimension=options["dimension"],
        degrees=[_number("degree", options["degree"])],
        n_variants=_whole("n", options["n"]),
        tag=tag,
        seed=_whole("seed", options["seed"]),
    )
    return [trajectory.snapshots[-1] for trajectory in trajectories]


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


def _plain(text: str, snapshots: Sequence[Snapshot]) -> str:
    notes = ["(no edit fits) " if shot.unperturbable else "" for shot in snapshots]
    return "\n".join(
        f"{shot.realised:.3f}  {note}{mark(text, shot.edits)}"
        for shot, note in zip(snapshots, notes, strict=True)
    )


def _json(text: str, snapshots: Sequence[Snapshot]) -> str:
    rows = [
        {
            "text": shot.text,
            "degree": shot.degree,
            "realised": shot.realised,
            "unperturbable": shot.unperturbable,
            "edits": [
                {"start": e.start, "end": e.end, "old": text[e.start : e.end], "new": e.new, "kind": e.kind}
                for e in shot.edits
            ],
        }
        for shot in snapshots
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
