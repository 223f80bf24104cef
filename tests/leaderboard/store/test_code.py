from pathlib import Path

from leaderboard.store.code import CODE, READER, ROOT, SAMPLER, SOURCES, digest_of_sources


def test_the_digest_is_of_names_and_content_of_modules(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.py").write_text("x = 1\n")
    (tmp_path / "two.py").write_text("y = 1\n")
    sources = ("a", "two.py")
    first = digest_of_sources(tmp_path, sources)
    assert digest_of_sources(tmp_path, reversed(sources)) == first
    (tmp_path / "a" / "notes.txt").write_text("not a module")
    assert digest_of_sources(tmp_path, sources) == first
    (tmp_path / "a" / "one.py").write_text("x = 2\n")
    second = digest_of_sources(tmp_path, sources)
    (tmp_path / "a" / "one.py").rename(tmp_path / "a" / "other.py")
    assert len({first, second, digest_of_sources(tmp_path, sources)}) == 3


def test_every_source_is_there() -> None:
    assert [source for source in SOURCES if not (ROOT / source).exists()] == []
    assert len({CODE, READER, SAMPLER}) == 3
