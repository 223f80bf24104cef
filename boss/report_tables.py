"""The tables of a run as data: clean and under attack, dataset by dataset and summed up, with intervals."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boss.measurement import AttackSettings
from boss.metrics.noise import FLIP_RATE
from boss.metrics.upstream import SUFFIX
from boss.results.schema import LEAST_COVERAGE, ROUNDING, Aggregate, Cost, Record, Score, Touched
from boss.results.summary import AttackGroup, Summary
from boss.tables import Cell, Section
from boss.tasks import Task
from robtest.plural import counted

if TYPE_CHECKING:
    from boss.require import Verdict

FEW = "few"
"""Beside a coverage below `LEAST_COVERAGE`."""
_COVERAGE = (
    "changed: the part of the examples that the attack could change, where it is not all; the others keep "
    f"their clean answer ({FEW}, and dim: less than half); on these: the number on the changed ones alone"
)
_CUT = "cut: the part of the texts that were longer than the model reads"
_FAILED = "failed: texts without an answer, which count as wrong"
_FLIPS = "flips: the part of the texts answered otherwise a second time; a difference below it is noise"
_BARS = "bar: what require= asks of the number, and whether it held"
_FEWEST_IN_PROFILE = 3
_OVERALL = "overall"  # boss.targets.OVERALL, whose module needs the whole job
_BAR = 12
_CAPABILITIES = {
    "typo": "slips of the hand",
    "glyph": "look-alike characters",
    "phonetic": "written as it sounds",
    "synonym": "same meaning",
    "contextual": "fits as well",
    "inflection": "other word forms",
    "syntax": "put otherwise",
    "distraction": "beside the point",
}
_RECALL = "* recall: all examples have one class"
ROLES = {"id": "ID", "ood": "OOD"}

Number = Score | Summary


def sections(
    records: Sequence[Record],
    summaries: Sequence[Summary],
    degree: float,
    verdicts: "Sequence[Verdict]" = (),
) -> Iterator[Section]:
    """Yield the tables of each task: clean, under attack, and the profile where there are enough attacks."""
    for name in dict.fromkeys(record.measurement.task for record in records):
        own = [record for record in records if record.measurement.task == name]
        over = [summary for summary in summaries if summary.task == name]
        bars = [verdict for verdict in verdicts if verdict.bar.target.task == name]
        if any(record.measurement.attack is None for record in own):
            yield _clean(own, over, bars)
        if any(record.measurement.attack is not None for record in own):
            yield _attacked(own, over, degree, bars)
            if (profile := _profile(own, over, degree)) is not None:
                yield profile


def _clean(records: Sequence[Record], summaries: Sequence[Summary], bars: "Sequence[Verdict]") -> Section:
    """Return the table of the clean numbers of a task."""
    first = records[0]
    task = first.measurement.definition
    note = " (stand-in for BOSS)" if first.measurement.stand_in else ""
    clean = [record for record in records if record.measurement.attack is None]
    beside = [SUFFIX] if any(record.measurement.scoring == "boss" for record in clean) else []
    noisy = [FLIP_RATE] if any(record.score.metric == FLIP_RATE for record in clean) else []
    columns = ("n", task.metric, *(task.metric + suffix for suffix in beside), *("flips" for _ in noisy))
    columns += ("majority",)
    unnoted = [None for _ in noisy]
    title = f"{task.name}, {first.model.id} {first.model.method}, suite {first.measurement.suite}{note}"
    section = Section(title, "dataset", columns, caption=["percent, with 95 % intervals"])
    for dataset, cell in _by_dataset(clean):
        score, majority = cell[0].score, cell[0].majority_value  # a cell begins with its headline metric
        line = "-" if majority is None else _percent(majority)
        of_metric = {record.score.metric: record.score for record in cell}
        others: list[Number | None] = [of_metric.get(score.metric + suffix) for suffix in beside]
        shown = (score, *others, *(of_metric.get(name) for name in noisy))
        section.add(dataset, f"{score.n_scored:,}", *(cell_of(number, 1) for number in shown), line)
        _notes(section, [None, score, *others, *unnoted, None], bars, _places(cell[0], records), None)
    means = {(s.metric, s.over): s for s in summaries if s.attack is None and s.role == "ood"}
    for (metric, over), summary in means.items():
        if metric == task.metric and summary.n_datasets > 1:
            others = [means.get((metric + suffix, over)) for suffix in beside]
            all_shown = (summary, *others, *(means.get((name, over)) for name in noisy))
            section.add(f"OOD {over}", f"{summary.n_scored:,}", *(cell_of(n, 1) for n in all_shown), "")
            _notes(section, [None, summary, *others, *unnoted, None], bars, {f"ood_{over}"}, None)
    section.caption += [*(_FLIPS for _ in noisy), *_explained(section), *_recall_note(records)]
    section.caption += _fitted_note(records)
    return section


def total_cost(records: Sequence[Record]) -> Cost:
    """Return what the measurements behind records cost together; each has one cost, and several records."""
    costs = {record.measurement.name: record.cost for record in records}
    return Cost.total(costs.values())


def _confirmed(records: Sequence[Record]) -> list[str]:
    """Return in words how many successes were asked about again, where a model may answer otherwise then."""
    cost = total_cost(records)
    if cost.n_again is None:
        return []
    n_again, n_unconfirmed = f"{cost.n_again:,}", f"{cost.n_unconfirmed or 0:,}"
    return [
        f"a copy counts as answered worse where it is so twice: of {n_again} that were asked again "
        f"{n_unconfirmed} did not stand"
    ]


def _attacked(
    records: Sequence[Record], summaries: Sequence[Summary], degree: float, bars: "Sequence[Verdict]"
) -> Section:
    """Return the table of a task under attack."""
    attacked = [record for record in records if record.measurement.attack is not None]
    task, attack = attacked[0].measurement.definition, attacked[0].measurement.attack
    assert attack is not None
    title = (
        f"{task.name} under attack: {task.attacked_metric}, {counted(attack.n_variants, 'variant')} at "
        f"degree {degree:g}, {attack.how} on {attack.field}"
    )
    section = Section(
        title,
        "dataset",
        ("right", "clean", "average", "worst", "success", "area"),
        spare=frozenset({"clean"}),
        caption=[
            "percent, with 95 % intervals; right: answered correctly before the attack, of all",
            "success: the part of these that some variant up to the degree gets wrong",
            f"area: under the worst curve, degrees 0 to {max(attack.degrees):g}",
            f"degrees are {ROUNDING['up' if attack.compatible else 'down']}",
            *_confirmed(attacked),
            *_recall_note(records),
        ],
    )
    attacks = {a.name: a for a in (r.measurement.attack for r in attacked) if a is not None}
    for name, attack in attacks.items():
        section.head(f"{attack.label} ({attack.level}, {attack.tag})")
        own = [r for r in attacked if _is(r.measurement.attack, name)]
        for dataset, cell in _by_dataset(own):
            numbers = _at(task, [record.score for record in cell], degree)
            _add_attacked(section, dataset, numbers, degree, bars, _places(cell[0], own), name)
        over = [s for s in summaries if _is(s.attack, name) and s.role == "ood"]
        if any(summary.n_datasets > 1 for summary in over):
            _add_attacked(section, "OOD mean", _at(task, over, degree), degree, bars, {"ood_mean"}, name)
    wider = list(_wider(summaries)) if len(attacks) > 1 else []
    if wider:  # families are in no mean
        section.head("mean over dimensions")
    for scope, role, means in wider:
        place = {"id": "id", "ood": "ood_mean"}[role]
        name = f"{f'{scope}-level' if scope else 'all'}, {ROLES[role]}"
        _add_attacked(section, name, _at(task, means, degree), degree, bars, {place}, scope or _OVERALL)
    section.caption += _explained(section)
    return section


def _profile(records: Sequence[Record], summaries: Sequence[Summary], degree: float) -> Section | None:
    """Return what is left of each capability at a degree, shifted data first; None for fewer than three.

    The bar is the part of the clean number that the worst variant leaves, which is where two capabilities
    can be compared; the numbers beside it have their intervals.
    """
    attacks = {a.name: a for a in (r.measurement.attack for r in records) if a is not None}
    if len(attacks) < _FEWEST_IN_PROFILE:
        return None
    task = records[0].measurement.definition
    section = Section(
        f"{task.name}, profile by capability at degree {degree:g}: {task.attacked_metric}, worst variant",
        "capability",
        ("OOD worst", "changed", "ID worst", "changed", "kept, OOD"),
        caption=["percent, with 95 % intervals; the bar: how much of the clean OOD number is left"],
    )
    for name, attack in attacks.items():
        (clean, worst), (_, on_id) = (
            _at(task, by_role(records, summaries, name, role), degree)[0:3:2] for role in ("ood", "id")
        )
        about = _CAPABILITIES.get(attack.dimension)
        section.add(
            f"{attack.label}: {about}" if about else attack.label,
            *(c for number in (worst, on_id) for c in (cell_of(number, 0), Cell(_coverage(number)))),
            _bar(clean, worst),
        )
    return section


def by_role(
    records: Sequence[Record], summaries: Sequence[Summary], name: str, role: str
) -> Sequence[Number]:
    """Return the numbers of an attack on the data of a role: the mean's where there are several datasets."""
    means = [
        s
        for s in summaries
        if _is(s.attack, name) and s.role == role and s.over == "mean" and s.n_datasets > 1
    ]
    own = [r.score for r in records if _is(r.measurement.attack, name) and r.measurement.role == role]
    return means or own


