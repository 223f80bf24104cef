"""Models that may answer the same text otherwise: what is asked twice, what counts, what it costs."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from boss.data.types import Answer, Card, Example, Gold, Split
from boss.errors import ResultError
from boss.measurement import AttackSettings, Measurement
from boss.metrics.noise import FLIP_RATE
from boss.metrics.scoring import score_predictions
from boss.models.base import ModelCard, Prediction
from boss.models.fitted import Charge, FittedModel
from boss.noise import Confirmation
from boss.results.parts import part_path, read_parts, write_part
from boss.results.reduce import reduced
from boss.results.schema import PREDICTIONS, TWICE, Cost, Score
from boss.seam import Part, Seam, attack_settings, attacked_part, clean_part
from boss.tasks import TASKS, Task
from robtest.attacks.typo import Typo
from robtest.types import Access, Outcome, Query

CARD = ModelCard("scripted", "1", "callable", "none", "unknown", "none")
SENTIMENT = TASKS["sentiment"]
Says = Callable[[str], str | None]


class Twice:
    """Answers as it is told the first time and the second time; every text costs 10 tokens and 1 more."""

    def __init__(self, first: Says, second: Says, field: str = "text") -> None:
        self.first, self.second, self.field = first, second, field
        self.seen: list[tuple[int, str]] = []

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        return self._said(1, self.first, examples)

    def again(self, examples: Sequence[Example]) -> list[Prediction]:
        return self._said(2, self.second, examples)

    def charged(self) -> Charge:
        return Charge(10 * len(self.seen), len(self.seen), 1_000.0, 2_000.0)

    def _said(self, time: int, says: Says, examples: Sequence[Example]) -> list[Prediction]:
        texts = [example.text(self.field) for example in examples]
        self.seen += [(time, text) for text in texts]
        return [
            Prediction("", error="unparsable: empty") if said is None else Prediction(said)
            for said in map(says, texts)
        ]


def model(first: Says, second: Says | None = None, field: str = "text") -> FittedModel:
    """Return a model; without ``second`` one whose answers stay."""
    answer = Twice(first, second or first, field)
    return FittedModel(CARD, "0" * 64, answer if second else answer.__call__)


def split(task: Task, inputs: Sequence[tuple[dict[str, str | tuple[str, ...]], Gold]]) -> Split:
    card = Card(
        "made_up", "toy", task.name, "id", "Made up", "none", "here", "", "MIT", task.labels, "as it is"
    )
    examples = tuple(Example(f"e{i}", given, gold, f"e{i}") for i, (given, gold) in enumerate(inputs))
    return Split(card, "test", examples, "1", len(examples))


def numbered(n: int) -> Split:
    """Texts that end with their number, all positive."""
    return split(SENTIMENT, [({"text": f"a good story {i}"}, "positive") for i in range(n)])


def typos(
    access: Access, n_variants: int = 2, degrees: Sequence[float] = (0.0, 0.2), field: str = "text"
) -> AttackSettings:
    search = {} if access == "rule" else {"query_budget": 60}
    return attack_settings(
        "typo", Typo(), tag="malicious", access=access, field=field, search=search,
        n_variants=n_variants, seed=0, degrees=degrees,
    )  # fmt: skip


def measured(data: Split, attack: AttackSettings | None = None) -> Measurement:
    return Measurement(
        suite="toy", suite_version="1", task=data.card.task, dataset=data.dataset, split=data.split,
        role="id", recall_only=False, stand_in=False, labels=data.card.labels, dataset_revision="1",
        dataset_sha256=data.sha256, n_total=data.n_total, n_evaluated=len(data.examples), subset="all",
        attack=attack,
    )  # fmt: skip


def clean(of: FittedModel, data: Split) -> Part:
    return clean_part(Seam(of, SENTIMENT, data.card.labels, "text"), data, 0, lambda n: None)


def attacked(of: FittedModel, data: Split, attack: AttackSettings) -> Part:
    seam = Seam(of, data_task(data), data.card.labels, attack.field)
    return attacked_part(seam, data, Typo(), attack, 0, lambda n: None)


def data_task(data: Split) -> Task:
    return TASKS[data.card.task]


def scores(
    data: Split, table: pa.Table, attack: AttackSettings | None = None
) -> dict[tuple[str, str, float | None], Score]:
    made = score_predictions(measured(data, attack), table, seed=0, n_resamples=50)
    return {(score.metric, score.aggregate, score.degree): score for score in made}


def last(text: str) -> int:
    return int(text.split()[-1])


def test_clean_texts_are_asked_twice_and_the_flip_rate_is_that_of_the_script() -> None:
    def first(text: str) -> str | None:
        return None if last(text) in (0, 1) else "positive"

    def second(text: str) -> str | None:
        return {0: None, 1: "positive", 2: "negative", 3: None}.get(last(text), "positive")

    data = numbered(10)
    part = clean(model(first, second), data)
    assert part.table.schema == TWICE and part.table["again"].null_count == 2
    made = scores(data, part.table)
    flips = made[FLIP_RATE, "clean", None]
    # 1, 2 and 3 of 10 differ; that 0 has no answer both times is no difference. The limits are Wilson's.
    assert (flips.value, flips.n_scored, flips.higher_is_better, flips.ci.method) == (
        0.3,
        10,
        False,
        "wilson",
    )
    assert (flips.ci.low, flips.ci.high) == pytest.approx((0.10779, 0.60322), abs=1e-5)
    # The first answers are what is scored.
    assert made["accuracy", "clean", None].value == 0.8 and made["accuracy", "clean", None].n_failed == 2
    assert part.cost.model_dump() == {
        "n_queries": 10, "n_forward": 10, "n_again": 10, "tokens_read": 200, "tokens_written": 20,
        "money": (200 * 1_000 + 20 * 2_000) / 1_000_000,
    }  # fmt: skip


def test_a_model_whose_answers_stay_has_the_tables_and_records_it_had() -> None:
    data = numbered(4)
    part = clean(model(lambda text: "positive"), data)
    assert part.table.schema == PREDICTIONS
    assert part.cost.model_dump_json() == '{"n_queries":4,"n_forward":4}'
    assert part.cost.model_dump(mode="json") == {"n_queries": 4, "n_forward": 4}
    assert not any(name == FLIP_RATE for name, _, _ in scores(data, part.table))
    rule = typos("rule")
    part = attacked(model(lambda text: "negative"), data, rule)
    assert part.table.schema == PREDICTIONS and set(part.cost.model_dump()) == {"n_queries", "n_forward"}


def by_digits(text: str) -> str:
    return "positive" if sum(map(ord, text)) % 5 else "negative"


def test_a_copy_counts_as_wrong_where_it_is_wrong_twice() -> None:
    data = numbered(6)
    originals = {example.text("text") for example in data.examples}
    attack = typos("rule", n_variants=3, degrees=(0.0, 0.1, 0.3))
    noisy = model(lambda text: "positive" if text in originals else "negative", by_digits)
    part = attacked(noisy, data, attack)
    rows = part.table.to_pylist()
    for row in rows:
        copy = row["text"] not in originals
        assert row["prediction"] == ("negative" if copy else "positive")
        assert row["again"] == (by_digits(row["text"]) if copy else None) and row["again_error"] is None
    # By hand, from the rule of the script: a copy is wrong where its characters sum to a multiple of 5.
    wrong = {
        degree: [
            [row["text"] not in originals and by_digits(row["text"]) == "negative" for row in rows
             if row["example_id"] == f"e{i}" and row["degree"] == degree]
            for i in range(6)
        ]
        for degree in (0.1, 0.3)
    }  # fmt: skip
    made = scores(data, part.table, attack)
    average = sum(sum(copies) / 3 for copies in wrong[0.3]) / 6
    worst = sum(any(low + high) for low, high in zip(wrong[0.1], wrong[0.3], strict=True)) / 6
    assert 0 < worst < 1 and 0 < average < 1
    assert made["accuracy", "average", 0.3].value == pytest.approx(1 - average)
    assert made["accuracy", "worst", 0.3].value == pytest.approx(1 - worst)
    assert made["accuracy", "attack_success_rate", 0.3].value == pytest.approx(worst)
    copies = {row["text"] for row in rows} - originals
    stood = sum(by_digits(text) == "negative" for text in copies)
    assert (part.cost.n_again, part.cost.n_unconfirmed) == (len(copies), len(copies) - stood)
    assert part.cost.tokens_read == 10 * (part.cost.n_forward + len(copies))
    # Without the second answers nothing is left.
    once = part.table.drop_columns(["again", "again_error"])
    assert scores(data, once, attack)["accuracy", "worst", 0.3].value == 0


@pytest.mark.parametrize("access", ["rule", "decision"])
def test_a_search_goes_the_way_it_goes_against_the_answers_that_stand(access: Access) -> None:
    """Noise that no second answer bears out changes no text: neither what is asked nor what is found."""
    data = numbered(5)
    originals = {example.text("text") for example in data.examples}

    def stands(text: str) -> str:
        return "positive" if "good" in text else "negative"

    attack = typos(access, degrees=(0.0, 0.1, 0.4))
    still = model(stands)
    noisy = model(lambda text: stands(text) if text in originals else "negative", stands)
    one, other = attacked(still, data, attack), attacked(noisy, data, attack)
    same = ["example_id", "variant", "degree", "distance", "unperturbable", "text", "label"]
    assert one.table.select(same) == other.table.select(same)
    assert (one.cost.n_queries, one.cost.n_forward) == (other.cost.n_queries, other.cost.n_forward)
    keys = [("accuracy", name, 0.4) for name in ("average", "worst", "attack_success_rate")]
    before, after = scores(data, one.table, attack), scores(data, other.table, attack)
    assert [before[key] for key in keys] == [after[key] for key in keys]
    assert other.cost.n_unconfirmed and (other.cost.n_again or 0) > other.cost.n_unconfirmed


def test_an_answer_of_the_second_time_alone_is_an_answer() -> None:
    data = numbered(3)
    originals = {example.text("text") for example in data.examples}
    attack = typos("rule", n_variants=1)
    noisy = model(lambda text: "positive" if text in originals else None, lambda text: "positive")
    part = attacked(noisy, data, attack)
    worst = scores(data, part.table, attack)["accuracy", "worst", 0.2]
    assert (worst.value, worst.n_failed) == (1.0, 0)
    never = attacked(
        model(lambda text: "positive" if text in originals else None, lambda text: None), data, attack
    )
    assert set(never.table["again_error"].to_pylist()) == {None, "unparsable: empty"}
    worst = scores(data, never.table, attack)["accuracy", "worst", 0.2]
    assert (worst.value, worst.n_failed) == (0.0, 3)


def test_of_two_answers_to_a_question_the_better_counts() -> None:
    data = split(
        TASKS["qa"],
        [
            (
                {"question": "where does she live", "context": "She lives in old Oslo."},
                (Answer("old Oslo", 13),),
            )
        ],
    )
    original = data.examples[0].text("question")
    attack = typos("rule", n_variants=1, field="question")
    noisy = model(
        lambda text: "old Oslo" if text == original else "nowhere", lambda text: "Oslo", field="question"
    )
    part = attacked(noisy, data, attack)
    made = scores(data, part.table, attack)
    assert part.table["again"].to_pylist() == [None, "Oslo"]
    assert made["token_f1", "worst", 0.2].value == pytest.approx(2 / 3)
    assert made["exact_match", "worst", 0.2].value == 0
    assert (part.cost.n_again, part.cost.n_unconfirmed) == (1, 0)


def test_a_copy_of_a_text_that_was_wrong_before_is_not_asked_again() -> None:
    data = numbered(2)
    part = attacked(model(lambda text: "negative", lambda text: "positive"), data, typos("rule"))
    assert part.cost.n_again == 0 and part.table["again"].null_count == part.table.num_rows


def test_without_a_clean_answer_yet_every_wrong_copy_is_doubted() -> None:
    confirmation = Confirmation(["whole"])
    right, wrong = Outcome(True, 1.0, 0.0), Outcome(False, 0.0, 0.0)
    assert confirmation.doubted([Query(0, "whol"), Query(0, "whle")], [wrong, right]) == [0]
    assert confirmation.doubted([Query(0, "whole"), Query(0, "wole")], [wrong, wrong]) == []
    assert confirmation.n_again == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"again": None, "again_error": None}, "texts without a second answer: example e1"),
        ({"again": "positive", "again_error": "failed"}, "a second answer and why there is none: example e1"),
    ],
)
def test_second_answers_with_holes_are_refused(change: dict[str, str | None], rule: str) -> None:
    data = numbered(3)
    rows = clean(model(lambda text: "positive", lambda text: "negative"), data).table.to_pylist()
    rows[1].update(change)
    with pytest.raises(ResultError, match=rule):
        scores(data, pa.Table.from_pylist(rows, schema=TWICE))


def test_a_second_answer_to_the_clean_text_under_attack_is_refused() -> None:
    data, attack = numbered(2), typos("rule", n_variants=1)
    rows = attacked(model(by_digits, by_digits), data, attack).table.to_pylist()
    next(row for row in rows if row["degree"] == 0)["again"] = "positive"
    with pytest.raises(ResultError, match="clean texts under attack with a second answer: example e0"):
        scores(data, pa.Table.from_pylist(rows, schema=TWICE), attack)


def test_parts_keep_second_answers_and_what_they_cost(tmp_path: Path) -> None:
    data = numbered(3)
    part = clean(model(lambda text: "positive", by_digits), data)
    for index in range(2):
        write_part(part_path(tmp_path, "toy/made_up/clean", index), part.table, part.cost, "maker")
    table, cost = read_parts(tmp_path, "toy/made_up/clean")
    assert table.equals(pa.concat_tables([part.table] * 2))
    assert (cost.n_again, cost.tokens_read, cost.tokens_written) == (6, 120, 12)
    assert cost.money == pytest.approx(2 * (part.cost.money or 0)) and cost.n_unconfirmed is None
    plain = clean(model(by_digits), data)
    write_part(part_path(tmp_path, "toy/made_up/clean", 2), plain.table, plain.cost, "maker")
    with pytest.raises(ResultError, match="some parts have second answers and some have not"):
        read_parts(tmp_path, "toy/made_up/clean")


def test_costs_are_added_and_what_none_has_stays_away() -> None:
    assert Cost.total([]) == Cost(n_queries=0, n_forward=0)
    some = [Cost(n_queries=2, n_forward=1), Cost(n_queries=3, n_forward=3, n_again=2, money=0.5)]
    assert Cost.total(some) == Cost(n_queries=5, n_forward=4, n_again=2, money=0.5)
    assert json.loads(Cost.total(some).model_dump_json()) == {
        "n_queries": 5, "n_forward": 4, "n_again": 2, "money": 0.5,
    }  # fmt: skip


def test_a_trimmed_table_keeps_the_flip_rate_and_no_words() -> None:
    data = split(
        TASKS["qa"],
        [
            ({"question": f"where {i}", "context": "The mill stands in Oslo."}, (Answer("Oslo", 19),))
            for i in range(4)
        ],
    )
    heard = {0: "oslo.", 1: "the Oslo", 2: "the mill", 3: None}
    noisy = model(lambda text: "Oslo", lambda text: heard[last(text)], field="question")
    seam = Seam(noisy, TASKS["qa"], data.card.labels, "question")
    table = clean_part(seam, data, 0, lambda n: None).table
    small = reduced(measured(data), table)
    assert small.schema == TWICE and small["again_error"].to_pylist()[-1] == "unparsable"
    assert not {"Oslo", "the mill", "oslo."} & set(small["again"].to_pylist())
    for each in (table, small):
        assert scores(data, each)[FLIP_RATE, "clean", None].value == 0.5
