"""Tags and tokens: which token carries a word, and the embedded model."""

import subprocess
import sys
import textwrap

import pytest

from robtest.language.tagger import ENGLISH, Token, head_token
from robtest.text import words


def heads(text: str, tokens: list[tuple[str, str]]) -> list[str | None]:
    """The carrying token of each white-space word; tokens are (string, tag) in order."""
    made, at = [], 0
    for token, tag in tokens:
        at = text.index(token, at)
        made.append(Token(at, at + len(token), tag))
        at += len(token)
    found = [head_token(made, text, *word) for word in words(text)]
    return [None if token is None else text[token.start : token.end] for token in found]


def test_punctuation_around_a_word_is_left_outside() -> None:
    tokens = [
        ('"', "``"),
        ("(", "-LRB-"),
        ("smart", "JJ"),
        (",", ","),
        (")", "-RRB-"),
        ("sea", "NN"),
        (".", "."),
    ]
    assert heads('"(smart,) sea.', tokens) == ["smart", "sea"]


def test_a_possessive_is_left_outside() -> None:
    tokens = [("dog", "NN"), ("'s", "POS"), ("cats", "NNS"), ("'", "POS"), (",", ",")]
    assert heads("dog's cats',", tokens) == ["dog", "cats"]


def test_contractions_and_compounds_have_no_token_of_their_own() -> None:
    tokens = [
        ("do", "VBP"),
        ("n't", "RB"),
        ("it", "PRP"),
        ("'s", "VBZ"),
        ("well", "RB"),
        ("-", "HYPH"),
        ("known", "VBN"),
    ]
    assert heads("don't it's well-known", tokens) == [None, None, None]


def test_punctuation_alone_has_no_token() -> None:
    assert heads("?! --", [("?", "."), ("!", "."), ("--", ":")]) == [None, None]


def test_a_token_that_leaves_the_word_is_not_taken() -> None:
    assert head_token([Token(0, 7, "NN")], "ice fog", 0, 3) is None


@pytest.mark.data
def test_the_embedded_model_tags_a_sentence() -> None:
    text = "She didn't watch the dogs' best film in Oslo!"
    tokens = "She did n't watch the dogs ' best film in Oslo !".split()
    tags = "PRP VBD RB VB DT NNS POS JJS NN IN NNP .".split()
    assert [(text[t.start : t.end], t.tag) for t in ENGLISH(text)] == list(zip(tokens, tags, strict=True))


@pytest.mark.data
@pytest.mark.parametrize(
    "text", ["", " \t\n\N{NO-BREAK SPACE}", "half \ud800 a pair", "a\0b \0", "\N{FAMILY} e\u0301"]
)
def test_odd_texts_keep_their_positions(text: str) -> None:
    assert "".join(text[t.start : t.end] for t in ENGLISH(text)) == "".join(text.split())


@pytest.mark.data
def test_more_than_a_million_characters_are_no_limit() -> None:
    assert len(ENGLISH("a" * 600_000 + " " + "b" * 600_000)) == 2


@pytest.mark.data
def test_loading_the_model_runs_nothing_out_of_its_folder_and_unpickles_nothing() -> None:
    script = """
        import sys
        from pathlib import Path

        from robtest.language.tagger import ENGLISH, MODEL

        seen = []

        def watch(event, arguments):
            if event == "pickle.find_class":
                seen.append(arguments)
            if event == "exec" and MODEL.sha256[:16] in arguments[0].co_filename:
                seen.append(arguments)

        sys.addaudithook(watch)
        assert ENGLISH("good"), "no tokens"
        assert not [name for name in sys.modules if name.startswith("en_core_web")]
        print(seen)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_core_and_the_attacks_import_without_spacy_or_nltk() -> None:
    script = "import sys, robtest.attacks; print({'spacy', 'nltk', 'lemminflect'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
