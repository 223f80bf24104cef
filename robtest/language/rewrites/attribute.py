"""Adjectives before and behind their noun: *a boring film* and *a film that is boring*."""

from collections.abc import Iterator
from dataclasses import dataclass

from robtest.language.forms import article_before, suits
from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import PEOPLE, finite
from robtest.types import Edit

# Words that say of a thing, before it and behind it alike, what it is like.
QUALITIES = frozenset(
    "red blue green yellow brown black white grey gray purple pink orange blond blonde colorful colourful"
    " large huge tiny small tall wide narrow thick thin heavy round flat sharp soft wet dry dirty clean"
    " wooden empty crowded young elderly hungry thirsty sleepy sick healthy tired angry happy shirtless"
    " barefoot beautiful ugly pretty cute handsome lovely gorgeous nice pleasant"
    " boring dull slow tedious bland lame silly stupid dumb smart clever witty funny hilarious amusing"
    " entertaining engaging engrossing gripping exciting thrilling fascinating interesting compelling moving"
    " touching charming sweet warm sincere honest gentle delightful enjoyable wonderful terrific fantastic"
    " excellent superb brilliant great awful terrible horrible dreadful disappointing depressing bleak grim"
    " dark creepy scary frightening disturbing shocking provocative powerful intense intelligent thoughtful"
    " insightful stylish elegant graceful clumsy awkward uneven flawed predictable formulaic pretentious"
    " pointless mindless forgettable memorable unforgettable haunting poignant sentimental melodramatic"
    " sloppy messy confusing confused murky shallow bold daring ambitious inventive imaginative"
    " refreshing lively energetic playful humorous absurd ridiculous ludicrous preposterous weird strange odd"
    " bizarre quirky eccentric violent bloody brutal cruel vicious nasty vulgar crude offensive"
    " tasteless harmless innocent naive cynical bitter angry noisy loud quiet calm lazy greedy selfish"
    " arrogant rude polite friendly helpful useful useless reliable unreliable durable flimsy cheap expensive"
    " costly affordable comfortable uncomfortable easy difficult simple complex complicated"
    " sensible reasonable unreasonable fair unfair unjust wise foolish reckless careless careful"
    " cautious dangerous risky safe harmful painful tragic sorrowful fatal deadly"
    " important crucial urgent rare unusual ordinary fresh stale delicious tasty bad good"
    " convincing unconvincing plausible implausible credible effective ineffective efficient inefficient"
    " successful unsuccessful impressive unimpressive admirable worthy shameful disgraceful outrageous"
    " strong weak vivid clear vague subtle obvious blunt rich poor steep".split()
)
_IDIOMS = frozenset(
    "time times job jobs way ways luck deal lot look chance bit reason reasons news thing things"
    " year years night man's school house shot term terms run idea faith sense part number amount hair eyes"
    " hand hands line side sides shape money cop cops guy guys morning evening afternoon one ones"
    " food market law people tv board while list stuff water wine coffee tea art life world hole horse"
    " heart mood mind spirit nature degree extent variety range distance majority minority scale"
    " sign signs breath vote tire tires hope chances university universities herring ribbon stretches taste"
    " mouth turn start name company measure fortune friend friends use word words".split()
)
_DETERMINERS = frozenset("a an the two three four some".split())
# "such a good film", "as good a film": these hold the adjective before its noun.
_BEFORE = frozenset(
    "what such quite rather as so too no any every each most more less least many half how that both".split()
)
_STRONG = frozenset("very really extremely incredibly surprisingly unexpectedly truly deeply highly".split())


_NO_DEGREE = frozenset(
    "only early family likely nearly barely hardly newly mentally physically legally".split()
)


@dataclass(frozen=True)
class _Part:
    """A noun, and the adjectives before it, by place."""

    first: int
    last: int
    noun: int


def attribute(sentence: Sentence) -> Iterator[Edit]:
    """Yield *a film that is boring* for *a boring film*, and the other way.

    Of adjectives of quality, one or two, where nothing else belongs to the noun. Left alone: names,
    possessives (``his red coat``), degrees that need their adjective in front (``such a good film``), and
    pairs that are a word by themselves (``a good time``).
    """
    for noun in range(len(sentence)):
        if (part := _part(sentence, noun)) is not None and (made := _behind(sentence, part)) is not None:
            yield made
        if sentence[noun].tag in {"NN", "NNS"} and (made := _before(sentence, noun)) is not None:
            yield made


