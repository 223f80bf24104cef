"""Frozen models by what they are: an encoder, a language model that runs here, one behind a server."""

from pathlib import Path
from typing import Literal, NamedTuple

from boss.models.dect.answer import Account, Charging, Shown
from boss.models.dect.embeddings import embedded
from boss.models.dect.features import AskedFeatures, Both, Calibrated, EncoderFeatures, Features, ReadFeatures
from boss.models.fitted import Answer, Charge
from boss.models.llm.answer import EndpointAnswer
from boss.models.llm.endpoint import Endpoint, EndpointHead
from boss.models.llm.local import Asked, AskedHead
from boss.models.llm.local_answer import LocalAnswer
from boss.models.pretrained import Pretrained
from boss.models.probes import ClassProbe
from boss.models.recipe import Start
from boss.tasks import Task

Gives = Literal["h", "s", "h+s"]
"""States, scores, or both."""


class Wanted(NamedTuple):
    """What a head takes of a model; ``calibrated`` scores have those of the empty text taken off."""

    of: Gives
    calibrated: bool


def encoder(model: Pretrained, task: Task, cache: Path) -> tuple[Start, Shown]:
    """Return an encoder, as it starts under a head of its own and as it is shown to others."""
    start = model.start(task, "linear_probe", cache)
    assert isinstance(start.head, ClassProbe)
    return start, Shown(EncoderFeatures(start.head))


def language_model(model: Asked, task: Task, cache: Path, wanted: Wanted) -> tuple[Start, Shown]:
    """Return a language model that runs here."""
    start = model.start(task, "none", cache)
    assert isinstance(start.head, AskedHead)
    answer = start.head.load(cache)
    assert isinstance(answer, LocalAnswer)
    scores = _scores(task, answer, wanted)
    features = Both(ReadFeatures(answer), scores) if wanted.of == "h+s" else scores
    return start, Shown(features, answer.account)


def server(
    model: Endpoint, task: Task, cache: Path, wanted: Wanted, embeddings: str | None
) -> tuple[Start, Shown]:
    """Return a language model behind a server.

    Args:
        embeddings: name of the server's model that gives vectors; None for none.
    """
    start = model.start(task, "none", cache)
    assert isinstance(start.head, EndpointHead)
    answer = start.head.load(cache)
    assert isinstance(answer, EndpointAnswer)
    again = None if answer.again is None else _scores(task, answer.again, wanted)
    scores = _scores(task, answer, wanted)
    if embeddings is None:
        return start, Shown(scores, answer.account, answer.charged, again)
    vectors = embedded(task, start.head.client, embeddings)
    vectors.check()
    return start, Shown(
        Both(vectors, scores),
        _both_accounts(answer.account, vectors.account),
        _both_charges(answer.charged, vectors.charged),
        None if again is None else Both(vectors, again),
    )


def _scores(task: Task, answer: Answer, wanted: Wanted) -> Features:
    scores = AskedFeatures(task, answer)
    return Calibrated(scores, task) if wanted.calibrated else scores


def _both_accounts(first: Account, second: Account) -> Account:
    def account() -> dict[str, str | int]:
        one, two = first(), second()
        return {**two, **one, "said": f"{one['said']}; {two['said']}"}

    return account


def _both_charges(first: Charging, second: Charging) -> Charging:
    def charged() -> Charge:
        one, two = first(), second()  # under the same prices
        n_read, n_written = one.tokens_read + two.tokens_read, one.tokens_written + two.tokens_written
        return one._replace(tokens_read=n_read, tokens_written=n_written)

    return charged
