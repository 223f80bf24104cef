"""Rewrites of sentences by the embedded parser, known by hand, and what must be left alone."""

import pytest

from robtest.language.parser import ENGLISH
from robtest.language.rewrites import LONGEST, PARSED, rewritable
from robtest.text import apply

pytestmark = pytest.mark.data


def rewritten(text: str, kind: str) -> set[str]:
    """Every text that one rewrite of one kind gives."""
    plain = [sentence for sentence in ENGLISH(text) if rewritable(sentence)]
    return {apply(text, [edit]) for sentence in plain for edit in PARSED[kind](sentence)}


@pytest.mark.parametrize(
    ("active", "passive"),
    [
        ("The storm damages the pier.", "The pier is damaged by the storm."),
        ("The storm damaged the piers.", "The piers were damaged by the storm."),
        ("The board will accept the offer.", "The offer will be accepted by the board."),
        ("The board has accepted the offers.", "The offers have been accepted by the board."),
        ("The board had accepted the offer.", "The offer had been accepted by the board."),
        ("The council is repairing the street.", "The street is being repaired by the council."),
        ("The council was repairing the streets.", "The streets were being repaired by the council."),
        ("The board might have accepted the offer.", "The offer might have been accepted by the board."),
        ("My aunt did not write the novel.", "The novel was not written by my aunt."),
        ("My aunt didn't write the novel.", "The novel wasn't written by my aunt."),
        ("The coach can't blame her.", "She can't be blamed by the coach."),
        ("The last scene deeply moved me.", "I was deeply moved by the last scene."),
        (
            "Two young engineers built the bridge in 1962.",
            "The bridge was built by two young engineers in 1962.",
        ),
        ("Yesterday, the wind broke the window.", "Yesterday, the window was broken by the wind."),
        ("the wind broke the window .", "the window was broken by the wind ."),
        (
            "The plot is thin, but the actors save the film.",
            "The plot is thin, but the film is saved by the actors.",
        ),
    ],
)
def test_active_and_passive_are_each_others_rewrite(active: str, passive: str) -> None:
    assert rewritten(active, "passive") == {passive}
    assert rewritten(passive, "active") == {active}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("She turned the offer down.", "The offer was turned down by her."),
        (
            "My friends had already seen the exhibition.",
            "The exhibition had already been seen by my friends.",
        ),
        ("She carefully opened the heavy box.", "The heavy box was carefully opened by her."),
        ("They don't answer my emails.", "My emails aren't answered by them."),
        ("The kids’ teacher didn’t find the key.", "The key wasn’t found by the kids’ teacher."),
    ],
)
def test_adverbs_particles_and_apostrophes_stay_what_they_are(before: str, after: str) -> None:
    assert after in rewritten(before, "passive")


@pytest.mark.parametrize(
    "text",
    [
        "The director knows his audience.",  # his audience knows nobody yet
        "She hurt herself.",
        "The film lasts two hours.",
        "The ticket costs ten dollars.",
        "The screenplay lacks a clear idea.",
        "The joke made him laugh.",
        "The waiter brought us the soup.",
        "She opened the door and left.",
        "He read the letter, smiling.",
        "Nobody understood the joke.",
        "Many people did not like the film.",
        "They did not read a book.",
        "Did the dog chase the cat?",
        "The people paid attention.",
        "THE DOG CHASED THE CAT.",
        'The critic wrote "the film is dull".',
    ],
)
def test_what_has_no_certain_passive_is_left_alone(text: str) -> None:
    assert rewritten(text, "passive") == set()


@pytest.mark.parametrize(
    "text",
    [
        "The letters were delivered by hand.",
        "The car was parked by the river.",
        "The work must be finished by Friday.",
        "Prices were raised by ten percent.",
        "The house was sold.",
        "Was the house sold by the bank?",
        "The song was written by a friend and sung by a choir.",
    ],
)
def test_what_names_no_agent_stays_passive(text: str) -> None:
    assert rewritten(text, "active") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The bank closed its branch two years ago.", "Two years ago, the bank closed its branch."),
        ("I bought the phone last week.", "Last week, I bought the phone."),
        ("The council met on Tuesday.", "On Tuesday, the council met."),
        ("We were tired after the long walk.", "After the long walk, we were tired."),
        ("Anna sang well despite the noise!", "Despite the noise, Anna sang well!"),
        ("We stayed at home because it was raining.", "Because it was raining, we stayed at home."),
        ("The hall was full even though it was late.", "Even though it was late, the hall was full."),
        ("The children slept when the bus arrived.", "When the bus arrived, the children slept."),
        ("Turn off the lights before you leave.", "Before you leave, turn off the lights."),
    ],
)
def test_an_adverbial_stands_at_either_end(one: str, other: str) -> None:
    assert rewritten(one, "fronting") == {other}
    assert rewritten(other, "fronting") == {one}


