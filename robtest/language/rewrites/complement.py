"""What completes a verb: *I think (that) it works*, *it began to rain* or *raining*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.extraposition import EXTRAPOSITION, QUESTIONS, is_finite
from robtest.language.rewrites.infinitive import FORMS
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
_RELATIVES = frozenset("that which who whom".split())
_PRONOUNS = frozenset("i you he she it we they there this".split())


def complement(sentence: Sentence) -> Iterator[Edit]:
    """Yield complements in another form.

    *That* before a clause is put in and left out behind verbs of saying and thinking, *to* behind *help*,
    *to be* behind *seem*; *begin* and *start* go with both forms; *it is clear that* turns to *that …* and
    back. Left alone: questions and what depends on them.
    """
    for place in range(len(sentence)):
        for at in (_with_that, _without_that, _so_that, _that_is, _to_be, *FORMS):
            if (made := at(sentence, place)) is not None:
                yield made
    for rule in EXTRAPOSITION:
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
    if inner is None or inner[0] != span[0] or sentence.lower[span[0]] in QUESTIONS | {"that", "those"}:
        return None
    if _RELATIVES.intersection(sentence.lower[span[0] : verb]) or sentence.lower[-1] == "?":
        return None
    if QUESTIONS.intersection(sentence.lower[:head]) or (
        lemma(sentence, head) in {"show", "learn", "mean"} and (sentence[subject].tag != "PRP")
    ):
        return None
    if not is_finite(sentence, verb) or sentence.slice(head, head).isupper():
        return None
    last = span[0] - 1
    return Edit(sentence[last].end, sentence[last].end, " that", "complement")


def _behind(sentence: Sentence, head: int) -> int:
    """Return the place behind a verb, and behind the hearer of what is said."""
    addressed = head + 1 < len(sentence) and sentence.lower[head + 1] in _HEARERS
    return head + 2 if addressed and lemma(sentence, head) in _TELLING else head + 1


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


_SEEMING = frozenset("seem appear".split())
_CLAIMS = frozenset("problem thing point truth fact trouble line hope idea difference result".split())


def _that_is(sentence: Sentence, verb: int) -> Edit | None:
    """Return *the problem is that it fails* for *the problem is it fails*; so too behind *it seems*."""
    head, span = sentence[verb].head, sentence.phrase(verb)
    subject = sentence.child(verb, "nsubj", "nsubjpass", "expl")
    if sentence[verb].dep != "ccomp" or span is None or subject is None or span[0] != head + 1:
        return None
    inner = sentence.phrase(subject)
    if inner is None or inner[0] != span[0] or subject >= verb or not is_finite(sentence, verb):
        return None
    above = sentence.child(head, "nsubj")
    if above is None or above > head or sentence.lower[-1] == "?" or verb < head:
        return None
    seems = sentence.lower[above] == "it" and lemma(sentence, head) in _SEEMING
    claims = sentence.lower[above] in _CLAIMS and sentence.lower[head] in {"is", "was", "'s"}
    if not (seems or claims) or sentence.lower[span[0]] in QUESTIONS | {"that", "those", "like", "as"}:
        return None
    return Edit(sentence[head].end, sentence[head].end, " that", "complement")


def _to_be(sentence: Sentence, place: int) -> Edit | None:
    """Return *seems to be cold* for *seems cold*, and back."""
    if lemma(sentence, place) not in _SEEMING or sentence[place].tag not in {"VBZ", "VBP", "VBD"}:
        return None
    if sentence.child(place, "nsubj") is None and place:
        return None
    after = place + 1
    if sentence.lower[after : after + 2] == ("to", "be"):
        adjective = sentence.child(after + 1, "acomp")
        plain = adjective is not None and set(range(after + 2, adjective)) <= set(
            sentence.children[adjective]
        )
        good = plain and adjective is not None and sentence[adjective].tag == "JJ"
        return Edit(sentence[place].end, sentence[after + 1].end, "", "complement") if good else None
    adjective = sentence.child(place, "acomp", "oprd")
    if adjective is None or adjective < after or sentence[adjective].tag != "JJ":
        return None
    span = sentence.phrase(adjective)
    if span is None or span[0] != after or sentence.lower[after] in {"like", "as"}:
        return None
    return Edit(sentence[place].end, sentence[place].end, " to be", "complement")
