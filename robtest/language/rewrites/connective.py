"""Conjunctions turned: *X, but Y* and *although X, Y*; *but* and *yet*; *because of* and *due to*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.condition import despite_that, unless
from robtest.language.rewrites.fronting import last_word
from robtest.language.rewrites.phrase import SUBJECTS, cased, edit, opening
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_NOT_BUT = frozenset("not n't nt never nothing anything all no none neither nobody only hardly".split())
_EXCEPT = frozenset("nothing anything everything all none no any everyone nobody anyone who what".split())
_ALIKE: dict[tuple[str, ...], str] = {
    **{("although",): "even though", ("though",): "although", ("even", "though"): "although"},
    **{("despite",): "in spite of", ("in", "spite", "of"): "despite"},
    **{("as", "if"): "as though", ("as", "though"): "as if"},
    **{("due", "to"): "because of", ("because", "of"): "due to", ("till",): "until"},
    **{("such", "as"): "like", ("instead", "of"): "rather than", ("rather", "than"): "instead of"},
    **{("prior", "to"): "before", ("except", "for"): "apart from", ("apart", "from"): "except for"},
    **{("whereas",): "while", ("owing", "to"): "because of", ("thanks", "to"): "because of"},
}
_CONCESSIVE = frozenset({"although", "though"})
_LEADING = frozenset("now in on at by with under after before during since when if while because".split())
_NEXT = frozenset("also even then so still now rather instead when".split())


def connective(sentence: Sentence) -> Iterator[Edit]:
    """Yield another conjunction or preposition of the same meaning, the clauses in another order if need be.

    Left alone: *but* that corrects (``not X but Y``) or excepts (``nothing but``), and *though* without a
    clause.
    """
    for place in range(len(sentence)):
        for rule in (_word, _but, _however, _yet, _while, _also, _too, _as_well, unless, despite_that):
            if (made := rule(sentence, place)) is not None:
                yield made
    for made in (_although(sentence), _but_for_although(sentence)):
        if made is not None:
            yield made


def _word(sentence: Sentence, place: int) -> Edit | None:
    for words, other in _ALIKE.items():
        last = place + len(words) - 1
        if sentence.lower[place : last + 1] != words or last + 1 >= len(sentence):
            continue
        if not _fits(sentence, place, last, words):
            return None
        new = cased(other, sentence.slice(place, last))
        return Edit(sentence[place].start, sentence[last].end, new, "connective")
    return None


def _fits(sentence: Sentence, place: int, last: int, words: tuple[str, ...]) -> bool:
    before = sentence.lower[place - 1] if place else ""
    if words[0] in {"although", "though", "even", "whereas", "till"}:
        # What has a subject and a verb behind it.
        head = sentence[last].head
        clause = sentence[last].dep == "mark" and sentence.child(head, *SUBJECTS) is not None
        inverted = place and sentence[place - 1].tag[:2] in {"JJ", "VB", "RB"}  # "slow though it is"
        return clause and before not in {"even", "as"} and not (inverted and words[0] == "though")
    if words in {("as", "if"), ("as", "though")}:
        return before not in {"as", "so", ",", "well", "such"} and sentence[last].dep == "mark"
    if words == ("such", "as"):
        return before == "," or (place > 0 and sentence[place - 1].tag == "NNS")
    if words == ("instead", "of"):
        return sentence[last + 1].tag == "VBG"
    if words == ("rather", "than"):
        return before not in {"more", "less"} and sentence[last + 1].tag in {"VBG", "DT", "PRP$"}
    if words in {("prior", "to"), ("except", "for"), ("apart", "from")}:
        return before not in {"but", "far", "worlds", "set", "all"} and sentence[last + 1].tag not in {
            "IN",
            "VBG",
        }
    if words[-1] == "to":
        return (
            before not in {"is", "are", "was", "were", "be", "been", "'s", "'re", "largely", "give"}
            and (
                (sentence[last + 1].tag not in {"VB", "NNP"} and sentence[last].tag != "TO")
                or sentence[last + 1].tag in {"DT", "PRP$"}
            )
            and words[0] != "thanks"
        )
    if words == ("because", "of"):
        return before not in {"is", "are", "was", "were", "'s", "just", "only", "not"}
    return before != "but"


def _but(sentence: Sentence, place: int) -> Edit | None:
    """Return *yet* for *but* between two adjectives, verbs or clauses."""
    if sentence.lower[place] != "but" or sentence[place].dep != "cc" or not 0 < place < len(sentence) - 1:
        return None
    first = sentence[place].head
    second = next((i for i in sentence.children[first] if sentence[i].dep == "conj" and i > place), None)
    if second is None or sentence[first].tag[:2] in {"NN", "CD", "PR", "DT", "IN"}:
        return None
    if sentence[first].tag == "JJ" and sentence[second].tag not in {"JJ", "VBG", "VBN"}:
        return None
    verbs = [i for i in (first, second) if sentence[i].tag == "VB"]
    if any(sentence.child(i, *SUBJECTS) is None and sentence.child(i, "aux") is None for i in verbs):
        return None  # a command
    if sentence.lower[place + 1] in _NEXT | {"not", "yet", ","} or sentence[place + 1].tag in {"IN", "WRB"}:
        return None
    before = sentence.lower[place - 1]
    if before in _EXCEPT or sentence.lower[place + 1] == "to" or "yet" in sentence.lower:
        return None
    left = sentence.lower[max(0, place - 14) : place]
    if _NOT_BUT.intersection(left) and not _own_subject(sentence, second, place):
        return None
    return edit(sentence, place, place, "yet", "connective")


def _own_subject(sentence: Sentence, verb: int, place: int) -> bool:
    subject = sentence.child(verb, *SUBJECTS)
    return subject is not None and subject > place


def _however(sentence: Sentence, place: int) -> Edit | None:
    """Return *However,* for *But* at the beginning of a sentence."""
    if place or sentence.slice(0, 0) != "But" or len(sentence) < 5 or sentence.lower[-1] == "?":
        return None
    after, tag = sentence.lower[1], sentence[1].tag
    subject = sentence.child(sentence.root, *SUBJECTS)
    if subject is None or subject < 1 or subject > sentence.root or after in _NEXT | {"for", "not", ","}:
        return None
    led = after in _LEADING and "," in sentence.lower[2:14]
    if not (led or tag in {"DT", "PRP", "PRP$", "NNP", "NNS", "NN", "EX"}) or "however" in sentence.lower:
        return None
    return Edit(sentence[0].start, sentence[0].end, "However,", "connective")


def _yet(sentence: Sentence, place: int) -> Edit | None:
    """Return *But* for *Yet* at the beginning of a sentence, and *but* for *yet* before a second clause."""
    if sentence.lower[place] == "yet" and 1 < place < len(sentence) - 2 and sentence.lower[place - 1] == ",":
        clause = sentence[place].tag == "CC" and sentence[place + 1].tag in {"DT", "PRP", "PRP$", "EX"}
        return edit(sentence, place, place, "but", "connective") if clause else None
    if place or sentence.slice(0, 0) != "Yet" or len(sentence) < 5 or sentence.lower[-1] == "?":
        return None
    if sentence[1].tag not in {"DT", "PRP", "PRP$", "NNP", "NNS", "EX"} and sentence.lower[1] not in _LEADING:
        return None
    return Edit(sentence[0].start, sentence[0].end, "But", "connective")


def _while(sentence: Sentence, place: int) -> Edit | None:
    """Return *Although* for a *While* that sets against: at the beginning, with a verb of a state."""
    if place or sentence.lower[0] != "while" or sentence[0].dep != "mark":
        return None
    verb, root = sentence[0].head, sentence.root
    if sentence[verb].tag not in {"VBZ", "VBP"} or lemma(sentence, verb) not in {
        "be",
        "have",
        "seem",
        "appear",
    }:
        return None
    if verb == root or sentence.child(verb, *SUBJECTS) is None or lemma(sentence, root) == "wait":
        return None
    if sentence.lower[verb + 1] in {"in", "at", "on", "here", "there", "away"}:
        return None
    return Edit(sentence[0].start, sentence[0].end, cased("although", sentence.slice(0, 0)), "connective")


def _also(sentence: Sentence, place: int) -> Edit | None:
    """Return *not only … but* for *not only … but also*, and back."""
    if sentence.lower[place] != "but" or place + 2 >= len(sentence):
        return None
    before = sentence.lower[:place]
    if not any(before[i : i + 2] in {("not", "only"), ("n't", "only")} for i in range(len(before) - 1)):
        return None
    if sentence.lower[place + 1] == "also":
        return Edit(sentence[place].end, sentence[place + 1].end, "", "connective")
    if sentence[place + 1].tag in {"DT", "IN", "JJ", "NN", "NNS", "PRP$", "VB", "VBN", "TO", "RB"}:
        return Edit(sentence[place].end, sentence[place].end, " also", "connective")
    return None


def _too(sentence: Sentence, place: int) -> Edit | None:
    """Return *as well* for *, too* at the end."""
    if sentence.lower[place] != "too" or place < 3 or place != last_word(sentence):
        return None
    before = place - 1
    if sentence.lower[before] == ",":
        return Edit(sentence[before].start, sentence[place].end, " as well", "connective")
    if (
        sentence[before].tag not in {"PRP", "NN", "NNS", "NNP", "VBN"}
        or sentence.slice(place, place) == "TOO"
    ):
        return None
    return Edit(sentence[place].start, sentence[place].end, "as well", "connective")


def _as_well(sentence: Sentence, place: int) -> Edit | None:
    """Return *too* for *as well* at the end."""
    if sentence.lower[place] != "well" or place != last_word(sentence) or place < 4:
        return None
    before = place - 2
    if sentence.lower[place - 1] != "as" or sentence[before].tag not in {"PRP", "NN", "NNS", "NNP"}:
        return None
    return edit(sentence, place - 1, place, "too", "connective")


def _although(sentence: Sentence) -> Edit | None:
    """Return *although it is thin, I like it* for *it is thin, but I like it*."""
    root, end = sentence.root, last_word(sentence)
    links = [i for i in sentence.children[root] if sentence[i].dep == "cc"]
    pair = [i for i in sentence.children[root] if sentence[i].dep == "conj"]
    if len(links) != 1 or len(pair) != 1 or sentence.lower[links[0]] != "but":
        return None
    link, verb = links[0], pair[0]
    if sentence.lower[link - 1] != "," or not _own_subject(sentence, verb, link) or link < root:
        return None
    subject = sentence.child(root, *SUBJECTS)
    span = sentence.phrase(subject) if subject is not None else None
    later = sentence.child(verb, *SUBJECTS)
    second = sentence.phrase(later) if later is not None else None
    if span is None or span[0] != 0 or second is None or second[0] != link + 1:
        return None
    if any(sentence.lower[i] == "," for i in range(link - 1)) or sentence.phrase(verb) is None:
        return None
    if sentence[root].tag == "VB" or sentence.lower[-1] == "?":
        return None
    joint = sentence.text[sentence[link - 2].end : sentence[link - 1].end]
    new = f"although {opening(sentence, 0, link - 2)}{joint} {sentence.slice(link + 1, end)}"
    return edit(sentence, 0, end, new, "connective")


def _but_for_although(sentence: Sentence) -> Edit | None:
    """Return *X, but Y* for *although X, Y*."""
    root = sentence.root
    if sentence.lower[0] not in _CONCESSIVE or sentence[0].dep != "mark":
        return None
    verb = sentence[0].head
    span, subject = sentence.phrase(verb), sentence.child(root, *SUBJECTS)
    main = sentence.phrase(subject) if subject is not None else None
    if span is None or main is None or sentence[verb].head != root or sentence.child(verb, *SUBJECTS) is None:
        return None
    if span[0] != 0 or main[0] != span[1] + 2 or sentence.lower[span[1] + 1] != ",":
        return None
    if any(sentence.lower[i] == "," for i in range(span[1])):
        return None
    joint = sentence.text[sentence[span[1]].end : sentence[span[1] + 1].end]
    between = f"{joint} but {opening(sentence, main[0], main[0])}"
    new = f"{sentence.slice(1, span[1])}{between}"
    return edit(sentence, 0, main[0], new, "connective")