def _bar(clean: Number | None, worst: Number | None) -> str:
    if clean is None or worst is None or clean.value <= 0:
        return "-"
    left = max(0.0, min(1.0, worst.value / clean.value))
    return "█" * round(_BAR * left) + "·" * (_BAR - round(_BAR * left))


def _wider(summaries: Sequence[Summary]) -> Iterator[tuple[str | None, str, list[Summary]]]:
    """Yield level (None over all), role and the summaries of each level and of all dimensions.

    One level alone is all there is, and is not shown twice.
    """
    wide = [s for s in summaries if s.attack is not None and s.attack.scope != "dimension"]
    several = len({summary.attack.level for summary in wide if summary.attack}) > 2
    groups: dict[tuple[str | None, str], list[Summary]] = {}
    for summary in wide:
        if summary.attack is not None and (several or summary.attack.level is None):
            groups.setdefault((summary.attack.level, summary.role), []).append(summary)
    for (level, role), own in groups.items():
        yield level, role, own


def _add_attacked(
    section: Section,
    name: str,
    numbers: Sequence[Number | None],
    degree: float,
    bars: "Sequence[Verdict]",
    places: set[str],
    attack: str,
) -> None:
    """Add the numbers under attack, and below them what has to be known of each.

    Args:
        numbers: as `_at` gives them.
        places, attack: what `boss.targets` calls them.
    """
    _, _, worst, success, _ = numbers
    # A cell without a success rate had no right example; of several cells it is enough that one had none.
    n_right = "0" if isinstance(worst, Score) and degree > 0 else "-"
    if success is not None:
        n_right = f"{success.n_scored:,}"
    right = f"{n_right}/{worst.n_scored:,}" if worst else "-"
    section.add(name, right, *(cell_of(number, 0) for number in numbers))
    _notes(section, [None, *numbers], bars, places, attack)


