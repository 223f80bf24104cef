import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.data.suite import Suite, load_suite
from boss.errors import ConfigError, DataError, DatasetMissing

MakeSuite = Callable[..., Path]
HOME = "text,label\n" + "".join(f"thing number {i},positive\n" for i in range(50))
AWAY = "text,label\nfar thing,neutral\n"
READER = {"_target_": "boss.data.readers.table.Delimited", "fields": {"text": "text"}, "label": "label"}


def local(file: str, **options: Any) -> dict[str, Any]:
    return {
        "source": {"_target_": "boss.data.sources.LocalFile", "path": file, **options},
        "reader": READER,
        "files": {"test": ""},
    }


def own(conf: Path, cache: Path, *sources: dict[str, Any], **options: Any) -> Suite:
    path = conf / "dataset" / "own" / "away.yaml"
    spec = {k: v for k, v in json.loads(path.read_text()).items() if k not in ("source", "reader")}
    path.write_text(json.dumps(spec | {"sources": sources} | options))
    return load_suite("own", [conf], cache)


def test_the_first_source_that_has_it_is_taken_and_recorded(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    suite = own(conf, tmp_path, local("none.csv"), local("away.csv"), local("home.csv"))
    _, away = suite.load("sentiment").tests
    assert [example.inputs["text"] for example in away.examples] == ["far thing"]
    before = away.revision
    (conf / "dataset" / "own" / "none.csv").write_text(AWAY.replace("far", "near"))
    _, away = load_suite("own", [conf], tmp_path).load("sentiment").tests
    assert [example.inputs["text"] for example in away.examples] == ["near thing"]
    assert away.revision != before


def test_a_dataset_that_no_source_has_tells_each_reason_and_what_access_asks(
    suite_of: MakeSuite, tmp_path: Path
) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    suite = own(conf, tmp_path, local("one.csv"), local("two.csv"), access="fill in the form of the test")
    ((name, error),) = suite.load("sentiment").failures
    assert (name, type(error)) == ("away", DatasetMissing)
    reasons = str(error).splitlines()
    assert reasons[0] == "none of 2 sources has it:"
    assert reasons[1].startswith("  1. local file one.csv: ")
    assert reasons[2].startswith("  2. local file two.csv: ")
    assert reasons[3] == "  access: fill in the form of the test"


def test_a_source_whose_file_is_damaged_is_seen_and_not_stepped_over(
    suite_of: MakeSuite, tmp_path: Path
) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    suite = own(conf, tmp_path, local("home.csv", sha256="b" * 64), local("away.csv"))
    ((_, error),) = suite.load("sentiment").failures
    assert type(error) is DataError
    assert "has changed: expected sha256 bbb" in str(error)


def test_a_missing_dataset_does_not_make_the_others_be_built_again(
    suite_of: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    suite = own(conf, tmp_path, local("one.csv"))
    first = suite.splits("sentiment")

    def never(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr("boss.data.suite.build", never)
    again = suite.splits("sentiment")
    assert again[0] == first[0] == suite.built("sentiment")
    assert [name for name, _ in again[1]] == ["away"]


@pytest.mark.parametrize(
    "options", [{}, {"sources": [local("a.csv")], "source": {}, "reader": {}}, {"source": {}}]
)
def test_a_dataset_is_had_in_one_way_or_in_a_list_of_ways(
    suite_of: MakeSuite, tmp_path: Path, options: dict[str, Any]
) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    with pytest.raises(ConfigError, match="source and reader"):
        own(conf, tmp_path, **options)
