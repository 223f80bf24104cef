"""Slang: words as people write them in chats."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language.forms import is_word, keep_case

KINDS = ("short", "clipped")

_SHORT = """
about abt; afternoon arvo; again agn; alright aight; amount amt; and n &; are r; around arnd; at @;
be b; because cuz bc cos; before b4; birthday bday; boyfriend bf; brother bro; can't cant;
congratulations congrats; could cud; definitely def defo; didn't didnt; doesn't doesnt; don't dont;
easy ez; especially esp; every evry; everyone every1; favorite fav fave; favourite fav fave; for 4;
forever 4ever; friday fri; from frm; girl gurl; girlfriend gf; government govt; great gr8; have hv;
hour hr; hours hrs; information info; isn't isnt; just jst; later l8r; love luv; mate m8; maybe mayb;
message msg; messages msgs; minute min; minutes mins; monday mon; mother mom; much mch; night nite;
obviously obvs; okay ok k; people ppl; photo pic; photos pics; picture pic; pictures pics;
please pls plz; probably prob prolly; problem prob; problems probs; really rly; refrigerator fridge;
saturday sat; second sec; seconds secs; seriously srsly; should shud; sister sis; some sum;
someone some1; something sth smth; sorry sry; sunday sun; telephone phone; television tv; text txt;
than thn; thanks thx thanx; that tht; them em; though tho; thought thot; through thru;
thursday thu; to 2; today 2day; together 2gether; tomorrow tmrw 2moro; tonight tonite 2nite;
totally totes; tuesday tue; university uni; usually usu; very v; video vid; videos vids; wait w8;
wasn't wasnt; wednesday wed; week wk; weekend wknd; weeks wks; what wat wut; whatever whatevs;
with w/; without w/o; won't wont; would wud; wouldn't wouldnt; year yr; years yrs; yes yeah yep;
you u ya; you're ur youre; your ur; yourself urself
"""

SHORT: Mapping[str, Sequence[str]] = {
    word: forms for word, *forms in (entry.split() for entry in _SHORT.split(";"))
}
"""Lower-case word -> its short forms. Own compilation of common usage: without a change of meaning or
polarity, and without words that are only rude. (langtest has a larger table, of British slang of the
senses of a word at once: ``doctor`` becomes ``quack`` there, and ``money`` ``bugs bunny``.)"""

_WORD = re.compile(r"(?<!\w)(?<!\w['’-])[A-Za-z]+(?:['’][a-z]+)?(?!\w)(?!['’-]\w)")
_CLIPPED_FROM = "ing"


@dataclass(frozen=True)
class Slang(Family):
    """Write a word as in a chat: ``you`` as ``u``, ``great`` as ``gr8``, ``going`` as ``goin'``.

    Two kinds: ``short``, an abbreviation or other spelling out of `SHORT`; ``clipped``, the last letter
    of a verb in -ing. Phrases (``in my opinion``) stay, because an edit is of one word; so do tone and
    polarity, as no ``lol`` is added.

    Word level, since it is the words that are of another register. General and malicious: a word, or as
    many characters as it loses.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "slang"
    level = "word"
    unit = "word"
    tags = ("general", "malicious")
    # The dictionary says what is a verb.
    version = f"1+lemminflect{version('lemminflect')}"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield the chat forms of the words in ``text[start:end]``, in their case."""
        for match in _WORD.finditer(text, start, end):
            word = match[0].lower().replace("’", "'")
            if match[0] not in (match[0].lower(), match[0].upper(), match[0].capitalize()):
                continue
            if kind == "short":
                yield from (Change(*match.span(), keep_case(match[0], new)) for new in SHORT.get(word, ()))
            elif is_word(match[0]) and _is_participle(word):
                clipped = match[0][:-1]
                yield from (Change(*match.span(), clipped + mark) for mark in ("", "'"))


@cache
def _is_participle(word: str) -> bool:
    """Whether a lower-case word is the -ing form of a verb by the dictionary: ``going``, not ``thing``."""
    import lemminflect

    if not word.endswith(_CLIPPED_FROM):
        return False
    return any(lemma != word for lemma in lemminflect.getLemma(word, upos="VERB", lemmatize_oov=False))
