from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from boss.measurement import AttackSettings, Measurement
from boss.results.texts import clean, texts_file, why_no_copies


@pytest.fixture
def attacked(tiny: ModuleType) -> Measurement:
    measurement: Measurement = tiny.make_cell(attacked=True)
    return measurement


def changed(measurement: Measurement, **attack: Any) -> Measurement:
    assert measurement.attack is not None
    return measurement.model_copy(update={"attack": measurement.attack.model_copy(update=attack)})


def test_without_its_attack_a_measurement_is_of_the_same_examples(
    tiny: ModuleType, attacked: Measurement
) -> None:
    assert clean(attacked) == tiny.make_cell(attacked=False)
    assert clean(clean(attacked)) == clean(attacked)


def test_the_same_measurement_has_one_file_and_another_measurement_another(
    attacked: Measurement, tmp_path: Path
) -> None:
    others = [
        attacked,
        changed(attacked, seed=8),
        changed(attacked, options={"operators": ["swap"]}),
        changed(attacked, degrees=(0.0, 0.1)),
        attacked.model_copy(update={"dataset_sha256": "0" * 64}),
        attacked.model_copy(update={"subset": "seeded:1"}),
        clean(attacked),
    ]
    files = [texts_file(tmp_path, each) for each in others]
    assert len(set(files)) == len(others)
    assert {file.parent for file in files} == {tmp_path / "texts"}
    # What describes it, and the run and the model that made it, do not count.
    described = changed(attacked, name="slips").model_copy(update={"dataset_revision": "2", "majority": 0.1})
    assert texts_file(tmp_path, described) == files[0]


def test_no_name_of_a_measurement_leads_out_of_the_folder(attacked: Measurement, tmp_path: Path) -> None:
    hostile = attacked.model_copy(update=dict.fromkeys(("suite", "task", "dataset", "split"), "../../x"))
    assert texts_file(tmp_path, hostile).parent == tmp_path / "texts"
    assert texts_file(tmp_path, hostile).stem == f"{hostile.id[:32]}-2"


def test_copies_that_looked_at_the_model_or_had_options_are_not_made_again(attacked: Measurement) -> None:
    attack = attacked.attack
    assert isinstance(attack, AttackSettings)
    assert why_no_copies(attack) is None
    for access in ("decision", "score", "gradient"):
        guided = attack.model_copy(update={"access": access})
        assert f"asking the model ({access} access)" in str(why_no_copies(guided))
    with_option = attack.model_copy(update={"changed": {"operators": ["swap", "repeat"]}})
    assert "made with options (typo, operators=[swap, repeat])" in str(why_no_copies(with_option))
