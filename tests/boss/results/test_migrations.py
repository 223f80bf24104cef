import pytest

from boss.errors import ResultError
from boss.results.migrations import Raw, migrate


def test_steps_are_applied_in_order() -> None:
    def first(raw: Raw) -> Raw:
        return {**raw, "names": [raw["name"]]}

    def second(raw: Raw) -> Raw:
        return {key: value for key, value in raw.items() if key != "name"}

    old = {"schema_version": 1, "name": "owl"}
    assert migrate(old, {1: first, 2: second}, current=3) == {"schema_version": 3, "names": ["owl"]}
    assert old == {"schema_version": 1, "name": "owl"}


@pytest.mark.parametrize("version", [0, 4, "1", None, True])
def test_a_version_without_a_path_to_ours_is_named(version: object) -> None:
    with pytest.raises(
        ResultError, match=f"schema_version {version!r} cannot be read; this code reads version 3"
    ):
        migrate({"schema_version": version}, {2: lambda raw: raw}, current=3)
