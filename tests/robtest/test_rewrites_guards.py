"""Sentences that a guard of the rewrites keeps from a wrong form: each fails when its guard is taken away."""

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
    ("kind", "text", "wrong"),
    [
        ("address", "They do not seem to win.", "Do not seem to win, please."),
        ("address", "This is it.", "It this is."),
        ("apposition", "Brothers, painters, left.", "Brothers, who were painters, left."),
        ("apposition", "Brothers, painters, left.", "Painters, brothers, left."),
        (
            "apposition",
            "The brothers, friends of ours, painters, left.",
            "The brothers, who were friends of ours, painters, left.",
        ),
        (
            "aside",
            "Apparently kissing leads to tears and pain. Anna left.",
            "Leads to tears and pain, apparently. Anna left.",
        ),
        (
            "aside",
            "Began life as a game, then turned into a play, of course.",
            "Of course, began life as a game, then turned into a play.",
        ),
        ("aside", "But something seemed wrong.", "Something, but, seemed wrong."),
        ("aside", "Ideally, aboard a ship.", "Aboard a ship, ideally."),
        (
            "aside",
            "Loved by many, the film's power lies in its songs.",
            "The film's power, loved by many, lies in its songs.",
        ),
        ("aside", "The good is very, very good.", "Very good, the good is very."),
        (
            "aside",
            "The last word, at least in my view, is hers.",
            "At least, the last word my view, is hers.",
        ),
        (
            "aside",
            "When storms come, each pays a fee and leaves.",
            "Each, when storms come, pays a fee and leaves.",
        ),
        ("attribute", "He is as serious as a pink slip.", "He is as serious as a slip that is pink."),
        (
            "attribute",
            "She made a world that is warm and safe and open.",
            "She made a warm world and safe and open.",
        ),
        ("attribute", "The dark haired girl asks for help.", "The haired girl who is dark asks for help."),
        ("cleft", "A child uses their spoon.", "It is their spoon that a child uses."),
        (
            "cleft",
            "Anna probes the deep gulf between cats and dogs.",
            "It is the deep gulf between cats and dogs that Anna probes.",
        ),
        ("cleft", "Anna works on Monday.", "It was on Monday that Anna works."),
        ("cleft", "Cats chat on roofs.", "It is cats that chat on roofs."),
        (
            "cleft",
            "Loved by many, the film's power lies in its songs.",
            "Loved by many, it is the film's power that lies in its songs.",
        ),
        ("cleft", "Pumpkin wants to have it both ways.", "It is Pumpkin that wants to have it both ways."),
        ("cleft", "The small girls have their hair cut.", "It is the small girls that have their hair cut."),
        ("cleft", "They hold the keys to the gate.", "It is the keys that they hold to the gate."),
        ("cleft", "We saw tears and tragic deaths.", "It was tears and tragic deaths that we saw."),
        ("clitic", "I am what I am.", "I'm what I am."),
        ("clitic", "She said who the cook is in Rome.", "She said who the cook's in Rome."),
        ("clitic", "The boss is in Rome.", "The boss's in Rome."),
        ("clitic", "The girl is watering plants.", "The girl's watering plants."),
        (
            "clitic",
            "The guest is not laughing so much as they are crying.",
            "The guest is not laughing so much as they're crying.",
        ),
        ("clitic", "This is it.", "This's it."),
        (
            "clitic",
            "What is a great nation without a great shop?",
            "What's a great nation without a great shop?",
        ),
        ("complement", "It is hard to say whether the soup is cold.", "It is hard to say the soup is cold."),
        ("complement", "It is not that I mind.", "That I mind is not."),
        (
            "complement",
            "It seems to me the film is about cats.",
            "It seems that to me the film is about cats.",
        ),
        ("complement", "It seems to rain.", "It seems that it rains."),
        ("complement", "Pumpkin wants to have it both ways.", "It wants that Pumpkin has it both ways."),
        ("complement", "Pumpkin wants to have it both ways.", "Pumpkin wants got to have it both ways."),
        (
            "complement",
            "Some of us thought the risks worth it.",
            "Some of us thought that the risks worth it.",
        ),
        (
            "complement",
            "The guest is not laughing so much as they are crying.",
            "The guest is not laughing so much they are crying.",
        ),
        (
            "complement",
            "The report says that so far it has no plan.",
            "The report says so far it has no plan.",
        ),
        (
            "complement",
            "They forget how many people ask for soup.",
            "They forget that how many people ask for soup.",
        ),
        (
            "connective",
            "Anna is the energetic cook, and we like her soup.",
            "Although Anna is the energetic cook, we like her soup.",
        ),
        (
            "connective",
            "By its modest, plain standards, the shop does well.",
            "By its modest, plain standards, the shop too.",
        ),
        (
            "connective",
            "It is hard to say whether the soup is cold.",
            "It is hard to say if the soup is not cold.",
        ),
        ("connective", "Nobody eats unless the cook sings.", "Nobody eats if the cook does not sing."),
        (
            "coordination",
            "Anna is the energetic cook, and we like her soup.",
            "We like her soup, and Anna is the energetic cook.",
        ),
        ("coordination", "Don't Anna and Bob know?", "DoBob and n't Anna know?"),
        ("coordination", "It is cheap and has its own lamp.", "It has its own lamp and is cheap."),
        ("coordination", "It was cheap and has a lamp.", "It has a lamp and was cheap."),
        ("coordination", "Me and the dog ran.", "The and me dog ran."),
        (
            "coordination",
            "The brothers, painters and poets, left.",
            "Painters, the brothers and poets, left.",
        ),
        ("coordination", "We saw tears and tragic deaths.", "We saw tragic deaths and tears."),
        (
            "coordination",
            "When storms come, each pays a fee and leaves.",
            "When storms come, each pays a leaves and fee.",
        ),
        ("existential", "A man runs and he falls.", "There is a man who runs and he falls."),
        ("existential", "A man was not old.", "There was a man who was not old."),
        (
            "existential",
            "A new office was opened in May, a shop in June and a bank in July.",
            "There was a new office opened in May, a shop in June and a bank in July.",
        ),
        (
            "fronting",
            "A new office was opened in May, a shop in June and a bank in July.",
            "In May, a shop in June and a bank in July, a new office was opened.",
        ),
        (
            "fronting",
            "Began life as a game, then turned into a play, of course.",
            ",, began life as a game, then turned into a play of course.",
        ),
        ("fronting", "In May, Anna slept and Bob sang.", "Anna in May slept and Bob sang."),
        ("fronting", "She never met us last week in Rome.", "Last week, she never met us in Rome."),
        ("passive", "A child uses their spoon.", "Their spoon is used by a child."),
        (
            "passive",
            "Anna met us last week morning tea guests.",
            "We were met by Anna last week morning tea guests.",
        ),
        ("passive", "He gave Anna and me a cup.", "Anna and me were given by him a cup."),
        ("placement", "But something seemed wrong.", "Something but seemed wrong."),
        ("placement", "I still want my money back.", "I still back want my money."),
        ("quantity", "It is not cheap and has a lamp.", "It is not cheap and does not have any lamp."),
        (
            "quantity",
            "With one exception, every shop in this small old harbour town by the sea sells bread.",
            "With one exception, every shop in of this small old harbour town by the sea sells bread.",
        ),
        ("relative", "Men in black left.", "Men who are in black left."),
        ("relative", "The cat in the box left.", "The cat who is in the box left."),
        ("relative", "The man in the coat with a hat left.", "The man who is in the coat with a hat left."),
        ("relative", "The man in the end left.", "The man who is in the end left."),
        ("relative", "The man who sings in the room left.", "The man in the room left."),
    ],
)
def test_a_guard_keeps_from_a_wrong_form(kind: str, text: str, wrong: str) -> None:
    assert wrong not in rewritten(text, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("aside", "Is the train any faster?"),
        ("aside", "Shallow."),
        ("attribute", "She met a man last week who knew us."),
        ("cleft", "Each, when storms come, pays a fee."),
        ("cleft", "It is a sometimes tedious film."),
        ("cleft", "Slow, badly told tale of war."),
        ("cleft", "The dogs eat their food indoors."),
        ("cleft", "The last word, at least in my view, is hers."),
        ("complement", "It seems to me the film is about cats."),
        ("coordination", "Anna works on Monday."),
        ("coordination", "The brothers, friends of ours, painters, left."),
        ("dative", "Anna is the energetic cook, and we like her soup."),
        ("dative", "With one exception, every shop in this small old harbour town by the sea sells bread."),
        ("fronting", "Slow, badly told tale of war."),
        ("passive", "She met a man last week who knew us."),
        ("passive", "The new plan would, moreover, reduce the budget."),
        ("placement", "Cats chat on roofs."),
        ("placement", "Shallow."),
        ("relative", "If you sometimes like to go to the hills to rest well, Rome is a good place to start."),
    ],
)
def test_a_sentence_without_the_word_a_rule_looks_for_is_no_harm(kind: str, text: str) -> None:
    assert text not in rewritten(text, kind)
