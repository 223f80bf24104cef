"""What completes a verb: *I think (that) it works*, *it began to rain* or *raining*."""

from collections.abc import Iterator

from robtest.language.forms import inflect
from robtest.language.parser import Sentence
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import cased, edit
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_SAYING = frozenset(
    "say think believe know hope feel guess suppose realize realise notice bet swear wish hear figure assume"
    " suspect expect understand imagine claim admit insist argue suggest mean show prove promise fear"
    " doubt discover learn conclude agree predict announce report acknowledge concede complain contend warn"
    " recall remember forget decide declare explain note plead".split()
)
# Of these the conjunction may go, too.
_LIGHT = frozenset(
    "say think believe know hope feel guess suppose realize realise notice bet swear wish hear figure assume"
    " suspect".split()
)
_CERTAIN = frozenset("sure glad happy afraid certain sorry aware convinced confident grateful".split())
_TELLING = frozenset("tell assure remind convince inform".split())
_HEARERS = frozenset("me you him her us them".split())
_QUESTIONS = frozenset("what who whom which how why where when whether if".split())
_RELATIVES = frozenset("that which who whom".split())
_PHASES = frozenset({"begin", "start"})
_TASTES = frozenset({"love", "hate"})
_PRONOUNS = frozenset("i you he she it we they there this".split())
_CLEAR = frozenset("clear obvious true likely unlikely possible strange odd sad surprising".split())


def complement(sentence: Sentence) -> Iterator[Edit]:
    """Yield complements in another form.

    *That* before a clause is put in and left out behind verbs of saying and thinking, *to* behind *help*;
    *begin* and *start* go with both forms; *it is clear that* turns to *that …* and back. Left alone:
    questions and what depends on them.
    """
    for place in range(len(sentence)):
        for at in (_with_that, _without_that, _so_that, _phase, _help, _purpose, _required, _go, _got):
            if (made := at(sentence, place)) is not None:
                yield made
    for rule in (_extraposed, _infinitive_first, _thought):
        if (made := rule(sentence)) is not None:
            yield made


def _above(sentence: Sentence, verb: int, light: bool) -> int | None:
    """Return what a clause completes: a verb of saying or an adjective of certainty."""
    head = sentence[verb].head
    if sentence[verb].dep != "ccomp" or head >= verb:
        return None
    if sentence[head].tag == "JJ":
        return head if sentence.lower[head] in _CERTAIN and sentence[head].dep == "acomp" else None
    names = (_LIGHT if light else _SAYING) | _TELLING
    return head if sentence[head].tag[:2] == "VB" and lemma(sentence, head) in names else None


def _with_that(sentence: Sentence, verb: int) -> Edit | None:
    head, span = _above(sentence, verb, light=False), sentence.phrase(verb)
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    if head is None or span is None or subject is None or subject > verb:
        return None
    if span[0] != _behind(sentence, head):
        return None
    inner = sentence.phrase(subject)
    if inner is None or inner[0] != span[0] or sentence.lower[span[0]] in _QUESTIONS | {"that", "those"}:
        return None
    if _RELATIVES.intersection(sentence.lower[span[0] : verb]) or sentence.lower[-1] == "?":
        return None
    if _QUESTIONS.intersection(sentence.lower[:head]) or (
        lemma(sentence, head) in {"show", "learn", "mean"} and (sentence[subject].tag != "PRP")
    ):
        return None
    if not _finite(sentence, verb) or sentence.slice(head, head).isupper():
        return None
    last = span[0] - 1
    return Edit(sentence[last].end, sentence[last].end, " that", "complement")


def _behind(sentence: Sentence, head: int) -> int:
    """Return the place behind a verb, and behind the hearer of what is said."""
    addressed = head + 1 < len(sentence) and sentence.lower[head + 1] in _HEARERS
    return head + 2 if addressed and lemma(sentence, head) in _TELLING else head + 1


def _finite(sentence: Sentence, verb: int) -> bool:
    tags = {
        sentence[i].tag for i in (verb, *sentence.children[verb]) if i == verb or sentence[i].dep == "aux"
    }
    tags |= {sentence[i].tag for i in sentence.children[verb] if sentence[i].dep == "auxpass"}
    return bool(tags & {"VBZ", "VBP", "VBD", "MD"})


