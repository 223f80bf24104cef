"""The command as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from robtest.__main__ import main
from robtest.dimensions import FAMILIES
from robtest.text import apply
from robtest.types import Edit

TEXT = "a film about two lighthouse keepers"


def test_variants_are_shown_with_their_edits_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([TEXT, "dimension=typo", "degree=0.1", "n=4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    for line in lines:
        realised, marked = line.split("  ", 1)
        assert 0 < float(realised) <= 0.1
        assert "[-" in marked or "{+" in marked


def test_json_gives_text_edits_and_degree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([TEXT, "dimension=glyph", "degree=0.3", "tag=general", "format=json", "seed=4"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 3
    for row in rows:
        edits = [Edit(e["start"], e["end"], e["new"], e["kind"]) for e in row["edits"]]
        assert apply(TEXT, edits) == row["text"]
        assert (row["degree"], row["realised"]) == (0.3, pytest.approx(1 / 6))
        assert all(TEXT[e["start"] : e["end"]] == e["old"] for e in row["edits"])


def test_families_and_stacks_are_shown_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([TEXT, "dimension=case,typo+glyph", "degree=0.2", "n=1", "format=json"]) == 0
    case, stack = json.loads(capsys.readouterr().out)
    assert case["text"].lower() == TEXT
    assert (case["dimension"], stack["dimension"]) == ("case", "typo+glyph")
    assert {edit["kind"].partition(":")[0] for edit in stack["edits"]} <= {"typo", "glyph"}
    assert main(["-h"]) == 0
    assert " ".join(FAMILIES) in capsys.readouterr().out


def test_what_no_screen_shows_is_printed_as_its_code_point(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([TEXT, "dimension=invisible", "degree=0.5", "n=5"]) == 0
    shown = capsys.readouterr().out
    assert "⟨" in shown
    assert "\u200b" not in shown


def test_a_text_too_short_for_a_degree_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["short", "degree=0.1", "n=1"]) == 0
    assert capsys.readouterr().out == "0.000  (no edit fits) short\n"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (
            "dimnsion=typo",
            "unknown option 'dimnsion'; known options: dimension, degree, tag, n, seed, format",
        ),
        ("dimension=tpyo", "known dimensions: typo, glyph"),
        ("dimension=tpyo", "families: invisible, case"),
        ("dimension=typo+tpyo", "unknown dimension 'tpyo'"),
        ("degree=2", "degree must be in [0, 1], got 2"),
        ("degree=much", "degree must be a number, got 'much'"),
        ("n=1.5", "n must be a whole number, got '1.5'"),
        ("n=-1", "n_variants must be 1 or more, got -1"),
        ("tag=both", "tag must be general or malicious, got 'both'"),
        ("format=xml", "format must be text or json, got 'xml'"),
    ],
)
def test_mistakes_are_told_with_the_rule(
    argument: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([TEXT, argument]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""


def test_help_and_no_arguments_show_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "usage: python -m robtest" in capsys.readouterr().out
    assert main([]) == 2
    assert "usage: python -m robtest" in capsys.readouterr().err


def test_the_module_runs_and_loads_nothing_heavy() -> None:
    code = "import sys, robtest.__main__; print(*({'torch', 'textattack', 'boss'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "\n"
    shown = subprocess.run(
        [sys.executable, "-m", "robtest", TEXT], capture_output=True, text=True, check=True
    )
    assert len(shown.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "holds no rows; expected a header line and at least one row"),
        ("a.csv", b"text\n", "holds no rows"),
        ("a.jsonl", b"", "holds no rows; expected at least one JSON object"),
        ("a.txt", b"", "holds no rows; expected at least one line"),
        ("a.csv", b"text,label\nWell, it is bad,x\n", "line 2: as many fields as in the header"),
        ("a.csv", b"PK\x03\x04\xff", "cannot be read"),
        ("a.csv", "text\nÄ\n".encode("latin-1"), "expected UTF-8 csv"),
        ("a.xlsx", b"PK", "the name must end with one of .jsonl, .csv, .tsv, .txt"),
    ],
)
def test_a_file_that_gives_no_copies_is_an_error(
    name: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main([f"file={tmp_path / name}", f"out={tmp_path / 'out.jsonl'}"]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()
