import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from boss.data.readers.base import content_id, text_id
from boss.data.readers.conll import Conll
from boss.data.readers.escapes import unescape
from boss.data.readers.inference import SummaryPairs, YesNoQuestions
from boss.data.readers.ratings import Ratings
from boss.data.readers.recast import statement
from boss.data.readers.scores import Scores
from boss.data.readers.spans import NO_ANSWER, NO_SPAN, DialogueAnswers, FreeAnswers, SquadJson
from boss.data.readers.table import Delimited, JsonLines
from boss.data.readers.templates import Templates
from boss.data.types import Answer, Example
from boss.errors import DataError
from robtest.assets import Member

Read = Callable[..., tuple[list[Example], Counter[str]]]
TEXT = {"text": "text"}


def test_a_mean_rating_becomes_a_class_at_half_a_point(read: Read) -> None:
    lines = ["1_1\t0.5\tplain", "1_2\t0.51\tgood", "2_1\t-0.5\tso so", "2_2\t-0.51\tbad"]
    examples, removed = read(Ratings(), "\r\n".join(lines) + "\r\n")
    assert [e.gold for e in examples] == ["neutral", "positive", "neutral", "negative"]
    assert [(e.id, e.source) for e in examples] == [("1_1", "1"), ("1_2", "1"), ("2_1", "2"), ("2_2", "2")]
    assert examples[0].inputs == {"text": "plain"}
    assert not removed


@pytest.mark.parametrize("line", ["1\t0.5", "1\tgood\ttext"])
def test_a_rating_line_out_of_format_names_its_row(read: Read, line: str) -> None:
    with pytest.raises(DataError, match="row 2"):
        read(Ratings(), f"1\t1.0\tfine\n{line}\n")


@pytest.mark.parametrize("word", ["null", "NA", "None", "nan", "NULL"])
def test_words_that_look_like_missing_values_stay_text(read: Read, word: str) -> None:
    examples, _ = read(Delimited(TEXT, "label"), f"text,label\n{word},x\n")
    assert examples[0].inputs["text"] == word


def test_an_empty_text_is_left_out_and_counted(read: Read) -> None:
    examples, removed = read(Delimited(TEXT, "label"), 'text,label\n"",x\na,x\n" \t ",x\n')
    assert [e.inputs["text"] for e in examples] == ["a"]
    assert removed == {"empty text": 2}


def test_csv_keeps_commas_quotes_and_newlines_inside_quotes(read: Read) -> None:
    examples, _ = read(Delimited(TEXT, "label"), 'label,text\r\nx,"a, ""b""\nc"\r\n')
    inputs = {"text": 'a, "b"\nc'}
    assert examples == [Example(content_id(inputs), inputs, "x", content_id(inputs))]


def test_tsv_without_quoting_keeps_a_lone_quote(read: Read) -> None:
    reader = Delimited(TEXT, "label", delimiter="\\t", quoting=False, names=["text", "label"])
    examples, _ = read(reader, 'say "hi\tx\n"\ty\n')
    assert [(e.inputs["text"], e.gold) for e in examples] == [('say "hi', "x"), ('"', "y")]


def test_a_missing_column_names_the_columns_found(read: Read) -> None:
    with pytest.raises(DataError, match=r"row 1: no column 'text'; found: body, label"):
        read(Delimited(TEXT, "label"), "body,label\na,x\n")
    with pytest.raises(DataError, match=r"row 2: no column 'text'; found: body"):
        read(JsonLines(TEXT, "label"), '{"text": "a", "label": "x"}\n{"body": "b", "label": "x"}\n')


def test_a_label_outside_the_map_names_row_label_and_allowed_ones(read: Read) -> None:
    reader = Delimited(TEXT, "label", labels={"0": "benign", "1": "toxic"})
    with pytest.raises(DataError, match=r"data\.txt, row 2: label '2' is not one of '0', '1'"):
        read(reader, "text,label\na,0\nb,2\n")


@pytest.mark.parametrize("content", ["", "text,label\n"])
def test_an_empty_table_is_an_error(read: Read, content: str) -> None:
    with pytest.raises(DataError, match="is empty"):
        read(Delimited(TEXT, "label"), content)


