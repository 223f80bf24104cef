"""Existential *there*: *A man is sleeping* and *There is a man sleeping*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import ANIMALS, PEOPLE, edit, opening
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_BE = frozenset("is are was were".split())
_INDEFINITE = frozenset("a an some several two three four five six many few".split())
_LOCATIVE = frozenset(
    "in on at near under behind beside outside inside by around above below between".split()
)
_DONE = frozenset("dressed seated covered surrounded gathered".split())
_STATES = frozenset(
    "need want know like love deserve require depend matter seem be have belong remain".split()
)
_PLURAL = frozenset({"are", "were"})
_PLACES = frozenset("outside inside outdoors indoors here nearby".split())
_SHORT = 14
_GROUPS = frozenset({"group", "pair", "bunch", "number", "lot", "crowd"})


def existential(sentence: Sentence) -> Iterator[Edit]:
    """Yield *There is a man sleeping* for *A man is sleeping*, and the other way.

    Of what is indefinite and does something, is done to, or is in a place. Left alone: plurals without
    a determiner that name no living beings (``Prices are rising``), negations, and subjects with a clause
    of their own. *There* goes only where a verb in *-ing*, or a living being's place, remains.
    """
    rewrite = _with_there(sentence) or _without(sentence)
    if rewrite is not None:
        yield rewrite


def _living(sentence: Sentence, head: int) -> bool:
    if sentence.lower[head] in _GROUPS and (of := sentence.child(head, "prep")) is not None:
        inner = sentence.child(of, "pobj")
        return inner is not None and sentence.lower[inner] in PEOPLE | ANIMALS
    return sentence.lower[head] in PEOPLE | ANIMALS


def _is_indefinite(sentence: Sentence, head: int, first: int) -> bool:
    if sentence[head].tag not in {"NN", "NNS"}:
        return False
    bare = sentence[head].tag == "NNS" and sentence.child(head, "det", "poss") is None
    return sentence.lower[first] in _INDEFINITE or (bare and _living(sentence, head))


def _with_there(sentence: Sentence) -> Edit | None:
    root = sentence.root
    subject = sentence.child(root, "nsubj", "nsubjpass")
    span = sentence.phrase(subject) if subject is not None else None
    if subject is None or span is None or span[0] != 0 or not _is_indefinite(sentence, subject, 0):
        return None
    be, after = span[1] + 1, span[1] + 2
    if after >= len(sentence) or sentence.child(root, "neg") is not None or _goes_on(sentence):
        return None
    if any(sentence[i].tag in {"VBG", "VBN", "WDT", "WP", ",", "VBZ"} for i in range(be)):
        return None
    if root == be and sentence.lower[be] in _BE and (made := _with_quality(sentence, subject, span)):
        return made
    if be == root and sentence.lower[be] not in _BE:
        return _with_clause(sentence, subject, span)
    if sentence.lower[be] not in _BE or not _remains(sentence, subject, be):
        return None
    verb = sentence.slice(be, be)
    if sentence.lower[0] in {"a", "an"} and sentence.lower[be] in _PLURAL:
        if sentence.lower[subject] not in _GROUPS or sentence.child(subject, "prep") is None:
            return None  # "there are a man and a dog"
        verb = "is" if sentence.lower[be] == "are" else "was"
    new = f"there {verb} {opening(sentence, *span)}"
    return edit(sentence, 0, be, new, "existential")


def _goes_on(sentence: Sentence) -> bool:
    """Whether there is a second clause, of which *there* would say nothing."""
    return any(
        sentence[i].dep in {"conj", "advcl", "ccomp"}
        and sentence.child(i, "nsubj", "nsubjpass", "expl") is not None
        for i in sentence.children[sentence.root]
    )


def _with_clause(sentence: Sentence, subject: int, span: tuple[int, int]) -> Edit | None:
    """Return *there are two men who sit* for *two men sit*."""
    root = sentence.root
    if sentence[root].tag not in {"VBZ", "VBP", "VBD"} or not _living(sentence, subject):
        return None
    if lemma(sentence, root) in _STATES or sentence.lower[0] not in _INDEFINITE:
        return None
    past = sentence[root].tag == "VBD"
    single = (past or sentence[root].tag == "VBZ") and sentence[subject].tag == "NN"
    if not single and sentence.lower[0] in {"a", "an"}:
        return None
    who = "who" if sentence.lower[subject] in PEOPLE | _GROUPS else "that"
    present = past and sentence.lower[root] == lemma(sentence, root)  # "two men cut grass"
    if past and (present or len(sentence) > _SHORT or sentence.child(subject, "cc") is not None):
        return None
    be = ("was" if single else "were") if past else ("is" if single else "are")
    return edit(sentence, *span, f"there {be} {opening(sentence, *span)} {who}", "existential")


def _with_quality(sentence: Sentence, subject: int, span: tuple[int, int]) -> Edit | None:
    """Return *there are two men who are angry* for *two men are angry*."""
    be = sentence.root
    adjective = sentence.child(be, "acomp")
    if adjective is None or adjective < be or not _living(sentence, subject) or len(sentence) > _SHORT:
        return None
    single = sentence.lower[be] in {"is", "was"}
    if sentence.lower[0] not in _INDEFINITE or (sentence.lower[0] in {"a", "an"}) != single:
        return None
    if sentence.child(subject, "cc", "conj") is not None or sentence.child(adjective, "conj") is not None:
        return None
    if sentence[adjective].tag != "JJ" or sentence.child(be, "advcl", "conj") is not None:
        return None
    who = "who" if sentence.lower[subject] in PEOPLE | _GROUPS else "that"
    new = f"there {sentence.slice(be, be)} {opening(sentence, *span)} {who}"
    return edit(sentence, *span, new, "existential")


def _remains(sentence: Sentence, subject: int, be: int) -> bool:
    """Whether a verb in *-ing*, a participle or a place is behind *is*."""
    root, after = sentence.root, be + 1
    if root == after:
        done = sentence[root].tag == "VBN" and sentence.lower[root] in _DONE and _living(sentence, subject)
        return sentence[root].tag == "VBG" or done
    placed = sentence[after].dep == "prep" and sentence.lower[after] in _LOCATIVE
    return root == be and (
        placed or (sentence.lower[after] in _PLACES and sentence[after].dep in {"advmod", "prep"})
    )


def _without(sentence: Sentence) -> Edit | None:
    if len(sentence) < 4 or sentence.lower[0] != "there" or sentence.lower[1] not in _BE:
        return None
    head = sentence.child(1, "attr")
    if head is None or sentence[0].dep != "expl" or not _is_indefinite(sentence, head, 2):
        return None
    if any(sentence[i].tag in {"IN", ",", "CC", "VBG", "WDT"} for i in range(2, head)):
        return None
    after, end = head + 1, last_word(sentence)
    if after > end or any(sentence[i].tag in {",", "WDT", "WP", "CC"} for i in range(after, end + 1)):
        return None
    doing = sentence[after].tag == "VBG" and sentence[after].dep in {"acl", "advcl"}
    placed = _living(sentence, head) and (
        (sentence.lower[after] in _LOCATIVE and sentence[after].dep == "prep")
        or (sentence.lower[after] in _PLACES and after == end)
    )
    verbs = any(sentence[i].tag[:2] in {"VB", "MD"} for i in range(after, end + 1))
    if not doing and (not placed or verbs):
        return None
    # With the word behind the noun, so that no other rule puts a pronoun before it.
    new = f"{sentence.slice(2, head)} {sentence.slice(1, 1)} {sentence.slice(after, after)}"
    return edit(sentence, 0, after, new, "existential")
