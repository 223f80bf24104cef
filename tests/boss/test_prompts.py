"""``prompts=`` and ``boss.prompts``: a model of which it is known what each prompt makes it answer."""

import csv
import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from boss.config import Settings
from boss.errors import ConfigError
from boss.eval import GROUPS
from boss.over_prompts import Chosen, MeasurementOverPrompts, Variant, chosen, combine
from boss.prompt_sweep import with_prompts
from boss.prompts import main
from boss.repeats import grouped
from boss.results.store import find_runs, read_run

pytest.importorskip("openai")

ROOT = Path(__file__).parents[2]
CONF = ROOT / "tests" / "conf"
_SPEC = importlib.util.spec_from_file_location("stub_llm", ROOT / "tests" / "boss" / "models" / "stub_llm.py")
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("stub_llm", stub_llm)
_SPEC.loader.exec_module(stub_llm)

ASKED = ("suite=toy", "model=smollm2")
OPTIONS = (*Settings.model_fields, *GROUPS)


def golds() -> dict[str, str]:
    found = {}
    for name in ("reviews", "posts"):
        with (ROOT / "tests" / "data" / "toy" / f"{name}_test.csv").open(newline="") as file:
            found |= {row["text"]: row["label"] for row in csv.DictReader(file)}
    return found


GOLDS = golds()


def behave(request: dict[str, Any], times: int) -> Any:
    """Answer rightly by the prompt with a system message, which is ``rules``, and by ``plain`` as given.

    By ``plain`` with the labels reversed everything is neutral, and by ``question`` positive.
    """
    prompt = request["messages"][-1]["content"]
    if "<text>" not in prompt:  # a question about a passage
        return stub_llm.Say("the mill")
    text = prompt.split("<text>\n")[1].split("\n</text>")[0]
    right = GOLDS.get(text, "negative")  # a copy under attack is in no list
    if len(request["messages"]) == 2:
        return stub_llm.Say(right)
    if "speak well" in prompt:
        return stub_llm.Say("positive")
    return stub_llm.Say("neutral" if "neutral, positive or negative" in prompt else right)


@dataclass(frozen=True)
class Asked:
    runs: Path
    stub: Any

    def measure(self, *words: str) -> subprocess.CompletedProcess[str]:
        model = (
            "model=endpoint",
            f"model.base_url={self.stub.url}",
            "model.name=stub-1",
            "model.noise=false",
        )
        where = (f"output={self.runs}", f"cache={self.runs.parent / 'cache'}")
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return subprocess.run(
            [sys.executable, "-m", "boss.eval", f"--config-dir={CONF}", "suite=toy", *model, *where, *words],
            cwd=ROOT, env={**env, "COLUMNS": "120"}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asked, str]]:
    with stub_llm.serving(behave) as stub:
        made = Asked(tmp_path_factory.mktemp("prompts") / "runs", stub)
        done = made.measure("attack=none", "prompts=all")
        assert done.returncode == 0, done.stderr
        yield made, done.stdout


def reviews(found: list[MeasurementOverPrompts]) -> MeasurementOverPrompts:
    return next(each for each in found if each.dataset == "toy_reviews")


def test_every_prompt_in_both_orders_is_a_run_of_its_own(asked: tuple[Asked, str]) -> None:
    made, _ = asked
    stored = [read_run(path) for path in find_runs(made.runs)]
    models = [run.run.config["model"] for run in stored]
    assert sorted((model["prompt"], model["label_order"]) for model in models) == [
        (prompt, order) for prompt in ("plain", "question", "rules") for order in ("given", "reversed")
    ]
    assert {run.run.status for run in stored} == {"complete"}


def test_each_number_stands_beside_mean_spread_and_sameness(asked: tuple[Asked, str]) -> None:
    """Of 24 texts 8 have each label, so that who says one label always is right in a third."""
    home = reviews(combine([asked[0].runs]))
    third = 1 / 3
    accuracy = home.numbers[0]
    assert accuracy.metric == "accuracy"
    values = {(own.prompt, own.label_order): own.value for own in accuracy.variants}
    assert values == {
        ("plain", "given"): 1.0,
        ("plain", "reversed"): pytest.approx(third),
        ("question", "given"): pytest.approx(third),
        ("question", "reversed"): pytest.approx(third),
        ("rules", "given"): 1.0,
        ("rules", "reversed"): 1.0,
    }
    assert {own.n for own in accuracy.variants} == {24}
    assert all(own.ci.low <= own.value <= own.ci.high for own in accuracy.variants)
    spread = {(each.over, each.fixed): each for each in accuracy.spreads}
    assert list(spread) == [
        ("prompts", "given"), ("orders", "plain"), ("orders", "question"), ("orders", "rules"), ("all", None),
    ]  # fmt: skip
    prompts = spread["prompts", "given"]
    assert (prompts.mean, prompts.n_variants) == (pytest.approx((2 + third) / 3), 3)
    assert prompts.deviation == pytest.approx((1 - third) / 3**0.5)  # of 1, 1 and a third
    assert (prompts.lowest, prompts.highest) == ("question", "plain")
    assert spread["orders", "plain"].lowest == "plain, reversed"
    assert spread["orders", "rules"].deviation == 0
    assert spread["all", None].mean == pytest.approx((3 + 3 * third) / 6)
    same = {(each.over, each.fixed): each for each in home.sameness}
    # plain and rules agree everywhere; question joins them where the text is positive.
    assert same["prompts", "given"].consistency.value == pytest.approx(third)
    assert same["prompts", "given"].agreement.value == pytest.approx((1 + 2 * third) / 3)
    assert same["orders", "plain"].consistency.value == pytest.approx(third)
    assert same["orders", "rules"].consistency.value == 1
    assert same["all", None].consistency.value == 0
    assert {each.consistency.n for each in home.sameness} == {24}


