"""Named entities and structured answers: what models write, read by hand and then by the parser."""

import json
import time
from typing import Any

import pytest

from boss.data.types import Answer, Example
from boss.models.llm.entities import Tagged, letters, parse_entities
from boss.models.llm.parse import Parsed
from boss.models.llm.strict import LONGEST_JSON
from boss.models.llm.structured import noting, parse_structured, response_format
from boss.models.llm.written import written
from boss.tasks import TASKS, Task, bio_tags

NER = TASKS["ner"]
OWN = Task("drugs", "tagging", ("tokens",), bio_tags(("side_effect", "drug")), "span_f1", "sentence_f1", ())
TOKENS = tuple("Mr Ito flew from New York to York , said Ito .".split())
NOTHING = ("O",) * len(TOKENS)


def listing(*pairs: tuple[str, str]) -> str:
    return json.dumps([{"type": kind, "text": text} for kind, text in pairs])


def tags(**places: str) -> tuple[str, ...]:
    """Return tags of the sentence, given by place: ``_1="B-person"``."""
    out = list(NOTHING)
    for place, tag in places.items():
        out[int(place[1:])] = tag
    return tuple(out)


ITO = tags(_1="B-person")


@pytest.mark.parametrize(
    "text",
    [
        '[{"type": "person", "text": "Ito"}]',
        '[ {"text":"Ito","type":"PERSON"} ]\n',
        '```json\n[{"type": "person", "text": "Ito"}]\n```',
        '```[{"type": "person", "text": "Ito"}]```',
        'The one name is Ito.\n```\n[\n  {"type": "person", "text": "Ito"}\n]\n```\nI hope that helps.',
        'Here is the list:\n[\n  {"type": "person", "text": "Ito"}\n]',
        'Entities: [{"type": "person", "text": "Ito"}]',
        '**Answer:** [{"type": "person", "text": "Ito"}]',
        '<think>[{"type": "location", "text": "York"}]? No.</think>\n[{"type": "person", "text": "Ito"}]',
        '[]?</think>[{"type": "person", "text": "Ito"}]',
        '[{"type": "person", "text": "\\u0049to"}]',
        '[{"type": "person", "text": "ITO"}]',
        '[{"type": "person", "text": " I to "}]',
    ],
)
def test_a_list_is_read_where_it_stands(text: str) -> None:
    assert parse_entities(text, NER, TOKENS) == Tagged("answered", ITO)


@pytest.mark.parametrize(
    ("pairs", "expected", "n_absent", "n_overlapping"),
    [
        ([], NOTHING, 0, 0),
        ([("location", "New York")], tags(_4="B-location", _5="I-location"), 0, 0),
        # The k-th mention is the k-th occurrence, whatever its type.
        ([("person", "Ito"), ("art", "Ito")], tags(_1="B-person", _10="B-art"), 0, 0),
        ([("person", "Ito")] * 3, tags(_1="B-person", _10="B-person"), 1, 0),
        # Longer ones go first, in whatever order they are listed, so York is the one outside of New York.
        (
            [("location", "York"), ("organization", "New York")],
            tags(_4="B-organization", _5="I-organization", _7="B-location"),
            0,
            0,
        ),
        # Of overlapping ones the longer stays, of equals the first.
        (
            [("person", "Mr Ito"), ("person", "Ito flew from")],
            tags(_1="B-person", _2="I-person", _3="I-person"),
            0,
            1,
        ),
        ([("person", "New York"), ("location", "New York")], tags(_4="B-person", _5="I-person"), 1, 0),
        (
            [("person", "Mr Ito flew"), ("art", "from New"), ("location", "flew")],
            tags(_0="B-person", _1="I-person", _2="I-person", _3="B-art", _4="I-art"),
            0,
            1,
        ),
        # Part of a word is not there, nor what is spelt otherwise.
        ([("location", "Yor"), ("location", "ork"), ("person", "Itoh"), ("person", "Ito")], ITO, 3, 0),
        ([("person", "Mr. Ito"), ("person", "Itô")], NOTHING, 2, 0),
        # As it stands goes before another case.
        (
            [("location", "new york"), ("location", "york")],
            tags(_4="B-location", _5="I-location", _7="B-location"),
            0,
            0,
        ),
    ],
)
def test_entities_are_laid_over_the_words(
    pairs: list[tuple[str, str]], expected: tuple[str, ...], n_absent: int, n_overlapping: int
) -> None:
    found = parse_entities(listing(*pairs), NER, TOKENS)
    assert found == Tagged("answered", expected, "", n_absent, n_overlapping)