def _part(sentence: Sentence, noun: int) -> _Part | None:
    """Return the noun and its adjectives, if nothing else hangs from it but a determiner."""
    if sentence[noun].tag not in {"NN", "NNS"} or sentence.lower[noun] in _IDIOMS:
        return None
    adjectives = [i for i in sentence.children[noun] if sentence[i].dep == "amod" and i < noun]
    others = [i for i in sentence.children[noun] if sentence[i].dep not in {"amod", "det", "nummod", "punct"}]
    if others or not 1 <= len(adjectives) <= 2:
        return None
    span = sentence.phrase(adjectives[0])
    if span is None or span[1] != noun - len(adjectives):
        return None
    if len(adjectives) == 2 and not _is_kind(sentence, adjectives[1], adjectives[0]):
        return None
    if any(sentence[i].dep == "punct" and sentence.lower[i] == "-" for i in sentence.subtree(noun)):
        return None
    return _Part(span[0], span[1], noun) if _quality(sentence, adjectives[0], span) else None


def _is_kind(sentence: Sentence, inner: int, outer: int) -> bool:
    """Whether an adjective beside the noun says its kind, and the one before says nothing of it."""
    if sentence[inner].tag != "JJ" or sentence.children[inner] or not sentence.lower[inner].isalpha():
        return False
    if sentence[outer].tag != "JJ" or sentence.lower[outer] in _SHADES:
        return False
    word = sentence.lower[inner]
    return word not in QUALITIES | _SHADES or word in {"young", "elderly", "romantic", "violent"}


# Of these the first may say what the second is like: "dark blue", "good old", "big bad".
_SHADES = frozenset(
    "dark light pale bright deep old new good bad big little great pretty other own real same high low long"
    " short late early hard half full strong poor enough first last next only".split()
)


def _quality(sentence: Sentence, head: int, span: tuple[int, int]) -> bool:
    """Whether one or two adjectives, each with one adverb at most, may stand behind *that is*."""
    pair = [i for i in sentence.children[head] if sentence[i].dep == "conj"]
    link = [i for i in sentence.children[head] if sentence[i].dep == "cc"]
    if (
        len(pair) != len(link)
        or len(pair) > 1
        or any(sentence.lower[i] not in {"and", "but", "yet"} for i in link)
    ):
        return False
    strengthened = False
    for i in range(span[0], span[1] + 1):
        if i in link or (i in [head, *pair] and sentence[i].tag in {"JJ", "VBG", "VBN"}):
            continue
        word = sentence.lower[i]
        if sentence[i].tag != "RB" or (word not in _STRONG and not word.endswith("ly")):
            return False
        strengthened = strengthened or (sentence[i].head == head and word not in _NO_DEGREE)
    if not all(sentence.lower[i].isalpha() for i in range(span[0], span[1] + 1)):
        return False
    qualities = [_is_quality(sentence.lower[i]) for i in [head, *pair]]
    return all(qualities) or (bool(pair) and any(qualities)) or (strengthened and sentence[head].tag == "JJ")


def _is_quality(word: str) -> bool:
    return word in QUALITIES or (
        word.endswith(("ful", "less", "ous", "able", "ible")) and word not in _NO_QUALITY
    )


_NO_QUALITY = frozenset(
    "various previous numerous religious able unable capable doubtful vegetable table cable regardless"
    " nevertheless hopeful famous wireless indigenous constable due grateful unconscious available"
    " responsible accountable useful full notable possible impossible serious continuous".split()
)