def _without_that(sentence: Sentence, verb: int) -> Edit | None:
    head, mark = _above(sentence, verb, light=True), sentence.child(verb, "mark")
    if (
        head is None
        or mark is None
        or mark != _behind(sentence, head)
        or sentence.lower[mark] != "that"
        or mark + 1 >= len(sentence)
    ):
        return None
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    inner = sentence.phrase(subject) if subject is not None else None
    if inner is None or inner[0] != mark + 1 or sentence.lower[inner[0]] in {"that", "those", "such"}:
        return None
    pronoun = sentence.lower[inner[0]] in _PRONOUNS
    if not pronoun and (inner[1] - inner[0] > 4 or sentence[inner[0]].tag not in {"DT", "PRP$", "NNP"}):
        return None
    if sentence.child(head, "agent", "npadvmod", "expl", "nsubjpass") is not None:
        return None
    return Edit(sentence[mark].start, sentence[mark + 1].start, "", "complement")


def _so_that(sentence: Sentence, place: int) -> Edit | None:
    """Return *so bad it hurts* for *so bad that it hurts*, and *so we see* for *so that we see*."""
    if sentence.lower[place] != "that" or sentence[place].dep != "mark" or not 1 < place < len(sentence) - 2:
        return None
    verb, after = sentence[place].head, place + 1
    if sentence[verb].dep not in {"ccomp", "advcl"} or sentence.child(verb, "nsubj", "expl") != after:
        return None
    if sentence.lower[after] not in _PRONOUNS:
        return None
    before = sentence.lower[place - 2 : place]
    if before[1] == "so":
        fine = before[0] not in {",", "and", "'s", "is", "do", "think", "just"}
    else:
        fine = before[0] == "so" and sentence[place - 1].tag in {"JJ", "RB"}
    return Edit(sentence[place].start, sentence[after].start, "", "complement") if fine else None


def _phase(sentence: Sentence, verb: int) -> Edit | None:
    """Return *began raining* for *began to rain*, and back."""
    head = sentence[verb].head
    if (
        sentence[verb].dep != "xcomp"
        or lemma(sentence, head) not in _PHASES | _TASTES
        or sentence[head].tag == "VBG"
    ):
        return None
    if any(sentence[i].tag == "MD" for i in sentence.children[head]):
        return None  # "I can't begin to say"
    old = sentence.lower[verb]
    if verb == head + 2 and sentence.lower[head + 1] == "to" and sentence[verb].tag == "VB" and old != "be":
        new = inflect(lemma(sentence, verb), "VBG")
        return edit(sentence, head + 1, verb, new, "complement") if new is not None else None
    if verb == head + 1 and sentence[verb].tag == "VBG":
        base = lemma(sentence, verb)
        return edit(sentence, verb, verb, f"to {base}", "complement") if base != old else None
    return None


def _help(sentence: Sentence, verb: int) -> Edit | None:
    """Return *helped to find* for *helped find*, and back."""
    head = sentence[verb].head
    if head >= verb or lemma(sentence, head) != "help" or sentence[head].tag[:2] != "VB":
        return None
    if sentence[verb].dep not in {"xcomp", "ccomp"} or sentence[verb].tag != "VB":
        return None
    if verb == head + 1:
        return Edit(sentence[head].end, sentence[head].end, " to", "complement")
    to = verb - 1
    if sentence.lower[to] == "to" and to == head + 1:
        return Edit(sentence[to].start, sentence[verb].start, "", "complement")
    return None


def _purpose(sentence: Sentence, place: int) -> Edit | None:
    """Return *to* for *in order to* and *so as to*."""
    if sentence.lower[place : place + 3] not in {("in", "order", "to"), ("so", "as", "to")}:
        return None
    return Edit(
        sentence[place].start,
        sentence[place + 2].end,
        cased("to", sentence.slice(place, place)),
        "complement",
    )


def _required(sentence: Sentence, verb: int) -> Edit | None:
    """Return *requires that shops close* for *requires shops to close*."""
    head, to = sentence[verb].head, verb - 1
    if (
        sentence[verb].tag != "VB"
        or lemma(sentence, head) != "require"
        or to < 1
        or sentence.lower[to] != "to"
    ):
        return None
    subject = sentence.child(verb, "nsubj") or sentence.child(head, "dobj")
    span = sentence.phrase(subject) if subject is not None else None
    if span is None or subject is None or sentence[subject].tag == "PRP" or sentence[head].tag == "VBN":
        return None
    if sentence[verb].dep not in {"ccomp", "xcomp"} or (span[0], span[1]) != (head + 1, to - 1):
        return None
    return edit(sentence, span[0], to, f"that {sentence.slice(*span)}", "complement")


