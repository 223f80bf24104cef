"""Active to passive and back: *Anna painted the door* and *The door was painted by Anna*."""

from collections.abc import Iterator
from dataclasses import dataclass

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import (
    Person,
    as_object,
    as_subject,
    bound,
    counted,
    definite,
    edit,
    goes_on,
    noun_phrase,
    person,
    two_objects,
)
from robtest.language.rewrites.verb import (
    BE,
    MODALS,
    PAST,
    Group,
    be,
    composed,
    do,
    form,
    have,
    lemma,
    verb_group,
)
from robtest.types import Edit

# Verbs without a passive, or with another meaning in it.
_NO_PASSIVE = frozenset(
    "be have do cost weigh lack resemble suit fit mean equal get let become possess last leave enter join"
    " contain include comprise involve want wish need deserve spend take reach mind hold say think know"
    " tell ask keep feel marry thank try put set go come run owe total exceed boast miss fail help"
    " serve pass call make name elect consider hope like lose call face share gain enjoy"
    " deem dub receive grow stand begin start stop continue remain stay seem look appear hit quit lie".split()
)
_PARTICLES = frozenset("up down off out away back over together apart aside".split())
# "ran down the hill": here these are prepositions, whatever the parse says.
_MOTION = frozenset(
    "run walk ski go come climb drive ride slide jump fall cruise sled skate roll race march hike fly".split()
)
# What "by" says of a place, a time, a manner or a measure is no agent.
_NO_AGENT = frozenset(
    "hand accident mistake chance nature night day year month week hour minute time noon midnight morning"
    " evening end train car bus plane boat river sea lake road door window wall fire side way mail post"
    " phone email law default percent % half third quarter kilo metre meter foot inch mile then now"
    " tomorrow today yesterday tonight monday tuesday wednesday thursday friday saturday sunday january"
    " february march april may june july august september october november december dozen means"
    " order orders name names vote majority decree margin opening start close".split()
)
_BLOCKING = ("xcomp", "ccomp", "oprd", "acomp", "dative", "attr", "expl", "csubj", "csubjpass", "parataxis")
_FINITE = frozenset({"ROOT", "conj", "ccomp", "advcl"})


@dataclass(frozen=True)
class _Noun:
    """A phrase and its head."""

    head: int
    first: int
    last: int

    @property
    def span(self) -> tuple[int, int]:
        return self.first, self.last


def passive(sentence: Sentence) -> Iterator[Edit]:
    """Yield the passive of each clause with a subject, a transitive verb and an object, in this order.

    Left alone: verbs without a passive, objects that point back at the subject (``her own``), negated
    quantities, further complements (``made him laugh``), and verbs that share a subject.
    """
    for verb in range(len(sentence)):
        subject, object_ = _clause(sentence, verb, "nsubj"), _noun(sentence, sentence.child(verb, "dobj"))
        if subject is None or object_ is None or lemma(sentence, verb) in _NO_PASSIVE:
            continue
        if two_objects(sentence, verb) or goes_on(sentence, object_.last):
            continue
        before = sentence.lower[subject.first - 1] if subject.first else ""
        if _speaks_of_subject(sentence, verb) or before in {"only", "even", "just"}:
            continue
        group = verb_group(sentence, verb, subject.last + 1)
        if group is None or not _may_turn(sentence, group, subject, object_):
            continue
        if sentence.child(object_.head, "prep") is not None and not _own_preposition(sentence, object_.head):
            continue
        if rewrite := _passive(sentence, group, subject, object_):
            yield rewrite


def _speaks_of_subject(sentence: Sentence, verb: int) -> bool:
    """Whether something beside the clause has the subject in mind: *by waiting*, *alone*, *than they do*."""
    behind = [i for i in sentence.children[verb] if i > verb]
    if any(sentence[i].dep == "prep" and sentence.child(i, "pcomp") is not None for i in behind):
        return True
    before = [i for i in sentence.children[verb] if i < verb]
    doing = any(sentence[i].dep == "advcl" and sentence[i].tag in {"VBG", "VBN", "JJ"} for i in before)
    if doing or any(sentence[i].dep == "prep" and sentence.child(i, "pcomp") is not None for i in before):
        return True
    words = {sentence.lower[i] for i in range(verb, len(sentence))}
    return bool(words & {"alone", "together", "than", "each"}) or any(
        sentence.lower[i : i + 2] == ("as", "much") for i in range(verb, len(sentence))
    )


def _passive(sentence: Sentence, group: Group, subject: _Noun, object_: _Noun) -> Edit | None:
    particle = sentence.slice(group.verb + 1, object_.first - 1) if object_.first > group.verb + 1 else ""
    if particle and lemma(sentence, group.verb) in _MOTION:
        return None
    if particle and (particle.lower() not in _PARTICLES or sentence[group.verb + 1].head != group.verb):
        return None
    last = object_.last
    if not particle and last + 1 < len(sentence) and sentence[last + 1].dep in {"prt", "advmod"}:
        if sentence.lower[last + 1] not in _PARTICLES or sentence.children[last + 1]:
            kept = sentence[last + 1].dep == "prt" or sentence.lower[last + 1] in {"in", "on"}
            return None if kept else _turned(sentence, group, subject, object_, "")
        last, particle = last + 1, sentence.slice(last + 1, last + 1)
    return _turned(sentence, group, subject, object_, particle, last)


def _turned(
    sentence: Sentence, group: Group, subject: _Noun, object_: _Noun, particle: str, last: int | None = None
) -> Edit | None:
    who, participle = person(sentence, object_.head), form(sentence, group.verb, "VBN")
    if who is None or participle is None or not participle.isalpha():
        return None
    aux = _passive_aux(group.aux, sentence[group.verb].tag, who)
    predicate = aux and composed(group, aux, f"{participle} {particle}".strip())
    if not predicate:
        return None
    by = as_object(sentence, subject.head, *subject.span)
    new = f"{as_subject(sentence, object_.head, *object_.span)} {predicate} by {by}"
    return edit(sentence, subject.first, object_.last if last is None else last, new, "passive")


