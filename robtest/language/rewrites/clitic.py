"""Short forms in every place: *she's tired* and *she is tired*, *doesn't* and *does not*."""

from collections.abc import Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.informal import INFORMAL
from robtest.language.rewrites.phrase import cased
from robtest.language.rewrites.verb import lemma
from robtest.types import Edit

_PRONOUNS = frozenset("i you he she it we they".split())
_POINTING = frozenset("this that these those who which".split())
_HOSTS = frozenset(
    "he she it that there what who here where everything nothing something everyone everybody nobody"
    " someone somebody".split()
)
_SHORT = {
    "is": ("'s", _HOSTS - {"where"}),
    "has": ("'s", _PRONOUNS - {"i", "you", "we", "they"} | {"there", "who"}),
    "are": ("'re", frozenset("you we they".split())),
    "am": ("'m", frozenset({"i"})),
    "have": ("'ve", frozenset("i you we they would could should might must".split())),
    "will": ("'ll", _PRONOUNS | {"that", "there", "who"}),
    "would": ("'d", _PRONOUNS - {"it"}),
    "had": ("'d", _PRONOUNS - {"it"}),
}
_LONG = {
    **{"'m": "am", "m": "am", "'re": "are", "re": "are", "'ve": "have", "ve": "have", "'ll": "will"},
    **{"'s": "is", "s": "is", "'d": "would"},
}
_NOT = {"ca": "can", "wo": "will", "sha": "shall"}
_AUXILIARIES = frozenset("do does did is are was were has have had would could should ca wo".split())
# A gap behind these is no place for a short form: "how good it is in winter".
_GAPS = frozenset(
    "how what where who whom which whatever whoever wherever however than as when why so".split()
)
# Behind 's these make a perfect, whatever else makes a passive.
_PERFECT = frozenset("been got had become".split())
_UNSURE = frozenset("gone come become done finished grown changed run put set cut hit let shut".split())


def clitic(sentence: Sentence) -> Iterator[Edit]:
    """Yield short forms in full and full ones short.

    What *'s* and *'d* stand for is read off the verb behind them. Left alone: verbs without a complement
    behind them (``I know what it is``), inverted ones (``isn't it``), and participles that follow either
    *is* or *has* (``he's gone``).
    """
    for place in range(len(sentence)):
        for rule in (_full, _not, _asked, _contracted, *INFORMAL):
            if (rewrite := rule(sentence, place)) is not None:
                yield rewrite


def _full(sentence: Sentence, place: int) -> Edit | None:
    """Return *is* for *'s*, *have* for *'ve*, in each place where it can be only one word."""
    word = sentence.lower[place]
    if place == 0 or place + 1 >= len(sentence) or word not in _LONG:
        return None
    host, spaced = sentence.lower[place - 1], sentence[place].start > sentence[place - 1].end
    if not word.startswith("'") and (spaced or host not in _PRONOUNS | {"that", "what"}):
        return None
    if host in _PRONOUNS and not spaced and word in {"'m", "'re", "'ve", "'ll"}:
        return None  # `surface.expansion` has it
    match word:
        case "'s" | "s":
            full = _is_or_has(sentence, place)
        case "'d":
            full = _would_or_had(sentence, place)
        case _:
            full = _LONG[word] if sentence[place].tag in {"VBP", "MD", "VB"} else None
    if full is None:
        return None
    upper = sentence.slice(place, place).lstrip("'’").isupper()
    new = full.upper() if upper else full
    return Edit(sentence[place].start, sentence[place].end, new if spaced else f" {new}", "clitic")


def _next(sentence: Sentence, place: int) -> int | None:
    """Return the place of the first word behind another that is no adverb; None at the end."""
    for i in range(place + 1, min(place + 4, len(sentence))):
        if sentence[i].tag not in {"RB", "RBR"} or sentence.lower[i] in {"here", "there"}:
            return i
    return None


