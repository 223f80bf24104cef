"""Readers of upstream formats, where they must refuse or choose; that they read is shown in boss/."""

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from boss.data.readers.conll import Conll
from boss.data.readers.contract_nli import ContractNli
from boss.data.readers.mrqa import MrqaLines, MrqaParquet
from boss.data.readers.parquet import Parquet, ParquetTags
from boss.data.readers.reviews import Reviews
from boss.data.readers.spans import NO_ANSWER, NO_SPAN
from boss.data.readers.table import Delimited, JsonLines
from boss.data.types import Answer, Example
from boss.errors import DataError

Read = Callable[..., tuple[list[Example], Counter[str]]]
TEXT = {"text": "text"}
NAMES = ["no", "yes"]


def parquet(rows: Sequence[Mapping[str, Any]], names: Mapping[str, Any] | None = None) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([dict(row) for row in rows])
    if names is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": names}})})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def lines(*rows: Mapping[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_numbered_labels_are_named_and_a_label_the_hub_marks_as_missing_is_skipped(read: Read) -> None:
    content = parquet([{"text": str(i), "label": i} for i in (1, 0, -1)])
    examples, removed = read(Parquet(TEXT, "label", names=NAMES, skip={"-1": "undecided"}), content)
    assert [e.gold for e in examples] == ["yes", "no"]
    assert removed == {"undecided": 1}


def test_a_file_that_names_its_labels_in_another_order_is_refused(read: Read) -> None:
    header = {"label": {"names": ["yes", "no"], "_type": "ClassLabel"}}
    with pytest.raises(DataError, match=r"own labels of 'label' are yes, no; `names:` .* says no, yes"):
        read(Parquet(TEXT, "label", names=NAMES), parquet([{"text": "a", "label": 0}], header))


def test_a_number_without_a_name_and_a_file_of_another_kind_are_refused(read: Read) -> None:
    with pytest.raises(DataError, match="row 1: label 2 is not a number below 2"):
        read(Parquet(TEXT, "label", names=NAMES), parquet([{"text": "a", "label": 2}]))
    with pytest.raises(DataError, match="not a parquet file, or damaged"):
        read(Parquet(TEXT, "label"), "text,label\n")
    with pytest.raises(DataError, match="row 1: no column 'text'; found: body, label"):
        read(Parquet(TEXT, "label"), parquet([{"body": "a", "label": 0}]))


def test_tokens_and_tags_must_be_as_many(read: Read) -> None:
    with pytest.raises(DataError, match="row 1: 2 tokens, 1 tag"):
        read(ParquetTags(["O"]), parquet([{"tokens": ["a", "b"], "ner_tags": [0]}]))


@pytest.mark.parametrize(
    ("score", "gold"),
    [(0.0, "low"), (0.19, "low"), (0.2, None), (0.4, "mid"), (0.6, None), (0.8, "high"), (1.0, "high")],
)
def test_a_band_holds_its_lower_end_and_not_its_upper(read: Read, score: float, gold: str | None) -> None:
    reader = JsonLines(TEXT, "score", bands={"low": [None, 0.2], "mid": [0.4, 0.6], "high": [0.8, None]})
    examples, removed = read(reader, lines({"text": "a", "score": score}))
    assert [e.gold for e in examples] == ([gold] if gold else [])
    assert removed == ({} if gold else {"score between the classes": 1})


def test_several_score_columns_are_averaged_and_words_refused(read: Read) -> None:
    reader = JsonLines(TEXT, ["ai", "human"], bands={"benign": [None, 3], "toxic": [3, None]})
    examples, _ = read(
        reader, lines({"text": "a", "ai": 5, "human": 1}, {"text": "b", "ai": 1, "human": 4.9})
    )
    assert [e.gold for e in examples] == ["toxic", "benign"]
    with pytest.raises(DataError, match=r"row 1: \['ai', 'human'\] \[1, 'much'\] are no numbers"):
        read(reader, lines({"text": "a", "ai": 1, "human": "much"}))


def test_rows_of_another_dataset_are_not_counted_as_removed(read: Read) -> None:
    reader = JsonLines(TEXT, "label", where={"set": "A"})
    rows = [{"text": str(i), "label": "x", "set": name} for i, name in enumerate("ABA")]
    examples, removed = read(reader, lines(*rows))
    assert ([e.inputs["text"] for e in examples], removed) == (["0", "2"], {})


def test_ragged_rows_are_left_out_only_where_that_is_asked_for(read: Read) -> None:
    content = "1\tx\tone\n2\tx\n3\tx\tthree\tmore\n"
    reader = Delimited(TEXT, "label", delimiter="\t", names=["id", "label", "text"], ragged=True)
    examples, removed = read(reader, content)
    assert ([e.inputs["text"] for e in examples], removed) == (["one"], {"another number of columns": 2})
    with pytest.raises(DataError, match=r"row 2 \(line 2\): 2 values for 3 columns"):
        read(Delimited(TEXT, "label", delimiter="\t", names=["id", "label", "text"]), content)


