import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from boss.errors import ResultError
from boss.measurement import UNKNOWN, AttackSettings, Measurement
from boss.results.migrations import RECORD_STEPS, RUN_STEPS, Context, Raw, expects, interval_rule, migrate
from boss.results.schema import SCHEMA_VERSION
from boss.results.store import StoredRun, find_runs, read_run
from boss.seam import attack_settings
from robtest.attacks import get_attack

FIXTURES = Path(__file__).with_name("fixtures")
SHIPPED = sorted((Path(__file__).parents[3] / "leaderboard" / "results").glob("*.zip"))
NOTHING = Context({})
ATTACKED = "sentiment/notes/typo-malicious-rule-text"
WORST = ("worst", 0.1)

OldRun = Callable[..., StoredRun]


def test_steps_are_applied_in_order_and_told_of_the_run() -> None:
    def first(raw: Raw, context: Context) -> Raw:
        return {**raw, "names": [raw["name"], context.run["name"]]}

    def second(raw: Raw, context: Context) -> Raw:
        return {key: value for key, value in raw.items() if key != "name"}

    old = {"schema_version": 1, "name": "owl"}
    found = migrate(old, {1: first, 2: second}, Context({"name": "wood"}), current=3)
    assert found == {"schema_version": 3, "names": ["owl", "wood"]}
    assert old == {"schema_version": 1, "name": "owl"}


def test_a_bootstrap_of_version_1_had_its_number_in_every_resample() -> None:
    def migrated(method: str) -> Raw:
        old: Raw = {"schema_version": 1, "score": {"value": 0.5, "ci": {"method": method}}}
        return migrate(old, RECORD_STEPS, NOTHING, current=2)

    assert migrated("bootstrap") == {
        "schema_version": 2,
        "score": {"value": 0.5, "ci": {"method": "bootstrap", "n_undefined": 0}},
    }
    assert migrated("wilson")["score"]["ci"] == {"method": "wilson", "n_undefined": None}


def test_a_run_of_version_2_is_whole() -> None:
    found = migrate({"schema_version": 2}, RUN_STEPS, NOTHING, current=3)
    assert found == {"schema_version": 3, "trimmed": False}


def test_a_version_is_held_to_the_numbers_it_knew() -> None:
    assert [expects(version, "ece", "clean") for version in (1, 2, 3, 4)] == [False, False, True, True]
    assert [expects(version, "accuracy", "d50_worst") for version in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        True,
    ]
    assert expects(1, "accuracy", "worst")


def test_a_version_is_held_to_the_intervals_it_knew() -> None:
    rules = [interval_rule(version) for version in (1, 2, 3, SCHEMA_VERSION)]
    assert [(rule.expanded, rule.welch) for rule in rules] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize("version", [0, 4, "1", None, True])
def test_a_version_without_a_path_to_ours_is_named(version: object) -> None:
    with pytest.raises(
        ResultError, match=f"schema_version {version!r} cannot be read; this code reads version 3"
    ):
        migrate({"schema_version": version}, {2: lambda raw, context: raw}, NOTHING, current=3)


def test_before_version_5_nobody_says_what_share_of_the_texts_was_changed() -> None:
    old, today = read_run(FIXTURES / "v4"), read_run(FIXTURES / "v5")
    assert (old.version, today.version) == (4, 5)
    assert {(r.score.coverage, r.score.touched) for r in old.records} == {(None, None)}
    assert {summary.coverage for summary in old.summaries()} == {None}
    coverages = [r.score.coverage for r in today.records if r.score.degree == 0.1]
    assert coverages == [3 / 4, 3 / 4, 2 / 3]
    # The coverage is measured: it is no part of what the number is of.
    assert [m.id for m in old.measurements()] == [m.id for m in today.measurements()]
    assert [r.record_id for r in old.records] == [r.record_id for r in today.records]