def _is_or_has(sentence: Sentence, place: int) -> str | None:
    host, after = sentence.lower[place - 1], _next(sentence, place)
    if sentence[place].tag not in {"VBZ"} or after is None or not sentence.lower[after][0].isalnum():
        return None
    word, tag = sentence.lower[after], sentence[after].tag
    if host not in _HOSTS:
        noun = sentence[place - 1].tag in {"NN", "NNP"} and sentence[place].dep in {"ROOT", "ccomp", "conj"}
        return "is" if noun and place + 1 == after and word in {"a", "an", "the"} else None
    if host in {"what", "who", "where"} and tag == "PRP":
        return None  # "what's he want" is does
    if word in _PERFECT:
        return "has"
    if word in _UNSURE or lemma(sentence, after) in _UNSURE:
        return None
    if tag in {"VBN", "VBD"}:
        if sentence[place].dep == "auxpass" and sentence[place].head == after:
            return "is" if sentence.child(after, "dobj") is None else None
        return None
    return None if tag in {"VB", "VBP", "VBZ", "MD"} else "is"


def _would_or_had(sentence: Sentence, place: int) -> str | None:
    after = _next(sentence, place)
    if sentence.lower[place - 1] not in _PRONOUNS | {"there", "who", "that"} or after is None:
        return None
    if "better" in sentence.lower[place + 1 : after + 1] or sentence.lower[after] in {"better", "been"}:
        return "had"
    if sentence[after].tag == "VB" and sentence.lower[after] not in _UNSURE:
        return "would"
    return None


def _not(sentence: Sentence, place: int) -> Edit | None:
    """Return *does not* for *doesn't* behind a noun or first; behind pronouns it is `surface`'s."""
    if sentence.lower[place] not in {"n't", "nt"} or place == 0 or place + 1 >= len(sentence):
        return None
    verb, after = sentence.lower[place - 1], sentence.lower[place + 1]
    if verb not in _AUXILIARIES or (sentence.lower[place] == "nt" and verb == "wo"):
        return None
    spaced = sentence[place].start > sentence[place - 1].end
    before = sentence.lower[place - 2] if place > 1 else ""
    if before in _PRONOUNS | _POINTING | {"there"} and not spaced and sentence.lower[place] == "n't":
        return None
    if _turned(sentence, place) or not after[0].isalnum():
        return None
    old = sentence.slice(place - 1, place - 1)
    full = cased(_NOT.get(verb, verb), old)
    joint = "" if verb == "ca" else " "
    return Edit(
        sentence[place - 1].start,
        sentence[place].end,
        f"{full}{joint}{'NOT' if len(old) > 1 and old.isupper() else 'not'}",
        "clitic",
    )


def _turned(sentence: Sentence, place: int) -> bool:
    """Whether a verb with *n't* stands before its subject: *isn't the room*, *why don't we*."""
    if sentence.lower[place + 1] in _PRONOUNS | _POINTING | {"there"} or sentence.lower[-1] == "?":
        return True
    verb = place - 1
    head = verb if sentence[verb].dep not in {"aux", "auxpass"} else sentence[verb].head
    subjects = (i for i in sentence.children[head] if sentence[i].dep in {"nsubj", "nsubjpass", "expl"})
    if any(i > place for i in subjects):
        return True
    return place == 1 and sentence.lower[verb] != "do" and sentence[place + 1].tag in {"DT", "PRP$", "NNP"}


def _contracted(sentence: Sentence, place: int) -> Edit | None:
    """Return *it's* for *it is* where something stands behind it that it goes with."""
    word = sentence.lower[place]
    if word not in _SHORT or place == 0 or not _has_more(sentence, place + 1):
        return None
    short, hosts = _SHORT[word]
    host, after = sentence.lower[place - 1], sentence.lower[place + 1]
    if word == "have" and sentence[place - 1].tag == "MD" and host in hosts:
        done = sentence[place].dep == "aux" and sentence[place + 1].tag in {"VBN", "VBD"}
        return Edit(sentence[place - 1].end, sentence[place].end, "'ve", "clitic") if done else None
    if word == "is" and sentence[place - 1].tag == "NN":
        return _of_noun(sentence, place)
    if host not in hosts or not after[0].isalnum() or sentence[place - 1].dep not in _SUBJECTS:
        return None
    verb = sentence[place]
    if sentence[place - 1].head not in {place, verb.head} or not _goes_with(sentence, place + 1):
        return None
    if sentence[place - 1].tag == "WDT":
        return None  # "which's", if another rule puts *which* there
    if after == "n't" or _GAPS.intersection(sentence.lower[max(0, place - 6) : place - 1]):
        return None
    if word not in {"is", "are", "am"} and (verb.dep != "aux" or after in {"not", "to"}):
        return None
    if sentence[place - 1].end == verb.start or (sentence.slice(place - 1, place).isupper() and host != "i"):
        return None
    return Edit(sentence[place - 1].end, verb.end, short, "clitic")


