"""Noun phrases of a parse, and the pieces a rewritten sentence is put together from."""

import re
from typing import Literal

from robtest.language.forms import lemma_of, pos_of
from robtest.language.parser import Sentence
from robtest.types import Edit

Person = Literal["I", "he", "they"]
"""What a finite verb agrees with: am, is or are."""

NOUNS = frozenset({"NN", "NNS", "NNP", "NNPS"})
NAMES = frozenset({"NNP", "NNPS"})
SUBJECTS = ("nsubj", "nsubjpass", "expl")
CLAUSES = frozenset({"relcl", "acl", "advcl", "ccomp", "xcomp", "csubj", "pcomp", "appos"})

# Quotes, brackets, dashes, line ends and marks of the web: what stands in them may be anything.
_UNSAFE = re.compile(
    r"[\"“”«»()\[\]{}:;…–—\n\r\t*#@<>|_=~^/\\`]"
    r"|--|\.\.|(?<!\w)['‘’](?!\w{1,2}\b)|-[LlRr][Rr][Bb]-"
)

_OBJECT = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them", "you": "you", "it": "it"}
_SUBJECT = {"me": "I", **{new: old for old, new in _OBJECT.items() if old != "i"}}
_PERSON: dict[str, Person] = {
    **dict.fromkeys(("i", "me"), "I"),
    **dict.fromkeys(("he", "him", "she", "her", "it", "this", "that"), "he"),
}

THIRD = frozenset(
    "he him his she her hers it its they them their theirs himself herself itself themselves".split()
)
"""Pronouns that may stand for a noun of the sentence."""

_OWN = {"i": {"my", "me"}, "you": {"your", "you"}, "we": {"our", "us"}}
_BACK = frozenset(
    "myself yourself ourselves yourselves himself herself itself themselves oneself other another one".split()
)
_NEGATIVE = frozenset(
    "no nobody nothing none neither nor never not n't any anybody anything anyone ever few little hardly"
    " either both respectively only even also just such so too than as".split()
)
_QUANTITY = frozenset(
    "all every each many most some several much more less everyone everybody everything someone"
    " somebody something enough half".split()
)
_NO_NUMBER = frozenset(
    "lot lots number couple majority minority dozen variety rest percent % pair group series species means"
    " news politics physics economics mathematics headquarters half one ones half".split()
)
TIMES = frozenset(
    "day night morning afternoon evening week weekend month year decade century summer winter spring autumn"
    " season hour minute second moment monday tuesday wednesday thursday friday saturday sunday january"
    " february march april may june july august september october november december christmas easter noon"
    " midnight dawn dusk days nights mornings evenings weeks weekends months years decades hours minutes"
    " seconds moments mondays tuesdays wednesdays thursdays fridays saturdays sundays end beginning".split()
)
"""Nouns of time."""

DAYS = frozenset("yesterday today tonight tomorrow".split())
_YEAR = re.compile(r"(?:1\d|20)\d\d")

_WHEREABOUTS = frozenset("indoors outdoors outside inside here there upstairs downstairs".split())

_MEASURES = TIMES | frozenset(
    "dollars euros pounds cents points goals percent miles metres meters kilometres feet inches yards"
    " grams kilos tons litres times steps degrees".split()
)
_DEFINITE = frozenset({"the", "this", "that", "these", "those"})

PEOPLE = frozenset(
    "man men woman women boy boys girl girls person people child children kid kids guy guys lady ladies"
    " baby toddler player players worker workers couple crowd friend friends teenager teenagers student"
    " students adult adults gentleman someone somebody everyone everybody anyone anybody soldier soldiers"
    " performer dancer dancers musician musicians singer biker cyclist surfer skateboarder athlete athletes"
    " runner runners hiker hikers bride groom mother father brother sister brothers sisters son daughter"
    " wife husband family teacher doctor nurse lawyer officer officers reader readers viewer viewers critic"
    " critics voter voters citizen citizens parent parents fan fans human humans male female youth artist"
    " writer actor actors actress skier snowboarder swimmer vendor tourist tourists fisherman policeman"
    " firefighter firefighters chef cook waiter waitress dad mom politician politicians official officials"
    " leader leaders neighbor neighbors neighbour neighbours member members customer customers".split()
)
"""Nouns of people, for whom *who* stands."""

