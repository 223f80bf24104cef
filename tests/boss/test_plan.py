"""What a run will ask a model, said before it asks: ``plan=true``."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from boss.data.types import Card, Example, Split
from boss.earlier import Before, asked_before
from boss.job import Planned
from boss.measurement import AttackSettings, Measurement, attack_of
from boss.models.llm.budget import PER_MESSAGE, Budget, Spent
from boss.models.llm.estimate import bill, estimate
from boss.models.llm.probe import PROBES
from boss.models.llm.service import Service
from boss.models.llm.store import Store
from boss.plan import foreseen, told
from boss.results.store import find_runs, read_run
from boss.seam import attack_settings
from boss.tasks import TASKS
from robtest.attacks.file import FileCopies
from robtest.attacks.typo import Typo
from robtest.types import Access, Attack

ROOT = Path(__file__).parents[2]
CONF = ROOT / "tests" / "conf"
TASK = TASKS["sentiment"]
TEXTS = ("A fine day.", "A dull film.", "A fine day.")
EXAMPLES = tuple(Example(f"e{i}", {"text": text}, "positive", f"e{i}") for i, text in enumerate(TEXTS))
CARD = Card("notes", "toy", "sentiment", "id", "notes", "none", "none", "none", "none", TASK.labels, "none")
SPLIT = Split(CARD, "test", EXAMPLES, "1", len(EXAMPLES))


def settings(attack: Attack, access: Access, budget: int | None = None) -> AttackSettings:
    search = {} if access == "rule" else {"query_budget": budget}
    return attack_settings(
        "typo",
        attack,
        tag="malicious",
        access=access,
        field="text",
        search=search,
        query_budget=budget,
        n_variants=2,
        seed=0,
        degrees=(0.0, 0.1, 0.2),
    )


def planned(attack: Attack | None = None, access: Access = "rule", budget: int | None = None) -> Planned:
    measurement = Measurement(
        suite="toy",
        suite_version="1",
        task="sentiment",
        dataset="notes",
        split="test",
        role="id",
        recall_only=False,
        stand_in=True,
        labels=TASK.labels,
        dataset_revision="1",
        dataset_sha256=SPLIT.sha256,
        n_total=3,
        n_evaluated=3,
        subset="all",
        attack=None if attack is None else settings(attack, access, budget),
    )
    return Planned(measurement, SPLIT, attack)


def test_clean_texts_are_asked_once_and_twice_of_a_model_that_may_answer_otherwise() -> None:
    once, twice = foreseen(TASK, planned()), foreseen(TASK, planned(), twice=True)
    assert (once.most, once.exact, twice.most, twice.exact) == (3, True, 6, True)


@pytest.mark.parametrize(
    ("access", "budget", "twice", "most"),
    [
        # The text itself, and 2 variants at 2 degrees above 0, of each of 3 examples.
        ("rule", None, False, 3 * (1 + 4)),
        ("rule", None, True, 3 * (1 + 2 * 4)),
        ("decision", 40, False, 3 * 40),
        ("score", 40, False, 3 * 40),
        ("gradient", 40, False, 3 * 40),
        # The text itself once.
        ("decision", 40, True, 3 * (1 + 2 * 39)),
        ("score", None, False, None),
    ],
)
def test_the_most_that_is_asked_by_access(access: Access, budget: int | None, twice: bool, most: int) -> None:
    item = foreseen(TASK, planned(Typo(), access, budget), twice=twice)
    assert item.most == most and not item.exact
    assert sum(times for _, times in item.asked) == (most or 0)


def test_copies_that_are_there_are_counted_to_the_one(tmp_path: Path) -> None:
    path = tmp_path / "copies.jsonl"
    row = '{{"example_id": "{}", "original": "{}", "text": "{}", "degree": {}}}\n'
    # Of the first example a copy and the text itself, of the second a copy at two degrees, of the third none.
    lines = [("e0", "A fine day.", "A fine dai.", 0.1), ("e0", "A fine day.", "A fine day.", 0.2)]
    lines += [("e1", "A dull film.", "A dul film.", 0.1), ("e1", "A dull film.", "A dul film.", 0.2)]
    path.write_text("".join(row.format(*line) for line in lines))
    plan = planned(FileCopies(path))
    counted = foreseen(TASK, plan, count=True)
    assert (counted.most, counted.exact) == (3 + 2, True)
    # The first and the third example are one input, which a server is asked about once.
    assert sorted(example.text("text") for example, _ in counted.asked) == sorted(
        {*TEXTS, "A fine dai.", "A dul film."}
    )
    twice = foreseen(TASK, plan, count=True, twice=True)
    assert (twice.most, twice.exact) == (3 + 2 * 2, False)
    assert {example.text("text"): times for example, times in twice.asked} == {
        **dict.fromkeys(TEXTS, 1),
        "A fine dai.": 2,
        "A dul film.": 2,
    }


def test_the_lines_say_which_numbers_are_exact_and_where_they_come_from() -> None:
    items = [
        foreseen(TASK, planned()),
        foreseen(TASK, planned(Typo(), "score", 40)),
        foreseen(TASK, planned(Typo(), "rule")),
    ]
    assert told(items) == [
        "  clean: 3 questions, 1 of each of 3 examples (notes)",
        "  typo, guided by scores: at most 120 questions, 40 of each of 3 examples (notes) by query_budget",
        "  typo: at most 15 questions, 5 of each of 3 examples (notes)",
        "  in all: at most 138 questions",
    ]
    assert told(items[:1])[-1] == "  in all: 3 questions"
    endless = [*items, foreseen(TASK, planned(Typo(), "decision", None))]
    assert told(endless)[-1] == "  in all: no limit, as query_budget=null"


def test_what_the_same_search_asked_before_is_read_off_runs_and_damaged_ones_are_passed_over(
    tmp_path: Path,
) -> None:
    searched = planned(Typo(), "score", 40).measurement.attack
    assert searched is not None
    assert asked_before(tmp_path / "none", [searched], twice=False) == {}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    (tmp_path / "run" / "records.jsonl").write_text('{"predictions": "a"}\n[1]\n{"torn')
    assert asked_before(tmp_path, [searched], twice=False) == {}


def test_a_number_as_before_is_of_the_examples_at_hand() -> None:
    plan = planned(Typo(), "score", 40)
    assert plan.measurement.attack is not None
    before = {attack_of(plan.measurement.attack): Before(n_measurements=2, n_examples=10, n_texts=75)}
    item = foreseen(TASK, plan, before)
    assert item.about == 3 * 7.5 and foreseen(TASK, plan).about is None
    clean = foreseen(TASK, planned())
    assert told([clean, item])[1:] == [
        "  typo, guided by scores: at most 120 questions, 40 of each of 3 examples (notes) by query_budget, "
        "about 22 if it goes as before: 7.5 of each in 2 measurements by the same search",
        "  in all: at most 123 questions, about 26 if it goes as before",
    ]


# -- what it costs


def test_what_questions_cost_is_their_bytes_and_the_longest_answers() -> None:
    asked = [(EXAMPLES[0], 1), (EXAMPLES[1], 10)]

    def messages(example: Example) -> list[dict[str, str]]:
        return [{"role": "user", "content": example.text("text")}]

    most = estimate(messages, {"max_tokens": 7}, asked)
    tried = [len(text) for text, _ in PROBES]
    one = len("user") + 2 * PER_MESSAGE  # of a message, and of the end of the prompt
    assert most.requests == 11 + len(tried)
    assert most.n_input == 11 * one + 11 + 10 * 12 + sum(one + n for n in tried)
    assert most.n_output == 7 * most.requests


@pytest.mark.parametrize(
    ("budget", "spent", "more", "short"),
    [
        (Budget(requests=10), Spent(4, 0, 0), Spent(6, 9, 9), ()),
        (Budget(requests=10), Spent(5, 0, 0), Spent(6, 9, 9), ("model.budget.requests=11",)),
        (Budget(requests=None), Spent(5, 0, 0), Spent(10**9, 9, 9), ()),
        (
            Budget(requests=1, tokens=10),
            Spent(1, 4, 3),
            Spent(1, 3, 2),
            ("model.budget.requests=2", "model.budget.tokens=12"),
        ),
        # 1.001 million tokens at 2 and 1 a million: 2.002 + 0 in money, rounded up to hundredths.
        (
            Budget(requests=None, money=2, input_price=2, output_price=1),
            Spent(),
            Spent(1, 1_001_000, 0),
            ("model.budget.money=2.01",),
        ),
    ],
)
def test_what_a_budget_lacks_is_said_as_the_options_that_are_enough(
    budget: Budget, spent: Spent, more: Spent, short: Sequence[str]
) -> None:
    assert budget.short(spent, more) == tuple(short)
    values = dict(option.removeprefix("model.budget.").split("=") for option in short)
    raised = {name: float(value) if name == "money" else int(value) for name, value in values.items()}
    enough = Budget(**{**budget.__dict__, **raised})
    assert enough.short(spent, more) == () and enough.refusal(spent, more) is None


def test_the_bill_counts_what_was_spent_before_and_makes_no_file(tmp_path: Path) -> None:
    service, path = Service("http://127.0.0.1:1/v1", "m"), tmp_path / "endpoint.sqlite"
    budget = Budget(requests=10)
    assert "it is enough" in bill(service, budget, Spent(10, 0, 0), path)
    assert not path.exists()
    store = Store(path)
    assert store.reserve(service.account, budget, Spent(1, 0, 0)) is None
    store.close()
    said = bill(service, budget, Spent(10, 0, 0), path)
    assert "it may end before the run does" in said and "model.budget.requests=11 is enough" in said


# -- the command


def command(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    where = (f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}")
    toy = (f"--config-dir={CONF}", "suite=toy", "n_attacked=6", "n_variants=2", "degrees=[0.1,0.3]")
    return subprocess.run(
        [sys.executable, "-m", "boss.eval", *toy, *where, *words],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
    )


def asked_in(run: Path) -> dict[str, int]:
    """Return how many texts the model answered, clean and by attack."""
    asked: dict[str, int] = {}
    for name, record in {r.measurement.name: r for r in read_run(run).records}.items():
        attack = record.measurement.attack
        what = "clean" if attack is None else attack.name
        asked[what] = asked.get(what, 0) + record.cost.n_forward
        assert name
    return asked


def said(text: str) -> dict[str, int]:
    """Return the numbers of questions that were said, by what comes before them."""
    found = re.findall(r"^  ([a-z]+)[^:\n]*: (?:at most )?([\d,]+) questions?", text, re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_what_is_planned_under_rule_access_is_what_is_asked(tmp_path: Path) -> None:
    words = ("model=majority", "attack=[typo,glyph]")
    plan = command(tmp_path, *words, "plan=true")
    assert plan.returncode == 0 and not (tmp_path / "runs").exists(), plan.stderr
    assert "at most" not in plan.stdout
    done = command(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    [run] = find_runs(tmp_path / "runs")
    asked = asked_in(run)
    planned = said(plan.stdout)
    assert planned.pop("in") == sum(asked.values())
    assert planned == asked and asked["clean"] == 48
    # A run does not make its copies twice to count them, and says the most there may be.
    bound = said(done.stderr)
    assert bound["clean"] == 48 and bound["typo"] == bound["glyph"] == 12 * (1 + 2 * 2) >= asked["typo"]


@pytest.mark.parametrize("access", ["decision", "score"])
def test_a_search_asks_no_more_than_was_said(access: str, tmp_path: Path) -> None:
    words = ("model=tfidf", "attack=typo", f"access={access}", "query_budget=30")
    plan = command(tmp_path, *words, "plan=true")
    assert plan.returncode == 0 and "typo, guided by" in plan.stdout, plan.stderr
    assert said(plan.stdout)["typo"] == 30 * 12 and "at most 360 questions" in plan.stdout
    assert not (tmp_path / "cache" / "fitted").exists()
    done = command(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    [run] = find_runs(tmp_path / "runs")
    assert 0 < asked_in(run)["typo"] <= 360
    assert said(done.stderr)["typo"] == 360 and "about" not in done.stderr
    # The second time it is known what the first one asked.
    after = command(tmp_path, *words, "plan=true").stdout
    n = asked_in(run)["typo"]
    assert (
        f"about {n:,} if it goes as before: {n / 12:.3g} of each in 2 measurements by the same search"
        in after
    )
    assert f"in all: at most 408 questions, about {n + 48:,} if it goes as before" in after
    other = command(tmp_path, *words, "n_candidates=5", "plan=true")  # another search
    assert other.returncode == 0 and "about" not in other.stdout


def test_options_that_are_wrong_are_refused_as_a_run_refuses_them(tmp_path: Path) -> None:
    wrong = command(tmp_path, "model=majority", "plan=perhaps")
    assert wrong.returncode == 2 and "plan" in wrong.stderr and "Traceback" not in wrong.stderr
    bars = command(tmp_path, "model=majority", "attack=typo", "plan=true", "require={nothing: 0}")
    assert bars.returncode == 2 and "nothing" in bars.stderr


_SPEC = importlib.util.spec_from_file_location("stub_llm", ROOT / "tests" / "boss" / "models" / "stub_llm.py")
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("stub_llm", stub_llm)
_SPEC.loader.exec_module(stub_llm)


def test_a_server_is_not_asked_by_a_plan_and_gets_no_more_than_was_planned(tmp_path: Path) -> None:
    pytest.importorskip("openai")
    money = ("model.budget.money=5", "model.budget.input_price=3", "model.budget.output_price=10")
    with stub_llm.serving(lambda request, times: stub_llm.Say("positive")) as stub:
        model = ("model=endpoint", f"model.base_url={stub.url}", "model.name=stub-1", *money)
        words = (*model, "attack=typo")
        plan = command(tmp_path, *words, "plan=true")
        assert plan.returncode == 0 and not stub.log, plan.stderr
        assert not (tmp_path / "cache" / "answers").exists()
        found = re.search(r"at most ([\d,]+) requests, ([\d,]+) tokens read", plan.stdout)
        assert found is not None and "in money" in plan.stdout and "it is enough" in plan.stdout
        requests = int(found.group(1).replace(",", ""))
        done = command(tmp_path, *words)
        assert done.returncode == 0, done.stderr
        assert 0 < len(stub.log) <= requests
        assert "at most" in done.stderr and "it is enough" in done.stderr


def test_a_budget_that_may_end_early_says_which_is_enough(tmp_path: Path) -> None:
    model = ("model=endpoint", "model.base_url=http://127.0.0.1:1/v1", "model.name=stub-1")
    words = (*model, "attack=typo", "access=decision", "query_budget=100", "plan=true")
    short = command(tmp_path, *words, "model.budget.requests=9")
    assert short.returncode == 0, short.stderr
    enough = re.search(r"under a higher one: (model\.budget\.requests=\d+) is enough", short.stdout)
    assert enough is not None
    assert "it is enough" in command(tmp_path, *words, enough.group(1)).stdout
