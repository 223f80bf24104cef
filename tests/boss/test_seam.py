from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from boss.data.types import Answer, Card, Example, Gold, Split
from boss.errors import ModelError
from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.models.base import ModelCard, Prediction
from boss.results.schema import PREDICTIONS
from boss.seam import Seam, attack_settings, attacked_part, clean_part, n_parts
from boss.seam import parts as module
from boss.tasks import TASKS, Task
from robtest.attacks.distraction import Distraction
from robtest.attacks.typo import Typo
from robtest.search import Score
from robtest.textattack import Recipe
from robtest.types import Access, Attack

DEGREES = (0.0, 0.1, 0.3)
CARD = ModelCard("scripted", "1", "callable", "none", "unknown", "none")


@dataclass
class Scripted:
    """A model whose every answer is known by hand."""

    answer: Callable[[Example], Prediction]
    seen: list[Example] = field(default_factory=list)
    fingerprint: str = "0" * 64
    card: ModelCard = CARD

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        self.seen.extend(examples)
        return [self.answer(example) for example in examples]


def good_is_positive(example: Example) -> Prediction:
    return Prediction("positive" if "good" in example.text("text") else "negative")


def split(task: Task, inputs: list[tuple[dict[str, str | tuple[str, ...]], Gold]], **card: bool) -> Split:
    labels = ("person",) if task.kind == "tagging" else task.labels
    described = Card(
        "made_up", "toy", task.name, "id", "Made up", "none", "here", "", "MIT", labels, "as it is", **card
    )
    examples = tuple(Example(f"e{i}", given, gold, f"e{i}") for i, (given, gold) in enumerate(inputs))
    return Split(described, "test", examples, "1", len(examples))


def reviews(n: int = 6) -> Split:
    texts = ["a good story told with care", "it was a dull and endless evening"]
    return split(
        TASKS["sentiment"],
        [({"text": f"{texts[i % 2]} {i}"}, ("positive", "negative")[i % 2]) for i in range(n)],
    )


def settings(
    field: str,
    n_variants: int = 3,
    *,
    access: Access = "rule",
    degrees: tuple[float, ...] = DEGREES,
    **search: object,
) -> AttackSettings:
    return attack_settings(
        "typo",
        Typo(),
        tag="malicious",
        access=access,
        field=field,
        search=search,
        n_variants=n_variants,
        seed=0,
        degrees=degrees,
    )


def measured(data: Split, attack: AttackSettings | None = None) -> Measurement:
    return Measurement(
        suite="toy",
        suite_version="1",
        task=data.card.task,
        dataset=data.dataset,
        split=data.split,
        role="id",
        recall_only=False,
        stand_in=False,
        labels=data.card.labels,
        dataset_revision="1",
        dataset_sha256=data.sha256,
        n_total=data.n_total,
        n_evaluated=len(data.examples),
        subset="all",
        attack=attack,
    )


def seam_of(model: Scripted, data: Split, task: Task, field: str) -> Seam:
    return Seam(model, task, data.card.labels, field)


def test_a_clean_part_has_one_row_per_example() -> None:
    data = reviews()
    part = clean_part(
        seam_of(Scripted(good_is_positive), data, TASKS["sentiment"], "text"), data, 0, lambda n: None
    )
    assert part.table.schema == PREDICTIONS
    assert part.table["prediction"].to_pylist() == ["positive", "negative"] * 3
    assert part.table["label"].to_pylist() == ["positive", "negative"] * 3
    assert part.table["input_sha256"].to_pylist() == [e.input_sha256 for e in data.examples]
    assert (part.cost.n_queries, part.cost.n_forward) == (6, 6)


def test_an_attacked_part_has_the_clean_answer_and_every_variant_at_every_degree() -> None:
    data, model = reviews(), Scripted(good_is_positive)
    advanced: list[int] = []
    seam = seam_of(model, data, TASKS["sentiment"], "text")
    rows = attacked_part(seam, data, Typo(), settings("text"), 0, advanced.append).table.to_pylist()
    assert sum(advanced) == 6
    assert len(rows) == 6 * (1 + 3 * 2)
    for row in rows:
        original = data.examples[int(row["example_id"][1:])].text("text")
        assert (row["text"] == original) == (row["degree"] == 0)
        assert row["distance"] <= row["degree"]
        # The rule of the scripted model, applied to the text that is stored:
        assert row["prediction"] == ("positive" if "good" in row["text"] else "negative")


def test_each_distinct_text_is_shown_to_the_model_once() -> None:
    data, model = reviews(2), Scripted(good_is_positive)
    seam = seam_of(model, data, TASKS["sentiment"], "text")
    part = attacked_part(seam, data, Typo(), settings("text", 20), 0, lambda n: None)
    shown = [example.text("text") for example in model.seen]
    assert len(shown) == len(set(shown)) == part.cost.n_forward <= part.cost.n_queries


