"""Turn a yes/no question into the statement that "yes" makes, by rules short enough to check.

A parser would do it better and would have to be shipped, pinned and trusted. Where no rule is sure of
where the subject ends, the question is put into a fixed frame instead of being guessed at.
"""

import re

_BE = {"is", "are", "was", "were", "am"}
_DO = {"do", "does", "did"}
_MODAL = {"can", "could", "will", "would", "may", "might", "must", "shall", "should"}
_HAVE = {"has", "have", "had"}
_PRONOUNS = {"i", "you", "u", "he", "she", "it", "we", "they", "there", "anyone", "everyone"}
_ARTICLES = {"a", "an", "the"}
_JOINERS = frozenset(
    "of in on at by for from to with without and or between within under over into than as near like about "
    "during after before".split()
)
_CLAUSES = frozenset("that if when where who which what whether because unless so".split())
_ADVERBS = frozenset("already generally never often only sometimes usually".split())
# Base forms that follow "do/does/did" or a modal often enough, and are rarely nouns after a subject.
_VERBS = frozenset(
    "accept allow apply ask become begin belong bring buy cause come compete contain cover cross deserve die "
    "drink drive earn eat end enforce exist expect fall fly follow gain get give go grow guarantee happen "
    "have help hold include indicate involve keep kill know lead leave let live lose make mean meet move "
    "need occur own pay permit play prevent promise protect provide receive refrain refuse remain require "
    "return run say see seek sell send share show speak stay store take tell think travel use want wear win "
    "work write".split()
)
# After "is/are/was/were" the predicate begins here, if at all this word can be told from a noun.
_PREDICATES = frozenset(
    "able allowed also always available based called considered different entitled expected free going "
    "illegal legal made necessary not obligated obliged part permitted possible prohibited real related "
    "required responsible safe same still subject supposed true used".split()
)


# "is the car on a truck", "can things I write be used": it cannot be told here where the subject ends.
_UNSURE = (_JOINERS - {"of", "and", "or"}) | _CLAUSES | _PRONOUNS | _BE | _DO | _MODAL | _HAVE


def statement(question: str) -> str:
    """Return a statement that is true where the answer to ``question`` is yes.

    Rules, the first that applies:
        1. A clause up to the last ``, <auxiliary>`` stays in front ("If it rains, can I ..." ->
           "If it rains, I can ...").
        2. The auxiliary changes places with a pronoun ("can you drive" -> "you can drive").
        3. With a form of be, the subject ends before the first article that follows a noun ("is a plum a
           fruit" -> "a plum is a fruit") or before a word that begins a predicate ("allowed", "part").
        4. With do, a modal or have, the subject ends before the first common verb ("does the club own
           it" -> "the club does own it"), with have before the first -ed form or "been", "won". An
           adverb such as "generally" ends the subject, too.
        5. Otherwise the frame ``The answer to the question "..." is yes.``
    """
    # "Has it ever ..." asks; "it has ever ..." does not say what yes would say.
    words = [word for word in question.strip().rstrip("?.! ").split() if word.lower() != "ever"]
    start = _auxiliary(words)
    if start is None:
        return _frame(question)
    front, auxiliary, rest = words[:start], words[start], words[start + 1 :]
    end = _subject_end(auxiliary.lower(), rest)
    if end is None:
        return _frame(question)
    if rest[0] == "there" and rest[1] == "any":
        rest[1] = "some"
    sentence = [*front, *rest[:end], auxiliary.lower(), *rest[end:]]
    if sentence[0].islower():  # "eBay" stays
        sentence[0] = sentence[0][0].upper() + sentence[0][1:]
    return f"{' '.join(sentence)}."


def _frame(question: str) -> str:
    return f'The answer to the question "{question.strip()}" is yes.'


def _auxiliary(words: list[str]) -> int | None:
    auxiliaries = _BE | _DO | _MODAL | _HAVE
    if words and words[0].lower() in auxiliaries:
        return 0
    after_comma = [
        i for i in range(1, len(words)) if words[i - 1][-1] == "," and words[i].lower() in auxiliaries
    ]
    return after_comma[-1] if after_comma else None


def _subject_end(auxiliary: str, rest: list[str]) -> int | None:
    if not rest:
        return None
    words = [re.sub(r"\W", "", word).lower() for word in rest]
    if words[0] in _PRONOUNS and len(words) > 1:
        return 1
    for i in range(1, len(words)):
        # An article or joiner before this word means that the subject goes on.
        if words[i - 1] in _ARTICLES | _JOINERS:
            continue
        if _begins_predicate(auxiliary, words[i]):
            return i
        if words[i] in _UNSURE:
            return None
    return None


def _begins_predicate(auxiliary: str, word: str) -> bool:
    if word in _ADVERBS:
        return True
    if auxiliary in _BE:
        return word in _ARTICLES or word in _PREDICATES
    if auxiliary in _HAVE:
        return word in {"been", "won", "made", "had"} or (word.endswith("ed") and len(word) > 4)
    return word in _VERBS or word == "be"