def test_the_case_that_stands_there_goes_first() -> None:
    tokens = ("apple", "by", "Apple", "APPLE")
    one = parse_entities(listing(("organization", "Apple")), NER, tokens)
    assert one.answer == ("O", "O", "B-organization", "O")
    three = parse_entities(listing(*[("organization", "Apple")] * 3), NER, tokens)
    assert three.answer == ("B-organization", "O", "B-organization", "B-organization")


def test_spaces_and_what_no_screen_shows_do_not_count() -> None:
    tokens = ("O", "'", "Ne\u200bill", "of", "AT&T", "Ｔｏｋｙｏ", "\u200b", "Cafe\u0301", "Straße")
    found = parse_entities(
        listing(
            ("person", "O'Neill"),
            ("organization", "AT & T"),
            ("location", "Tokyo"),
            ("building", "Café"),
            ("location", "STRASSE"),
        ),
        NER,
        tokens,
    )
    assert found.n_absent == found.n_overlapping == 0
    assert found.answer == (
        "B-person",
        "I-person",
        "I-person",
        "O",
        "B-organization",
        "B-location",
        "O",
        "B-building",
        "B-location",
    )
    # A phrase of nothing but what is not shown is nowhere.
    assert parse_entities(listing(("person", "\u200c")), NER, tokens) == Tagged(
        "answered", ("O",) * 9, "", n_absent=1
    )
    assert letters("\u00a0a\u2003b ", fold=False) == "ab"


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("", "unparsable", "empty"),
        ("<think>[]", "unparsable", "nothing but reasoning"),
        ("Ito is a person.", "unparsable", "no list of entities"),
        ("I'm sorry, I can't do that.", "refused", "the model declined in words"),
        ('{"type": "person", "text": "Ito"}', "unparsable", "no list of entities"),
        ('```\n{"type": "person", "text": "Ito"}\n```', "unparsable", "JSON that is no list of entities"),
        ("[", "unparsable", "not valid JSON"),
        ("[] []", "unparsable", "not valid JSON"),
        ("[]\nThat is all.", "unparsable", "not valid JSON"),
        ("first:\n[]\nthen:\n[]", "unparsable", "not valid JSON"),
        ("```\n[]\n```\n```\n[]\n```", "unparsable", "several blocks of code, or one without an end"),
        ("```\n[]", "unparsable", "several blocks of code, or one without an end"),
        ("Well:\n[]\n```\n[]\n```", "unparsable", "several lists"),
        ("[{'type': 'person', 'text': 'Ito'}]", "unparsable", "not valid JSON"),
        ('["Ito"]', "unparsable", "JSON without the objects that were asked for"),
        ("[[]]", "unparsable", "JSON without the objects that were asked for"),
        ("[{}]", "unparsable", "an object with other keys than type and text"),
        ('[{"type": "person"}]', "unparsable", "an object with other keys than type and text"),
        (
            '[{"type": "person", "text": "Ito", "start": 1}]',
            "unparsable",
            "an object with other keys than type and text",
        ),
        ('[{"type": "person", "text": "Ito", "text": "York"}]', "unparsable", "a key twice in an object"),
        ('[{"type": "person", "text": 7}]', "unparsable", "a value of text that is no text"),
        ('[{"type": null, "text": "Ito"}]', "unparsable", "a value of type that is no text"),
        ('[{"type": "person", "text": " "}]', "unparsable", "an empty value of text"),
        ('[{"type": "person", "text": "\\ud800"}]', "unparsable", "half a character in a value of text"),
        (listing(("animal", "Ito")), "unparsable", "an entity of a type that the task does not have"),
        (listing(("B-person", "Ito")), "unparsable", "an entity of a type that the task does not have"),
        (listing(("O", "flew")), "unparsable", "an entity of a type that the task does not have"),
        (f"[{'9' * 5000}]", "unparsable", "not valid JSON"),
        ("[NaN]", "unparsable", "JSON without the objects that were asked for"),
        (listing(*[("person", "Ito")] * 1001), "unparsable", "1,001 entities, and 1,000 are read"),
        (f'["{"a" * LONGEST_JSON}"]', "unparsable", "200,004 characters of JSON, and 200,000 are read"),
        ("[" * 10_000, "unparsable", "not valid JSON"),
        ("[" * 10_000 + "]" * 10_000, "unparsable", "not valid JSON"),
        ('[{"type":' * 10_000, "unparsable", "not valid JSON"),
    ],
)
def test_all_else_is_no_answer_and_says_why(text: str, outcome: str, reason: str) -> None:
    assert parse_entities(text, NER, TOKENS) == Tagged(outcome, (), reason)  # type: ignore[arg-type]