def _notes(
    section: Section,
    numbers: Sequence[Number | None],
    bars: "Sequence[Verdict]",
    places: set[str],
    attack: str | None,
) -> None:
    """Add what has to be known of some of the numbers above, each in its column."""
    shares = [n if n is not None and n.aggregate != "clean" and n.degree != 0 else None for n in numbers]
    scores = [number if isinstance(number, Score) else None for number in numbers]
    touched = [score.touched if score else None for score in scores]
    for name, cells in (
        ("changed", [_coverage(number) for number in shares]),
        ("on these", ["" if each is None else cell_of(each, 0) for each in touched]),
        ("cut", [_share(s.n_truncated, s.n_texts) if s else "" for s in scores]),
        ("failed", [f"{s.n_failed:,}/{s.n_texts:,}" if s and s.n_failed else "" for s in scores]),
        ("bar", [_held(number, bars, places, attack) for number in numbers]),
    ):
        if any(cells):
            section.note(name, *cells)


def _explained(section: Section) -> list[str]:
    """Return how the notes of a table are read."""
    notes = {row.name for row in section.rows if row.kind == "note"}
    means = {"changed": _COVERAGE, "cut": _CUT, "failed": _FAILED, "bar": _BARS}
    return [text for name, text in means.items() if name in notes]


