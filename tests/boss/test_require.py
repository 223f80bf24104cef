"""Numbers required of a run: what may be named, who is refused at the door, who falls short."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from boss.commands import for_hydra
from boss.config import settings_from
from boss.errors import ConfigError
from boss.job import Job, job_of
from boss.paths import conf_dir
from boss.require import Bar, Verdict, bars_of, verdicts_on, write_junit
from boss.results.manifest import Failure
from boss.results.schema import Record
from boss.results.store import find_runs, read_run
from boss.results.summary import Summary

ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "tests" / "conf"
TOY = ("suite=toy", "n_attacked=4", "n_variants=2", "degrees=[0.1,0.3]", "model=majority")
Jobs = Callable[..., Job]


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., DictConfig]]:
    """Return the configuration of some options beside `TOY`."""
    folder = tmp_path_factory.mktemp("run")
    where = (f"hydra.searchpath=[file://{CONF}]", f"output={folder}", f"cache={folder / 'cache'}")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield lambda *options: compose("config", for_hydra([*where, *TOY, *options]))


@pytest.fixture(scope="module")
def job(composed: Callable[..., DictConfig]) -> Jobs:
    """Return the job of some options beside `TOY`; ``require`` is taken as it is."""

    def made(*options: str, require: Any = None) -> Job:
        config = composed("attack=[typo,glyph]", *options)
        plain = OmegaConf.to_container(config, resolve=True)
        assert isinstance(plain, dict)
        settings = settings_from({**{str(k): v for k, v in plain.items()}, "require": require})
        return job_of(config, settings, [CONF, conf_dir()])

    return made


class Came(NamedTuple):
    records: Sequence[Record]
    summaries: Sequence[Summary]


@pytest.fixture(scope="module")
def came(composed: Callable[..., DictConfig]) -> Came:
    """What a run of the majority model comes to: 8 of 24 examples of each dataset are of its class."""
    from boss.run import measure

    config = composed()
    settings = settings_from(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
    stored = read_run(measure(config, settings, [CONF, conf_dir()], ()).path)
    return Came(stored.records, stored.summaries())


def named(bars: Sequence[Bar]) -> list[str]:
    return [f"{bar.target.task}/{bar.target}" for bar in bars]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("id", ["sentiment/id/accuracy"]),
        ("sentiment/id", ["sentiment/id/accuracy"]),
        ("ood_lowest/macro_f1", ["sentiment/ood_lowest/macro_f1"]),
        ("toy_posts", ["sentiment/toy_posts/accuracy"]),
        ("typo@0.1", ["sentiment/id/typo@0.1/accuracy/worst", "sentiment/ood_mean/typo@0.1/accuracy/worst"]),
        ("toy_posts/typo@0.10/average", ["sentiment/toy_posts/typo@0.1/accuracy/average"]),
        ("id/char@0.3", ["sentiment/id/char@0.3/accuracy/worst"]),
        ("id/overall@0.3/accuracy", ["sentiment/id/overall@0.3/accuracy/worst"]),
        ("id/typo/area_worst", ["sentiment/id/typo/accuracy/area_worst"]),
    ],
)
def test_a_name_is_a_number_or_each_of_those_it_leaves_open(job: Jobs, name: str, numbers: list[str]) -> None:
    bars = bars_of(job("task=sentiment", require={name: 0.5}))
    assert named(bars) == numbers
    assert {(bar.limit, bar.by) for bar in bars} == {(0.5, "interval")}


def test_a_name_without_its_task_is_of_each_task(job: Jobs) -> None:
    bars = bars_of(job("task=[nli,qa]", require={"id": 0.5, "qa/id/glyph@0.1/attack_success_rate": 0.4}))
    assert named(bars) == [
        "nli/id/accuracy",
        "qa/id/token_f1",
        # Only an exact match is right or wrong.
        "qa/id/glyph@0.1/exact_match/attack_success_rate",
    ]
    assert [bar.target.higher_is_better for bar in bars] == [True, True, False]


@pytest.mark.parametrize(
    ("require", "said"),
    [
        ({"typo@0.2": 0.6}, r"no number 'typo@0.2' \(did you mean 'typo@0.[13]'\?\); clean numbers: "
         r"toy_reviews, toy_posts, id, ood_mean, ood_lowest, .*overall@D with D one of 0.1, 0.3"),
        ({"phonetic@0.1": 0.6}, "no number 'phonetic@0.1'"),
        ({"nli/id": 0.6}, "no number 'nli/id'"),
        ({"id": 60}, r"'id': a bar must be a number in \[0, 1\], got 60"),
        ({"id": float("nan")}, "a bar must be a number"),
        ({"id": True}, "a bar must be a number"),
        ({"id": {"at_most": 0.6}}, r"'id' must be a number or \{at_least: .*higher is better of accuracy"),
        ({"id/ece": {"at_least": 0.6}}, r"\{at_most: .*lower is better of ece"),
        ({"id": {"at_least": 0.6, "by": "luck"}}, "by must be interval or value, got 'luck'"),
        ({"typo@0.1": 0.6, "id/typo@0.1": 0.7}, "'typo@0.1' and 'id/typo@0.1' are both a bar for id/typo@0."),
        ({}, "must be {NUMBER: BAR"),
        (0.6, "must be {NUMBER: BAR"),
        ("no/such.yaml", "no/such.yaml cannot be read"),
    ],
)  # fmt: skip
def test_who_asks_for_what_is_not_there_is_refused_at_the_door(job: Jobs, require: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        bars_of(job("task=sentiment", require=require))


def test_a_report_on_nothing_is_refused(job: Jobs) -> None:
    with pytest.raises(ConfigError, match="none is required"):
        bars_of(job("junit=report.xml"))


def test_a_file_of_bars_is_the_same(job: Jobs, tmp_path: Path) -> None:
    path = tmp_path / "bars.yaml"
    path.write_text("id: 0.3\nglyph@0.1/average: {at_least: 0.2, by: value}\n")
    in_words = {"id": 0.3, "glyph@0.1/average": {"at_least": 0.2, "by": "value"}}
    assert bars_of(job(require=str(path))) == bars_of(job(require=in_words))
    path.write_text("- id\n")
    with pytest.raises(ConfigError, match="must hold lines such as"):
        bars_of(job(require=str(path)))


# 8 of 24 are right, with Wilson's interval [0.1797, 0.5329].
@pytest.mark.parametrize(
    ("bar", "reached"),
    [
        (0.179, True),
        (0.181, False),
        ({"at_least": 0.333, "by": "value"}, True),
        ({"at_least": 1 / 3, "by": "value"}, True),
        ({"at_least": 0.334, "by": "value"}, False),
    ],
)
def test_the_lower_end_of_the_interval_decides_unless_told_otherwise(
    job: Jobs, came: Came, bar: Any, reached: bool
) -> None:
    for name in ("id", "toy_posts"):
        (verdict,) = verdicts_on(bars_of(job(require={name: bar})), *came, [])
        assert verdict.reached is reached
        assert "0.3333, 95% interval [0.1797, 0.5329], n=24" in verdict.message


def test_where_lower_is_better_the_upper_end_decides(job: Jobs, came: Came) -> None:
    # Nothing changes the answers of this model, so no attack succeeds; of few right examples the upper
    # end is far from 0 all the same.
    name = "id/typo@0.3/attack_success_rate"
    (by_value,) = verdicts_on(bars_of(job(require={name: {"at_most": 0, "by": "value"}})), *came, [])
    (by_interval,) = verdicts_on(bars_of(job(require={name: 0.3})), *came, [])
    assert (by_value.reached, by_interval.reached) == (True, False)
    assert "upper end of the interval must be at most 0.3" in by_interval.message


def test_every_number_that_may_be_named_is_found(job: Jobs, came: Came) -> None:
    from boss.targets import targets_of

    targets = list(targets_of(job()))
    absent = {
        str(target)
        for target in targets
        if not any(
            v.reached for v in verdicts_on([Bar(target, 0 if target.higher_is_better else 2)], *came, [])
        )
    }
    assert not absent
    numbers = {(r.score.metric, r.score.aggregate) for r in came.records if r.measurement.attack}
    of_targets = {(target.metric, target.aggregate) for target in targets if target.attack}
    assert {n for n in numbers if "d50" not in n[1]} == of_targets


@pytest.mark.parametrize(
    ("failed", "short"),
    [
        ("attack glyph", {"glyph", "char", "overall"}),
        ("sentiment/toy_posts/glyph-malicious-rule-text", {"glyph", "char", "overall"}),
        ("sentiment/toy_posts", {"typo", "glyph", "char", "overall"}),
        ("sentiment", {"typo", "glyph", "char", "overall"}),
        ("nli", set()),
        ("sentiment/toy", set()),
    ],
)
def test_a_mean_without_one_of_its_parts_falls_short(
    job: Jobs, came: Came, failed: str, short: set[str]
) -> None:
    require = {f"ood_mean/{attack}@0.1": 0 for attack in ("typo", "glyph", "char", "overall")}
    failure = Failure(measurement=failed, error="AssetMissing", message="get it there")
    verdicts = verdicts_on(bars_of(job(require=require)), *came, [failure])
    assert {str(v.bar.target.attack) for v in verdicts if not v.reached} == short
    assert all("AssetMissing: get it there" in v.message for v in verdicts if not v.reached)


def test_an_attack_that_could_not_be_made_may_be_named(job: Jobs, came: Came) -> None:
    whole = job(require={"phonetic@0.1": 0, "overall@0.1": 0})
    lame = replace(whole, unmade={"phonetic": ValueError("no dictionary")})
    failure = Failure(measurement="attack phonetic", error="ValueError", message="no dictionary")
    verdicts = verdicts_on(bars_of(lame), *came, [failure])
    assert len(verdicts) == 4 and not any(verdict.reached for verdict in verdicts)


def test_the_report_is_junit_xml_whatever_a_message_holds(job: Jobs, tmp_path: Path) -> None:
    bars = bars_of(job(require={"id": 0.5, "toy_posts/typo@0.1": 0.5}))
    message = 'a < b & "c"\x00\ud800 ]]> \U0001f600'
    verdicts = (Verdict(bars[0], True, "well"), Verdict(bars[1], False, message))
    path = tmp_path / "out" / "report.xml"
    write_junit(path, {"run <1>": verdicts, "run 2": verdicts[:1]})
    root = ElementTree.parse(path).getroot()
    assert root.tag == "testsuites" and (root.get("tests"), root.get("failures")) == ("3", "1")
    first, second = root
    assert [s.get("name") for s in root] == ["run <1>", "run 2"]
    counts = ("tests", "failures", "errors", "skipped")
    assert [first.get(name) for name in counts] == ["2", "1", "0", "0"]
    assert [second.get(name) for name in counts] == ["1", "0", "0", "0"]
    cases = first.findall("testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("sentiment", "id/accuracy"),
        ("sentiment", "toy_posts/typo@0.1/accuracy/worst"),
    ]
    assert cases[0].find("failure") is None
    failure = cases[1].find("failure")
    assert failure is not None
    assert failure.get("message") == failure.text == 'a < b & "c"\\x00\\ud800 ]]> \U0001f600'


@pytest.mark.parametrize(("bar", "code"), [("0.1", 0), ("0.9", 3)])
def test_the_exit_status_says_it_and_the_run_is_recorded(bar: str, code: int, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    arguments = (
        f"--config-dir={CONF}",
        *(*TOY, "attack=none", "seeds=2", f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}"),
        *(f"require={{id: {bar}}}", f"junit={report}"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "boss.eval", *arguments],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    assert ("SHORT sentiment/id/accuracy: 0.3333" in done.stdout) == (code == 3)
    runs = find_runs(tmp_path / "runs")
    assert [read_run(run).run.status for run in runs] == ["complete", "complete"]
    # The bar is no part of what was measured.
    suites = ElementTree.parse(report).getroot()
    assert sorted(str(suite.get("name")) for suite in suites) == sorted(run.name for run in runs)
    assert {suite.get("failures") for suite in suites} == {str(int(code == 3))}
