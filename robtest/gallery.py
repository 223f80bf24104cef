"""python -m robtest.gallery: a Markdown page of variants of every dimension and family, for people to read.

Which text and which variant is shown is drawn by the seed: nobody chose the good ones.
"""

import html
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from robtest.api import perturb
from robtest.attacks import DIMENSIONS, FAMILIES, get_attack
from robtest.attacks.invisible import seen
from robtest.errors import RobTestError
from robtest.random import generator
from robtest.rows import read_rows
from robtest.text import pieces, words
from robtest.types import Attack, Edit, Snapshot, Tag

DEGREES = (0.1, 0.2, 0.4)
PER_DIMENSION = 3

TEXTS = (
    "The waiter forgot our order twice, and yet nobody at the table was angry with him.",
    "I didn't expect much from the sequel. It is funnier and warmer than the first film.",
    "A young nurse found the missing letter behind the old piano in March.",
    "The city council rejected the plan yesterday because the new bridge would cost too much.",
    "My sister gave the neighbours a key. They watered her tomatoes and peppers every evening.",
    "This vacuum cleaner is loud, heavy and expensive, but it picks up dog hair like no other.",
    "However, the trains were late again. We missed the ferry and slept in the station.",
    "Don't buy the blue one: its battery died after three weeks and the shop wouldn't replace it.",
)
"""Written for this page."""

VALIDITY = """
Read one by one: a hundred copies of each of three dimensions, drawn by seed from news, product reviews,
tweets and questions that nothing was tuned on (one substitution at word level, a whole copy at degree 0.3 at
sentence level). The [sheets](validity) hold ids and ratings; `python -m benchmarks.validity` draws others.
They are of the versions that the page shows: each time a list or a rule changes, new ones are drawn with
another seed.

| dimension | n | keeps the meaning | keeps the label | breaks |
|---|--:|--:|--:|--:|
| contextual | 100 | 79 % [70, 86] | 98 % [93, 99] | 2 % [1, 7] |
| synonym | 100 | 92 % [85, 96] | 100 % [96, 100] | 0 % [0, 4] |
| syntax | 100 | 97 % [92, 99] | 100 % [96, 100] | 0 % [0, 4] |

One reader; intervals of Wilson at 95 %."""
"""What the sheets in docs/validity say."""

USAGE = """usage: python -m robtest.gallery [seed=0] [texts=FILE]

Write a page of variants of every dimension and family at three degrees to standard output. FILE has a
text a line (.txt), or a column text (.csv, .tsv, .jsonl); without it, sentences written for the page are
used."""


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    settings = dict(argument.partition("=")[::2] for argument in arguments)
    if not settings.keys() <= {"seed", "texts"}:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        texts = (
            [str(row["text"]) for row in read_rows(Path(settings["texts"]))] if "texts" in settings else TEXTS
        )
        print("\n".join(page(texts, int(settings.get("seed", "0")))))
    except (ValueError, KeyError, RobTestError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def page(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Yield the lines of the page; the same texts and seed give the same page."""
    yield "# Variants of every dimension"
    yield ""
    yield (
        f"Made by `python -m robtest.gallery seed={seed}`. For each dimension {PER_DIMENSION} texts are "
        "drawn by the seed, and one variant of each at three degrees. A higher degree has the edits of a "
        "lower one. *Reached* is the measured degree; it never exceeds the degree asked for. Where not one "
        "edit fits, the text is left alone, and the run counts it as unperturbable. Changed words are bold; "
        "where whole words change, what was there before is struck out."
    )
    yield from VALIDITY.splitlines()
    yield from _sections(DIMENSIONS, texts, seed)
    yield from (
        "",
        "# Families beside the dimensions",
        "",
        "Measured on request; no mean over levels or dimensions has them. What no screen shows stands as the "
        "number of its code point, ⟨200B⟩.",
    )
    yield from _sections(FAMILIES, texts, seed)


def _sections(names: Iterable[str], texts: Sequence[str], seed: int) -> Iterator[str]:
    for name in names:
        attack = get_attack(name)
        for tag in reversed(attack.tags):
            yield from section(attack, tag, texts, seed)


def section(attack: Attack, tag: Tag, texts: Sequence[str], seed: int) -> Iterator[str]:
    """Yield the lines of one dimension under one tag."""
    limited = {
        "malicious": "changed characters / characters",
        "general": "changed words / words",
    }[tag]
    if attack.unit == "text":
        limited = "1 - cosine of sentence vectors"
    yield from ("", f"## {attack.name}, {tag}", "", f"{attack.level} level; degree = {limited}.")
    rng = generator(seed, "gallery", f"{attack.name}-{tag}", 0)
    for index in sorted(rng.permutation(len(texts))[:PER_DIMENSION].tolist()):
        text = texts[index]
        (trajectory,) = perturb(
            text, dimension=attack, degrees=DEGREES, n_variants=1, tag=tag, seed=int(rng.integers(2**32))
        )
        yield from ("", "| degree | reached | text |", "|---|---|---|")
        for shot in trajectory.snapshots:
            yield f"| {shot.degree:g} | {shot.realised:.3f} | {_shown(text, shot, attack.level)} |"


def _shown(text: str, shot: Snapshot, level: str) -> str:
    if shot.unperturbable:
        return f"*no edit fits:* {_safe(text)}"
    cut = pieces(text, shot.edits)
    return _bold_words(cut) if level == "char" else "".join(_piece(edit, old) for edit, old in cut)


def _bold_words(cut: Sequence[tuple[Edit | None, str]]) -> str:
    """Return the perturbed text as a reader meets it, the words with an edit in bold."""
    text, touched, at = "", set[int](), 0
    for edit, old in cut:
        piece = old if edit is None else edit.new
        if edit is not None:
            touched.update(range(at, at + max(1, len(piece))))
        text, at = text + piece, at + len(piece)
    shown, last = "", 0
    for start, end in words(text):
        # What is gone from the end of a word is noted at the place behind it.
        word = _safe(text[start:end])
        bold = not touched.isdisjoint(range(start, end + 1))
        shown += text[last:start] + (f"**{word}**" if bold else word)
        last = end
    return shown


def _piece(edit: Edit | None, old: str) -> str:
    if edit is None:
        return _safe(old)
    gone = f"<del>{_safe(old)}</del> " if old.strip() else ""
    new = edit.new.strip()
    before = " " if edit.new[:1].isspace() else ""
    return f"{before}{gone}**{_safe(new)}**" if new else gone.rstrip()


def _safe(text: str) -> str:
    """Return a text as Markdown that shows it as it is, on one line of a table."""
    escaped = html.escape(seen(" ".join(text.splitlines())), quote=False)
    return "".join(f"\\{char}" if char in "\\`*_{}[]#|~" else char for char in escaped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