def _behind(sentence: Sentence, part: _Part) -> Edit | None:
    noun, before = part.noun, part.first - 1
    if sentence[noun].dep in {"conj", "appos", "compound", "npadvmod", "poss"} or not _open(sentence, noun):
        return None
    word = sentence.lower[before] if before >= 0 else ""
    two = sentence.lower[before - 1] if before >= 1 else ""
    if word in _BEFORE or (two in _BEFORE and word in {"a", "an"}) or word in {"'s", "'", "-"}:
        return None
    if word not in _DETERMINERS and (
        sentence.child(noun, "det", "nummod", "poss") is not None or sentence[noun].tag == "NN"
    ):
        return None
    if word == "the" and sentence[noun].dep not in {"nsubj", "dobj", "pobj", "nsubjpass"}:
        return None
    if _is_title(sentence, noun):
        return None
    plural = sentence[noun].tag == "NNS" or sentence.lower[noun] in {"people", "children", "men", "women"}
    past = finite(sentence, noun) == "past"
    be = ("were" if plural else "was") if past else ("are" if plural else "is")
    who = "who" if sentence.lower[noun] in PEOPLE else "that"
    adjectives = sentence.slice(part.first, part.last)
    kept = sentence.slice(part.last + 1, noun)
    return _replaced(
        sentence, part.first, noun, f"{kept} {who} {be} {_small(sentence, adjectives, part.first)}"
    )


def _is_title(sentence: Sentence, noun: int) -> bool:
    """Whether the verb behind does not agree: *strange days is long*."""
    after = sentence[noun + 1].tag if noun + 1 < len(sentence) else ""
    return after == ("VBZ" if sentence[noun].tag == "NNS" else "VBP")


def _small(sentence: Sentence, words: str, first: int) -> str:
    return words[0].lower() + words[1:] if first == 0 and words == words.capitalize() else words


def _open(sentence: Sentence, noun: int) -> bool:
    """Whether nothing behind a noun may belong to it, or to the adjective that would come between."""
    after = noun + 1
    if after == len(sentence) or sentence.lower[after] in {".", "!"}:
        return True
    if sentence.lower[after] == ",":
        # Behind the comma of an apposition or a list the clause would hang in the air.
        return (
            after + 1 < len(sentence)
            and sentence.lower[after + 1] not in {"a", "an", "the", "one"}
            and (
                sentence[noun].dep != "conj" and sentence.child(noun, "conj", "appos", "cc", "relcl") is None
            )
        )
    subject = sentence[noun].dep in {"nsubj", "nsubjpass"}
    return subject and sentence[after].tag in {"VBZ", "VBP", "VBD", "MD"} and sentence[noun].head >= after


def _replaced(sentence: Sentence, first: int, last: int, new: str) -> Edit | None:
    """Return the edit of words that may change the article before them."""
    start, before = sentence[first].start, first - 1
    article = article_before(sentence.text, start)
    if article is not None and not suits(article, new.lower()):
        old = sentence.slice(before, before)
        other = "an" if article == "a" else "a"
        if is_doubtful(new):
            return None
        gap = sentence.text[sentence[before].end : start]
        start, new = sentence[before].start, f"{other.capitalize() if old[0].isupper() else other}{gap}{new}"
    elif article is not None and is_doubtful(new):
        return None
    elif first == 0 and sentence.slice(0, 0)[0].isupper():
        new = new[0].upper() + new[1:]
    return Edit(start, sentence[last].end, new, "attribute")


def is_doubtful(word: str) -> bool:
    """Whether an article before a word goes by its sound and not by its first letter: hour, union."""
    return word.lower().startswith(("hour", "honest", "heir", "honor", "honour", "u", "eu", "one"))


def _before(sentence: Sentence, noun: int) -> Edit | None:
    """Return *a boring film* for *a film that is boring*."""
    clause, end = sentence.child(noun, "relcl"), noun + 3
    if clause != noun + 2 or end >= len(sentence) or sentence.lower[noun + 1] not in {"that", "who", "which"}:
        return None
    if sentence.lower[clause] not in {"is", "are"} or sentence[end].dep != "acomp":
        return None
    if sentence.phrase(clause) != (noun + 1, end) or sentence.lower[end] not in QUALITIES:
        return None
    if noun == 0 or sentence.lower[noun - 1] not in {"a", "an", "the"}:
        return None
    return _replaced(sentence, noun, end, f"{sentence.slice(end, end)} {sentence.slice(noun, noun)}")
