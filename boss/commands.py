"""Command lines: as people type them, for Hydra; and as messages print them, for people to paste."""

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from boss.errors import ConfigError

PATHS = (
    *("output", "out", "cache", "junit", "attack.from"),
    *("model.export", "model.answers", "model.called"),
)
"""Options that are a path or a name, so that ``output=2026`` names a folder."""

_STRUCTURED = re.compile(r"""^\s*[\[{'"]|,|\$\{""")
"""A list, a mapping, a quotation, a sweep, an interpolation: these are Hydra's to read."""


def typed(path: str | Path) -> str:
    """Return a path as a person would type it into a shell from the current folder, quoted where it must be.

    >>> print(typed("my runs"))
    'my runs'
    """
    return shlex.quote(as_argument(path))


def as_argument(path: str | Path) -> str:
    """Return a path relative to the current folder if it lies below, never one that looks like an option."""
    path = Path(path)
    try:
        path = path.relative_to(Path.cwd())
    except ValueError:
        pass
    text = str(path)
    return f"./{text}" if text.startswith("-") else text


def command(*words: str) -> str:
    """Return ``python -m WORDS``, to be pasted into a shell."""
    return shlex.join(["python", "-m", *words])


def with_quotes(words: Sequence[str]) -> list[str]:
    """Return a command's words, with values quoted that Hydra's grammar would not take as they are.

    Its grammar knows no letter beyond ASCII, no ``~``, ``#``, ``(`` or apostrophe outside of quotes; such
    a value is meant as it stands. Lists, mappings, sweeps and what is quoted stay.

    Raises:
        ConfigError: for a word that stands alone after ``option=value``: the shell has cut a value.

    >>> with_quotes(["model=tfidf", "output=a#1"])
    ['model=tfidf', "output='a#1'"]
    """
    for before, word in pairwise(words):
        if (
            "=" in before
            and "=" not in word
            and not before.startswith("-")
            and not word.startswith(("-", "~"))
        ):
            raise ConfigError(
                f"{word!r} is no option=value; if it belongs to the word before it, quote the whole: "
                f"{shlex.quote(f'{before} {word}')}"
            )
    return [_quoted(word) for word in words]


def for_hydra(words: Sequence[str]) -> list[str]:
    """Return words with ``task=`` as ``tasks=``: Hydra would take it for a choice among ``conf/task``.

    >>> for_hydra(["task=nli", "attack=typo"])
    ['tasks=nli', 'attack=typo']
    """
    return [f"tasks={word.removeprefix('task=')}" if word.startswith("task=") else word for word in words]


def for_people(words: Sequence[str]) -> tuple[str, ...]:
    """Return words with ``tasks=`` as ``task=``, see `for_hydra`."""
    return tuple(
        f"task={word.removeprefix('tasks=')}" if word.startswith("tasks=") else word for word in words
    )


def _quoted(word: str) -> str:
    key, equals, value = word.partition("=")
    if not equals or not value or word.startswith("-") or (word.isascii() and _plain(word, key)):
        return word
    if _STRUCTURED.search(value):
        _check(word)
        return word
    # Backslashes are doubled where a quote follows: one of the text, or the last.
    inner = re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), value)
    return f"{key}='{inner}'"


def as_typed(word: str) -> str:
    """Return a word without the quotes that `with_quotes` gave it, or gives it again.

    >>> as_typed("output='a#1'")
    'output=a#1'
    """
    key, _, value = word.partition("=")
    if len(value) < 2 or value[0] != "'" or not (read := _read(word)) or not isinstance(read[0], str):
        return word
    plain = f"{key}={read[0]}"
    return plain if _quoted(plain) == word else word


def _plain(word: str, key: str) -> bool:
    """Whether Hydra takes the word, and as a text where it is a path."""
    value = _read(word)
    return value is not None and not (key in PATHS and isinstance(value[0], bool | int | float))


def _check(word: str) -> None:
    """Refuse a word that Hydra cannot read, saying how it is quoted.

    Raises:
        ConfigError: with the words that would be taken.
    """
    if _read(word) is not None:
        return
    key, _, value = word.partition("=")
    inner = value.replace("'", "\\'")
    cure = f"{key}='{inner}'"
    raise ConfigError(
        f"{word} cannot be read; a text that holds more than ASCII letters, digits and / - + . $ % * @ ? | "
        f"is put into quotes, inside of a list as well. As one text: {shlex.quote(cure)}"
    )


def _read(word: str) -> tuple[object] | None:
    """Return the value of a word as Hydra reads it, in a tuple; None if it cannot."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return (OverridesParser.create().parse_override(word).value(),)
    except HydraException:
        return None