def test_a_comma_before_a_clause_goes_where_the_clause_goes() -> None:
    assert rewritten("I liked it, although it was long.", "fronting") == {"Although it was long, I liked it."}


@pytest.mark.parametrize(
    "text",
    [
        "The plan depends on the weather.",
        "The meeting is on Monday.",
        "I did not leave because I was tired.",  # two meanings, and one of them is lost in front
        "When Anna arrived, she sat down.",  # she would no longer be Anna
        "He said that he was tired after the show.",
        "The film was so long that we left before the end.",
        "She came home and slept after the show.",
        "Did you sleep last night?",
        "However, it rained.",
        "My sister looked after the house.",
    ],
)
def test_what_may_belong_elsewhere_stays_where_it_is(text: str) -> None:
    assert rewritten(text, "fronting") == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Anna painted the old door yesterday.",
            {
                "It was Anna that painted the old door yesterday.",
                "It was the old door that Anna painted yesterday.",
                "It was yesterday that Anna painted the old door.",
            },
        ),
        (
            "The actors save the picture.",
            {"It is the actors that save the picture.", "It is the picture that the actors save."},
        ),
        ("We met in 1998.", {"It was in 1998 that we met."}),
        ("The committee will decide.", {"It is the committee that will decide."}),
        ("the music is lovely .", {"it is the music that is lovely ."}),
    ],
)
def test_clefts_put_forward_subject_object_and_time(before: str, after: set[str]) -> None:
    assert rewritten(before, "cleft") == after


@pytest.mark.parametrize(
    "text",
    [
        "She sings.",
        "Dogs bark.",
        "A man came in.",
        "The film did not win.",
        "The band would win.",
        "Only the dog barked.",
        "The food was cold and the waiter was rude.",
        "They waited for two hours.",
    ],
)
def test_what_is_not_definite_or_not_plain_is_not_put_forward(text: str) -> None:
    assert rewritten(text, "cleft") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We bought apples and pears.", "We bought pears and apples."),
        ("The lake and the hills attract guests.", "The hills and the lake attract guests."),
        ("The soup was salty and thin.", "The soup was thin and salty."),
        ("It is a slow and boring film.", "It is a boring and slow film."),
        ("The food was cold and the waiter was rude.", "The waiter was rude and the food was cold."),
        ("The price was fair, and the rooms were big.", "The rooms were big, and the price was fair."),
    ],
)
def test_coordinated_words_and_clauses_change_places(one: str, other: str) -> None:
    assert rewritten(one, "coordination") == {other}
    assert rewritten(other, "coordination") == {one}


@pytest.mark.parametrize(
    "text",
    [
        "He listed the pros and cons.",
        "We ate soup, bread and cheese.",
        "She saw Anna and her sister.",
        "I bought salt and pepper from India.",
        "It was an old and rusty car.",
        "He came in and she left.",
        "The room was cold and then it was warm.",
        "A dog or two cats are enough.",
        "He saw cats and dogs, and the latter barked.",
        "The man and the dog that barked left.",
    ],
)
def test_what_follows_or_belongs_to_one_keeps_its_order(text: str) -> None:
    assert rewritten(text, "coordination") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("She lent him the car.", "She lent the car to him."),
        ("Grandma told the children a story.", "Grandma told a story to the children."),
        ("Please show me the receipt.", "Please show the receipt to me."),
    ],
)
def test_two_objects_change_places(one: str, other: str) -> None:
    assert rewritten(one, "dative") == {other}
    assert rewritten(other, "dative") == {one}


@pytest.mark.parametrize(
    "text",
    [
        "I gave it a try.",
        "He sent the letter to Paris.",
        "She gave it to me.",
        "The noise gave me a headache.",
    ],
)
def test_what_nobody_receives_keeps_its_place(text: str) -> None:
    assert rewritten(text, "dative") == set()


def test_a_sentence_is_rewritten_where_it_stands() -> None:
    text = "  Hm.\n\tThe dog chased the cat.  Then it rained. "
    assert rewritten(text, "passive") == {"  Hm.\n\tThe cat was chased by the dog.  Then it rained. "}


def test_a_sentence_too_long_to_trust_its_parse_is_left_alone() -> None:
    clauses = ", and the dog chased the cat" * (LONGEST // 7)
    assert rewritten(f"The dog chased the cat{clauses}.", "passive") == set()
