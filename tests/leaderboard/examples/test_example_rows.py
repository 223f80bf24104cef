from leaderboard.examples.marks import merged
from leaderboard.examples.rows import LONGEST, Copy, Row, table_html

HOSTILE = "<img src=x onerror=alert(1)>"


def test_edits_stand_in_one_text_what_went_before_what_came() -> None:
    assert merged("a good film", "a bad film", 80) == "a <del>good</del><ins>bad</ins> film"
    assert merged("a good film", "a god film", 80) == "a go<del>o</del>d film"
    assert merged("same", "same", 80) == "same"


def test_a_text_is_cut_by_what_is_shown_not_within_its_markup() -> None:
    # "ab" of the clean text and two of the three letters put in
    assert merged("ab", "abxyz", 4) == "ab<ins>xy</ins>…"
    assert merged("ab & cd", "ab & cd", 4) == "ab &amp;…"


def test_every_text_and_name_in_a_row_is_text() -> None:
    copies = (Copy(HOSTILE, HOSTILE, {"text": f"{HOSTILE}s"}, HOSTILE), Copy("b", "", {}, "✓ right: x"))
    html = table_html([Row(HOSTILE, HOSTILE, {"text": HOSTILE}, "text", copies)])
    assert "<img" not in html
    # head, id, text, who was asked it, gold, and of the cell of the answer: its head, answer and text
    assert html.count("&lt;img") == 8


def test_two_models_that_were_asked_two_copies_have_both_in_the_row() -> None:
    copies = (
        Copy("A", "copy 1 at degree 0.1", {"text": "a bad film"}, "✗ wrong: positive"),
        Copy("B", "copy 2 at degree 0.1", {"text": "a good movie"}, "✗ wrong: positive"),
    )
    html = table_html([Row("x-1", "negative", {"text": "a good film"}, "text", copies)])
    assert "a <del>good</del><ins>bad</ins> film <span class='which'>asked of A</span>" in html
    assert "a good <del>film</del><ins>movie</ins> <span class='which'>asked of B</span>" in html


def test_the_field_that_is_not_attacked_stands_beside_the_one_that_is() -> None:
    clean = {"question": "Who?", "context": "Ann did."}
    copies = (Copy("A", "", {**clean, "context": "Anne did."}, "✓ right: Ann"),)
    html = table_html([Row("q-1", "Ann", clean, "context", copies)])
    assert "<p><b>question</b> Who?</p>" in html
    assert "<p><b>context</b> Ann<ins>e</ins> did.</p>" in html


def test_without_any_text_there_is_no_column_of_texts() -> None:
    html = table_html([Row("x-1", "negative", {}, "text", (Copy("A", "", {}, "✓ right: negative"),))])
    assert ">Text<" not in html
    assert html.count("<td") == 3


def test_a_long_text_is_cut_in_its_row() -> None:
    html = table_html([Row("x-1", "negative", {"text": "word " * 1000}, "", ())])
    cell = html.partition('<td data-head="Text"><p>')[2].partition("</p>")[0]
    assert len(cell) == LONGEST + 1 and cell.endswith("…")