def _has_more(sentence: Sentence, place: int) -> bool:
    """Whether something stands at a place that a short form goes with, though it be the last word."""
    if place >= len(sentence):
        return False
    return place < len(sentence) - 1 or sentence[place].tag in _FULL_ENDS


def _goes_with(sentence: Sentence, place: int) -> bool:
    """Whether no gap comes before a word: not in *I know where it is in winter*."""
    tag = sentence[place].tag
    if tag == "IN":
        return sentence[place].dep == "prep" and not _GAPS.intersection(sentence.lower[:place])
    return tag not in {"TO", "WP"}


_LOCAL = frozenset("in on at near behind under inside outside about by from with among".split())
_BEHIND_NOUN = frozenset("a an the not very so too really still also now just here there".split())
# A short form may stand before the last word if it is one of these.
_FULL_ENDS = frozenset("VBG VBN JJ NN NNS NNP".split())


def _asked(sentence: Sentence, place: int) -> Edit | None:
    """Return *do you not know?* for *don't you know?*, where the sentence or its tag is a question."""
    verb, after = place - 1, place + 1
    if sentence.lower[place] != "n't" or place < 1 or after >= len(sentence) or sentence.lower[-1] != "?":
        return None
    if sentence.lower[verb] not in _AUXILIARIES or sentence.lower[after] not in _PRONOUNS:
        return None
    if verb and not (sentence.lower[verb - 1] == "," and after == len(sentence) - 2):
        return None
    if sentence[verb].end != sentence[place].start or sentence.slice(verb, verb).isupper():
        return None
    full = cased(_NOT.get(sentence.lower[verb], sentence.lower[verb]), sentence.slice(verb, verb))
    new = f"{full} {sentence.slice(after, after)} not"
    return Edit(sentence[verb].start, sentence[after].end, new, "clitic")


def _of_noun(sentence: Sentence, place: int) -> Edit | None:
    """Return *my aunt's coming* for *my aunt is coming*, behind a short subject."""
    noun, after = place - 1, place + 1
    span = sentence.phrase(noun)
    head = place if sentence[place].dep not in {"aux", "auxpass"} else sentence[place].head
    if span is None or span[1] != noun or not 1 <= span[1] - span[0] <= 2 or sentence[noun].dep != "nsubj":
        return None
    if sentence[noun].head != head or sentence.lower[noun].endswith(
        ("s", "x", "z", "ch", "sh", "ce", "ge", "se")
    ):
        return None
    doing = sentence[after].tag == "VBG" and sentence[place].dep == "aux" and sentence[place].head == after
    if doing and after + 1 < len(sentence) and sentence[after + 1].tag in {"NN", "NNS", "JJ"}:
        return None  # "the girl's watering pansies"
    if (
        not doing
        and sentence.lower[after] not in _BEHIND_NOUN
        and not (
            sentence.lower[after] in _LOCAL
            and sentence[after].dep == "prep"
            and sentence[after].head == place
        )
    ):
        return None
    if _GAPS.intersection(sentence.lower[: span[0]]) or not sentence.slice(span[0], noun).isascii():
        return None
    if sentence[noun].end == sentence[place].start or sentence.child(noun, "cc") is not None:
        return None
    return Edit(sentence[noun].end, sentence[place].end, "'s", "clitic")


_SUBJECTS = frozenset({"nsubj", "nsubjpass", "expl", "advmod"})
