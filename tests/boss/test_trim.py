import shutil
from pathlib import Path

import pytest

from boss.results.store import read_run
from boss.trim import main

FIXTURES = Path(__file__).parent / "results" / "fixtures"


def test_the_command_prints_the_new_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FIXTURES / "v3"), f"output={tmp_path}"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert read_run(Path(line)).run.trimmed
    assert Path(line).is_relative_to(tmp_path)


def test_what_cannot_be_trimmed_is_said_and_ends_in_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(FIXTURES / "v3", tmp_path / "run")
    (run / "summaries.jsonl").unlink()
    assert main([str(run), f"output={tmp_path / 'small'}"]) == 1
    assert "error: " in (said := capsys.readouterr().err) and "differs from its predictions" in said


@pytest.mark.parametrize("word", ["small", "output=", "to=small"])
def test_an_output_that_is_none_is_named(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(FIXTURES / "v3"), word])
    assert f"must be output=DIR, got '{word}'" in capsys.readouterr().err