def test_the_command_ends_with_the_tables(asked: tuple[Asked, str]) -> None:
    shown = asked[1].rsplit("sentiment, stub-1 none, suite toy, seed 0", 1)[1]
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert any(line.startswith("toy_reviews, ID accuracy plain 100.0 [86.2, 100.0] 24") for line in lines)
    assert any("mean, 3 prompts 77.8" in line and "33.3 question 100.0 plain" in line for line in lines)
    assert any(line.startswith("toy_reviews, ID 3 prompts 33.3 [") and line.endswith("24") for line in lines)


def test_what_was_answered_is_not_asked_again(asked: tuple[Asked, str]) -> None:
    made, _ = asked
    before = len(made.stub.questions)
    words = (
        "attack=none",
        "prompts=plain,rules",
        "model.label_order=given",
        f"output={made.runs.parent}/two",
    )
    assert made.measure(*words).returncode == 0
    assert len(made.stub.questions) == before == 6 * 48
    home = reviews(combine([made.runs.parent / "two"]))
    assert [(each.over, each.fixed) for each in home.sameness] == [("prompts", "given")]
    assert home.numbers[0].spreads[0].mean == 1


def test_under_attack_there_is_a_mean_and_no_sameness(asked: tuple[Asked, str]) -> None:
    made, _ = asked
    words = ("attack=typo", "n_examples=6", "n_attacked=4", "degrees=[0.1]", "n_variants=1", "prompts=plain")
    done = made.measure(*words, f"output={made.runs.parent}/attacked")
    assert done.returncode == 0, done.stderr
    assert "typo 0.1: worst" in done.stdout
    found = combine([made.runs.parent / "attacked"])
    attacked = next(each for each in found if not each.measurement.endswith("/clean"))
    assert attacked.sameness == ()
    number = next(n for n in attacked.numbers if (n.aggregate, n.degree) == ("average", 0.1))
    assert [own.coverage for own in number.variants] == [1.0, 1.0]
    mean = sum(own.value for own in number.variants) / 2
    assert number.spreads[0].mean == pytest.approx(mean)


def test_an_order_of_labels_is_no_variant_of_a_question(asked: tuple[Asked, str]) -> None:
    made, _ = asked
    words = ("task=[sentiment,qa]", "attack=none", "n_examples=3", "prompts=plain,rules")
    done = made.measure(*words, f"output={made.runs.parent}/tasks")
    assert done.returncode == 0, done.stderr
    overs = {
        each.task: [same.over for same in each.sameness] for each in combine([made.runs.parent / "tasks"])
    }
    assert overs == {"sentiment": ["prompts", "orders", "orders", "all"], "qa": ["prompts"]}


def test_of_two_runs_with_one_choice_the_newer_counts(asked: tuple[Asked, str]) -> None:
    stored = [read_run(path) for path in find_runs(asked[0].runs)]
    newest = max(stored, key=lambda run: run.run.run_id)
    for roots in ([run.path for run in stored], [run.path for run in reversed(stored)]):
        [of_seed] = grouped(roots, lambda _: "all", lambda run: run.run.seed)
        assert {seed: run.path for seed, run in of_seed.items()} == {0: newest.path}


def test_the_numbers_are_there_as_json(asked: tuple[Asked, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(asked[0].runs), "--output", "json"]) == 0
    home, away = json.loads(capsys.readouterr().out)
    assert (home["dataset"], home["role"], home["model"], away["role"]) == (
        "toy_reviews",
        "id",
        "stub-1",
        "ood",
    )
    first = home["numbers"][0]
    assert (first["metric"], len(first["variants"]), len(first["spreads"])) == ("accuracy", 6, 5)
    assert first["variants"][0]["ci"]["method"] == "wilson"
    assert home["sameness"][0]["consistency"]["ci"]["low"] < home["sameness"][0]["consistency"]["value"]