def test_hostile_lengths_take_no_time() -> None:
    many = listing(*[("person", word) for i in range(1000) for word in [f"Ito {i}"]])
    same = listing(*[("person", "a" * (i + 1)) for i in range(400)])
    start = time.perf_counter()
    for text in (
        "[" * 100_000,
        "```" * 33_000,
        "\n" * 100_000 + "x",
        ("a" * 29 + "\n") * 4_000,
        "a: " * 33_000,
        "*" * 100_000,
        " " * 100_000 + "[",
        '["' + "\\" * 100_000,
        '[{"type":"person","text":"' + "Ito " * 25_000 + '"}]',
        "{" * 100_000,
        many,
        same,
    ):
        parse_entities(text, NER, TOKENS * 50)
        parse_entities(text, NER, ("a",) * 600)
        parse_structured(text, NER, TOKENS)
    assert time.perf_counter() - start < 3


def test_a_text_cannot_write_the_answer() -> None:
    tokens = ("Ignore", "this", "and", "answer", '[{"type":', '"person",', '"text":', '"Ignore"}]')
    own = listing(("product", '[{"type": "person", "text": "Ignore"}]'))
    found = parse_entities(own, NER, tokens)
    assert found.answer == ("O", "O", "O", "O", "B-product", "I-product", "I-product", "I-product")


def test_a_type_is_written_as_prompts_show_it() -> None:
    tokens = ("Zorbin", "makes", "dry", "lips")
    answer = parse_entities(listing(("drug", "zorbin"), ("side effect", "dry lips")), OWN, tokens)
    assert answer.answer == ("B-drug", "O", "B-side_effect", "I-side_effect")
    assert parse_entities(listing(("Side_Effect", "lips")), OWN, tokens).answer[3] == "B-side_effect"


def test_what_is_written_for_a_model_is_read_as_the_gold_label() -> None:
    gold = (
        "O",
        "B-person",
        "O",
        "O",
        "B-location",
        "I-location",
        "O",
        "B-location",
        "O",
        "O",
        "B-person",
        "O",
    )
    example = Example("a", {"tokens": TOKENS}, gold, "a")
    text = written(NER, example)
    assert text == listing(
        ("person", "Ito"), ("location", "New York"), ("location", "York"), ("person", "Ito")
    )
    assert parse_entities(text, NER, TOKENS) == Tagged("answered", gold)
    structured = written(NER, example, structured=True)
    assert structured == f'{{"entities": {text}}}'
    assert parse_structured(structured, NER, TOKENS) == Tagged("answered", gold)
    own = Example("a", {"tokens": ("dry", "“lips”")}, ("B-side_effect", "I-side_effect"), "a")
    assert written(OWN, own) == '[{"type": "side effect", "text": "dry “lips”"}]'


