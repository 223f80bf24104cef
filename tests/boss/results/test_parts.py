from pathlib import Path
from types import ModuleType

import pytest

from boss.errors import ResultError
from boss.results.parts import digest_of_parts, part_path, read_part, read_parts, write_part
from boss.results.schema import Cost

COST = Cost(n_queries=5, n_forward=3)


def write(tiny: ModuleType, run: Path, index: int) -> Path:
    measurement = tiny.make_cell(attacked=True)
    path = part_path(run, measurement.name, index)
    write_part(path, tiny.make_part(measurement, index), COST, "maker")
    return path


def test_a_part_reads_back_with_its_cost_and_maker(tiny: ModuleType, tmp_path: Path) -> None:
    table, cost, maker = read_part(write(tiny, tmp_path, 0))
    assert table.equals(tiny.make_part(tiny.make_cell(attacked=True), 0))
    assert (cost, maker) == (COST, "maker")


def test_the_same_rows_give_the_same_bytes(tiny: ModuleType, tmp_path: Path) -> None:
    assert write(tiny, tmp_path / "a", 0).read_bytes() == write(tiny, tmp_path / "b", 0).read_bytes()


def test_parts_are_joined_and_their_costs_added(tiny: ModuleType, tmp_path: Path) -> None:
    first, second = write(tiny, tmp_path, 0), write(tiny, tmp_path, 1)
    name = tiny.make_cell(attacked=True).name
    table, cost = read_parts(tmp_path, name)
    assert table.num_rows == read_part(first)[0].num_rows + read_part(second)[0].num_rows
    assert cost == Cost(n_queries=10, n_forward=6)
    before = digest_of_parts(tmp_path, name)
    write_part(
        second, tiny.make_part(tiny.make_cell(attacked=True), 1), Cost(n_queries=5, n_forward=4), "maker"
    )
    assert digest_of_parts(tmp_path, name) != before


def test_a_gap_between_parts_is_refused(tiny: ModuleType, tmp_path: Path) -> None:
    write(tiny, tmp_path, 1)
    with pytest.raises(ResultError, match=r"without a gap, found part-00001\.parquet"):
        read_parts(tmp_path, tiny.make_cell(attacked=True).name)
    with pytest.raises(ResultError, match="found none"):
        read_parts(tmp_path, "sentiment/notes/clean")


@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_torn_part_is_refused_by_name(kept: int, tiny: ModuleType, tmp_path: Path) -> None:
    path = write(tiny, tmp_path, 0)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ResultError, match=r"part-00000\.parquet is missing, corrupt"):
        read_part(path)


def test_other_columns_are_refused(tiny: ModuleType, tmp_path: Path) -> None:
    table = tiny.make_part(tiny.make_cell(attacked=True), 0).drop_columns(["text"])
    with pytest.raises(ResultError, match="columns must be"):
        write_part(tmp_path / "part-00000.parquet", table, COST, "maker")