def _held(number: Number | None, bars: "Sequence[Verdict]", places: set[str], attack: str | None) -> str:
    """Return the bar of a number and whether it held; nothing where it has none."""
    if number is None:
        return ""
    wanted = (attack, number.metric, number.aggregate, number.degree)
    for verdict in bars:
        target = verdict.bar.target
        of = (target.attack, target.metric, target.aggregate, target.degree)
        if of == wanted and target.place in places:
            side = "≥" if target.higher_is_better else "≤"
            return f"{side}{100 * verdict.bar.limit:.4g} {'held' if verdict.reached else 'SHORT'}"
    return ""


def _places(record: Record, records: Sequence[Record]) -> set[str]:
    """Return what `boss.targets` calls the data of a record: also the mean of a role that has one dataset."""
    role = record.measurement.role
    datasets = {r.measurement.dataset for r in records if r.measurement.role == role}
    of_role = {"id": {"id"}, "ood": {"ood_mean", "ood_lowest", "ood_highest"}}[role]
    return {record.measurement.dataset} | (of_role if len(datasets) == 1 else set())


def _coverage(number: Number | None) -> str:
    """Return the share of changed examples, with a word where it is small; nothing of all, or of unknown."""
    if number is None or number.coverage in (None, 1):
        return ""
    return f"{_percent(number.coverage)} %" + f", {FEW}" * (number.coverage < LEAST_COVERAGE)


def _share(part: int, whole: int) -> str:
    return f"{_percent(part / whole)} %" if part else ""


def cell_of(number: Number | Touched | None, decimals: int) -> Cell:
    """Return a number as ``71.2 [69.8, 72.5]``: percent, the limits of its interval with so many decimals."""
    if number is None:
        return Cell("-")
    coverage = None if isinstance(number, Touched) else number.coverage
    low, high = (_percent(limit, decimals) for limit in (number.ci.low, number.ci.high))
    few = coverage is not None and coverage < LEAST_COVERAGE
    return Cell(_percent(number.value), f"[{low}, {high}]", few)


def _at(task: Task, numbers: Sequence[Number], degree: float) -> list[Number | None]:
    """Return clean, average, worst and success rate at a degree, and area; None for what was not measured."""

    def find(aggregate: Aggregate, at: float | None) -> Number | None:
        own = [n for n in numbers if n.aggregate == aggregate and n.degree == at]
        if aggregate == "attack_success_rate":  # only of a metric that decides right or wrong
            return next(iter(own), None)
        return headline(task, own)

    at_degree: tuple[Aggregate, ...] = ("average", "worst", "attack_success_rate")
    return [find("average", 0), *(find(name, degree) for name in at_degree), find("area_worst", None)]


def headline(task: Task, numbers: Sequence[Number]) -> Number | None:
    """Return the number of the metric a task is attacked by; recall where the examples have one class."""
    metrics = [task.attacked_metric] if task.kind == "span" else [task.attacked_metric, "recall"]
    return next((n for metric in metrics for n in numbers if n.metric == metric), None)


def _by_dataset(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Yield the records of each dataset with its name and shift, marked where its metric is recall."""
    for dataset in dict.fromkeys(record.measurement.dataset for record in records):
        own = [record for record in records if record.measurement.dataset == dataset]
        cell = own[0].measurement
        yield f"{dataset}, {ROLES[cell.role]}{'*' if cell.recall_only else ''}", own


def _is(attack: AttackSettings | AttackGroup | None, name: str) -> bool:
    return attack is not None and attack.name == name


def _recall_note(records: Sequence[Record]) -> list[str]:
    return [_RECALL] if any(record.measurement.recall_only for record in records) else []


def _fitted_note(records: Sequence[Record]) -> list[str]:
    """Return what is to be said where the model was fitted on a set that is shifted for others."""
    fitted = sorted({r.measurement.dataset for r in records if r.knows_shift})
    return [f"fitted on the train split of {name}, which is no shift for this model" for name in fitted]


def _percent(value: float, decimals: int = 1) -> str:
    return f"{100 * value:.{decimals}f}"
