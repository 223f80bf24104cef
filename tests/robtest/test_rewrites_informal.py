"""Rewrites of fragments and short informal sentences, and of what a rule more was made for, known by hand."""

import pytest

from robtest.language.parser import ENGLISH
from robtest.language.rewrites import PARSED, rewritable
from robtest.text import apply

pytestmark = pytest.mark.data


def rewritten(text: str, kind: str) -> set[str]:
    """Every text that one rewrite of one kind gives."""
    plain = [sentence for sentence in ENGLISH(text) if rewritable(sentence)]
    return {apply(text, [edit]) for sentence in plain for edit in PARSED[kind](sentence)}


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("address", "Thanks, Anna!", "Anna, thanks!"),
        ("address", "Good morning, everyone!", "Everyone, good morning!"),
        ("address", "Guys, I won it!", "I won it, guys!"),
        ("address", "lol i know that", "i know that lol"),
        ("address", "Haha, I love it!", "I love it, haha!"),
        ("address", "Please wait here.", "Wait here, please."),
        ("address", "Can you please help me?", "Can you help me, please?"),
        ("aside", "Luckily, Anna kept the key.", "Anna kept the key, luckily."),
        ("placement", "I saw her at school yesterday.", "I saw her yesterday at school."),
        ("placement", "We met in Rome last week.", "We met last week in Rome."),
        ("placement", "We stayed in Rome on Monday.", "We stayed on Monday in Rome."),
        ("placement", "The role was beautifully played.", "The role was played beautifully."),
        ("placement", "The film brilliantly explores the theme.", "The film explores the theme brilliantly."),
        ("coordination", "They met in Paris and in Rome.", "They met in Rome and in Paris."),
        ("coordination", "She knows my sister and me.", "She knows me and my sister."),
        ("coordination", "It is cheap and has a lamp.", "It has a lamp and is cheap."),
        ("coordination", "We saw its hopes and dreams.", "We saw its dreams and hopes."),
        ("coordination", "It is wildly funny and deeply sad.", "It is deeply sad and wildly funny."),
        ("coordination", "It was an artful, bold film.", "It was a bold, artful film."),
        (
            "coordination",
            "A man is wearing a hat and holding a cup.",
            "A man is holding a cup and wearing a hat.",
        ),
        ("genitive", "It is the year's best film.", "It is the best film of the year."),
        ("complement", "The soup seems cold.", "The soup seems to be cold."),
        ("complement", "It continued to rain.", "It continued raining."),
    ],
)
def test_a_form_and_its_other_form(kind: str, left: str, right: str) -> None:
    assert right in rewritten(left, kind)
    assert left in rewritten(right, kind)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("address", "good morning @anna", "@anna, good morning"),
        ("address", "Thanks Anna!", "Anna, thanks!"),
        ("cleft", "It was Anna who left.", "Anna left."),
        ("cleft", "It is the actors that save it.", "The actors save it."),
        ("cleft", "It was in May that we met.", "We met in May."),
        ("cleft", "What they saw was a bear.", "They saw a bear."),
        ("connective", "I like it as well.", "I like it too."),
        ("connective", "Unless it rains, we walk.", "If it does not rain, we walk."),
        ("connective", "We walk unless it is cold.", "We walk if it is not cold."),
        ("connective", "You fail unless you can swim.", "You fail if you cannot swim."),
        ("connective", "Despite the fact that it rained, we left.", "Although it rained, we left."),
        ("complement", "The problem is it fails.", "The problem is that it fails."),
        ("complement", "They seem to win often.", "It seems that they win often."),
        ("clitic", "They are posing.", "They're posing."),
        ("clitic", "We are at a party.", "We're at a party."),
        ("clitic", "My aunt is coming over.", "My aunt's coming over."),
        ("clitic", "The dog is at the beach.", "The dog's at the beach."),
        ("clitic", "Don't you know it?", "Do you not know it?"),
        ("existential", "Two boys are angry.", "There are two boys who are angry."),
        ("existential", "Two boys left.", "There were two boys who left."),
        ("existential", "A group of kids are playing.", "There is a group of kids playing."),
        ("fronting", "A man pleaded guilty last week to theft.", "Last week, a man pleaded guilty to theft."),
        ("fronting", "After leaving Rome, she wrote a novel.", "She wrote a novel, after leaving Rome."),
        ("fronting", "In real life, she was kind.", "She was kind, in real life."),
        ("relative", "A woman in a red dress waves.", "A woman who is in a red dress waves."),
        ("attribute", "It is a slow romantic comedy.", "It is a romantic comedy that is slow."),
        ("attribute", "It is a wildly odd tale.", "It is a tale that is wildly odd."),
        ("apposition", "The brothers, painters, left.", "The brothers, who were painters, left."),
        ("quotation", '"It rains," said Anna.', 'Anna said, "It rains."'),
        ("quotation", "The plan works, the board notes.", "The board notes that the plan works."),
        ("aside", "Although shot in May, the film is new.", "The film, although shot in May, is new."),
    ],
)
def test_a_form_has_another(kind: str, before: str, after: str) -> None:
    assert after in rewritten(before, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("address", "Anna, Bob left!"),
        ("address", "Please wait here, and call me."),
        ("address", "Lol, Anna knows it."),
        ("address", "Would you please wait, or call?"),
        ("cleft", "It is a film that works well."),
        ("cleft", "It was not Anna who left."),
        ("cleft", "What they saw, we saw."),
        ("connective", "Unless someone helps, we stay."),
        ("connective", "Unless it rains and snows, we walk."),
        ("connective", "Will you walk unless it rains?"),
        ("complement", "The soup does seem."),
        ("complement", "There seem to be two plans."),
        ("clitic", "I know who they are at home."),
        ("clitic", "Why don't you know it?"),
        ("existential", "Two men cut grass."),
        ("fronting", "In real life, she was kind, and he left."),
        ("fronting", "After meeting Anna, Bob saw her film."),
        ("relative", "We saw a woman in a red dress."),
        ("relative", "The best actor in the film left."),
        ("attribute", "He has a dark blue car."),
        ("apposition", "We met brothers, painters, and poets."),
        ("placement", "He told a tale of 1998 in 2002."),
        ("placement", "The role was not beautifully played."),
        ("coordination", "They voted for Anna and for her plan."),
        ("coordination", "The man and wife left."),
        ("coordination", "It was a good, hard pull."),
        ("coordination", "It is cheap and then has a lamp."),
        ("coordination", "A man is opening a box and eating its cake."),
        ("coordination", "She saw compliments and diets spoiled by cakes."),
        ("passive", "People are throwing rocks at each other."),
        ("passive", "After leaving Rome, she wrote a novel."),
        ("active", "It sounds less odd than it was written by boys."),
    ],
)
def test_what_may_mean_something_else_keeps_its_form(kind: str, text: str) -> None:
    assert rewritten(text, kind) == set()
