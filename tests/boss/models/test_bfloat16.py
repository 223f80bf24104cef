"""bfloat16 is refused where the processor is slower at it, unless it is insisted on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from boss.data.types import Split
from boss.errors import ConfigError
from boss.models import bfloat16
from boss.models.hf import HuggingFace
from boss.models.training import Training
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
Speed = Callable[[float], None]


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> Speed:
    """Set how many times as long as float32 bfloat16 takes here."""

    def set_to(ratio: float) -> None:
        monkeypatch.setattr(bfloat16, "pick_device", lambda: SimpleNamespace(type="cpu"))
        monkeypatch.setattr(bfloat16, "slowdown", lambda: ratio)

    return set_to


def test_a_slow_processor_is_refused_with_value_rule_and_cure(speed: Speed) -> None:
    speed(11.4)
    with pytest.raises(ConfigError) as caught:
        bfloat16.check_speed(force=False)
    for part in ("model.bfloat16=true", "11.4 times as long", "more than 1.5 times", "=false", "=force"):
        assert part in str(caught.value)


@pytest.mark.parametrize(("ratio", "force"), [(0.5, False), (1.5, False), (11.4, True)])
def test_otherwise_the_speed_is_said_in_one_line(
    ratio: float, force: bool, speed: Speed, capsys: pytest.CaptureFixture[str]
) -> None:
    speed(ratio)
    bfloat16.check_speed(force=force)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"bfloat16 takes {ratio:.1f} times as long as float32 on this processor")


def test_a_gpu_is_not_timed(
    speed: Speed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    speed(11.4)
    monkeypatch.setattr(bfloat16, "pick_device", lambda: SimpleNamespace(type="cuda"))
    bfloat16.check_speed(force=False)
    assert capsys.readouterr().err == ""


def test_a_layer_takes_time_in_both_types_and_threads_stay_as_they_were() -> None:
    import torch

    before = torch.get_num_threads()
    assert 0.02 < bfloat16.slowdown() < 200
    assert torch.get_num_threads() == before


def test_the_instruction_set_is_read_off_the_processor() -> None:
    table = Path("/proc/cpuinfo")
    words = table.read_text().lower().split() if table.is_file() else []
    shown = bfloat16.instruction_set().split()
    assert shown
    assert set(shown) == set(words) & set(bfloat16.FLAGS) or not set(words) & set(bfloat16.FLAGS)


def test_a_model_is_not_fetched_or_fitted_where_it_is_refused_and_probes_do_not_mind(
    speed: Speed, tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    speed(11.4)
    task, train = get_task("toxicity"), split("toxicity")
    recipe = HuggingFace(path=str(tiny_roberta), max_length=64, stride=8, epochs=1, bfloat16=True)
    for method in ("finetune", "none"):
        with pytest.raises(ConfigError, match="bfloat16 takes 11"):
            recipe.fit(task, train, None, method=method, seed=0, cache=tmp_path)
    assert not (tmp_path / "models").exists()
    probe = recipe.fit(task, train, None, method="linear_probe", seed=0, cache=tmp_path)
    assert probe.card.dtype == "float32"
    forced = replace(recipe, bfloat16="force").fit(
        task, train, None, method="finetune", seed=0, cache=tmp_path
    )
    speed(0.5)
    quick = recipe.fit(task, train, None, method="finetune", seed=0, cache=tmp_path)
    assert forced.card.dtype == "bfloat16-autocast"
    assert forced.card.options["bfloat16"] is True
    assert forced.fingerprint == quick.fingerprint


@pytest.mark.parametrize("value", ["yes", "Force", 2, None])
def test_another_value_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="bfloat16 must be true, false or force, got"):
        Training(bfloat16=value)  # type: ignore[arg-type]
