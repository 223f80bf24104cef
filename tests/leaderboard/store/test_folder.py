from pathlib import Path

import pytest

from boss.errors import ConfigError
from leaderboard.store.folder import SHIPPED, Folders, folders_of, shows_texts, upload_options

BOARD = "BOSS_BOARD"


def test_the_option_wins_over_the_variable_and_that_over_the_default() -> None:
    assert folders_of(["--runs", "a"], {"BOSS_RUNS": "b"}).own == Path("a")
    assert folders_of([], {"BOSS_RUNS": "b"}).own == Path("b")
    assert folders_of([], {}).own == Path("runs")


def test_options_of_streamlit_are_let_through() -> None:
    assert folders_of(["--server.port=1", "--runs=a"], {}).own == Path("a")


def test_the_shipped_results_are_shown_unless_the_option_or_the_variable_leaves_them_out() -> None:
    assert folders_of([], {}) == folders_of([], {"BOSS_SHIPPED": "on"}) == Folders(Path("runs"), SHIPPED)
    assert folders_of(["--no-shipped"], {"BOSS_SHIPPED": "on"}) == Folders(Path("runs"))
    assert folders_of([], {"BOSS_SHIPPED": "off"}) == Folders(Path("runs"))


def test_a_misspelt_variable_says_what_it_may_be() -> None:
    with pytest.raises(ConfigError, match="BOSS_SHIPPED is 'no'; it must be on or off"):
        folders_of([], {"BOSS_SHIPPED": "no"})


def test_texts_are_shown_where_they_were_switched_on_and_nowhere_else() -> None:
    assert not shows_texts([], {})
    assert not shows_texts(["--server.address=localhost"], {"BOSS_TEXTS": "off"})
    assert shows_texts(["--texts"], {}) and shows_texts([], {"BOSS_TEXTS": "on"})
    with pytest.raises(ConfigError, match="BOSS_TEXTS is 'maybe'; it must be on or off"):
        shows_texts([], {"BOSS_TEXTS": "maybe"})


def test_only_a_site_with_a_queue_takes_more_than_a_megabyte() -> None:
    assert upload_options([], {}) == upload_options([], {BOARD: ""}) == []
    assert upload_options([], {BOARD: "board"}) == ["--server.maxUploadSize=256"]


def test_a_limit_of_ones_own_stays() -> None:
    assert upload_options(["--server.maxUploadSize=8"], {BOARD: "board"}) == []
    assert upload_options([], {BOARD: "board", "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "8"}) == []
