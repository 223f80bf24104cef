from pathlib import Path

from leaderboard.folder import runs_folder


def test_the_option_wins_over_the_variable_and_that_over_the_default() -> None:
    assert runs_folder(["--runs", "a"], {"BOSS_RUNS": "b"}) == Path("a")
    assert runs_folder([], {"BOSS_RUNS": "b"}) == Path("b")
    assert runs_folder([], {}) == Path("runs")


def test_options_of_streamlit_are_let_through() -> None:
    assert runs_folder(["--server.port=1", "--runs=a"], {}) == Path("a")
