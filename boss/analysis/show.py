"""The reports for people: tables as wide as they need, every number with its interval or its n."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.analysis.axes import from_axis
from boss.analysis.jackknife import Estimate
from boss.analysis.overlap import Overlap
from boss.analysis.relation import Relation
from boss.analysis.selection import Selection
from boss.analysis.shift import ShiftReport, Similarity
from robtest.plural import counted

WIDTH = 160


def plain(value: object) -> object:
    """Return a report as JSON takes it: records as mappings, nothing left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def show_relations(relations: Sequence[Relation], console: Console) -> None:
    """Print a line per pair, why verdicts are withheld, and the points that stand off their curve."""
    table = _table(
        "ID-OOD relation",
        ("pair", "points", "type", "form", "R²", "slope", "bend (ID)", "share of resamples"),
        "type: I rises in a line, II rises with a bend, III falls and then rises; slopes on the "
        f"{relations[0].axis} axis; [95 % intervals] of the wild bootstrap",
    )
    for relation in relations:
        table.add_row(*_relation_row(relation))
    console.print(table)
    for relation in relations:
        for reason in relation.reasons:
            console.print(Text(f"{relation.pair.name}: no verdict: {reason}."), soft_wrap=True)
        for line in _off_lines(relation):
            console.print(Text(line), soft_wrap=True)


def show_shift(report: ShiftReport, console: Console) -> None:
    """Print the similarity matrix, a line per test, and what could not be had."""
    names = list(dict.fromkeys(pair.first for pair in report.similarities))
    matrix = _table(
        f"{report.task}, suite {report.suite}: 100 x cosine of centroids of {report.field}s",
        ("", *names),
        f"encoder: {report.encoder}; n up to {max(s.centroids.n[-1] for s in report.similarities):,}; [95 %]",
    )
    by_pair = {(s.first, s.second): s for s in report.similarities}
    for first in names:
        matrix.add_row(
            first,
            *(_cosine(by_pair[first, s]) if (first, s) in by_pair else "" for s in names),
            end_section=False,
        )
    console.print(matrix)
    rows = _table(
        f"Tests against {report.train} ({report.n_train:,} of {counted(report.n_train_total, 'text')}, "
        f"mean length {_estimate(report.train_length)} words)",
        (
            "test",
            "shift",
            "texts",
            "MMD² (null 95 %)",
            "p",
            "vocabulary",
            "unseen words %",
            "labels TV",
            "words",
        ),
        "MMD²: unbiased, n independent texts on either side, p after Holm; vocabulary: Jaccard at equal "
        "numbers of words; labels: total variation; words: mean length of a text",
    )
    for test in report.tests:
        m = test.mmd
        rows.add_row(
            test.dataset,
            test.role,
            f"{test.n:,} of {test.n_total:,}",
            "-" if m is None else f"{m.value:.4f} ({m.null_95:.4f}), n {m.n[0]:,}/{m.n[1]:,}",
            "-" if test.p_holm is None else f"{test.p_holm:.3f}",
            f"{test.vocabulary.jaccard:.2f} of {test.vocabulary.n_tokens:,}",
            _estimate(test.vocabulary.unseen, 100),
            "-" if test.labels is None else _estimate(test.labels.total_variation, digits=2),
            _estimate(test.length),
        )
    console.print(rows)
    _missing(report.missing, console)


def show_selection(report: Selection, console: Console) -> None:
    """Print the three principles one after the other."""
    card = report.card
    console.print(Text(f"{card.name} ({card.role}) as a dataset of {card.suite}/{card.task}: {card.shift}"))
    size = _table(
        "1. Knowledge: what the ID set shows of the task",
        ("split", "examples", "sources", "distinct texts", "words", "distinct words", "rarest class"),
        "sources: products, documents, passages ... that examples share",
    )
    for part in report.knowledge:
        share = "-" if part.smallest_class is None else f"{part.smallest_class:.1%}"
        numbers = (part.n, part.n_sources, part.n_texts, part.n_words, part.n_types)
        size.add_row(part.split, *(f"{number:,}" for number in numbers), share)
    console.print(size)
    own = f"{card.name} test"
    near = _table(
        "2. Distinct distributions: 100 x cosine of centroids",
        ("candidate against", "cosine [95 %]", "n"),
        f"encoder: {report.encoder}; without it the sets of the task reach {_reach(report.others)}",
    )
    for pair in sorted(report.similarities, key=lambda pair: -pair.centroids.value):
        other = pair.second if pair.first == own else pair.first
        near.add_row(other, _cosine(pair), "/".join(f"{n:,}" for n in pair.centroids.n))
    console.print(near)
    for line in _same(report):
        console.print(Text(line), soft_wrap=True)
    _drops(report, console)
    _missing(report.missing, console)