def test_results_do_not_depend_on_how_texts_are_pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    data = reviews(12)
    tables = []
    for pool in (1, 7, 512):
        monkeypatch.setattr(module, "POOL", pool)
        seam = seam_of(Scripted(good_is_positive), data, TASKS["sentiment"], "text")
        tables.append(attacked_part(seam, data, Typo(), settings("text"), 0, lambda n: None).table)
        tables.append(attacked_part(seam, data, Typo(), settings("text"), 0, lambda n: None).table)
    assert all(table.equals(tables[0]) for table in tables)


def test_the_order_of_examples_changes_nothing_but_the_order_of_rows() -> None:
    data = reviews(6)
    turned = Split(data.card, "test", tuple(reversed(data.examples)), "1", 6)
    texts = []
    for chosen in (data, turned):
        seam = seam_of(Scripted(good_is_positive), chosen, TASKS["sentiment"], "text")
        part = attacked_part(seam, chosen, Typo(), settings("text"), 0, lambda n: None)
        rows = part.table.to_pylist()
        texts.append({(r["example_id"], r["variant"], r["degree"]): r["text"] for r in rows})
    assert texts[0] == texts[1]


def test_tagging_keeps_the_number_of_tokens() -> None:
    tokens = ("Ada", "Lovelace", "wrote", "to", "Charles", ".")
    gold = ("B-person", "I-person", "O", "O", "B-person", "O")
    data = split(TASKS["ner"], [({"tokens": tokens}, gold)])
    model = Scripted(lambda example: Prediction(gold))
    seam = seam_of(model, data, TASKS["ner"], "tokens")
    attacked_part(seam, data, Typo(), settings("tokens", 10, degrees=(0.0, 0.6)), 0, lambda n: None)
    assert len({example.inputs["tokens"] for example in model.seen}) > 5
    assert {len(example.inputs["tokens"]) for example in model.seen} == {6}


def test_an_attacked_passage_keeps_every_gold_answer() -> None:
    context = "The harbour was built in 1850, and the light came in 1871."
    answers = (Answer("1850", context.index("1850")), Answer("in 1871", context.index("in 1871")))
    data = split(TASKS["qa"], [({"question": "When was it built?", "context": context}, answers)])
    model = Scripted(lambda example: Prediction("1850"))
    seam = seam_of(model, data, TASKS["qa"], "context")
    attacked_part(seam, data, Typo(), settings("context", 20, degrees=(0.0, 0.6)), 0, lambda n: None)
    assert len({example.text("context") for example in model.seen}) > 10
    for example in model.seen:
        assert "1850" in example.text("context") and "in 1871" in example.text("context")
        assert example.text("question") == "When was it built?"


def test_only_the_attacked_field_of_a_pair_changes() -> None:
    inputs: dict[str, str | tuple[str, ...]] = {
        "premise": "Two boys play chess in the park.",
        "hypothesis": "Children are outdoors.",
    }
    data = split(TASKS["nli"], [(inputs, "entailment")])
    model = Scripted(lambda example: Prediction("entailment"))
    seam = seam_of(model, data, TASKS["nli"], "hypothesis")
    attacked_part(seam, data, Typo(), settings("hypothesis"), 0, lambda n: None)
    assert {example.text("premise") for example in model.seen} == {inputs["premise"]}
    assert len({example.text("hypothesis") for example in model.seen}) > 1


def test_texts_are_not_stored_where_the_licence_does_not_allow_it() -> None:
    data = split(TASKS["sentiment"], [({"text": "a good one"}, "positive")], store_text=False)
    seam = seam_of(Scripted(good_is_positive), data, TASKS["sentiment"], "text")
    table = attacked_part(seam, data, Typo(), settings("text"), 0, lambda n: None).table
    assert table["text"].null_count == table.num_rows


def test_parts_cut_a_cell_at_fixed_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLEAN_ROWS", 4)
    monkeypatch.setattr(module, "ATTACKED_ROWS", 2 * 3 * 3)
    data = reviews(5)
    seam = seam_of(Scripted(good_is_positive), data, TASKS["sentiment"], "text")
    assert (n_parts(measured(data)), n_parts(measured(data, settings("text")))) == (2, 3)
    clean = [clean_part(seam, data, i, lambda n: None).table["example_id"].to_pylist() for i in range(2)]
    assert clean == [["e0", "e1", "e2", "e3"], ["e4"]]
    last = attacked_part(seam, data, Typo(), settings("text"), 2, lambda n: None).table
    assert set(last["example_id"].to_pylist()) == {"e4"}


def test_a_model_that_loses_an_example_is_refused() -> None:
    model = Scripted(good_is_positive)
    model.predict = lambda examples: [Prediction("positive")]  # type: ignore[method-assign]
    data = reviews(3)
    with pytest.raises(ModelError, match="scripted answered 1 of 3 examples"):
        clean_part(seam_of(model, data, TASKS["sentiment"], "text"), data, 0, lambda n: None)


def test_probabilities_are_stored_over_the_labels_of_the_dataset() -> None:
    data = reviews(2)
    model = Scripted(lambda e: Prediction("neutral", probs=np.array([0.2, 0.3, 0.5])))
    part = clean_part(seam_of(model, data, TASKS["sentiment"], "text"), data, 0, lambda n: None)
    assert part.table["probs"].to_pylist() == [[0.2, 0.3, 0.5]] * 2