def test_an_offset_that_does_not_fit_is_put_right_and_an_answer_elsewhere_is_none(read: Read) -> None:
    fields = {"question": "q", "context": "c"}
    rows = [
        {"q": "?", "c": "two by two", "a": {"text": ["two"], "answer_start": [7]}},
        {"q": "?", "c": "two by two", "a": {"text": ["two"], "answer_start": [5]}},
        {"q": "?", "c": "two by two", "a": {"text": ["ten"], "answer_start": [0]}},
        {"q": "?", "c": "two by two", "a": {"text": [], "answer_start": []}},
    ]
    examples, removed = read(JsonLines(fields, "a", shared="c"), lines(*rows))
    assert [e.gold for e in examples] == [(Answer("two", 7),), (Answer("two", 0),)]
    assert len({e.source for e in examples}) == 1
    assert removed == {NO_SPAN: 1, NO_ANSWER: 1}


def test_runs_of_tabs_and_spaces_become_one_space_and_lines_stay(read: Read) -> None:
    examples, _ = read(JsonLines(TEXT, "label", spaces=True), lines({"text": "a \t b\n  c", "label": "x"}))
    assert examples[0].inputs["text"] == "a b\n c"


def test_inside_tags_begin_an_entity_where_the_fine_type_changes(read: Read) -> None:
    reader = Conll(types={"person": "person", "art": "art"}, scheme="io", delimiter="\t")
    content = "a\tperson-actor\nb\tperson-actor\nc\tperson-author\nd\tO\ne\tperson-author\nf\tart-film\n"
    (example,), _ = read(reader, content)
    assert example.gold == ("B-person", "I-person", "B-person", "O", "B-person", "B-art")


def test_a_token_may_hold_spaces_where_columns_are_split_at_tabs(read: Read) -> None:
    (example,), _ = read(Conll(delimiter="\t"), "New\u00a0York\tB-LOC\n\u3000\tO\n")
    assert example.inputs["tokens"] == ("New\u00a0York", "\u3000")


def test_mrqa_keeps_every_place_of_an_answer_and_answers_that_are_written_so(read: Read) -> None:
    found = [{"text": "rain", "char_spans": [[0, 3], [9, 12]]}]
    asked = {"qid": "a", "question": "What?", "answers": ["Rain", "then"], "detected_answers": found}
    gone = {"qid": "b", "question": "Who?", "answers": ["Ada"], "detected_answers": []}
    content = lines({"header": {"dataset": "Own"}}, {"context": "rain and rain then", "qas": [asked, gone]})
    examples, removed = read(MrqaLines(), content)
    assert [e.gold for e in examples] == [(Answer("rain", 0), Answer("rain", 9), Answer("then", 14))]
    assert removed == {NO_SPAN: 1}


def test_a_set_that_is_not_in_the_hubs_copy_is_an_error(read: Read) -> None:
    with pytest.raises(DataError, match="has no row of subset 'NewsQA'"):
        read(MrqaParquet("NewsQA"), parquet([{"subset": "SQuAD", "context": "a"}]))


def test_a_contract_without_its_parts_names_the_expected_ones(read: Read) -> None:
    with pytest.raises(DataError, match="KeyError: 'labels'; expected labels > hypothesis"):
        read(ContractNli(), '{"documents": []}')
    with pytest.raises(DataError, match="not in ContractNLI's format: JSONDecodeError"):
        read(ContractNli(), "contract")


def review(i: int, **columns: Any) -> dict[str, Any]:
    return {"overall": 5.0, "reviewText": f"Review {i}.", **columns}


def test_reviews_are_drawn_the_same_whatever_the_order_of_the_file(read: Read) -> None:
    rows = [review(i) for i in range(20)]
    some, _ = read(Reviews(drawn=6, kept=4), lines(*rows))
    again, _ = read(Reviews(drawn=6, kept=4), lines(*rows[::-1]))
    more, _ = read(Reviews(drawn=12, kept=8), lines(*rows))
    assert some == again
    assert len(some) == 4
    assert more[:4] == some


def test_reviews_without_text_are_passed_over_and_stars_between_left_out(read: Read) -> None:
    stars = [review(1, overall=1.0), review(2, overall=2.0), review(3, overall=3.0), review(4, overall=4.0)]
    content = lines(*stars, review(5), review(5), {"overall": 5.0}, review(6, reviewText=" "))
    examples, removed = read(Reviews(), content)
    assert Counter(e.gold for e in examples) == {"negative": 1, "neutral": 1, "positive": 1}
    assert removed == {"two or four stars": 2, "empty text": 2}