def show_overlaps(
    overlaps: Sequence[Overlap], threshold: float, texts: Mapping[str, str], n_ids: int, console: Console
) -> None:
    """Print a line per train and test that share a text, and the ids of the first matches.

    Args:
        texts: text by example id, printed beside the ids; empty prints ids alone.
    """
    table = _table(
        "Training texts that come back in a test",
        ("train", "test", "train texts", "test texts", "exact", "near", "share % [95 %]", "removed before"),
        f"near: Jaccard of 5-character shingles >= {threshold:g}; removed before: training examples left out "
        "while the suite was built; pairs without any are not shown",
    )
    kept = [overlap for overlap in overlaps if overlap.matches or overlap.n_removed]
    for overlap in kept:
        numbers = (overlap.n_train, overlap.n_test, overlap.n_exact, overlap.n_near)
        share = f"{100 * overlap.share:.2f} [{100 * overlap.low:.2f}, {100 * overlap.high:.2f}]"
        table.add_row(
            overlap.train, overlap.test, *(f"{n:,}" for n in numbers), share, f"{overlap.n_removed:,}"
        )
    console.print(table)
    console.print(
        f"{counted(len(overlaps), 'pair')} of a train and a test split compared, {len(kept):,} shown."
    )
    for overlap in kept:
        for match in overlap.matches[:n_ids]:
            kind = "exact" if match.exact else f"{match.similarity:.2f}"
            console.print(Text(f"{overlap.test} {match.test_id} = {match.train_id} ({kind})"), soft_wrap=True)
            for key in (match.test_id, match.train_id):
                if key in texts:
                    console.print(Text(f"  {texts[key]}"), soft_wrap=True)


def _table(title: str, columns: Sequence[str], caption: str) -> Table:
    table = Table(
        title=Text(title),
        caption=Text(caption),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
    )
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", no_wrap=not index)
    return table


def _relation_row(relation: Relation) -> Iterator[str]:
    yield relation.pair.name
    yield f"{relation.n}" + (f" (+{relation.n_other})" if relation.n_other else "")
    yield relation.type or "withheld"
    yield "-" if relation.curve is None else relation.curve.form
    yield "-" if relation.r2 is None else f"{relation.r2:.2f}"
    slopes = [end for name, end in relation.intervals.items() if name.startswith("slope")]
    yield ", then ".join(f"{e.value:.2f} [{e.low:.2f}, {e.high:.2f}]" for e in slopes) or "-"
    bend = relation.intervals.get("bend")
    if bend is None:
        yield "-"
    else:
        ends = from_axis(np.array([bend.value, bend.low, bend.high]), relation.axis)
        yield "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * ends))
    yield ", ".join(f"{name} {share:.0%}" for name, share in relation.shares.items() if share >= 0.005) or "-"


def _off_lines(relation: Relation) -> Iterator[str]:
    """Name the points whose prediction band leaves 0 out: effective robustness, in points of percent."""
    for point, off in zip(relation.pair.points, relation.off, strict=True):
        if off is not None and (off.low > 0 or off.high < 0):
            side = "above" if off.low > 0 else "below"
            yield (
                f"{relation.pair.name}: {point.label} is {side} the curve by {100 * off.value:+.1f} "
                f"[{100 * off.low:+.1f}, {100 * off.high:+.1f}] points."
            )


def _drops(report: Selection, console: Console) -> None:
    if not report.drops:
        console.print(
            "3. Hard shift: not measured. Measure a model on the suite with the candidate, python -m "
            "boss.eval --config-dir=DIR ..., then give its run directory: --run RUN.",
            soft_wrap=True,
        )
        return
    table = _table(
        f"3. Hard shift: ID minus OOD of {report.model}, percent",
        ("dataset", "metric", "ID", "OOD", "drop [95 %]", "n", "majority"),
        "hardest first; a score near the majority line says little of the shift",
    )
    for drop in report.drops:
        mark = " (candidate)" if drop.dataset == report.card.name else ""
        table.add_row(
            drop.dataset + mark,
            drop.metric,
            f"{100 * drop.id:.1f}",
            f"{100 * drop.ood:.1f}",
            _estimate(drop.drop, 100),
            "/".join(f"{n:,}" for n in drop.drop.n),
            "-" if drop.majority is None else f"{100 * drop.majority:.1f}",
        )
    console.print(table)


def _same(report: Selection) -> Iterator[str]:
    same = ", ".join(report.same_upstream)
    yield f"Upstream page or file shared with: {same}." if same else "Upstream page and file are its own."
    overlap = report.overlap
    yield (
        f"{overlap.n_exact:,} exact and {counted(overlap.n_near, 'near duplicate')} of "
        f"{overlap.train} among its "
        f"{counted(overlap.n_test, 'text')}; left out for standing in it: "
        f"{counted(overlap.n_removed, 'training example')}."
    )


def _reach(others: Sequence[Similarity]) -> str:
    values = sorted(100 * pair.centroids.value for pair in others)
    return f"{values[0]:.1f} to {values[-1]:.1f}" if values else "none"


def _missing(missing: Sequence[tuple[str, str]], console: Console) -> None:
    for name, reason in missing:
        console.print(Text(f"FAILED {name}: {reason}"), soft_wrap=True)


def _cosine(pair: Similarity) -> str:
    # Two decimals, as BOSS prints its matrices; a set and itself have no interval.
    if pair.pairs is None:
        return "100.00"
    return _estimate(pair.centroids, 100, digits=2)


def _estimate(estimate: Estimate, factor: float = 1.0, digits: int = 1) -> str:
    value = f"{factor * estimate.value:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{factor * estimate.low:.{digits}f}, {factor * estimate.high:.{digits}f}]"
