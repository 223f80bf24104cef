from pathlib import Path

import pytest

from robtest.rows import read_rows, write_rows

ROWS: list[dict[str, object]] = [
    {"text": 'He said "no", twice.', "n": "1"},
    {"text": "a line\nand another\twith a tab", "n": "2"},
]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows{suffix}"
    assert write_rows(path, iter(ROWS)) == 2
    assert list(read_rows(path)) == ROWS
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_lines_of_a_plain_file_are_texts_a_byte_order_mark_left_out(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes("\ufefffirst\r\n\nlast".encode())
    assert list(read_rows(path)) == [{"text": "first"}, {"text": ""}, {"text": "last"}]


def test_half_a_surrogate_pair_survives_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [{"text": "half \ud800 a pair"}])
    assert list(read_rows(path)) == [{"text": "half \ud800 a pair"}]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"text": 1}\n[2]\n', 'a.jsonl, line 2: expected an object such as {"text": "..."}'),
        ("a.jsonl", "{\n", "a.jsonl, line 1: no JSON"),
        ("a.csv", "text,n\none\n", "a.csv, line 2: as many fields as in the header"),
        ("a.csv", "text,n\none,2,3\n", "a.csv, line 2: as many fields as in the header"),
        ("a.doc", "text", "the name must end with one of .jsonl, .csv, .tsv, .txt"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_line(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match="a\\.") as error:
        list(read_rows(tmp_path / name))
    assert said in str(error.value)


def test_other_encodings_and_missing_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    for name in ("a.txt", "missing.txt"):
        with pytest.raises(ValueError, match="cannot be read"):
            list(read_rows(tmp_path / name))


def test_a_failure_half_way_leaves_no_file(tmp_path: Path) -> None:
    def rows() -> object:
        yield {"text": "one"}
        raise RuntimeError("the attack failed")

    with pytest.raises(RuntimeError, match="the attack failed"):
        write_rows(tmp_path / "out.jsonl", rows())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("mine")
    with pytest.raises(ValueError, match="exists and is not overwritten"):
        write_rows(path, ROWS)
    assert path.read_text() == "mine"
