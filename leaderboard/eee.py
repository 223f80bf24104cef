"""``python -m leaderboard.eee RUN_DIR output=DIR``: a run in the format of Every Eval Ever, schema 0.3.0.

One JSON file per run, where the format's data store would have it. Numbers of single examples stay out: the
format wants the text of each beside them, which most licences do not let a result carry. So do summaries: a
result of the format is of one dataset.

Source: every_eval_ever 0.3.0, eval.schema.json; ``every_eval_ever validate`` checks the file.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from boss.errors import BossError, ResultError
from boss.measurement import BENCHMARK, canonical_json
from boss.results.files import slug, write_atomic
from boss.results.schema import Record, Subject
from boss.results.store import StoredRun, read_run
from leaderboard.submission.settings import read_settings
from robtest.plural import counted

VERSION = "0.3.0"
UNKNOWN = "unknown"
CANONICAL = frozenset({"accuracy"})
"""Metrics whose name means the same everywhere; the others get the benchmark's name before theirs."""
_SETTINGS = ("output", "developer", "organisation")
_OF_MODEL = (
    "revision",
    "adapter",
    "method",
    "weights_sha256",
    "licence",
    "dtype",
    "n_parameters",
    "max_length",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard.eee",
        description="Export a run to Every Eval Ever. See docs/api.md.",
        epilog="settings: output=DIR (default .), developer=NAME of a model whose name has none, "
        "organisation=NAME of who measured; exit code: 0 done, 1 refused",
    )
    parser.add_argument("run", metavar="RUN_DIR", type=Path)
    parser.add_argument("settings", metavar="key=value", nargs="*")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(options.settings, _SETTINGS)
        log = converted(
            read_run(options.run), settings.get("developer"), settings.get("organisation", UNKNOWN)
        )
        file = Path(settings.get("output", ".")) / path_of(log)
        write_atomic(file, json.dumps(log, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        print(f"{counted(len(log['evaluation_results']), 'result')} -> {file}")
    except (BossError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def converted(stored: StoredRun, developer: str | None = None, organisation: str = UNKNOWN) -> dict[str, Any]:
    """Return the log of a run, JSON-ready; the same run gives the same log.

    What the format has no field for stands in its ``additional_details``, as text. What a run does not say is
    left out, or `UNKNOWN` where the format insists.

    Args:
        developer: of the model, where its name is not of the form ``developer/name``.
        organisation: who measured.

    Raises:
        ResultError: if the run has no record, or the model's developer is not known.
    """
    records = [record for record in stored.records if record.status == "active"]
    if not records:
        raise ResultError(f"{stored.path}: the run has no finished number; there is nothing to export")
    run, model = stored.run, _named(records[0].model.id, developer)
    relations = {record.evaluator_relationship for record in records}
    epoch = f"{datetime.fromisoformat(run.created_at).timestamp():.0f}"
    return {
        "schema_version": VERSION,
        "evaluation_id": f"{BENCHMARK}-{run.suite}/{model}/{run.run_id}/{epoch}",
        "evaluation_timestamp": run.created_at,
        "retrieved_timestamp": epoch,
        "source_metadata": {
            "source_name": "BOSS x RobTest",
            "source_type": "evaluation_run",
            "source_organization_name": organisation,
            "evaluator_relationship": relations.pop() if len(relations) == 1 else "other",
        },
        "eval_library": {
            "name": run.code.package,
            "version": run.code.version,
            "additional_details": _details(
                commit=run.code.commit, source_sha256=run.code.source_sha256, command=run.command
            ),
        },
        "model_info": _model(model, [record.model for record in records]),
        "evaluation_results": [_result(record) for record in records],
    }


def path_of(log: Mapping[str, Any]) -> Path:
    """Return where the data store has a log: ``data/collection/developer/model/UUID.json``.

    The UUID is made of the log's id: another export of the run is the same file.
    """
    developer, _, name = log["model_info"]["id"].partition("/")
    digest = uuid.uuid5(uuid.NAMESPACE_URL, log["evaluation_id"])
    folder = Path("data", BENCHMARK, slug(developer), slug(name.replace("/", "_")))
    # The store wants version 4, whose other bits may be any.
    return folder / f"{uuid.UUID(bytes=digest.bytes, version=4)}.json"


def _named(model: str, developer: str | None) -> str:
    """Return ``developer/name``."""
    if "/" in model.strip("/"):
        return model
    if not developer:
        raise ResultError(
            f"the model {model!r:.80} names no developer, under which Every Eval Ever files it; say "
            "developer=NAME"
        )
    return f"{developer}/{model}"


def _model(name: str, subjects: Sequence[Subject]) -> dict[str, Any]:
    """Return what all records say alike of the model; what differs by task stands with each result."""
    alike = {
        key: getattr(subjects[0], key)
        for key in _OF_MODEL
        if len({getattr(subject, key) for subject in subjects}) == 1
    }
    return {
        "name": subjects[0].id,
        "id": name,
        "developer": name.partition("/")[0],
        "additional_details": _details(
            deployment_type=UNKNOWN
            if subjects[0].adapter in ("callable", "predictions")
            else "self_deployed",
            model_availability=UNKNOWN,
            **alike,
        ),
    }


def _result(record: Record) -> dict[str, Any]:
    measurement, model, touched = record.measurement, record.model, record.score.touched
    return {
        "evaluation_result_id": record.record_id,
        "evaluation_name": f"{measurement.suite}/{measurement.name}",
        "source_data": {
            "dataset_name": measurement.dataset,
            "source_type": "other",
            "additional_details": _details(
                task=measurement.task,
                split=measurement.split,
                role=measurement.role,
                revision=measurement.dataset_revision,
                sha256=measurement.dataset_sha256,
                n_total=measurement.n_total,
                n_evaluated=measurement.n_evaluated,
                subset=measurement.subset,
                stand_in=measurement.stand_in,
                recall_only=measurement.recall_only,
            ),
        },
        "evaluation_timestamp": record.created_at,
        "metric_config": _metric(record),
        "score_details": {
            "score": record.score.value,
            "details": _details(
                n_failed=record.score.n_failed,
                n_truncated=record.score.n_truncated,
                n_texts=record.score.n_texts,
                coverage=record.score.coverage,
                touched=None if touched is None else touched.model_dump(mode="json"),
                n_queries=record.cost.n_queries,
                majority=record.majority_value,
                seed=record.seed,
                finetuned_on=model.finetuned_on,
                training_datasets=list(model.training_datasets),
                fingerprint=model.fingerprint,
                verification=record.verification,
            ),
            "uncertainty": _uncertainty(record),
        },
    }


def _metric(record: Record) -> dict[str, Any]:
    score, attack = record.score, record.measurement.attack
    clean = score.aggregate == "clean" and score.metric in CANONICAL
    parameters = {"aggregate": score.aggregate, "degree": score.degree}
    return {
        "evaluation_description": str(record),
        "metric_id": score.metric if clean else f"{BENCHMARK}.{score.metric}.{score.aggregate}",
        "metric_name": score.metric if clean else f"{score.metric}, {score.aggregate}",
        "metric_kind": score.metric,
        "metric_unit": "proportion" if (score.minimum, score.maximum) == (0, 1) else "points",
        "metric_parameters": {name: value for name, value in parameters.items() if value is not None},
        "lower_is_better": not score.higher_is_better,
        "score_type": "continuous",
        "min_score": score.minimum,
        "max_score": score.maximum,
        "additional_details": {} if attack is None else _details(**attack.model_dump(mode="json")),
    }


def _uncertainty(record: Record) -> dict[str, Any]:
    ci = record.score.ci
    resamples = {} if ci.n_resamples is None else {"num_bootstrap_samples": ci.n_resamples}
    return {
        "confidence_interval": {
            "lower": ci.low,
            "upper": ci.high,
            "confidence_level": ci.level,
            "method": f"{ci.method} over {ci.n_units} {ci.unit}s",
        },
        "num_samples": record.score.n_scored,
        **resamples,
    }


def _details(**details: object) -> dict[str, str]:
    """Return what is known as text, which is all that the format takes here."""
    return {
        name: value if isinstance(value, str) else canonical_json(value)
        for name, value in details.items()
        if value is not None
    }


if __name__ == "__main__":
    sys.exit(main())