def test_skipped_labels_are_counted(read: Read) -> None:
    reader = JsonLines(TEXT, "label", skip={"-": "no gold label"})
    examples, removed = read(reader, '{"text": "a", "label": "-"}\n{"text": "b", "label": "x"}\n')
    assert [e.inputs["text"] for e in examples] == ["b"]
    assert removed == {"no gold label": 1}


def test_json_lines_carry_tags_and_answers(read: Read) -> None:
    tags = JsonLines({"tokens": "tokens"}, "tags", labels={"0": "O", "1": "B-person"})
    examples, _ = read(tags, '{"tokens": ["Ada", "sings"], "tags": [1, 0]}\n')
    assert (examples[0].inputs["tokens"], examples[0].gold) == (("Ada", "sings"), ("B-person", "O"))
    answers = JsonLines({"question": "q", "context": "c"}, "a")
    row = {"q": "Who?", "c": "Ada sang.", "a": {"text": ["Ada", "Ada"], "answer_start": [0, 0]}}
    examples, _ = read(answers, json.dumps(row))
    assert examples[0].gold == (Answer("Ada", 0),)


@pytest.mark.parametrize("line", ["not json", "[1]", '"text"'])
def test_a_line_that_is_no_json_object_names_its_row(read: Read, line: str) -> None:
    with pytest.raises(DataError, match="row 1"):
        read(JsonLines(TEXT, "label"), line + "\n")


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"one\ntwo"', "one two"),
        (r'"one\\n\\ntwo"', "one two"),
        (r'"a\xa0b"', "a b"),
        (r'"a\\xc2\\xa0b"', "a b"),
        (r'"it\xe2\x80\x99s"', "it’s"),
        (r'"wait\u2026"', "wait…"),
        (r'"smile \ud83d\ude00"', "smile 😀"),
        (r'"smile \U0001F600"', "smile 😀"),
        (r'"say \"no\""', 'say "no"'),
        ('"@me\\xa0"and then""', '@me "and then"'),
        ("no quotes", "no quotes"),
        (r'"__import__(\"os\")"', '__import__("os")'),
        ('"', '"'),
    ],
)
def test_backslash_escapes_become_the_characters_they_stand_for(literal: str, text: str) -> None:
    assert unescape(literal) == text


def test_scores_at_the_threshold_are_above_it(read: Read) -> None:
    rows = "\n".join(json.dumps({"text": f"t{s}", "rude": s}) for s in ("0.5", 0.49))
    examples, _ = read(Scores("rude", below="benign", above="toxic"), rows)
    assert [e.gold for e in examples] == ["toxic", "benign"]


def test_a_summary_pair_becomes_two_examples_of_one_source(read: Read) -> None:
    row = {"s": "Two cats slept.", "good": "Cats slept.", "bad": "Dogs slept."}
    examples, _ = read(SummaryPairs("s", "good", "bad"), json.dumps(row))
    assert [(e.text("hypothesis"), e.gold) for e in examples] == [
        ("Cats slept.", "entailment"),
        ("Dogs slept.", "not_entailment"),
    ]
    assert examples[0].source == examples[1].source


def test_yes_entails_the_statement_and_no_does_not(read: Read) -> None:
    rows = [{"p": "Moss is green.", "question": "is moss green", "answer": a} for a in ("True", "False")]
    examples, _ = read(YesNoQuestions("p"), "\n".join(map(json.dumps, rows)))
    assert [e.gold for e in examples] == ["entailment", "not_entailment"]
    assert examples[0].source == examples[1].source
    with pytest.raises(DataError, match="label 'Maybe'"):
        read(YesNoQuestions("p"), json.dumps(rows[0] | {"answer": "Maybe"}))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("can you swim in the lake", "You can swim in the lake."),
        ("is a plum a fruit", "A plum is a fruit."),
        ("is there a bridge over the bay?", "There is a bridge over the bay."),
        ("are there any bridges in the bay?", "There are some bridges in the bay."),
        ("Are guests allowed to sing?", "Guests are allowed to sing."),
        ("does the club own the field", "The club does own the field."),
        ("has the old mill ever been sold", "The old mill has been sold."),
        ("If it rains, can I stay inside?", "If it rains, I can stay inside."),
        ("Does eBird keep my notes?", "eBird does keep my notes."),
        ("Do members generally vote?", "Members do generally vote."),
        # No rule is sure where the subject ends.
        ("is the van on the hill", 'The answer to the question "is the van on the hill" is yes.'),
        ("who sang", 'The answer to the question "who sang" is yes.'),
        ("is", 'The answer to the question "is" is yes.'),
        ("does this section help", "This section does help."),
    ],
)
def test_a_question_becomes_the_statement_that_yes_makes(question: str, said: str) -> None:
    assert statement(question) == said