def _passive_aux(aux: tuple[str, ...], tag: str, who: Person) -> tuple[str, ...] | None:
    """Return the auxiliaries of the passive, by those of the active."""
    match aux:
        case () if tag in {"VBD", "VBZ", "VBP"}:
            return (be(tag == "VBD", who),)
        case ("do" | "does" | "did" as word,) if tag == "VB":
            return (be(word == "did", who),)
        case (modal,) if modal in MODALS and tag == "VB":
            return (modal, "be")
        case ("has" | "have" | "had" as word,) if tag in {"VBN", "VBD"}:
            return (have(word, who), "been")
        case (word,) if word in BE and tag == "VBG":
            return (be(word in PAST, who), "being")
        case (modal, "have") if modal in MODALS and tag in {"VBN", "VBD"}:
            return (modal, "have", "been")
        case _:
            return None


def active(sentence: Sentence) -> Iterator[Edit]:
    """Yield the active of each passive clause that names its agent.

    Left alone, besides what `passive` leaves: ``by`` before a place, a time, a manner or a measure.
    """
    for verb in range(len(sentence)):
        subject, agent = _clause(sentence, verb, "nsubjpass"), sentence.child(verb, "agent")
        if subject is None or agent is None or sentence.lower[agent] != "by" or agent < verb:
            continue
        doer, group = _agent(sentence, agent), verb_group(sentence, verb, subject.last + 1)
        if doer is None or group is None or not _may_turn(sentence, group, doer, subject):
            continue
        if subject.first and sentence.lower[subject.first - 1] == "than":
            continue
        if rewrite := _active(sentence, group, subject, doer, agent):
            yield rewrite


def _active(sentence: Sentence, group: Group, subject: _Noun, doer: _Noun, by: int) -> Edit | None:
    who = person(sentence, doer.head)
    if who is None:
        return None
    aux, tag = _active_aux(group, who)
    word = form(sentence, group.verb, tag) if tag else None
    predicate = word and (composed(group, aux, word) if aux else " ".join([*group.early, *group.late, word]))
    if not predicate:
        return None
    between = sentence.slice(group.verb + 1, by - 1) if by > group.verb + 1 else ""
    if "," in between:
        return None
    if between and sentence[subject.head].tag != "PRP" and between.lower() in _PARTICLES:
        predicate, between = f"{predicate} {between}", ""  # "put off the guests", but "put them off"
    object_ = as_object(sentence, subject.head, *subject.span)
    new = f"{as_subject(sentence, doer.head, *doer.span)} {predicate} {object_} {between}".rstrip()
    return edit(sentence, subject.first, doer.last, new, "active")


def _active_aux(group: Group, who: Person) -> tuple[tuple[str, ...], str]:
    """Return the auxiliaries of the active and the tag of its verb, by those of the passive."""
    match group.aux:
        case (word,) if word in BE and group.negation:
            return (do(word in PAST, who),), "VB"
        case (word,) if word in BE:
            return (), "VBD" if word in PAST else "VBZ" if who == "he" else "VBP"
        case (modal, "be") if modal in MODALS:
            return (modal,), "VB"
        case ("has" | "have" | "had" as word, "been"):
            return (have(word, who),), "VBN"
        case (word, "being") if word in BE:
            return (be(word in PAST, who),), "VBG"
        case (modal, "have", "been") if modal in MODALS:
            return (modal, "have"), "VBN"
        case _:
            return (), ""


def _clause(sentence: Sentence, verb: int, dep: str) -> _Noun | None:
    """Return the subject of a clause that stands alone: one verb, no complement but an object."""
    if sentence[verb].dep not in _FINITE or not sentence[verb].tag.startswith("VB"):
        return None
    for child in sentence.children[verb]:
        dep_of, alone = sentence[child].dep, sentence.child(child, "nsubj", "nsubjpass", "expl") is not None
        if dep_of in _BLOCKING or (dep_of in {"conj", "advcl"} and not alone):
            return None
    subject = _noun(sentence, sentence.child(verb, dep))
    if subject is None or subject.last >= verb or sentence.lower[subject.head] in {"me", "him", "us", "them"}:
        return None
    return subject


def _noun(sentence: Sentence, head: int | None) -> _Noun | None:
    span = noun_phrase(sentence, head) if head is not None else None
    return _Noun(head, *span) if head is not None and span is not None else None


def _agent(sentence: Sentence, agent: int) -> _Noun | None:
    doer = _noun(sentence, sentence.child(agent, "pobj"))
    if doer is None or doer.first != agent + 1 or sentence.lower[doer.head] in _NO_AGENT:
        return None
    if goes_on(sentence, doer.last):
        return None
    return doer


def _may_turn(sentence: Sentence, group: Group, doer: _Noun, done: _Noun) -> bool:
    """Whether the two may change places: no pronoun points from one to the other, no scope changes."""
    if bound(sentence, doer.span, doer.head, done.span) or bound(sentence, done.span, done.head, doer.span):
        return False
    if group.negation:
        return definite(sentence, done.head) and not any(
            counted(sentence, *noun.span) for noun in (doer, done)
        )
    return not (counted(sentence, *doer.span) and counted(sentence, *done.span))


def _own_preposition(sentence: Sentence, head: int) -> bool:
    """Whether what hangs from a noun is sure to be its own: ``the end of the film``."""
    return all(
        sentence.lower[i] in {"of", "between"} for i in sentence.children[head] if sentence[i].dep == "prep"
    )
