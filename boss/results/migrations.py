"""Older run directories, read as if they were written today.

Every change of what a run directory holds raises SCHEMA_VERSION, adds the step from the version before it
here, and adds a run of the old version to ``tests/boss/results/fixtures``, which stays readable for good.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from boss.errors import ResultError
from boss.measurement import UNKNOWN
from boss.metrics.intervals import IntervalRule
from boss.results.schema import SCHEMA_VERSION, Aggregate

Raw = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What migrating a line needs besides the line itself.

    Attributes:
        run: run.json as it was written.
        tasks: dataset -> its task, as far as records tell.
    """

    run: Raw
    tasks: Mapping[str, str] = field(default_factory=dict)


Step = Callable[[Raw, Context], Raw]


def _same(raw: Raw, context: Context) -> Raw:
    return raw


def _record_1(raw: Raw, context: Context) -> Raw:
    """Say of a bootstrap that every resample had the number, which was so of all numbers of version 1."""
    score = raw["score"]
    ci = score["ci"]
    n_undefined = 0 if ci["method"] == "bootstrap" else None
    return {**raw, "score": {**score, "ci": {**ci, "n_undefined": n_undefined}}}


def _run_2(raw: Raw, context: Context) -> Raw:
    """Say that the predictions are whole: trimming came with version 3."""
    return {**raw, "trimmed": False}


def _run_3(raw: Raw, context: Context) -> Raw:
    """Tell the benchmark's version from the suite's, and an extended suite from the suite."""
    failures = [{**rest, "measurement": name} for name, rest in (_taken(f, "cell") for f in raw["failures"])]
    suite = _suite(raw["suite"], context, set(context.tasks.values()) | {None})
    return {
        **raw,
        "benchmark_version": "1",
        "suite": suite,
        "suite_version": raw["benchmark_version"],
        "failures": failures,
    }


def _record_3(raw: Raw, context: Context) -> Raw:
    """Make a measurement of the cell: every option of attack and search, read off run.json."""
    cell, rest = _taken(raw, "cell")
    attack, data = _taken(cell, "attack")
    measurement = {
        **data,
        "benchmark": rest.pop("benchmark"),
        "benchmark_version": "1",
        "suite": _suite(data["suite"], context, {data["task"]}),
        "suite_version": rest.pop("benchmark_version"),
        "attack": None if attack is None else _attack_3(attack, context.run),
    }
    return {**rest, "measurement": measurement}


def _summary_3(raw: Raw, context: Context) -> Raw:
    """Name the measurements behind it, and the attack as the run calls it."""
    names, rest = _taken(raw, "cells")
    attack, rest = _taken(rest, "attack")
    if attack is not None:
        attack = {key: value for key, value in attack.items() if key != "query_budget"}
        attack = {**attack, "name": attack["dimension"]}
    suite = _suite(rest["suite"], context, {rest["task"]})
    old = ("benchmark", "benchmark_version")
    kept = {key: value for key, value in rest.items() if key not in old}
    return {**kept, "suite": suite, "attack": attack, "measurements": names}


def _taken(raw: Raw, key: str) -> tuple[Any, Raw]:
    return raw[key], {name: value for name, value in raw.items() if name != key}


_SUITES_3: Mapping[str, Mapping[str, frozenset[str]]] = {
    "mini": {
        "sentiment": frozenset({"amazon_snippets", "movie_snippets", "nyt_snippets", "tweets"}),
        "toxicity": frozenset({"insults", "real_toxicity_prompts"}),
        "nli": frozenset({"snli", "boolq", "consumer_contracts", "factual_summaries"}),
        "ner": frozenset({"conll_other", "conll_sport", "presidio_templates"}),
        "qa": frozenset({"squad", "disflqa", "narrativeqa", "quac"}),
    },
    "boss": {
        "sentiment": frozenset({"amazon", "dynasent", "semeval", "sst5"}),
        "toxicity": frozenset({"civil_comments", "adv_civil", "implicit_hate", "toxigen"}),
        "nli": frozenset({"mnli", "anli", "contract_nli", "wanli"}),
        "ner": frozenset({"fewnerd", "conll", "ener", "wnut"}),
        "qa": frozenset({"squad", "advqa", "newsqa", "searchqa"}),
    },
}
"""The datasets of the suites up to schema version 3, when an added one did not change a suite's name."""