def test_squad_keeps_all_gold_answers_and_corrects_offsets(read: Read) -> None:
    context = "Elm and oak stand by the oak gate."
    answers = [
        {"text": "oak", "answer_start": 25},
        {"text": "oak", "answer_start": 25},
        {"text": "Elm", "answer_start": 3},
        {"text": "ash", "answer_start": 0},
    ]
    qas = [
        {"id": "q1", "question": "Which gate?", "answers": answers},
        {"id": "q2", "question": "Which ash?", "answers": [{"text": "ash", "answer_start": 0}]},
        {"id": "q3", "question": "Why?", "answers": []},
    ]
    squad = {"data": [{"title": "Trees", "paragraphs": [{"context": context, "qas": qas}]}]}
    examples, removed = read(SquadJson(), json.dumps(squad))
    assert [(e.id, e.gold) for e in examples] == [("q1", (Answer("oak", 25), Answer("Elm", 0)))]
    assert removed == {NO_SPAN: 1, NO_ANSWER: 1}


@pytest.mark.parametrize("content", ["[]", "{}", "x", '{"data": [{"paragraphs": [{"context": "a"}]}]}'])
def test_a_file_that_is_not_squad_says_what_is_expected(read: Read, content: str) -> None:
    with pytest.raises(DataError, match=r"not in SQuAD's format.*expected"):
        read(SquadJson(), content)


def test_free_answers_are_kept_only_where_they_are_spans(read: Read) -> None:
    passage = "The oaken door hid an oak chest."
    rows = [
        {"passage": passage, "question": "Which wood?", "answer": "oak"},
        {"passage": passage, "question": "Which wood?", "answer": "Oak."},
        {"passage": passage, "question": "Who?", "answer": "unknown"},
        {"passage": passage, "question": "What?", "answer": ["a box", "door", "oaken door"]},
    ]
    content = "\n".join(map(json.dumps, rows))
    examples, removed = read(FreeAnswers(unanswerable="unknown"), content)
    # The whole word "oak" at 22 comes before the one inside "oaken" at 4.
    assert [e.gold for e in examples] == [(Answer("oak", 22),), (Answer("door", 10), Answer("oaken door", 4))]
    assert removed == {NO_SPAN: 1, NO_ANSWER: 1}
    loose, _ = read(FreeAnswers(unanswerable="unknown", loose=True), content)
    assert [e.gold[0] for e in loose] == [Answer("oak", 22), Answer("oak", 22), Answer("door", 10)]


def test_dialogue_answers_are_the_longest_beginning_in_the_passage(read: Read) -> None:
    row = {
        "passage": "In May she moved to Rome, where she wrote.",
        "question": "question1: where did she go?\nquestion2: was it hot?",
        "answer": "possible answers for question1:\nshe moved to Rome moved to Rome\n"
        "possible answers for question2:\nCANNOTANSWER CANNOTANSWER",
    }
    examples, removed = read(DialogueAnswers(), json.dumps(row))
    assert [(e.inputs["question"], e.gold) for e in examples] == [
        ("where did she go?", (Answer("she moved to Rome", 7),))
    ]
    assert removed == {NO_ANSWER: 1}


