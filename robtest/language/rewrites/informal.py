"""Words run together in speech, in full: *let's*, *thanks*, *gonna*; and *is going to* as *will*."""

from robtest.language.parser import Sentence
from robtest.language.rewrites.phrase import cased
from robtest.types import Edit

_PRONOUNS = frozenset("i you he she it we they".split())
_INFORMAL: dict[tuple[str, ...], str] = {
    **{("gon", "na"): "going to", ("got", "ta"): "got to", ("wanna",): "want to"},
    **{("gim", "me"): "give me", ("lem", "me"): "let me", ("outta",): "out of"},
    **{("kinda",): "kind of", ("sorta",): "sort of", ("cuz",): "because", ("coz",): "because"},
}


def _us(sentence: Sentence, place: int) -> Edit | None:
    """Return *let us* for *let's*, and back before a verb."""
    if place and sentence.lower[place - 1 : place + 1] == ("let", "us") and place + 1 < len(sentence):
        begins = place == 1 or not sentence.lower[place - 2][0].isalnum()
        plain = begins and sentence[place + 1].tag == "VB" and not sentence.slice(place, place).isupper()
        return Edit(sentence[place - 1].end, sentence[place].end, "'s", "clitic") if plain else None
    if place == 0 or sentence.lower[place - 1 : place + 1] != ("let", "'s"):
        return None
    new = "US" if sentence.slice(place - 1, place - 1).isupper() else "us"
    spaced = sentence[place].start > sentence[place - 1].end
    return Edit(sentence[place].start, sentence[place].end, new if spaced else f" {new}", "clitic")


def _thanks(sentence: Sentence, place: int) -> Edit | None:
    """Return *thank you* for *thanks*, and back, at the beginning."""
    before = sentence.lower[place - 1] if place else "."
    if (before[0].isalnum() and before != "no") or place + 1 >= len(sentence):
        return None
    word, after = sentence.slice(place, place), sentence.lower[place + 1]
    if sentence.lower[place] == "thanks" and after not in {"to", "be", "a"}:
        return Edit(sentence[place].start, sentence[place].end, cased("thank you", word), "clitic")
    if (sentence.lower[place], after) == ("thank", "you") and before != "to":
        return Edit(sentence[place].start, sentence[place + 1].end, cased("thanks", word), "clitic")
    return None


def _going(sentence: Sentence, place: int) -> Edit | None:
    """Return *will see* for *is going to see*."""
    if sentence.lower[place : place + 2] != ("going", "to") or place < 2 or place + 2 >= len(sentence):
        return None
    be, verb = place - 1, place + 2
    if sentence.lower[be] not in {"is", "are", "am", "'m", "'re", "'s"} or sentence[verb].tag != "VB":
        return None
    subject = sentence.child(place, "nsubj")
    if subject != be - 1 or sentence[verb].head != place or sentence.lower[-1] == "?":
        return None
    if sentence[subject].tag in {"WP", "WDT"} or (
        sentence.lower[be] == "'s" and sentence.lower[subject] not in _PRONOUNS
    ):
        return None
    glued = sentence[be].start == sentence[subject].end
    return Edit(sentence[be].start, sentence[place].end + len(" to"), f"{' ' if glued else ''}will", "clitic")


def _informal(sentence: Sentence, place: int) -> Edit | None:
    """Return *going to* for *gonna*, and the like."""
    for words, full in _INFORMAL.items():
        last = place + len(words) - 1
        if sentence.lower[place : last + 1] != words or last + 1 >= len(sentence):
            continue
        if any(sentence[i].end != sentence[i + 1].start for i in range(place, last)):
            continue
        if words[-1] in {"na", "ta", "wanna"} and sentence[last + 1].tag not in {"VB", "VBP"}:
            continue
        new = cased(full, sentence.slice(place, last))
        return Edit(sentence[place].start, sentence[last].end, new, "clitic")
    return None


INFORMAL = (_us, _informal, _thanks, _going)
"""What yields one edit of a sentence and a place, or none."""