def weighs_good(example: Example) -> Prediction:
    n_good = sum(word == "good" for word in example.text("text").split())
    logits = np.array([0.5, n_good, -9.0])
    return Prediction(("negative", "positive")[n_good > 0], np.exp(logits) / np.exp(logits).sum(), logits)


@pytest.mark.parametrize(("access", "options"), [("decision", {}), ("score", {"beam": 2})])
def test_a_search_that_sees_answers_finds_the_one_word_that_decides(
    access: Access, options: dict[str, object]
) -> None:
    data = reviews(6)
    seam = seam_of(Scripted(weighs_good), data, TASKS["sentiment"], "text")
    searched = settings("text", 1, access=access, degrees=(0.0, 0.1), n_candidates=10, **options)
    rows = attacked_part(seam, data, Typo(), searched, 0, lambda n: None).table.to_pylist()
    found = {row["example_id"]: row["prediction"] for row in rows if row["degree"] == 0.1}
    # One edit in "good" is enough; no edit makes a "good" of anything else.
    assert set(found.values()) == {"negative"}


def test_a_query_budget_holds_for_each_example() -> None:
    data, model = reviews(2), Scripted(weighs_good)
    seam = seam_of(model, data, TASKS["sentiment"], "text")
    searched = settings("text", 2, access="score", query_budget=5)
    cost = attacked_part(seam, data, Typo(), searched, 0, lambda n: None).cost
    assert cost.n_queries == cost.n_forward == len(model.seen) <= 10


def test_score_access_refuses_a_model_that_gives_labels_only() -> None:
    data = reviews(2)
    seam = seam_of(Scripted(good_is_positive), data, TASKS["sentiment"], "text")
    with pytest.raises(ModelError, match=r"scripted gives labels only, .* access=decision"):
        attacked_part(seam, data, Typo(), settings("text", 1, access="score"), 0, lambda n: None)
    decision = settings("text", 1, access="decision")
    assert attacked_part(seam, data, Typo(), decision, 0, lambda n: None).table.num_rows == 2 * 3


def test_what_decides_the_texts_is_read_off_the_attack_and_its_search() -> None:
    typo = Typo(operators=("swap",))
    found = attack_settings(
        "slips",
        typo,
        tag="general",
        access="score",
        field="text",
        search={"beam": 2},
        n_variants=3,
        seed=4,
        degrees=[0.0, 0.1],
    )
    assert found == AttackSettings(
        name="slips",
        dimension="typo",
        level="char",
        tag="general",
        access="score",
        field="text",
        version=typo.version,
        options={"operators": ["swap"], "misspellings": None},
        changed={"operators": ["swap"]},
        search=SearchSettings(
            version=Score.version,
            options={
                "n_candidates": 16,
                "query_budget": None,
                "compatible": False,
                "beam": 2,
                "rerank": False,
            },
        ),
        n_variants=3,
        seed=4,
        degrees=(0.0, 0.1),
    )


def test_a_dimension_with_one_tag_keeps_it_and_a_recipe_its_search() -> None:
    def settings_with(attack: Attack, **search: object) -> AttackSettings:
        return attack_settings(
            "a",
            attack,
            tag="general",
            access="rule",
            field="text",
            search=search,
            query_budget=7,
            n_variants=1,
            seed=0,
            degrees=(0.0, 0.1),
        )

    assert settings_with(Distraction()).tag == "malicious"
    recipe = settings_with(Recipe("deepwordbug"))
    assert (recipe.dimension, recipe.access) == ("textattack-deepwordbug", "score")
    assert recipe.options == {"recipe": "deepwordbug"}
    assert recipe.search.options == {"recipe": "deepwordbug", "query_budget": 7}
    with pytest.raises(ValueError, match="rule access has no option 'beam'"):
        settings_with(Typo(), beam=2)


@pytest.mark.parametrize("access", ["rule", "decision", "score"])
def test_a_thousandfold_of_the_logits_changes_nothing_but_the_probabilities(access: Access) -> None:
    def model(factor: float) -> Scripted:
        def answer(example: Example) -> Prediction:
            words = example.text("text").split()
            lengths = [sum(len(word) == n for word in words) for n in (1, 4, 5)]
            logits = factor * np.array([0.31 * lengths[0], 0.17 * lengths[1], 0.113 * lengths[2]])
            probs = np.exp(logits - logits.max())
            best = TASKS["sentiment"].labels[int(logits.argmax())]
            return Prediction(best, probs / probs.sum(), logits)

        return Scripted(answer)

    data, tables = reviews(8), []
    for factor in (1, 1000):
        seam = seam_of(model(factor), data, TASKS["sentiment"], "text")
        part = attacked_part(seam, data, Typo(), settings("text", 2, access=access), 0, lambda n: None)
        tables.append((part.table.drop_columns("probs"), part.cost, part.table["probs"]))
    assert tables[0][0].equals(tables[1][0])
    assert tables[0][1] == tables[1][1]
    assert tables[0][2] != tables[1][2]
