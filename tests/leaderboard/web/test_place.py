from itertools import combinations

import numpy as np
import pytest

from leaderboard.web.charts.place import LETTER, Place, Span, crossed, placed


def box(place: Place, name: str) -> tuple[float, float, float, float]:
    return place.x, place.y - 8, place.x + LETTER * len(name), place.y + 8


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_lonely_name_stands_right_of_its_point() -> None:
    assert placed(np.array([100.0]), np.array([50.0]), ["abc"], 400, 200) == [Place(112, 50, far=False)]


def test_at_the_right_edge_it_stands_left_of_it() -> None:
    # 390 + 12 is beyond 400; left of it the name ends 12 before the point
    (place,) = placed(np.array([390.0]), np.array([50.0]), ["abc"], 400, 200)
    assert place is not None
    assert place.x + 3 * LETTER == pytest.approx(378)


def test_it_leaves_the_bar_of_its_own_point_for_a_free_place_above() -> None:
    x, y = np.array([200.0]), np.array([100.0])
    bars = crossed((x, x - 60, x + 60), (y, y - 5, y + 5))
    assert bars == [(140, 100, 260, 100), (200, 95, 200, 105)]
    (place,) = placed(x, y, ["abc"], 400, 200, bars)
    assert place is not None
    assert (place.x, place.y) == (212, 112)


def test_names_of_points_in_a_heap_never_lie_on_one_another_nor_on_a_point() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(200, 300, 12), rng.uniform(150, 220, 12)
    names = [f"model number {i}" for i in range(12)]
    found = [(p, name) for p, name in zip(placed(x, y, names, 600, 420), names, strict=True) if p is not None]
    assert len(found) >= 8
    boxes = [box(place, name) for place, name in found]
    assert not any(overlap(*pair) for pair in combinations(boxes, 2))
    points = [(px - 8, py - 8, px + 8, py + 8) for px, py in zip(x, y, strict=True)]
    assert not any(overlap(one, point) for one in boxes for point in points)
    assert all(0 <= b[0] and b[2] <= 600 and 0 <= b[1] and b[3] <= 420 for b in boxes)


def test_a_name_without_room_has_no_place() -> None:
    assert placed(np.array([5.0]), np.array([5.0]), ["a very long name"], 50, 20) == [None]


def test_pixels_run_from_the_low_end_to_the_high_one_either_way() -> None:
    span = Span(10, 0, 100)  # less is better: 10 is at the left
    assert span.pixels(np.array([10.0, 5.0])).tolist() == [0, 50]
    assert span.value(25) == 7.5
