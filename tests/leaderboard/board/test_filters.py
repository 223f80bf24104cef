from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from leaderboard.board.filters import Filter, facts, mask
from leaderboard.store.index import read_runs

MODELS = pd.DataFrame(
    {
        "model": ["tfidf", "small-encoder", "large-encoder"],
        "method": ["default", "linear_probe", "finetune"],
        "size": ["unknown", "10 M to 100 M", "100 M to 1 B"],
        "verification": ["uploaded", "recomputed", "rerun"],
        "measured": ["2025-01-01", "2025-02-01", "2025-03-01"],
    }
)


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        (Filter(), [0, 1, 2]),
        (Filter("encoder"), [1, 2]),
        (Filter("ENCODER small"), [1]),
        (Filter("tfidf|large"), [0, 2]),
        (Filter("probe"), [1]),
        (Filter(".*"), []),
        (Filter("|"), [0, 1, 2]),
        (Filter(methods=("default", "finetune")), [0, 2]),
        (Filter(sizes=("unknown",)), [0]),
        (Filter(verification="recomputed"), [1, 2]),
        (Filter(since=date(2025, 2, 1)), [1, 2]),
        (Filter("encoder", sizes=("100 M to 1 B",), since=date(2025, 4, 1)), []),
    ],
)
def test_a_filter_keeps_the_rows_that_fulfil_all_of_it(choice: Filter, kept: list[int]) -> None:
    assert list(MODELS.index[mask(MODELS, choice)]) == kept


def test_facts_are_of_the_least_verified_and_the_newest_number(write_run: Callable[..., Path]) -> None:
    write_run("a", day=3)
    records = read_runs(write_run("b", day=5).parent).records
    trusted = (records["model"] == "a") & (records["dataset"] != "tweets")
    records.loc[trusted, "verification"] = "rerun"
    records.loc[records["model"] == "b", "n_parameters"] = 2.5e7
    found = facts(records).set_index("model")
    assert found.loc["a", ["verification", "measured", "size"]].to_list() == [
        "uploaded",
        "2025-01-03",
        "unknown",
    ]
    assert found.loc["b", "size"] == "10 M to 100 M"
