"""The table of all systems in README.md is the board's own export of the shipped results."""

from pathlib import Path

import pandas as pd
import pytest

from leaderboard.board.all_tasks import summary
from leaderboard.board.display import MARK
from leaderboard.board.site import read
from leaderboard.store.folder import SHIPPED, Folders

README = Path(__file__).parents[2] / "README.md"
HEAD = "| Task | System | Rank |"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("none")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOSS_CACHE", str(tmp_path_factory.mktemp("cache")))
        return summary(read(Folders(folder, SHIPPED)), "mini")


def lines_of_readme() -> list[str]:
    lines = README.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(HEAD))
    end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
    return [lines[start], *lines[start + 2 : end]]


def test_every_row_of_the_readme_is_a_row_of_the_boards_export(exported: pd.DataFrame) -> None:
    head, *rows = lines_of_readme()
    assert head == f"| {' | '.join(exported.columns)} |"
    known = {f"| {' | '.join(row)} |" for row in exported.itertuples(index=False, name=None)}
    assert [row for row in rows if row not in known] == []
    assert len(rows) == len(set(rows))


def test_every_system_that_was_attacked_in_full_is_in_the_readme(exported: pd.DataFrame) -> None:
    _, *rows = lines_of_readme()
    whole = exported[~exported["Under attack"].str.contains(MARK) & (exported["Under attack"] != "–")]
    wanted = [f"| {' | '.join(row)} |" for row in whole.itertuples(index=False, name=None)]
    assert len(wanted) > 15
    assert [row for row in wanted if row not in rows] == []
