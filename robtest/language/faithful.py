"""Which changes of a rewritten sentence keep what it says; all else stays as it was written."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from robtest.language import vectors, wordnet
from robtest.language.forms import FUNCTION_LEMMAS, Pos, article_before, is_word, lemma_of, pos_of, suits
from robtest.language.tagger import ENGLISH, Tagger
from robtest.minilm import embedded

if TYPE_CHECKING:
    pass

VERSION = "1"
"""Raised whenever a change may pass that did not, or the other way."""

MIN_SIMILARITY = 0.9
"""Least cosine of the embedded encoder between a sentence and the sentence with one change."""

MIN_COSINE = 0.8
"""Least cosine in the counter-fitted vectors of two words that share a sense, see `synonymous`."""

MIN_COSINE_NEAR = 0.95
"""The same where one word's sense is only beside the other's: similar to it, above or below it."""

_SPELLINGS = {
    **{"n't": "not", "wo": "will", "ca": "can", "sha": "shall", "'ll": "will", "'re": "are", "'m": "am"},
    **{"'ve": "have", "an": "a", "though": "although", "nearly": "almost", "toward": "towards", "upon": "on"},
    **{"amongst": "among", "whilst": "while", "till": "until", "might": "may", "furthermore": "moreover"},
}
_PHRASES = {
    ("rather", "than"): "instead of",
    ("instead", "of"): "instead of",
    ("no", "one"): "nobody",
    ("each", "other"): "one another",
    ("one", "another"): "one another",
    ("in", "fact"): "indeed",
    ("in", "addition"): "moreover",
}
_CLITICS = {"VBZ": "is", "MD": "would", "VBD": "had", "POS": "'s"}
_MARKS = {"``": '"', "''": '"', "`": '"', "'": '"', "--": "-", "-lrb-": "(", "-rrb-": ")"}
_SILENT = frozenset(',-"')  # whose coming or going alone is no rewrite
_NAMES = frozenset(("NNP", "NNPS", "CD"))
# A perfect beside one of these is no past.
_TIMES = frozenset("since already yet ever never just always for lately recently far before".split())
# Words of several frequent senses that round trips were seen to mix up, a synonym of one for another.
_MIXED = frozenset("shop store say tell lone delightful keep little substitute".split())

_APART = re.compile(r"\w (?:n['’]t|['’](?:s|re|ve|ll|d|m)|[.,;:!?])(?=\s|\Z)")
_CLITIC = re.compile(r"(?<=\w)(n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_MARK = re.compile(r"(?<=[\w)\"'])([.,;:!?])(?=\s|\Z)")
_END = re.compile(r"[\s.!?…]*\Z")
_WORD = re.compile(r"\w+")
_ARTICLE = re.compile(r"\b(an?)\s+(\w)", re.IGNORECASE)


class Change(NamedTuple):
    """What stands for ``[start, end)`` of the original sentence."""

    start: int
    end: int
    new: str


class Piece(NamedTuple):
    """A token; ``form`` is lower case, its apostrophe and quotation marks straight."""

    start: int
    end: int
    form: str
    tag: str


class Unit(NamedTuple):
    """What a token or a fixed phrase says: a content word by its lemma, all else by one spelling.

    ``pos`` is None for what is no content word.
    """

    lemma: str
    pos: Pos | None
    tag: str


Pieces = Sequence[Piece]
Units = Sequence[Unit]
Block = tuple[int, int, int, int]
"""Pieces ``[i, j)`` of one sentence and ``[p, q)`` of the other that stand for each other."""


@lru_cache(maxsize=1 << 13)
def faithful_changes(old: str, new: str, tagger: Tagger = ENGLISH) -> tuple[Change, ...]:
    """Return the changes a rewritten sentence makes to the original that keep its meaning, by position.

    The two are aligned word by word; each stretch where they differ is judged by itself (`keeps`), what
    moved from one place to another being one stretch. So an error in one half does not cost the other, and
    spacing, capitals and quotation marks of the original stay. The sentence with one change must have a
    cosine of `MIN_SIMILARITY` with the original. Nothing is left of a rewrite that makes a question of a
    statement, or of a sentence in capitals.

    Raises:
        AssetError: if WordNet, the vectors or the encoder cannot be had; the text says how to get them.
    """
    if old.isupper() or ("?" in _ending(old)) != ("?" in _ending(new)):
        return ()
    changes = list(_literal(old, styled(_END.sub("", new) + _ending(old), old), tagger))
    if not changes:
        return ()
    vectors_of = embedded()([old, *(old[: c.start] + c.new + old[c.end :] for c in changes)])
    cosines = (vectors_of[1:] @ vectors_of[0]).tolist()
    return tuple(c for c, cosine in zip(changes, cosines, strict=True) if round(cosine, 4) >= MIN_SIMILARITY)


def _literal(old: str, new: str, tagger: Tagger) -> list[Change]:
    """Return the changes that keep the meaning word for word."""
    a, b = _pieces(old, tagger), _pieces(new, tagger)
    timed = any(piece.form in _TIMES for piece in a)
    changes = []
    for i, j, p, q in (_widened(a, b, block) for block in _blocks(a, b)):
        # Soup of Anna can, for Anna's soup can.
        compound = a[j - 1].tag[:2] == a[j : j + 1][0].tag[:2] == "NN" if j < len(a) else False
        if i == j or p == q or not keeps(a[i:j], b[p:q], timed=timed, compound=compound):
            continue
        start, end = a[i].start, a[j - 1].end
        text = _cased(a[i:j], old, new[b[p].start : b[q - 1].end], first=not any(map(_worded, a[:i])))
        if text != old[start:end] and _articles_suit(old, start, end, text):
            changes.append(Change(start, end, text))
    return changes


def styled(new: str, old: str) -> str:
    """Return a text as another writes: clitics and marks set apart, the apostrophe, lower case throughout.

    >>> styled("It isn't far.", "he is n't late .")
    "it is n't far ."
    """
    if _APART.search(old):
        new = _MARK.sub(r" \1", _CLITIC.sub(r" \1", new))
    if "’" in old and "'" not in old:
        new = new.replace("'", "’")
    return new if any(map(str.isupper, old)) else new.lower()


def _ending(text: str) -> str:
    match = _END.search(text)
    return match[0] if match else ""


def _pieces(text: str, tagger: Tagger) -> list[Piece]:
    tokens = list(tagger(text))
    capital = [text[token.start].isupper() for token in tokens]
    pieces: list[Piece] = []
    for at, (start, end, tag) in enumerate(tokens):
        form = text[start:end].lower().replace("’", "'")
        # A capital inside a sentence, or at its beginning before another, is that of a name.
        if capital[at] and form != "i" and (any(map(_worded, pieces)) or any(capital[at + 1 : at + 2])):
            tag = "NNP"
        pieces.append(Piece(start, end, form if tag == "POS" else _MARKS.get(form, form), tag))
    return pieces


def _worded(piece: Piece) -> bool:
    return any(map(str.isalnum, piece.form))


def _blocks(a: Pieces, b: Pieces) -> list[Block]:
    """Return where two sentences differ; what left one place and came back at another is one block."""
    matcher = SequenceMatcher(None, [x.form for x in a], [x.form for x in b], autojunk=False)
    pending = [(i, j, p, q) for op, i, j, p, q in matcher.get_opcodes() if op != "equal"]
    blocks: list[Block] = []
    while pending:
        first, *pending = pending
        linked = [n for n, other in enumerate(pending) if _moved(a, b, first, other)]
        if linked:
            last = pending[linked[-1]]
            pending[: linked[-1] + 1] = [(first[0], last[1], first[2], last[3])]
        else:
            blocks.append(first)
    return blocks


def _moved(a: Pieces, b: Pieces, x: Block, y: Block) -> bool:
    left, right = _weighty(a[x[0] : x[1]]), _weighty(b[x[2] : x[3]])
    return bool(left & _weighty(b[y[2] : y[3]]) or right & _weighty(a[y[0] : y[1]]))


def _weighty(pieces: Pieces) -> set[str]:
    return {unit.lemma for unit in units(pieces) if unit.pos or unit.tag in _NAMES}


def _widened(a: Pieces, b: Pieces, block: Block) -> Block:
    """Return a block with the words beside it, where one side is empty or joins on as the other does not."""
    i, j, p, q = block
    while i and p and (i == j or p == q or _glued(a, i) != _glued(b, p)):
        i, p = i - 1, p - 1
    while j < len(a) and q < len(b) and (i == j or p == q or _glued(a, j) != _glued(b, q)):
        j, q = j + 1, q + 1
    return i, j, p, q


def _glued(pieces: Pieces, at: int) -> bool:
    return 0 < at < len(pieces) and pieces[at - 1].end == pieces[at].start


def units(pieces: Pieces) -> list[Unit]:
    """Return what tokens say, without silent marks; fixed phrases and phrasal verbs are one unit."""
    spoken = [piece for piece in pieces if piece.form not in _SILENT]
    result: list[Unit] = []
    at = 0
    while at < len(spoken):
        pair = tuple(piece.form for piece in spoken[at : at + 2])
        unit = _unit(spoken[at])
        if pair in _PHRASES:
            unit, at = Unit(_PHRASES[pair], None, ""), at + 1
        elif unit.pos == "v" and at + 1 < len(spoken) and spoken[at + 1].tag == "RP":
            unit, at = unit._replace(lemma=f"{unit.lemma}_{spoken[at + 1].form}"), at + 1
        result.append(unit)
        at += 1
    return result


def _unit(piece: Piece) -> Unit:
    form, tag = piece.form, piece.tag
    pos = pos_of(tag)
    lemma = lemma_of(form, pos) if pos is not None and is_word(form) else None
    if lemma is not None and not {lemma, form} & FUNCTION_LEMMAS:
        return Unit(lemma, pos, tag)
    if form in {"'s", "'d"} or tag == "POS":
        return Unit(_CLITICS.get(tag, form), None, tag)
    return Unit(_SPELLINGS.get(form, form), None, tag)


def keeps(old: Pieces, new: Pieces, *, timed: bool = False, compound: bool = False) -> bool:
    """Whether a stretch of a sentence says what another says in its place, in other words or another order.

    The same words of closed classes, names, numbers and unknown words in the same order, and for each
    content word one of the same part of speech, number, tense and degree that is `synonymous`. Or one of
    these forms of the same words: the genitive (*the dog's tail, the tail of the dog*), the perfect and the
    past (*has left, left*). So negations, quantifiers, pronouns and prepositions neither come nor go, and
    what differs in commas, hyphens, quotation marks and the form of an article alone is no rewrite.

    Args:
        timed: whether the sentence has a word that tells the perfect from the past, as *since*.
        compound: whether the stretch ends inside a compound noun, which a genitive would tear apart.
    """
    if _marks(old) != _marks(new) or _spelling(old) == _spelling(new) or _contracted(old, new):
        return False
    a, b = units(old), units(new)
    return (
        in_order(a, b)
        or (not compound and (_genitive(a, b) or _genitive(b, a)))
        or (not timed and (_perfect(a, b) or _perfect(b, a)))
    )


def _marks(pieces: Pieces) -> Counter[str]:
    return Counter(piece.form for piece in pieces if piece.form in _SILENT)


def _spelling(pieces: Pieces) -> list[str]:
    return [{"an": "a", "'": "'s"}.get(piece.form, piece.form) for piece in pieces]


def _contracted(old: Pieces, new: Pieces) -> bool:
    """Whether a verb became a clitic, which it may not be at the end of a clause."""
    clitics = [sum(x.form[0] == "'" and x.tag != "POS" for x in pieces) for pieces in (old, new)]
    return clitics[0] < clitics[1]


def in_order(a: Units, b: Units) -> bool:
    """Whether units stand for each other one by one."""
    return len(a) == len(b) and all(map(_alike, a, b))


def _alike(x: Unit, y: Unit) -> bool:
    if x.pos is None or y.pos is None:
        return x.pos is y.pos and x.lemma == y.lemma
    return x.pos == y.pos and x.tag == y.tag and synonymous(x.lemma, y.lemma, x.pos)


def _genitive(a: Units, b: Units) -> bool:
    """Whether these are *the dog's tail* and *the tail of the dog*."""
    left, right = [unit.lemma for unit in a], [unit.lemma for unit in b]
    if left.count("'s") != 1 or right.count("of") != 1 or "of" in left or "'s" in right:
        return False
    cut, of = left.index("'s"), right.index("of")
    owner, thing = left[:cut], left[cut + 1 :]
    possessor = right[of + 1 :]
    # The article before the owner may stand outside the stretch; a name has none.
    bare = possessor[1:] if possessor[:1] == ["the"] and owner[:1] != ["the"] and b[-1].pos else possessor
    return bool(owner and thing) and owner == bare and thing == right[right[0] == "the" : of]


def _perfect(a: Units, b: Units) -> bool:
    """Whether these are *she has left* and *she left*."""
    for at, (verb, participle) in enumerate(pairwise(a)):
        if verb.lemma in {"have", "has"} and participle.tag in {"VBN", "VBD"}:
            return in_order([*a[:at], participle._replace(tag="VBD"), *a[at + 2 :]], b)
    return False


@lru_cache(maxsize=1 << 14)
def synonymous(old: str, new: str, pos: Pos) -> bool:
    """Whether one lemma may stand for another: the same, or near in the vectors and in WordNet.

    The first sense of the old word must be one of the first two of the new one, with a cosine of
    `MIN_COSINE`; or a sense of one be beside one of the other, with `MIN_COSINE_NEAR`. These vectors were
    trained to part antonyms, and do. Of phrasal verbs (``find_out``) there is none but itself.

    Read one by one, copies of film reviews, editorials and captions by round trips: where any of the first
    three senses might be shared, and 0.9 was enough beside one, 166 of 184 said the same; as it is, 125 of
    129. By WordNet alone about one word in eight was wrong.
    """
    if old == new:
        return True
    if {old, new} & _MIXED:
        return False
    cosine = vectors.cosine(old, new)
    if cosine is None:
        return False
    first, senses = wordnet.synsets(old, pos)[:1], wordnet.synsets(new, pos)[:2]
    if first and first[0] in senses:
        return cosine >= MIN_COSINE
    return cosine >= MIN_COSINE_NEAR and _beside(old, new, pos)


def _beside(first: str, second: str, pos: Pos) -> bool:
    around = {
        near
        for sense in wordnet.synsets(first, pos)
        for near in (*sense.similar_tos(), *sense.hypernyms(), *sense.hyponyms())
    }
    return not around.isdisjoint(wordnet.synsets(second, pos))


def _cased(old: Pieces, text: str, new: str, first: bool) -> str:
    """Return new words in the case they have in the old ones, else small, but for *I* and a beginning.

    Args:
        old: what they stand for in ``text``.
        first: whether that begins the sentence, where a capital says nothing.
    """
    kept = [text[x.start : x.end] for n, x in enumerate(old) if n or not first or x.tag in _NAMES]
    cases = {"i": "I"} | {word.lower(): word for words in kept for word in _WORD.findall(words)}
    cased = _WORD.sub(lambda word: cases.get(word[0].lower(), word[0].lower()), new)
    return cased[0].upper() + cased[1:] if first and text[old[0].start].isupper() else cased


def _articles_suit(old: str, start: int, end: int, new: str) -> bool:
    if not suits(article_before(old, start), new.lower()):
        return False
    follows = new + old[end : end + 3]
    return all(suits(match[1].lower(), match[2].lower()) for match in _ARTICLE.finditer(follows))
