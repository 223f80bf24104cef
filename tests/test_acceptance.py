"""The table of docs/acceptance.md names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`((?:[\w/]+\.py)?)(?:::(test_\w+))?`")


def test_every_named_test_is_there() -> None:
    file, missing, n_named = "", [], 0
    for name, test in NAMED.findall((ROOT / "docs" / "acceptance.md").read_text(encoding="utf-8")):
        file = name or file  # `::test` is of the file named before it
        path = ROOT / "tests" / file
        n_named += 1
        if not path.is_file() or (test and f"\ndef {test}(" not in path.read_text(encoding="utf-8")):
            missing.append(f"{file}::{test}")
    assert missing == []
    assert n_named > 40