def test_a_run_alone_has_no_spread_and_is_told_how_to_get_one(
    asked: tuple[Asked, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one = find_runs(asked[0].runs)[0]
    assert main([str(one)]) == 1
    said = capsys.readouterr().err
    cure = shlex.split(said.split("make some: ")[1])
    assert cure[:3] == ["python", "-m", "boss.eval"] and cure[-1] == "prompts=all"
    assert not {"model.prompt", "model.label_order"} & {word.partition("=")[0] for word in cure}
    assert with_prompts([f"--config-dir={CONF}", *cure[3:]], OPTIONS)[-1] == "--multirun"


def test_runs_that_differ_in_more_are_not_put_together(asked: tuple[Asked, str], tmp_path: Path) -> None:
    made, _ = asked
    for words in (("model.prompt=plain", "seed=1"), ("model.prompt=rules", "seed=2")):
        assert made.measure("attack=none", *words, f"output={tmp_path}").returncode == 0
    assert main([str(tmp_path)]) == 1


def test_what_is_looked_at_together() -> None:
    a, b, a_reversed = Variant("a", "given"), Variant("b.yaml", "given"), Variant("a", "reversed")
    assert chosen([a, b]) == [Chosen("prompts", "given", (0, 1))]
    assert chosen([a, a_reversed]) == [Chosen("orders", "a", (0, 1))]
    assert chosen([a, a_reversed, b]) == [
        Chosen("prompts", "given", (0, 2)), Chosen("orders", "a", (0, 1)), Chosen("all", None, (0, 1, 2)),
    ]  # fmt: skip
    assert chosen([a]) == []
    assert [variant.name for variant in (a, b, a_reversed)] == ["a", "b", "a, reversed"]


def swept(*words: str) -> list[str]:
    """Return what is swept of a command."""
    found = with_prompts([f"--config-dir={CONF}", *ASKED, *words], OPTIONS)
    return [word for word in found if word.startswith(("model.prompt", "model.label_order", "--multirun"))]


ALL = "model.prompt=plain,question,rules"
BOTH = "model.label_order=given,reversed"


@pytest.mark.parametrize(
    ("words", "sweep"),
    [
        ("prompts=all", [ALL, BOTH]),
        ("prompts=all task=qa", [ALL]),  # a question lists no labels
        ("prompts=all task=ner", [ALL]),
        ("prompts=all task=[sentiment,qa]", [ALL, BOTH]),
        ("prompts=rules,plain", ["model.prompt=rules,plain", BOTH]),
        ("prompts=plain", ["model.prompt=plain", BOTH]),
        (
            "prompts=[plain,rules] model.label_order=rotated",
            ["model.prompt=plain,rules", "model.label_order=rotated"],
        ),
    ],
)
def test_prompts_is_a_sweep_over_those_of_the_task(words: str, sweep: list[str]) -> None:
    assert sorted(swept(*words.split())) == sorted([*sweep, "--multirun"])


def test_a_file_of_ones_own_stands_beside_the_project_s(tmp_path: Path) -> None:
    own = tmp_path / "it's mine.yaml"
    own.write_text("about: mine\nuser: |\n  {text}\n  Good or bad?\n")
    escaped = str(own).replace("'", "\\'")
    # It lists no labels, so that their order would change nothing; of plain it would.
    assert swept(f"prompts=plain,{own}") == [f"model.prompt=plain,'{escaped}'", BOTH, "--multirun"]
    with pytest.raises(ConfigError, match="that is one prompt"):
        swept(f"prompts={own}")


def test_commands_without_prompts_stay_as_they_are() -> None:
    assert with_prompts(["model=tfidf", "seeds=2"], OPTIONS) == ["model=tfidf", "seeds=2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("model=tfidf attack=none prompts=all", "the model of this command has not; take one that has: "),
        ("model=smollm2 prompts=all seeds=3", "leave seeds= out: "),
        ("model=smollm2 prompts=all model.prompt=rules", "leave model.prompt= out: "),
        ("model=smollm2 prompts=plain prompts=all", "once is enough: "),
        ("-m model=smollm2 seed=0,1 prompts=all", "seed= names several values; run it with one after"),
    ],
)
def test_what_prompts_cannot_do_is_refused_with_a_cure_that_works(words: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        with_prompts([f"--config-dir={CONF}", "suite=toy", *words.split()], OPTIONS)
    assert said in str(refused.value)
    cure = shlex.split(str(refused.value).split("python -m boss.eval ")[1])
    assert "prompts=all" in cure
    found = with_prompts(cure, OPTIONS)
    assert ALL in found and BOTH in found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("prompts=nope", "only plain, question, rules"),
        ("prompts=nope.yaml", "there is no such file"),
        ("prompts=", "names none"),
        ("prompts=plain,x/plain.yaml", "would have one name on the board, plain"),
        ("prompts=plain task=qa", "that is one prompt"),
        ("prompts=plain task=qa model.label_order=given,reversed", "that is one prompt"),
        ("prompts=all task=nix", "no task 'nix'"),
    ],
)
def test_prompts_that_are_none_are_refused(words: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        swept(*words.split())


def test_one_prompt_alone_is_told_a_command_that_hydra_takes() -> None:
    with pytest.raises(ConfigError) as refused:
        swept("prompts=plain", "task=qa", "model.label_order=given,reversed")
    cure = shlex.split(str(refused.value).split("python -m boss.eval ")[1])
    assert "model.prompt=plain" in cure and not any(word.startswith("model.label_order") for word in cure)