CONLL = """-DOCSTART- -X- -X- O

ROWING NN B-NP O
- : O O
Lind NNP B-NP B-PER
wins VB B-VP O

Eva NNP B-NP I-PER
Lind NNP I-NP I-PER

-DOCSTART- -X- -X- O

Rates NN B-NP O
rise VB B-VP O
in IN B-PP O
Port NNP B-NP B-LOC
Amsel NNP I-NP I-LOC
"""


def test_conll_sentences_carry_their_document_and_bio_tags(read: Read) -> None:
    examples, _ = read(Conll(), CONLL)
    first, second = text_id("ROWING - Lind wins"), text_id("Rates rise in Port Amsel")
    assert [e.source for e in examples] == [first, first, second]
    again, _ = read(Conll(), CONLL + "\n" + CONLL)
    assert [e.source for e in again[3:]] == [f"{first}-2", f"{first}-2", f"{second}-2"]
    # I-PER after nothing starts an entity, as in IOB1.
    assert examples[1].gold == ("B-person", "I-person")
    assert examples[2].gold == ("O", "O", "O", "B-location", "I-location")


def test_documents_are_told_apart_by_their_headline(read: Read) -> None:
    sport, _ = read(Conll(topic="sport"), CONLL)
    other, _ = read(Conll(topic="other"), CONLL)
    assert [e.text("tokens") for e in sport] == ["ROWING - Lind wins", "Eva Lind"]
    assert [e.text("tokens") for e in other] == ["Rates rise in Port Amsel"]


def test_sentences_without_documents_are_their_own_source(read: Read) -> None:
    examples, _ = read(Conll(types={"PER": "person"}), "Eva\tB-PER\nsings\tO\n\nLoud\tO\n\n\n")
    assert [e.text("tokens") for e in examples] == ["Eva sings", "Loud"]
    assert all(e.id == e.source == content_id(e.inputs) for e in examples)


@pytest.mark.parametrize(
    ("line", "message"),
    [("Eva B-XYZ", "row 1: label 'XYZ'"), ("Eva X-PER", "row 1: tag 'X-PER'"), ("Eva", "row 1: expected")],
)
def test_a_tag_out_of_format_names_its_row(read: Read, line: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(Conll(), line + "\n")


PEOPLE = """Gender,Title,GivenName,Surname,City,CountryFull,Company
male,Mr.,Jan,van Holm,Port Amsel,Norway,Tern & Sons
female,Dr.,Ana,Ruiz,Eastmere,Spain,Tern & Sons
"""


def test_filled_templates_have_exact_spans(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    templates = "{{prefix_male}} {{name_male}}'s shop, {{organization}}!\nPay {{iban}}\nNo slot.\n"
    (tmp_path / "templates.txt").write_text(templates)
    removed: Counter[str] = Counter()
    examples = list(Templates("people.csv", 2).read(Member(tmp_path, "templates.txt"), removed))
    assert examples[0].inputs["tokens"] == tuple("Mr . Jan van Holm 's shop , Tern & Sons !".split())
    tags = "O O B-person I-person I-person O O O B-organization I-organization I-organization O"
    assert examples[0].gold == tuple(tags.split())
    assert [(e.id, e.source) for e in examples] == [("001-00", "001"), ("001-01", "001")]
    assert sum(removed.values()) == 2


def test_a_filling_does_not_depend_on_other_templates_and_changes_with_the_seed(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    file = Member(tmp_path, "templates.txt")

    def fill(lines: str, seed: int = 0) -> list[str]:
        (tmp_path / "templates.txt").write_text(lines)
        return [e.text("tokens") for e in Templates("people.csv", 20, seed).read(file, Counter())]

    alone = fill("{{first_name}} waits")
    assert fill("{{first_name}} waits\n{{city}} sleeps")[:20] == alone
    assert set(alone) == {"Jan waits", "Ana waits"}
    assert fill("{{first_name}} waits", seed=1) != alone


def test_a_people_file_without_a_column_names_it(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Gender,GivenName\nmale,Jan\n")
    (tmp_path / "templates.txt").write_text("{{first_name}} waits")
    with pytest.raises(DataError, match="expected columns City"):
        list(Templates("people.csv", 1).read(Member(tmp_path, "templates.txt"), Counter()))
