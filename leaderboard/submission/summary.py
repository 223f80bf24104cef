"""A run -> what checks of others ask of it."""

from boss.results.store import StoredRun
from leaderboard.submission.content import clean_answers
from leaderboard.submission.reference import Codes, Reference, codes_of, examples_digest
from leaderboard.submission.suspicion import gaps_of, headlines
from leaderboard.submission.under_attack import successes_of


def summarise(stored: StoredRun) -> Reference:
    """Return what a check asks of a run.

    Raises:
        ResultError: if predictions of it cannot be read.
    """
    answers: dict[str, tuple[str, Codes]] = {}
    for _, record in headlines(stored):
        found = clean_answers(stored.predictions(record.measurement.name))
        examples = sorted(found)
        answers[record.measurement.id] = (
            examples_digest(examples),
            codes_of([found[example] for example in examples]),
        )
    return Reference(
        path=stored.path,
        run_id=stored.run.run_id,
        model=stored.records[0].model.id,
        names=frozenset((record.model.id, record.model.method) for record in stored.records),
        measurements={measurement.id: measurement.name for measurement in stored.measurements()},
        gaps={key: gap for key, (gap, _, _) in gaps_of(stored).items()},
        successes={key: entry for key, (_, entry) in successes_of(stored).items()},
        answers=answers,
    )
