import csv
import json
from pathlib import Path

import pytest

from robtest import perturb
from robtest.__main__ import main
from robtest.attacks.typo import Typo
from robtest.copies import copied_rows, copies
from robtest.types import Text

ROWS: list[dict[str, object]] = [
    {"name": "a", "text": "The harbour was empty before noon.", "label": "0"},
    {"name": "b", "text": "Three boats came home full of herring.", "label": "1"},
]


def test_copies_are_the_variants_perturb_makes_of_the_same_text() -> None:
    value = str(ROWS[0]["text"])
    ((*found,),) = copies(
        [(value, Text(value))], Typo(), tag="malicious", degrees=[0, 0.1, 0.2], n_variants=2
    )
    made = perturb(value, dimension="typo", degrees=[0, 0.1, 0.2], n_variants=2)
    shots = [shot for trajectory in made for shot in trajectory.snapshots if shot.degree > 0]
    assert [copy.shot for copy in found] == shots
    assert [(copy.variant, copy.shot.degree) for copy in found] == [(0, 0.1), (0, 0.2), (1, 0.1), (1, 0.2)]


def test_a_row_keeps_its_columns_and_its_copies_depend_on_its_id_alone() -> None:
    def made(rows: list[dict[str, object]]) -> dict[str, list[object]]:
        found = copied_rows(rows, Typo(), id_field="name", tag="malicious", degrees=[0.2])
        return {str(row["name"]): [row["text"], row["label"], row["original"]] for (row,) in found}

    together = made(ROWS)
    assert together == made(ROWS[::-1])
    assert together["b"][1:] == ["1", ROWS[1]["text"]]
    renamed = made([{**ROWS[0], "name": "c"}])["c"]
    assert renamed[0] != together["a"][0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "a", "review": "fine"}, "row 1: column 'text' must hold text; its columns: name, review"),
        ({"name": "a", "text": 3}, "row 1: column 'text' must hold text"),
        ({"name": "a", "text": "A calm evening.", "degree": "9"}, "column 'degree' would be written over"),
    ],
)
def test_rows_that_cannot_be_copied_are_refused(row: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match="column") as error:
        list(copied_rows([row], Typo(), tag="malicious", degrees=[0.2]))
    assert said in str(error.value)


def test_the_command_writes_copies_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "given.csv", tmp_path / "out.jsonl"
    with given.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["name", "text", "label"])
        writer.writeheader()
        writer.writerows(ROWS)
    arguments = [f"file={given}", f"out={out}", "dimension=typo,glyph", "degree=0.1,0.3", "n=2", "id=name"]
    assert main(arguments) == 0
    assert capsys.readouterr().err.endswith(f"16 copies in {out}\n")
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["dimension"] for row in rows] == ["typo"] * 8 + ["glyph"] * 8
    assert all(row["realised"] <= row["degree"] and row["text"] != row["original"] for row in rows)
    assert main(arguments) == 2
    assert "exists and is not overwritten" in capsys.readouterr().err


def test_a_file_without_its_counterpart_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["file=reviews.csv"]) == 2
    assert "file=FILE and out=FILE go together" in capsys.readouterr().err
