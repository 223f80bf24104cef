import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.results.store import read_run
from leaderboard.eee import converted, main, path_of

WriteRun = Callable[..., Path]


@pytest.fixture
def run(write_run: WriteRun, clean: Any, attacked: Any) -> Path:
    path: Path = write_run("some-lab/tf-idf", numbers=clean + attacked)
    return path


def test_a_number_keeps_its_interval_its_n_and_what_identifies_it(run: Path) -> None:
    log = converted(read_run(run))
    results = log["evaluation_results"]
    assert len(results) == len({result["evaluation_result_id"] for result in results}) == 15
    clean = results[0]
    assert clean["evaluation_name"] == "mini/sentiment/reviews/clean"
    assert clean["metric_config"]["metric_id"] == "accuracy"
    assert clean["score_details"]["score"] == 0.8
    uncertainty = clean["score_details"]["uncertainty"]
    assert uncertainty["num_samples"] == 100
    assert uncertainty["confidence_interval"]["lower"] == 0.78
    assert uncertainty["confidence_interval"]["method"] == "wilson over 100 examples"
    assert clean["source_data"]["additional_details"]["role"] == "id"
    worst = next(
        r for r in results if r["metric_config"]["metric_parameters"] == {"aggregate": "worst", "degree": 0.3}
    )
    assert worst["metric_config"]["metric_id"] == "boss-robtest.accuracy.worst"
    assert worst["metric_config"]["additional_details"]["dimension"] == "typo"
    assert worst["metric_config"]["additional_details"]["n_variants"] == "5"


def test_what_is_required_is_there(run: Path) -> None:
    log = converted(read_run(run), organisation="A lab")
    assert log["schema_version"] == "0.3.0"
    assert log["retrieved_timestamp"] == "1735689600"  # 2025-01-01T00:00:00Z
    assert log["source_metadata"]["source_organization_name"] == "A lab"
    assert log["source_metadata"]["evaluator_relationship"] == "first_party"
    assert (log["model_info"]["id"], log["model_info"]["developer"]) == ("some-lab/tf-idf", "some-lab")
    details = log["model_info"]["additional_details"]
    assert (details["deployment_type"], details["model_availability"]) == ("unknown", "unknown")
    metric = log["evaluation_results"][0]["metric_config"]
    assert (metric["lower_is_better"], metric["min_score"], metric["max_score"]) == (False, 0, 1)


def test_details_are_text_as_the_format_wants(run: Path) -> None:
    def each(value: Any, inside: bool = False) -> None:
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(part, dict | list):
                each(part, name in ("additional_details", "details"))
            elif inside:
                assert isinstance(part, str), (name, part)

    each(converted(read_run(run)))


def test_the_command_writes_where_the_store_would_have_it(run: Path, tmp_path: Path, capsys: Any) -> None:
    assert main([str(run), f"output={tmp_path / 'out'}"]) == 0
    (file,) = (tmp_path / "out").rglob("*.json")
    place = file.relative_to(tmp_path / "out").as_posix()
    uuid4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(rf"data/boss-robtest/some-lab/tf-idf/{uuid4}\.json", place)
    written = file.read_bytes()
    assert main([str(run), f"output={tmp_path / 'out'}"]) == 0
    assert file.read_bytes() == written
    assert "15 results" in capsys.readouterr().out


def test_a_hostile_name_stays_in_the_folder(write_run: WriteRun) -> None:
    log = converted(read_run(write_run("../../etc/passwd")))
    assert path_of(log).parts[:2] == ("data", "boss-robtest")
    assert ".." not in path_of(log).parts


def test_a_model_without_a_developer_needs_one(write_run: WriteRun, tmp_path: Path, capsys: Any) -> None:
    run = write_run("tfidf")
    assert main([str(run), f"output={tmp_path / 'out'}"]) == 1
    assert "say developer=NAME" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([str(run), f"output={tmp_path / 'out'}", "developer=ada"]) == 0


def test_a_run_without_a_number_is_refused(write_run: WriteRun, capsys: Any) -> None:
    assert main([str(write_run(numbers=(), status="running"))]) == 1
    assert "nothing to export" in capsys.readouterr().err


def test_the_formats_own_validator_finds_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "every_eval_ever is not installed; it needs Python 3.12"
    core = pytest.importorskip("every_eval_ever.validator.validation_core", reason=reason)
    assert main([str(run), f"output={tmp_path}"]) == 0
    (file,) = (tmp_path / "data").rglob("*.json")
    place = file.relative_to(tmp_path).as_posix()
    report = core.validate_file(file, repo_path=place, available_files={place}, run_semantic_checks=True)
    assert (report.valid, report.errors, report.warnings) == (True, [], [])

    broken = json.loads(file.read_text())
    del broken["model_info"]["id"]
    file.write_text(json.dumps(broken))
    assert not core.validate_file(file, repo_path=place, available_files={place}).valid