def _suite(name: str, context: Context, tasks: set[str | None]) -> str:
    """Return the name of a suite, extended by the datasets of some tasks that are not its own.

    Args:
        tasks: with None, datasets count whose task no record tells.
    """
    own = _SUITES_3.get(name)
    if own is None:
        return name
    measured = {entry["dataset"] for entry in context.run["data"] if entry["split"] == "test"}
    added = measured - frozenset().union(*own.values())
    return "+".join([name, *sorted(dataset for dataset in added if context.tasks.get(dataset) in tasks)])


_TAGGER = {"class": "robtest.language.tagger.SpacyTagger", "model": None}
_DEFAULTS_3: Mapping[str, Raw] = {
    "typo": {"operators": ["delete", "insert", "replace", "swap", "repeat"], "misspellings": None},
    "glyph": {"sources": ["confusable", "accented", "described"], "n_neighbours": 20},
    "phonetic": {"homophones": False, "dictionary": None},
    "synonym": {
        "sources": ["wordnet"],
        "n_synonyms": 5,
        "n_senses": 3,
        "threshold": 0.7,
        "table": None,
        "tagger": _TAGGER,
    },
    "contextual": {"model": None, "device": "cpu", "n_candidates": 8, "tagger": _TAGGER},
    "inflection": {"tagger": _TAGGER},
    "syntax": {
        "kinds": [
            *("contraction", "expansion", "adverb", "passive", "active"),
            *("fronting", "cleft", "coordination", "dative"),
        ],
        "parser": {"class": "robtest.language.parser.SpacyParser", "model": None},
        "model": None,
        "pivot": None,
        "prefix": "",
        "n_paraphrases": 3,
        "device": "cpu",
    },
    "distraction": {
        "kinds": ["statement", "tautology", "url", "handle"],
        "statements": {"n": 60, "sha256": "0276da05ae4b09139ad3d6bbf7ebaa826e73151f023812bff417c4fa017d5527"},
    },
}
"""What a dimension had by default in all code that wrote version 3, as `robtest.settings` writes it."""

_CLIMB_3 = {"beam": 1, "rerank": False}
_SEARCHES_3: Mapping[str, Raw] = {
    "rule": {},
    "decision": {"n_candidates": 16},
    "score": {"n_candidates": 16, **_CLIMB_3},
    "gradient": {"n_candidates": 4, **_CLIMB_3},
}
_GUIDED = re.compile(r"(?P<edits>.*)\+(?:decision|score|gradient)(?P<search>\d+)")
_PIPELINE = re.compile(r"en_core_web_sm[0-9.]+\+spacy[0-9.]+")


def _attack_3(attack: Raw, run: Raw) -> Raw:
    """Return an attack's settings; of versions 1 and 2, and of foreign attacks, the options are unknown.

    Versions 1 and 2 do not tell the version of rule access either.
    """
    dimension, access = attack["dimension"], attack["access"]
    search_options, rest = _taken(attack, "options")
    budget, rest = _taken(rest, "query_budget")
    guided = _GUIDED.fullmatch(attack["version"])
    is_v3 = run["schema_version"] == 3
    defaults, node = _DEFAULTS_3.get(dimension), _configured(dimension, run)
    options: Any = UNKNOWN
    changed: Raw = {}
    if is_v3 and defaults is not None and node is not None:
        options = {**_with_version(defaults, attack["version"]), **node}
        changed = {key: value for key, value in node.items() if value != defaults.get(key)}
    recipe = dimension.removeprefix("textattack-")
    if is_v3 and recipe != dimension:
        options = {"recipe": recipe}
        search: Any = {"recipe": recipe, "query_budget": budget}
    else:
        search = {**_SEARCHES_3[access], "compatible": False, **search_options}
        search |= {} if access == "rule" else {"query_budget": budget}
    version = guided["search"] if guided else "1"
    return {
        **rest,
        "name": dimension,
        "version": guided["edits"] if guided else attack["version"],
        "options": options,
        "changed": changed,
        "search": {"version": version if is_v3 else UNKNOWN, "options": search},
    }


