"""What a run says of itself changes when that thing changes: pairs of runs that must differ."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import boss
from boss import provenance
from boss.commands import for_hydra
from boss.config import settings_from
from boss.measurement import AttackSettings, Measurement, SearchSettings, Strict
from boss.paths import conf_dir
from boss.results.manifest import Code, DatasetEntry, Environment
from boss.results.schema import Subject
from boss.results.store import read_run

ROOT = Path(__file__).parents[2]
BASE = ("suite=toy", "task=sentiment", "model=majority", "attack=typo", "n_attacked=4", "n_variants=1")
Measure = Callable[..., dict[str, set[str]]]


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the toy suite, so that its data can be changed."""
    folder = tmp_path_factory.mktemp("toy")
    for name in ("conf", "data/toy"):
        shutil.copytree(ROOT / "tests" / name, folder / name)
    return folder / "conf"


@pytest.fixture(scope="module")
def measure(conf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measure]:
    """Measure with these options beside `BASE`; return what the run says, by field."""
    from boss.run import measure as run

    def measured(*options: str) -> dict[str, set[str]]:
        folder = tmp_path_factory.mktemp("run")
        where = (f"output={folder}", f"cache={folder / 'cache'}")
        config = compose("config", for_hydra([f"hydra.searchpath=[file://{conf}]", *BASE, *where, *options]))
        settings = settings_from(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]
        return said(run(config, settings, [conf, conf_dir()], options).path)

    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield measured


@pytest.fixture(scope="module")
def base(measure: Measure) -> dict[str, set[str]]:
    return measure()


def said(path: Path) -> dict[str, set[str]]:
    """Return the values of every field of manifest and records: ``measurement.attack.seed -> {"0"}``."""
    stored = read_run(path)
    found: dict[str, set[str]] = {}
    for model in (stored.run, *stored.records):
        collect(found, "", model.model_dump(mode="json"))
    return found