ANIMALS = frozenset("dog dogs cat cats horse horses puppy puppies bird birds animal animals cow cows".split())


def opening(sentence: Sentence, first: int, last: int) -> str:
    """Return words as they are written inside a sentence: without the capital of its beginning."""
    words = sentence.slice(first, last)
    if first == 0 and sentence[0].tag not in NAMES and sentence.lower[0] != "i":
        word = sentence.slice(0, 0)
        titled = (
            sentence[0].tag == "PRP$" and len(sentence) > 1 and sentence[1].tag in NAMES
        )  # "My Fair Lady"
        if not titled and word == word.capitalize() and not _always_capital(sentence):  # not NASA
            return words[0].lower() + words[1:]
    return words


def _always_capital(sentence: Sentence) -> bool:
    """Whether the first word is a noun or an adjective that no dictionary has in lower case: a Texan."""
    pos = pos_of(sentence[0].tag)
    if sentence.lower[0] in _QUANTITY:
        return False
    return pos in {"n", "a"} and lemma_of(sentence.lower[0], pos) is None


def edit(sentence: Sentence, first: int, last: int, new: str, kind: str) -> Edit | None:
    """Return the edit that replaces words ``first`` to ``last``, both included.

    It is capitalised where it begins the sentence. None if nothing changes, or if the words have marks
    in them that a rewrite could tear apart.
    """
    old = sentence.slice(first, last)
    if first == 0 and old[0].isupper():
        new = new[0].upper() + new[1:]
    if new == old or _UNSAFE.search(old) or " - " in old:
        return None
    return Edit(sentence[first].start, sentence[last].end, new, kind)


def noun_phrase(sentence: Sentence, head: int, longest: int = 10) -> tuple[int, int] | None:
    """Return first and last place of a noun phrase that may be moved as a whole; None if it may not.

    Left alone: phrases with a comma, a clause in it, or a negative; the mere noun in the singular (``pay
    attention``), pronouns beside others (``he and I``), and number words.
    """
    span = sentence.phrase(head)
    if span is None or span[1] - span[0] >= longest:
        return None
    inside = range(span[0], span[1] + 1)
    if any(sentence.lower[i] in _NEGATIVE or sentence.lower[i] in _BACK for i in inside):
        return None
    if any(sentence[i].dep in CLAUSES or sentence[i].tag in {"WDT", "WP", "WRB", "WP$"} for i in inside):
        return None
    if any(sentence[i].dep == "punct" and sentence.lower[i] != "-" for i in inside):
        return None
    if any(i > head and sentence[i].dep == "advmod" for i in sentence.children[head]):
        return None  # "sings along"
    if any(sentence.lower[i] in _WHEREABOUTS for i in inside):
        return None  # "video games indoors"
    if any(sentence[i].dep == "punct" and _spaced(sentence, i) for i in inside):
        return None  # a dash
    return span if _movable(sentence, head, len(inside)) else None


def _spaced(sentence: Sentence, place: int) -> bool:
    return place > 0 and sentence[place - 1].end < sentence[place].start


def _movable(sentence: Sentence, head: int, size: int) -> bool:
    tag, word = sentence[head].tag, sentence.lower[head]
    if tag == "PRP":
        return size == 1 and (word in _OBJECT or word in _SUBJECT)
    if tag == "DT":
        return size == 1 and word in {"this", "that", "these", "those"}
    if tag not in NOUNS or word in _NO_NUMBER:
        return False
    tags = {sentence[i].tag for i in sentence.subtree(head)}
    if "PRP" in tags or ("CD" in tags and (tag != "NNS" or word in _MEASURES)):
        return False
    return tag != "NN" or sentence.child(head, "det", "poss", "amod", "compound") is not None


def person(sentence: Sentence, head: int) -> Person | None:
    """Return what a verb agrees with; None where it may be either (``or``, ``as well as``)."""
    if (cc := sentence.child(head, "cc")) is not None:
        return "they" if sentence.lower[cc] == "and" and sentence.lower[head] not in _PERSON else None
    if sentence[head].tag in {"PRP", "DT"}:
        return _PERSON.get(sentence.lower[head], "they")
    return "they" if sentence[head].tag in {"NNS", "NNPS"} else "he"