def _configured(dimension: str, run: Raw) -> Raw | None:
    """Return the options that a run's configuration gave a dimension of ours; None where it does not tell."""
    for node in run["config"].get("attack", {}).values():
        target = str(node.get("_target_", "")) if isinstance(node, dict) else ""
        if target.lower() == f"robtest.attacks.{dimension}.{dimension}":
            return {key: value for key, value in node.items() if key != "_target_"}
    return None


def _with_version(options: Raw, version: str) -> Raw:
    """Return default options; the tagger or parser among them has the version the attack's names."""
    pipeline = _PIPELINE.search(version)
    return {
        key: {**value, "version": pipeline.group()}
        if isinstance(value, dict) and "class" in value and pipeline
        else value
        for key, value in options.items()
    }


RUN_STEPS: dict[int, Step] = {1: _same, 2: _run_2, 3: _run_3, 4: _same}
"""Version -> function from a run.json of that version to one of the next."""

RECORD_STEPS: dict[int, Step] = {1: _record_1, 2: _same, 3: _record_3, 4: _same}
"""Version -> function from a line of records.jsonl of that version to one of the next."""

SUMMARY_STEPS: dict[int, Step] = {2: _same, 3: _summary_3, 4: _same}
"""The same for summaries.jsonl, which began with version 2."""

SUMMARIES_SINCE = 2
AGGREGATES_UNTIL: dict[int, frozenset[Aggregate]] = {1: frozenset({"clean", "average", "worst"})}
"""Version -> all aggregates it knew: what came later is not missed in a run of that version."""

EXPANDED_SINCE = 3
"""The version whose bootstrap intervals are widened for few units (`boss.metrics.intervals.IntervalRule`)."""

WELCH_SINCE = 4
"""The version whose summaries allow for sets of different size."""

IDENTITY_SINCE = 4
"""The version since which measurements and models are written as today: their digests can be made again."""

COVERAGE_SINCE = 5
"""The version since which an attacked number says how much of its texts were changed."""

INTERVALS_SINCE: dict[Aggregate, int] = {"d50_average": 3, "d50_worst": 3}
"""Aggregate -> the version since which its interval is made as it is now: since then d50 counts the chance
level's own uncertainty. The intervals that older versions gave them cannot be made again."""

METRICS_SINCE = {"brier": 3, "ece": 3, "confidence_when_wrong": 3}
"""Metric -> the version it came with; all others are of version 1."""


def expects(version: int, metric: str, aggregate: Aggregate) -> bool:
    """Whether a run of ``version`` must hold this number; those added later are not missed in it."""
    aggregates = AGGREGATES_UNTIL.get(version)
    return METRICS_SINCE.get(metric, 1) <= version and (aggregates is None or aggregate in aggregates)


def interval_rule(version: int) -> IntervalRule:
    """Return the rule by which runs of ``version`` made their bootstrap intervals."""
    return IntervalRule(expanded=version >= EXPANDED_SINCE, welch=version >= WELCH_SINCE)


def migrate(raw: Raw, steps: dict[int, Step], context: Context, current: int = SCHEMA_VERSION) -> Raw:
    """Return ``raw`` as the current version would have written it.

    Raises:
        ResultError: naming the version, if no chain of steps leads from it to the current one.
    """
    stored_version = raw.get("schema_version")
    version = stored_version
    while version != current:
        if not isinstance(version, int) or version not in steps:
            raise ResultError(
                f"schema_version {stored_version!r} cannot be read; this code reads version {current} and "
                f"older ones it has a migration for ({', '.join(map(str, sorted(steps))) or 'none'}). "
                "Upgrade boss-robtest, or measure again."
            )
        raw = {**steps[version](raw, context), "schema_version": version + 1}
        version += 1
    return raw