@pytest.fixture
def old_run(tmp_path: Path) -> OldRun:
    """A run of an old version: a fixture whose attack, configuration and data are these."""

    def make(
        *,
        attack: Mapping[str, Any] | None = None,
        nodes: Mapping[str, Any] | None = None,
        data: tuple[str, ...] = (),
        tasks: Mapping[str, str] | None = None,
        version: int = 3,
        **run: Any,
    ) -> StoredRun:
        path = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        shutil.copytree(FIXTURES / f"v{version}", path)
        manifest = json.loads((path / "run.json").read_text())
        manifest["config"]["attack"] = dict(nodes or {})
        manifest["data"] += [{**manifest["data"][0], "dataset": name} for name in data]
        (path / "run.json").write_text(json.dumps({**manifest, **run}))
        lines = [json.loads(line) for line in (path / "records.jsonl").read_text().splitlines()]
        for line in lines:
            if line["cell"]["attack"] is not None:
                line["cell"]["attack"].update(attack or {})
        for name, task in (tasks or {}).items():
            clean = next(line for line in lines if line["cell"]["attack"] is None)
            lines.append({**clean, "cell": {**clean["cell"], "dataset": name, "task": task}})
        (path / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return read_run(path)

    return make


def attacked(run: StoredRun) -> tuple[Measurement, AttackSettings]:
    [found] = [each for each in run.measurements() if each.attack is not None]
    assert found.attack is not None
    return found, found.attack


def node(dimension: str, **options: Any) -> dict[str, Any]:
    """What version 3 had in run.json of an attack of ours."""
    return {dimension: {"_target_": f"robtest.attacks.{dimension}.{dimension.title()}", **options}}


SLIPS = ["delete", "insert", "replace", "swap", "repeat"]


def test_options_are_read_off_the_configuration_by_name(old_run: OldRun) -> None:
    _, attack = attacked(old_run(nodes=node("typo", operators=SLIPS)))
    assert attack.options == {"operators": SLIPS, "misspellings": None}
    assert (attack.changed, attack.name, attack.label) == ({}, "typo", "typo")
    assert (attack.version, attack.search.version) == ("1", "1")
    assert attack.search.options == {"compatible": False}
    # The file did not have to name what it left alone.
    assert attacked(old_run(nodes=node("typo")))[1] == attack


def test_a_changed_option_is_told_and_makes_another_measurement(old_run: OldRun) -> None:
    glyph = {"dimension": "glyph", "version": "1+unicode14+confusables3.3.1"}
    default, _ = attacked(old_run(attack=glyph, nodes=node("glyph")))
    accented, attack = attacked(old_run(attack=glyph, nodes=node("glyph", sources=["accented"])))
    assert attack.options == {"sources": ["accented"], "n_neighbours": 20}
    assert (attack.changed, attack.label) == ({"sources": ["accented"]}, "glyph, sources=[accented]")
    assert default.differences(accented, WORST) == (
        "options.sources: [confusable, accented, described] and [accented]",
    )
    identities = {each.identity(*WORST, run="r") for each in (default, accented)}
    assert len(identities) == 2
    again, _ = attacked(old_run(attack=glyph, nodes=node("glyph")))
    assert again.identity(*WORST, run="another") == default.identity(*WORST, run="r")


def test_a_search_of_version_3_has_all_its_options(old_run: OldRun) -> None:
    score = {"access": "score", "version": "1+score2", "query_budget": 50, "options": {"beam": 4}}
    _, attack = attacked(old_run(attack=score, nodes=node("typo")))
    assert (attack.version, attack.search.version) == ("1", "2")
    assert attack.search.options == {
        "n_candidates": 16,
        "beam": 4,
        "rerank": False,
        "query_budget": 50,
        "compatible": False,
    }


@pytest.mark.parametrize(
    ("access", "version", "edits", "search"),
    [
        ("score", "1+score2", "1", "2"),
        ("decision", "2+wordnet3.0+decision12", "2+wordnet3.0", "12"),
        ("gradient", "1+unicode14+gradient1", "1+unicode14", "1"),
        ("rule", "2+wordnet3.0", "2+wordnet3.0", "1"),
    ],
)
def test_the_version_of_a_guided_attack_is_split_into_edits_and_search(
    old_run: OldRun, access: str, version: str, edits: str, search: str
) -> None:
    _, attack = attacked(old_run(attack={"access": access, "version": version}, nodes=node("typo")))
    assert (attack.version, attack.search.version) == (edits, search)


def test_a_recipe_has_its_name_and_its_budget(old_run: OldRun) -> None:
    recipe = {
        "dimension": "textattack-pwws",
        "access": "score",
        "version": "1+textattack0.3.10+score1",
        "query_budget": 30,
    }
    _, attack = attacked(old_run(attack=recipe))
    assert (attack.version, attack.options) == ("1+textattack0.3.10", {"recipe": "pwws"})
    assert attack.search.model_dump() == {
        "version": "1",
        "options": {"recipe": "pwws", "query_budget": 30},
    }


@pytest.mark.parametrize(
    ("attack", "nodes"),
    [
        ({"dimension": "shouting"}, {"shouting": {"_target_": "lab.attacks.Shouting", "loud": True}}),
        ({}, {"typo": {"_target_": "lab.attacks.Typo"}}),  # of our name, not ours
        ({}, {}),
        ({}, {"typo": "typo"}),
    ],
)
def test_the_options_of_a_foreign_attack_are_unknown_and_equal_nothing(
    old_run: OldRun, attack: Raw, nodes: Raw
) -> None:
    measurement, settings = attacked(old_run(attack=attack, nodes=nodes))
    assert (settings.options, settings.changed) == (UNKNOWN, {})
    assert settings.search.options == {"compatible": False}
    assert measurement.differences(measurement, WORST) == ("options: unknown and unknown",)
    assert measurement.identity(*WORST, run="a") != measurement.identity(*WORST, run="b")


@pytest.mark.parametrize("version", [1, 2])
def test_versions_1_and_2_cannot_tell_options_and_search(old_run: OldRun, version: int) -> None:
    measurement, attack = attacked(old_run(nodes=node("typo"), version=version))
    assert (attack.options, attack.search.version) == (UNKNOWN, UNKNOWN)
    assert measurement.differences(measurement, WORST) == (
        "options: unknown and unknown",
        "version of the search: unknown and unknown",
    )
    # Clean numbers have no attack to be unknown.
    [clean] = [each for each in read_run(FIXTURES / f"v{version}").measurements() if each.attack is None]
    assert clean.differences(clean, ("clean", None)) == ()


def test_an_added_dataset_makes_another_suite(old_run: OldRun) -> None:
    """The sets of the fixture are "notes" alone, which is none of mini's."""
    run = old_run(data=("tweets", "letters", "boolq"), tasks={"letters": "sentiment", "boolq": "nli"})
    assert (run.run.suite, run.run.suite_version, run.run.benchmark_version) == (
        "mini+letters+notes",
        "0.1",
        "1",
    )
    by_task = {each.task: each.suite for each in run.measurements()}
    assert by_task == {"sentiment": "mini+letters+notes", "nli": "mini"}
    assert {each.suite_version for each in run.measurements()} == {"0.1"}
    assert {s.suite for s in old_run().summaries()} == {"mini+notes"}


def test_a_set_of_which_no_record_tells_the_task_counts_for_the_run_alone(old_run: OldRun) -> None:
    run = old_run(data=("letters",))  # it failed
    assert run.run.suite == "mini+letters+notes"
    assert {each.suite for each in run.measurements()} == {"mini+notes"}


def test_a_suite_of_somebodys_own_keeps_its_name(old_run: OldRun) -> None:
    run = old_run(suite="hospital")
    assert run.run.suite == "hospital"


def test_a_failure_of_version_3_names_its_measurement(old_run: OldRun) -> None:
    gone = {"cell": "sentiment/letters", "error": "DataError", "message": "gone"}
    [failure] = old_run(failures=[gone]).run.failures
    assert (failure.measurement, failure.error, failure.message) == (
        "sentiment/letters",
        "DataError",
        "gone",
    )


@pytest.mark.parametrize(
    "dimension",
    ["typo", "glyph", "phonetic", "inflection", "distraction"],
)
@pytest.mark.data
def test_a_run_of_version_3_is_the_measurement_that_is_made_today(old_run: OldRun, dimension: str) -> None:
    """Until a default or a version changes, as those of synonym, contextual and syntax have since."""
    here = get_attack(dimension)
    settings = attack_settings(
        dimension,
        here,
        tag="malicious",
        access="rule",
        field="text",
        search={},
        n_variants=2,
        seed=7,
        degrees=(0.0, 0.1, 0.2),
    )
    said = {"dimension": dimension, "version": here.version, "level": settings.level, "tag": settings.tag}
    old, _ = attacked(old_run(attack=said, nodes=node(dimension)))
    today = old.model_copy(update={"attack": settings})
    assert old.differences(today) == ()
    assert old.id == today.id


@pytest.mark.parametrize("access", ["rule", "decision", "score", "gradient"])
def test_a_search_of_version_3_has_the_options_of_today(old_run: OldRun, access: Any) -> None:
    settings = attack_settings(
        "typo",
        get_attack("typo"),
        tag="malicious",
        access=access,
        field="text",
        search={},
        n_variants=2,
        seed=7,
        degrees=(0.0, 0.1, 0.2),
    )
    _, old = attacked(old_run(attack={"access": access}, nodes=node("typo")))
    assert old.search.options == settings.search.options


def shipped_runs(folder: Path) -> Iterator[StoredRun]:
    for archive in SHIPPED:
        with ZipFile(archive) as file:
            file.extractall(folder / archive.stem)
        for path in find_runs(folder / archive.stem):
            yield read_run(path)


def test_the_shipped_results_know_all_of_their_measurements(tmp_path: Path) -> None:
    runs = list(shipped_runs(tmp_path))
    measurements = [measurement for run in runs for measurement in run.measurements()]
    assert len(runs) == len(SHIPPED) >= 16
    assert {m.suite for m in measurements} == {"mini"}
    assert {m.attack.label for m in measurements if m.attack is not None} >= {"typo", "synonym"}
    for measurement in measurements:
        assert UNKNOWN not in measurement.parts("worst", 0.1).values(), measurement.name
        assert measurement.differences(measurement) == ()