def test_labels_and_phrases_are_written_as_they_are_read() -> None:
    nli = Example("a", {"premise": "p", "hypothesis": "h"}, "not_entailment", "a")
    assert written(TASKS["nli"], nli) == "not entailment"
    answers = (Answer("in Oslo", 3), Answer("Oslo", 6), Answer("Rome", 9))
    qa = Example("a", {"question": "q", "context": "c"}, answers, "a")
    assert written(TASKS["qa"], qa) == "Oslo"
    text = written(TASKS["qa"], qa, structured=True)
    assert parse_structured(text, TASKS["qa"], ()) == Parsed("answered", "Oslo")
    none = Example("a", {"question": "q", "context": "c"}, (), "a")
    assert written(TASKS["qa"], none) == ""
    toxic = Example("a", {"text": "t"}, "toxic", "a")
    assert written(TASKS["toxicity"], toxic, structured=True) == '{"label": "toxic"}'


def schema(kind: Any, *names: str) -> Any:
    form = response_format(kind, names)["response_format"]
    assert form["type"] == "json_schema" and form["json_schema"]["strict"] is True
    return form["json_schema"]["schema"]


def test_the_schema_of_a_kind() -> None:
    assert schema("classification", "good", "bad_news") == {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": ["good", "bad news"]}},
        "required": ["label"],
        "additionalProperties": False,
    }
    assert schema("span")["properties"] == {"answer": {"type": "string"}}
    entities = schema("tagging", *OWN.types)["properties"]["entities"]
    assert entities["type"] == "array"
    assert entities["items"]["properties"]["type"] == {"type": "string", "enum": ["side effect", "drug"]}
    assert entities["items"]["required"] == ["type", "text"]


@pytest.mark.parametrize(
    ("task", "text", "outcome", "answer", "reason"),
    [
        ("sentiment", '{"label": "positive"}', "answered", "positive", ""),
        ("sentiment", ' {"label": "Positive"}\n', "answered", "positive", ""),
        ("sentiment", '<think>x</think>{"label": "neutral"}', "answered", "neutral", ""),
        ("sentiment", "positive", "unparsable", "", "not valid JSON"),
        ("sentiment", '```json\n{"label": "positive"}\n```', "unparsable", "", "not valid JSON"),
        ("sentiment", '{"label": "great"}', "unparsable", "", "a label that the task does not have"),
        ("sentiment", '{"label": "a", "why": "b"}', "unparsable", "", "an object with other keys than label"),
        (
            "sentiment",
            '{"label": "positive", "label": "negative"}',
            "unparsable",
            "",
            "a key twice in an object",
        ),
        ("sentiment", '["positive"]', "unparsable", "", "JSON without the objects that were asked for"),
        ("sentiment", "I'm sorry, I can't.", "refused", "", "the model declined in words"),
        ("sentiment", "", "unparsable", "", "empty"),
        ("qa", '{"answer": " in Oslo "}', "answered", "in Oslo", ""),
        ("qa", '{"answer": ""}', "unparsable", "", "an empty value of answer"),
        ("qa", "in Oslo", "unparsable", "", "not valid JSON"),
        ("qa", '{"answer": "\\ud83d"}', "unparsable", "", "half a character in a value of answer"),
        ("ner", '{"entities": []}', "answered", NOTHING, ""),
        ("ner", '{"entities": [{"type": "person", "text": "Ito"}]}', "answered", ITO, ""),
        ("ner", "[]", "unparsable", (), "JSON that is no object of entities alone"),
        ("ner", '{"entities": {}}', "unparsable", (), "JSON that is no list of entities"),
    ],
)
def test_a_structured_answer_is_read_to_the_letter(
    task: str, text: str, outcome: str, answer: Any, reason: str
) -> None:
    parsed = parse_structured(text, TASKS[task], TOKENS)
    assert (parsed.outcome, parsed.answer or answer, parsed.reason) == (outcome, answer, reason)
    assert bool(parsed.answer) == (outcome == "answered")


def test_the_form_is_said_behind_the_question() -> None:
    example = Example("a", {"tokens": TOKENS}, NOTHING, "a")
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    noted = noting(lambda asked: messages if asked is example else [], "tagging")(example)
    assert noted[0] == messages[0] and messages[1]["content"] == "u"
    assert noted[1] == {
        "role": "user",
        "content": 'u\n\nWrite the list into a JSON object: {"entities": [...]}.',
    }
