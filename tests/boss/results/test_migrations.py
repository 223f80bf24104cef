import pytest

from boss.errors import ResultError
from boss.results.migrations import RECORD_STEPS, RUN_STEPS, Raw, known, migrate


def test_steps_are_applied_in_order() -> None:
    def first(raw: Raw) -> Raw:
        return {**raw, "names": [raw["name"]]}

    def second(raw: Raw) -> Raw:
        return {key: value for key, value in raw.items() if key != "name"}

    old = {"schema_version": 1, "name": "owl"}
    assert migrate(old, {1: first, 2: second}, current=3) == {"schema_version": 3, "names": ["owl"]}
    assert old == {"schema_version": 1, "name": "owl"}


def test_a_bootstrap_of_version_1_had_its_number_in_every_resample() -> None:
    def migrated(method: str) -> Raw:
        old: Raw = {"schema_version": 1, "score": {"value": 0.5, "ci": {"method": method}}}
        return migrate(old, RECORD_STEPS, current=2)

    assert migrated("bootstrap") == {
        "schema_version": 2,
        "score": {"value": 0.5, "ci": {"method": "bootstrap", "n_undefined": 0}},
    }
    assert migrated("wilson")["score"]["ci"] == {"method": "wilson", "n_undefined": None}


def test_a_run_of_version_2_is_whole() -> None:
    assert migrate({"schema_version": 2}, RUN_STEPS, current=3) == {"schema_version": 3, "trimmed": False}


def test_a_version_is_held_to_the_numbers_it_knew() -> None:
    assert [known(version, "ece", "clean") for version in (1, 2, 3)] == [False, False, True]
    assert [known(version, "accuracy", "d50_worst") for version in (1, 2, 3)] == [False, True, True]
    assert known(1, "accuracy", "worst")


@pytest.mark.parametrize("version", [0, 4, "1", None, True])
def test_a_version_without_a_path_to_ours_is_named(version: object) -> None:
    with pytest.raises(
        ResultError, match=f"schema_version {version!r} cannot be read; this code reads version 3"
    ):
        migrate({"schema_version": version}, {2: lambda raw: raw}, current=3)
