"""Reads a label or a phrase out of what a model wrote, strictly: reasoning goes first, doubt is no answer.

What was written is never put into a reason: it may hold a dataset's text.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from boss.models.label_names import folded
from boss.models.llm.prompt import shown
from robtest.plural import counted

Outcome = Literal["answered", "unparsable", "refused", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("answered", "unparsable", "refused", "failed")

LONGEST_SENTENCE = 200
"""Characters of an answer in which a label is looked for as a word."""

_TAG = r"(?:think|thinking|thought|reasoning|reflection|scratchpad)"
_OPEN = re.compile(rf"<{_TAG}\b[^<>]{{0,100}}>.*\Z", re.IGNORECASE | re.DOTALL)
_CLOSED = re.compile(rf"\A.*</{_TAG}\s{{0,9}}>", re.IGNORECASE | re.DOTALL)
_FINAL = re.compile(r"\A.*<\|channel\|>final<\|message\|>", re.DOTALL)
_BEFORE = re.compile(
    r"\A\W*(?:final\s+answer|answer|label|prediction|class|category|sentiment|verdict)\W*[:=]\s*",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:not|no|non|nor|neither|never|cannot|without)\b|n['’]t\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\A\W*(?:(?:i['’]?m|i am|we['’]?re)\s+(?:very\s+|so\s+)?(?:sorry|unable|not able|afraid i can)"
    r"|sorry\b|my apologies|i apologi[sz]e"
    r"|i\s+(?:can['’]?t|cannot|can not|won['’]?t|will not|must decline|do not feel comfortable"
    r"|don['’]?t feel comfortable|decline)\b|as an ai\b)",
    re.IGNORECASE,
)


class Parsed(NamedTuple):
    """What an answer says.

    Attributes:
        answer: the label or the phrase; empty unless answered.
        reason: why there is none, without a word of the answer.
    """

    outcome: Outcome
    answer: str = ""
    reason: str = ""


def without_reasoning(text: str) -> str:
    """Return what stands behind the reasoning: nothing where that has no end.

    Its beginning may be missing, as chat templates open it themselves. In linear time, whatever the text.
    """
    text = _CLOSED.sub("", _FINAL.sub("", text, count=1), count=1)
    return _OPEN.sub("", text, count=1).strip()


def parse_label(text: str, labels: Sequence[str]) -> Parsed:
    """Return the one label that an answer gives.

    That is, without reasoning and case: the whole answer or its last line is a label's name, quoted or behind
    ``Label:``; or a short answer without a negation names exactly one label as a whole word.
    """
    said = without_reasoning(text)
    if not said:
        return nothing(text)
    by_name = {folded(shown(label)): label for label in labels}
    lines = [line for line in said.splitlines() if line.strip()]
    for part in (said, lines[-1]):
        if (name := _bare(part)) in by_name:
            return Parsed("answered", by_name[name])
    if declines(said):
        return Parsed("refused", reason="the model declined in words")
    if len(said) > LONGEST_SENTENCE:
        return Parsed("unparsable", reason=f"no label by itself in {len(said):,} characters")
    named, rest = _named(said, labels)
    if len(named) != 1:
        return Parsed("unparsable", reason=f"names {counted(len(named), 'label')}")
    if _NEGATION.search(rest):
        return Parsed("unparsable", reason="names a label beside a negation")
    return Parsed("answered", named[0])


def parse_choice(text: str, names: Sequence[str]) -> Parsed:
    """Return the number that an answer gives: as `parse_label` reads a label; or a function's whole name.

    Args:
        names: of the functions, in the order of their numbers.
    """
    parsed = parse_label(text, [str(i) for i in range(1, len(names) + 1)])
    if parsed.outcome != "unparsable":
        return parsed
    said = _bare(without_reasoning(text))
    found = [i for i, name in enumerate(names, start=1) if said and _bare(name) == said]
    return Parsed("answered", str(found[0])) if len(found) == 1 else parsed


def parse_phrase(text: str) -> Parsed:
    """Return the phrase that answers a question: all there is but reasoning, a heading and quotes."""
    said = _BEFORE.sub("", without_reasoning(text), count=1).strip().strip("\"“”'‘’`*").strip()
    if not said:
        return nothing(text)
    if declines(said):
        return Parsed("refused", reason="the model declined in words")
    return Parsed("answered", said)


def nothing(text: str) -> Parsed:
    """Return the outcome of an answer in which nothing is left."""
    return Parsed("unparsable", reason="nothing but reasoning" if text.strip() else "empty")


def declines(said: str) -> bool:
    """Whether an answer without its reasoning begins as those do who decline."""
    return _REFUSAL.search(said) is not None


def _bare(text: str) -> str:
    """Return a text folded, if it is short enough for a label with its heading."""
    return folded(_BEFORE.sub("", text, count=1)) if len(text) <= LONGEST_SENTENCE else ""


def _named(said: str, labels: Sequence[str]) -> tuple[list[str], str]:
    """Return the labels that stand in a text as whole words, and the text without them.

    One inside of a longer one does not count.
    """
    rest, out = said.casefold(), []
    for label in sorted(labels, key=len, reverse=True):
        words = r"[\s_-]+".join(map(re.escape, shown(label).casefold().split()))
        rest, times = re.subn(rf"(?<![\w-]){words}(?![\w-])", " | ", rest)
        if times:
            out.append(label)
    return out, rest
