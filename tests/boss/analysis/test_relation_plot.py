from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.special import expit

from boss.analysis.points import Pair, Point, Score
from boss.analysis.relation import Relation, relate
from boss.analysis.relation_plot import draw


@pytest.fixture(scope="module")
def relation() -> Relation:
    points = [
        Point(
            f"m{i}",
            Score(float(expit(x)), float(expit(x - 0.1)), float(expit(x + 0.1)), 1000),
            Score(float(expit(x - 1 + 0.02 * (i % 3)))),
            factor=("scale", "shots", None)[i % 3],
            factors={"scale": 2e7} if i % 3 < 2 else {},
            baseline=i % 5 > 0,
        )
        for i, x in enumerate(np.linspace(-0.5, 2.5, 30))
    ]
    pair = Pair("home to away", "", "", "home", "away", "accuracy", tuple(points))
    return relate(pair, axis="logit", seed=0, n_resamples=100)


def test_the_picture_says_verdict_axes_and_factors_as_text(relation: Relation, tmp_path: Path) -> None:
    draw(relation, tmp_path / "new" / "pair.svg")
    texts = [node.text or "" for node in ElementTree.parse(tmp_path / "new" / "pair.svg").iter() if node.text]
    shown = "|".join(texts)
    for text in (
        "home to away (type I, 24 points)",
        "ID: home, accuracy (%), logit axis",
        "OOD: away, accuracy (%), logit axis",
        "scale (20 M)",
        "shots (20 M), not fitted",
        "OOD = ID",
        "R² = ",
    ):
        assert text in shown


def test_the_same_relation_gives_the_same_bytes(relation: Relation, tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        draw(relation, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_points_without_a_curve_are_drawn_too(relation: Relation, tmp_path: Path) -> None:
    pair = relation.pair
    few = Pair(pair.name, "", "", pair.id, pair.ood, pair.metric, pair.points[:4])
    draw(relate(few, axis="raw", seed=0), tmp_path / "few.svg")
    assert "no verdict" in (tmp_path / "few.svg").read_text()