def _go(sentence: Sentence, verb: int) -> Edit | None:
    """Return *go and see* for *go see*, and *try to see* for *try and see*."""
    if verb == 0 or sentence[verb].tag != "VB":
        return None
    before = sentence.lower[verb - 1]
    if (
        before in {"go", "come"}
        and sentence[verb - 1].tag == "VB"
        and sentence[verb].dep in {"xcomp", "ccomp", "advcl"}
    ):
        return Edit(sentence[verb - 1].end, sentence[verb - 1].end, " and", "complement")
    if before == "and" and verb > 1 and sentence.lower[verb - 2] == "try" and sentence[verb].head == verb - 2:
        return Edit(sentence[verb - 1].start, sentence[verb - 1].end, "to", "complement")
    return None


def _got(sentence: Sentence, place: int) -> Edit | None:
    """Return *has got to* for *has to*."""
    if sentence.lower[place] not in {"have", "has"} or place == 0 or place + 2 >= len(sentence):
        return None
    to, verb = place + 1, place + 2
    if sentence.lower[to] != "to" or sentence[verb].tag != "VB" or sentence[verb].head != place:
        return None
    if sentence.child(place, "aux", "neg", "dobj") is not None or sentence[place].tag not in {"VBP", "VBZ"}:
        return None
    if sentence[verb].dep != "xcomp" or sentence.child(place, "nsubj") != place - 1:
        return None
    if sentence[place - 1].tag not in {"PRP", "NN", "NNS", "NNP"}:
        return None
    return Edit(sentence[place].end, sentence[place].end, " got", "complement")


def _extraposed(sentence: Sentence) -> Edit | None:
    """Return *that it works is clear* for *it is clear that it works*, and back."""
    if sentence.lower[:2] not in {("it", "is"), ("it", "was")} or len(sentence) < 7:
        return None
    adjective = 2
    if sentence.lower[adjective] not in _CLEAR or sentence.lower[3] != "that":
        return None
    verb, end = sentence[3].head, last_word(sentence)
    span = sentence.phrase(verb)
    if span is None or span[0] != 3 or span[1] < end or end - 3 > 10:
        return None
    new = f"{sentence.slice(3, end)} {sentence.slice(1, 2)}"
    return edit(sentence, 0, end, new, "complement")


_TRYING = frozenset(
    "hard easy difficult important impossible nice good great fun tough necessary wrong interesting"
    " dangerous unfair wise foolish tempting".split()
)


def _infinitive_first(sentence: Sentence) -> Edit | None:
    """Return *to find it is hard* for *it is hard to find it*."""
    end = last_word(sentence)
    if len(sentence) < 6 or sentence.lower[0] != "it" or sentence.lower[1] not in {"is", "'s", "was"}:
        return None
    if sentence.lower[2] not in _TRYING or sentence.lower[3] != "to" or sentence[4].tag != "VB":
        return None
    if end > 13 or end < 5 or sentence.root != 1 or sentence.lower[-1] == "?":
        return None
    if any(
        sentence.lower[i] in {",", "and", "but", "or", "when", "if", "because"} for i in range(5, end + 1)
    ):
        return None
    if sentence[end].tag in {"IN", "TO", "RP"}:
        return None  # "it is hard to live with"
    be = "was" if sentence.lower[1] == "was" else "is"
    return edit(sentence, 0, end, f"{sentence.slice(3, end)} {be} {sentence.slice(2, 2)}", "complement")


_MUSING = frozenset({"think", "guess", "suppose", "believe"})


def _thought(sentence: Sentence) -> Edit | None:
    """Return *it works, I think* for *I think it works*."""
    root, end = sentence.root, last_word(sentence)
    verb = sentence.child(root, "ccomp")
    if root != 1 or sentence.lower[0] != "i" or sentence.lower[1] not in _MUSING or verb is None:
        return None
    span = sentence.phrase(verb)
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    if span != (2, end) or subject is None or end > 14 or sentence.lower[-1] == "?" or end < 4:
        return None
    inner = sentence.phrase(subject)
    if (
        inner is None
        or inner[0] != 2
        or sentence[subject].head != verb
        or sentence.lower[2] in _QUESTIONS | {"so"}
    ):
        return None
    if any(sentence.lower[i] in {",", "but", "so", "because"} for i in range(2, end + 1)) or not _finite(
        sentence, verb
    ):
        return None
    words = sentence.slice(2, end)
    first = words[0].upper() + words[1:] if sentence.slice(0, 0) == "I" else words
    return Edit(sentence[0].start, sentence[end].end, f"{first}, {sentence.slice(0, 1)}", "complement")
