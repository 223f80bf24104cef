import re

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.examples.marks import marked


def plain(html: str) -> str:
    text = re.sub(r"</?(?:ins|del)>", "", html)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return text


def test_letters_that_changed_are_marked_within_their_word() -> None:
    assert marked("a good film", "a goood film") == ("a good film", "a goo<ins>o</ins>d film")


def test_a_word_that_became_another_is_marked_whole() -> None:
    assert marked("a good film", "a nifty film") == ("a <del>good</del> film", "a <ins>nifty</ins> film")


def test_equal_texts_have_no_mark() -> None:
    assert marked("same", "same") == ("same", "same")


@given(st.text(), st.text())
def test_marking_loses_no_letter_and_lets_no_markup_through(clean: str, perturbed: str) -> None:
    before, after = marked(clean, perturbed)
    assert (plain(before), plain(after)) == (clean, perturbed)
    for html in (before, after):
        assert set(re.findall(r"<[^>]*>", html)) <= {"<ins>", "</ins>", "<del>", "</del>"}
        assert html.count("<") == len(re.findall(r"</?(?:ins|del)>", html))