def collect(found: dict[str, set[str]], name: str, value: Any) -> None:
    if isinstance(value, dict) and not name.endswith(("options", "changed", "config", "packages")):
        for key, inner in value.items():
            collect(found, f"{name}.{key}".lstrip("."), inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            collect(found, name, inner)
    else:
        found.setdefault(name, set()).add(repr(value))


CHANGES: dict[str, tuple[str, ...]] = {
    "seed=1": ("seed", "measurement.attack.seed", "config", "config_sha256", "command", "overrides"),
    "model=tfidf": (
        "model.id",
        "model.adapter",
        "model.fingerprint",
        "model.n_parameters",
        "predictions_sha256",
        "record_id",
        "config_sha256",
    ),
    "attack=glyph": (
        "measurement.attack.name",
        "measurement.attack.dimension",
        "measurement.attack.version",
        "measurement.attack.options",
        "predictions_sha256",
        "config_sha256",
    ),
    "attack.typo.operators=[swap]": (
        "measurement.attack.options",
        "measurement.attack.changed",
        "predictions_sha256",
        "record_id",
        "config_sha256",
    ),
    "attack=inflection": ("measurement.attack.level", "measurement.attack.tag", "config_sha256"),
    "access=score": (
        "measurement.attack.access",
        "measurement.attack.search.version",
        "measurement.attack.search.options",
    ),
    "compatible=true": ("measurement.attack.search.options", "record_id", "config_sha256"),
    "degrees=[0.2]": ("measurement.attack.degrees", "score.degree", "config_sha256"),
    "n_variants=2": ("measurement.attack.n_variants", "config_sha256"),
    "n_examples=3": (
        "measurement.subset",
        "measurement.n_evaluated",
        "data.n",
        "data.subset",
        "config_sha256",
    ),
    "scoring=boss": ("measurement.scoring", "score.metric", "config_sha256"),
    "task=nli": (
        "tasks",
        "measurement.task",
        "measurement.dataset",
        "measurement.labels",
        "measurement.attack.field",
        "measurement.majority",
    ),
}
"""Option -> what a run with it must say otherwise than one without."""
BY_DATA: dict[str, tuple[str, ...]] = {
    "reviews_test.csv": (
        "measurement.dataset_revision",
        "measurement.dataset_sha256",
        "data.revision",
        "data.sha256",
        "predictions_sha256",
        "record_id",
    ),
    "reviews_train.csv": ("data.sha256", "model.finetuned_on", "model.fingerprint", "record_id"),
}
"""File of which one character is changed -> what must change with it."""
ELSEWHERE = {
    # of the suite's files
    "measurement.suite",
    "measurement.suite_version",
    "measurement.split",
    "measurement.role",
    "measurement.recall_only",
    "measurement.stand_in",
    "measurement.n_total",
    "data.dataset",
    "data.split",
    "data.n_total",
    "data.removed",
    # of models that are large or need the network: tests/boss/models
    "model.revision",
    "model.method",
    "model.weights_sha256",
    "model.training_datasets",
    "model.n_tunable",
    "model.licence",
    "model.dtype",
    "model.max_length",
    "model.options",
    # of the package
    "measurement.benchmark",
    "measurement.benchmark_version",
    "code.package",
    "code.version",
}
"""Fields that no option of the toy suite changes."""


@pytest.mark.parametrize("option", CHANGES)
def test_a_run_with_another_option_says_so(option: str, base: dict[str, set[str]], measure: Measure) -> None:
    other = measure(option)
    assert [field for field in CHANGES[option] if other[field] == base[field]] == []


@pytest.mark.parametrize("name", BY_DATA)
def test_one_changed_character_of_one_example_changes_what_a_run_says_of_its_data(
    name: str, base: dict[str, set[str]], measure: Measure, conf: Path
) -> None:
    file = conf.parent / "data" / "toy" / name
    text = file.read_text(encoding="utf-8")
    head, _, rows = text.partition("\n")
    file.write_text(f"{head}\n{rows.replace(' ', '_', 1)}", encoding="utf-8")
    try:
        other = measure()
    finally:
        file.write_text(text, encoding="utf-8")
    assert [field for field in BY_DATA[name] if other[field] == base[field]] == []


def test_no_field_of_provenance_is_left_out() -> None:
    """A field that is added to the schema is added to a table above, or its reason to the list."""
    parts: dict[str, type[Strict]] = {
        "measurement": Measurement,
        "measurement.attack": AttackSettings,
        "measurement.attack.search": SearchSettings,
        "model": Subject,
        "data": DatasetEntry,
        "code": Code,
    }
    fields = {f"{part}.{name}" for part, kind in parts.items() for name in kind.model_fields}
    fields |= {f"environment.{name}" for name in Environment.model_fields}
    tables = (*CHANGES.values(), *BY_DATA.values(), ELSEWHERE)
    shown = {field for names in tables for field in names}
    shown |= {f"code.{name}" for name in ("commit", "dirty", "changed_files", "source_sha256")}
    shown |= {f"environment.{name}" for name in ("python", "platform", "device", "n_threads", "packages")}
    assert fields - shown == {
        *("measurement.attack", "measurement.attack.search"),
        *("measurement.own_task", "data.noted"),  # tests/test_own_task.py, tests/boss/data/test_build.py
        "measurement.attack.transferred",  # tests/boss/test_transfer.py
    }


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a checkout of a package of one file, and let it be the running one."""
    package = tmp_path / "boss"
    for folder in (package, tmp_path / "robtest", tmp_path / "conf"):
        folder.mkdir()
    (package / "__init__.py").write_text("")
    (tmp_path / "conf" / "config.yaml").write_text("seed: 0\n")
    monkeypatch.setattr(boss, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(provenance, "conf_dir", lambda: tmp_path / "conf")
    # Once per process is right for a process, which cannot change its own code.
    monkeypatch.setattr(provenance, "source_sha256", provenance.source_sha256.__wrapped__)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        git(tmp_path, *words)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=folder, env={**os.environ, **names}, check=True)


def test_edited_code_is_dirty_and_has_another_digest(checkout: Path) -> None:
    clean = provenance.code()
    assert clean.dirty is False and len(clean.commit) == 40 and clean.changed_files == ()
    (checkout / "boss" / "__init__.py").write_text("one = 1\n")
    edited = provenance.code()
    assert edited.dirty is True and edited.changed_files == ("boss/__init__.py",)
    assert edited.commit == clean.commit and edited.source_sha256 != clean.source_sha256
    git(checkout, "commit", "-qam", "second")
    committed = provenance.code()
    assert committed.dirty is False and committed.commit != clean.commit
    assert committed.source_sha256 == edited.source_sha256


def test_another_configuration_or_an_attack_of_ones_own_is_other_code(checkout: Path) -> None:
    digests = [provenance.code().source_sha256]
    (checkout / "conf" / "config.yaml").write_text("seed: 1\n")
    digests.append(provenance.code().source_sha256)
    (checkout / "robtest" / "own.py").write_text("")
    digests.append(provenance.code().source_sha256)
    assert len(set(digests)) == 3


def test_another_environment_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = provenance.environment().model_dump()

    installed = SimpleNamespace(metadata={"Name": "a-package-of-this-test"}, version="1")
    monkeypatch.setattr("importlib.metadata.distributions", lambda: [installed])
    monkeypatch.setattr(sys, "version", "2.7.18 (of this test)")
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(999)), raising=False)
    monkeypatch.setattr(provenance, "_device", lambda: "a device of this test")
    after = provenance.environment().model_dump()
    assert [name for name in before if before[name] == after[name]] == []


def test_a_save_that_fails_ends_the_command_with_an_error(conf: Path, tmp_path: Path) -> None:
    """No file may be larger than 4 KB: run.json already is, so nothing of the run can be kept."""
    where = [f"--config-dir={conf}", f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}"]
    command = [sys.executable, "-m", "boss.eval", *where, *BASE]

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, preexec_fn=limit)
    assert done.returncode != 0
    assert "File too large" in done.stderr and "Traceback" not in done.stderr
    assert not [path for path in (tmp_path / "runs").rglob("*") if path.is_file() and path.suffix == ".json"]