def as_object(sentence: Sentence, head: int, first: int, last: int) -> str:
    """Return a phrase as it stands behind a verb or a preposition: ``her`` for ``she``."""
    return _in_case(sentence, head, first, last, _OBJECT)


def as_subject(sentence: Sentence, head: int, first: int, last: int) -> str:
    """Return a phrase as it stands before its verb: ``she`` for ``her``."""
    return _in_case(sentence, head, first, last, _SUBJECT)


def _in_case(sentence: Sentence, head: int, first: int, last: int, case: dict[str, str]) -> str:
    if sentence[head].tag == "PRP":
        return case.get(sentence.lower[head], opening(sentence, first, last))
    return opening(sentence, first, last)


def goes_on(sentence: Sentence, last: int) -> bool:
    """Whether a phrase may have more behind it than the parse says: an apposition, ``that …``, ``of …``."""
    after = sentence.lower[last + 1 : last + 3]
    if not after:
        return False
    if after[0] == ",":
        return after[1:] not in (("and",), ("but",), ("or",), ("so",))
    return after[0] in {"that", "which", "who", "whom", "of", "to", "and", "or"} or (
        sentence.lower[last] == "it" and after[0] not in {".", "!", "in", "on", "at"}
    )


def two_objects(sentence: Sentence, verb: int) -> bool:
    """Whether a noun beside the object is called an adverbial and is no time: a second object, no doubt."""
    return any(
        sentence[i].dep == "npadvmod" and sentence[i].tag in NOUNS and not is_time(sentence, i)
        for i in sentence.children[verb]
    )


def is_time(sentence: Sentence, noun: int) -> bool:
    """Whether a noun is one of time, a day such as ``yesterday``, or the number of a year."""
    word = sentence.lower[noun]
    return word in TIMES or word in DAYS or _YEAR.fullmatch(word) is not None


def definite(sentence: Sentence, head: int) -> bool:
    """Whether a phrase names something known: a name, a pronoun, or one with ``the`` or a possessive."""
    if sentence[head].tag in NAMES or sentence[head].tag == "PRP":
        return True
    if sentence.child(head, "poss") is not None:
        return True
    det = sentence.child(head, "det")
    return det is not None and sentence.lower[det] in _DEFINITE


def counted(sentence: Sentence, first: int, last: int) -> bool:
    """Whether words say how many; a negation reaches them in one order of words and not in the other."""
    return any(sentence.lower[i] in _QUANTITY or sentence[i].tag == "CD" for i in range(first, last + 1))


def pronouns(sentence: Sentence, first: int, last: int) -> frozenset[str]:
    """Return the words of a range that may stand for a noun elsewhere in the sentence."""
    return THIRD.intersection(sentence.lower[first : last + 1])


def bound(sentence: Sentence, phrase: tuple[int, int], head: int, other: tuple[int, int]) -> bool:
    """Whether a pronoun in ``other`` may mean ``phrase``, which has this head (``she`` … ``her``)."""
    words = set(sentence.lower[other[0] : other[1] + 1])
    if own := _OWN.get(sentence.lower[head]):
        return bool(own & words)
    if sentence[other[0]].tag == "PRP" and other[0] == other[1]:
        return False  # "she saw her" is two people
    return bool(THIRD & words)


def cased(new: str, old: str) -> str:
    """Return words in the case of others: UPPER, Capitalised or as they are."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() and old != "I" else new


def finite(sentence: Sentence, place: int) -> str:
    """Return ``past``, ``present`` or ``none``: the tense of the clause that a word stands in.

    A fragment without a verb, a command and a clause with a modal verb are ``present``; what hangs from an
    infinitive has the tense of the verb above it.
    """
    while True:
        verbs = [place, *(i for i in sentence.children[place] if sentence[i].dep in {"aux", "auxpass"})]
        tags = {sentence[i].tag for i in verbs}
        if "VBD" in tags:
            return "past"
        if tags & {"VBZ", "VBP", "MD"}:
            return "present"
        if sentence[place].head == place:
            return "present"
        place = sentence[place].head
