"""BOSS's own arithmetic: the metrics that ``scoring=boss`` adds beside the corrected ones.

Their names end in ``_boss``, so that no mean mixes the two. They are of clean measurements only, as BOSS
attacks nothing. What differs, and nothing else does:

- ``accuracy_boss``: an answer that could not be read leaves the denominator.
- ``exact_match_boss``, ``token_f1_boss``: of AdversarialQA's gold answers only the first counts; F1 is that
  of SQuAD's v1.1 script, which gives two empty answers 0.
- ``span_f1_boss``, ``span_precision_boss``, ``span_recall_boss``: entities are of sub-tokens, each of which
  carries the tag of its word, so that a word of three pieces that begins one is three entities; what is
  beyond 256 sub-tokens is neither gold nor predicted; tags need not be legal.

What BOSS changes in the data (its processing of E-NER, rows lost on the way) comes with BOSS's processed
files, and what a model reads of a long input is the model's. Source: the evaluation code of Yuan et al.
2023 (arXiv:2306.04618).
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from boss.errors import ResultError
from boss.metrics import spans, squad
from boss.metrics.scores import Metric, attacked_metrics, clean_metrics, mean_of_counted
from boss.tasks import Task
from robtest.plural import counted

SUFFIX = "_boss"

FIRST_ANSWER_ONLY = frozenset({"advqa"})
"""Datasets of which BOSS keeps one gold answer."""

MAX_PIECES = 254
"""Sub-tokens of a sentence that BOSS scores: 256, less the one that begins it and the one that ends it."""

NO_PIECE = "-"


def upstream_metrics(
    task: Task, dataset: str, labels: Sequence[str], recall_only: bool
) -> tuple[Metric, ...]:
    """Return the metrics BOSS has for a clean measurement, the headline first."""
    if task.kind == "tagging":
        corrected = clean_metrics(task, labels, recall_only)
        return tuple(_of_pieces(metric) for metric in corrected if metric.statistics is spans.span_counts)
    means = attacked_metrics(task, labels, recall_only)
    if task.kind == "span":
        return tuple(_of_answers(metric, first_only=dataset in FIRST_ANSWER_ONLY) for metric in means)
    return tuple(_of_parsed(metric) for metric in means)


def encode_piece_tags(tags: Sequence[str], n_pieces: Sequence[int]) -> str:
    """Return the tag of every sub-token as the predictions file holds them.

    Args:
        tags: one for each word, which all of its sub-tokens carry.
        n_pieces: how many it has.

    >>> encode_piece_tags(["B-person", "O", "O"], [2, 0, 1])
    'B-person,B-person - O'
    """
    words = (",".join([tag] * n) or NO_PIECE for tag, n in zip(tags, n_pieces, strict=True))
    return " ".join(words)


def piece_counts(label: str, piece_tags: str | None) -> tuple[float, float, float]:
    """Return the numbers of right, gold and predicted entities of sub-tokens of one sentence.

    Args:
        label: the gold tags of its words.
        piece_tags: as `encode_piece_tags` gives them; None if the model failed, which leaves the
            sentence out.

    Raises:
        ResultError: if they are not of as many words as the label.
    """
    if piece_tags is None:
        return 0.0, 0.0, 0.0
    gold, given = label.split(), piece_tags.split()
    if len(gold) != len(given):
        raise ResultError(
            f"a sentence of {counted(len(gold), 'word')} needs the sub-tokens of as many, got {len(given)}: "
            f"{piece_tags!r}"
        )
    words = [[] if word == NO_PIECE else word.split(",") for word in given]
    expected = [tag for tag, word in zip(gold, words, strict=True) for _ in word]
    predicted = [tag for word in words for tag in word]
    return spans.span_counts(" ".join(expected[:MAX_PIECES]), " ".join(predicted[:MAX_PIECES]))


def _of_pieces(metric: Metric) -> Metric:
    return replace(
        metric,
        name=metric.name + SUFFIX,
        statistics=piece_counts,
        scores="piece_tags",
        leaves_out_failed=True,
    )


def _of_answers(metric: Metric, *, first_only: bool) -> Metric:
    def statistics(label: str, prediction: str | None) -> tuple[float, ...]:
        if first_only:
            label = json.dumps(squad.gold_answers(label)[:1], ensure_ascii=False)
        if metric.name == "token_f1" and prediction is not None and not squad.normalise(prediction):
            prediction = None
        return metric.statistics(label, prediction)

    return replace(metric, name=metric.name + SUFFIX, statistics=statistics)


def _of_parsed(metric: Metric) -> Metric:
    def statistics(label: str, prediction: str | None) -> tuple[float, ...]:
        return (0.0, 0.0) if prediction is None else metric.statistics(label, prediction)

    return replace(
        metric,
        name=metric.name + SUFFIX,
        statistics=statistics,
        finish=mean_of_counted,
        leaves_out_failed=True,
    )
