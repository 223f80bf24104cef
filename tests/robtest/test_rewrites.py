"""Rewrites of sentences by the embedded parser, known by hand, and what must be left alone."""

import pytest

from robtest.language.parser import ENGLISH
from robtest.language.rewrites import LONGEST, LONGEST_PLAIN, PARSED, rewritable
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
        ("I have a test tomorrow.", "Tomorrow, I have a test."),
        ("People buy fish at the market.", "At the market, people buy fish."),
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
        "He said he would come tomorrow.",
        "He jumped in the water.",
        "One man left while the other slept.",
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
        ("She needs a nap.", {"What she needs is a nap."}),
        ("I want to sleep!", {"What I want is to sleep!"}),
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
        "The music is lovely.",
        "I love you.",
        "She needs help and money.",
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
        ("We sell milk, tea and sugar.", "We sell tea, milk and sugar."),
        ("It was a slow, boring film.", "It was a boring, slow film."),
        ("She spoke slowly and carefully.", "She spoke carefully and slowly."),
        ("He likes old songs and new films.", "He likes new films and old songs."),
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
        "We ate soup, white bread and cheese.",
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


BOTH_WAYS = [
    ("existential", "A man is sleeping in the hall.", "There is a man sleeping in the hall."),
    ("existential", "Three dogs were in the yard.", "There were three dogs in the yard."),
    ("relative", "The dinner they bought was cold.", "The dinner that they bought was cold."),
    ("complement", "She told me that he left.", "She told me he left."),
    ("complement", "I am sure that it works.", "I am sure it works."),
    ("complement", "It began to rain.", "It began raining."),
    ("complement", "They helped to find the key.", "They helped find the key."),
    ("genitive", "We met the film's director.", "We met the director of the film."),
    ("connective", "They came despite the rain.", "They came in spite of the rain."),
    ("connective", "He walks as if he were ill.", "He walks as though he were ill."),
    ("clitic", "Let's go home.", "Let us go home."),
    ("clitic", "It's a good lamp.", "It is a good lamp."),
    ("clitic", "There's a lamp.", "There is a lamp."),
    ("clitic", "They should've asked.", "They should have asked."),
    ("clitic", "Thanks for the tea.", "Thank you for the tea."),
    ("particle", "Turn off the lights.", "Turn the lights off."),
    ("quantity", "All the rooms are cold.", "All of the rooms are cold."),
    ("quantity", "The film has no plot.", "The film does not have any plot."),
    ("quantity", "She has a lot of friends.", "She has lots of friends."),
    ("placement", "The soup is also cold.", "The soup also is cold."),
    ("placement", "They usually take the bus.", "Usually, they take the bus."),
    ("placement", "He left quickly.", "He quickly left."),
    ("aside", "Built in 1920, the hall needs a roof.", "The hall, built in 1920, needs a roof."),
    ("apposition", "Anna Lee, who is a painter, paints it.", "Anna Lee, a painter, paints it."),
    ("apposition", "My teacher, Anna Lee, left the room.", "Anna Lee, my teacher, left the room."),
    ("quotation", '"It rains," said Anna.', '"It rains," Anna said.'),
]


@pytest.mark.parametrize(("kind", "left", "right"), BOTH_WAYS)
def test_a_form_and_its_other_form_are_each_others_rewrite(kind: str, left: str, right: str) -> None:
    assert right in rewritten(left, kind)
    assert left in rewritten(right, kind)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("existential", "A woman juggles in the park.", "There is a woman who juggles in the park."),
        ("relative", "A company that makes phones failed.", "A company which makes phones failed."),
        ("relative", "A company which makes phones failed.", "A company that makes phones failed."),
        ("relative", "The man who is standing there sings.", "The man standing there sings."),
        ("relative", "A boy riding a bike waves.", "A boy who is riding a bike waves."),
        ("relative", "We live in a world in which people lie.", "We live in a world where people lie."),
        ("relative", "He has a box containing a ring.", "He has a box that contains a ring."),
        ("relative", "A book published by Anna sold well.", "A book that was published by Anna sold well."),
        ("relative", "The bridge, which was built in May, fell.", "The bridge, built in May, fell."),
        ("attribute", "It was a boring film.", "It was a film that was boring."),
        ("attribute", "A film that is boring.", "A boring film."),
        ("attribute", "An unexpectedly sweet story.", "A story that is unexpectedly sweet."),
        ("attribute", "She is an honest woman.", "She is a woman who is honest."),
        ("genitive", "The staleness of its script annoys me.", "Its script's staleness annoys me."),
        ("genitive", "the film 's charm is gone .", "the charm of the film is gone ."),
        ("fronting", "But I have a test tomorrow.", "But tomorrow, I have a test."),
        ("coordination", "They like singing and dancing.", "They like dancing and singing."),
        ("complement", "He left in order to sleep.", "He left to sleep."),
        ("complement", "The law requires firms to pay taxes.", "The law requires that firms pay taxes."),
        ("complement", "It is clear that the plan failed.", "That the plan failed is clear."),
        ("complement", "It is hard to find a seat.", "To find a seat is hard."),
        ("complement", "I think it works well.", "It works well, I think."),
        ("complement", "I must go see a doctor.", "I must go and see a doctor."),
        ("complement", "It was so cold that we left.", "It was so cold we left."),
        ("complement", "You have to leave.", "You have got to leave."),
        ("connective", "A slow but honest film.", "A slow yet honest film."),
        ("connective", "The plan was good, but it failed.", "Although the plan was good, it failed."),
        ("connective", "Although it was late, they kept working.", "It was late, but they kept working."),
        ("connective", "Yet the film is long.", "But the film is long."),
        ("connective", "But the film was long.", "However, the film was long."),
        ("connective", "I like it, too.", "I like it as well."),
        ("connective", "It is not only cheap but also good.", "It is not only cheap but good."),
        ("clitic", "She's tired of it.", "She is tired of it."),
        ("clitic", "He's been ill.", "He has been ill."),
        ("clitic", "He'd like tea.", "He would like tea."),
        ("clitic", "He'd better go.", "He had better go."),
        ("clitic", "The room doesn't have a lamp.", "The room does not have a lamp."),
        ("clitic", "I dont know.", "I do not know."),
        ("clitic", "I'm gonna leave.", "I'm going to leave."),
        ("clitic", "We are going to win.", "We will win."),
        ("clitic", "My aunt is not here.", "My aunt's not here."),
        ("coordination", "It works as both a film and a play.", "It works as a film and a play."),
        ("fronting", "In May, it rained, but we stayed.", "It rained in May, but we stayed."),
        ("quantity", "There is no hope.", "There is not any hope."),
        ("quantity", "It costs ten dollars a year.", "It costs ten dollars per year."),
        ("placement", "The car moved slowly through mud.", "The car slowly moved through mud."),
        ("aside", "In May, the mayor left the city.", "The mayor, in May, left the city."),
        ("aside", "The plan, however, failed.", "However, the plan failed."),
        ("aside", "If it rains, the match ends.", "The match, if it rains, ends."),
        ("address", "Please follow me.", "Follow me, please."),
        ("address", "@anna I like it!", "I like it, @anna!"),
        ("address", "@anna @bob thanks a lot!", "thanks a lot, @anna @bob!"),
        ("quotation", "The plan works well, Mr. Lee said.", "Mr. Lee said that the plan works well."),
        ("coordination", "He has a hat, a coat and a cane.", "He has a coat, a hat and a cane."),
        ("coordination", "We sell either tea or milk.", "We sell tea or milk."),
        ("connective", "The film is long, yet it is good.", "The film is long, but it is good."),
        ("connective", "While it is good, the plan is late.", "Although it is good, the plan is late."),
    ],
)
def test_a_form_has_another(kind: str, before: str, after: str) -> None:
    assert after in rewritten(before, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("existential", "Prices are rising."),
        ("existential", "Dogs bark."),
        ("existential", "A man is not sleeping."),
        ("existential", "The man is sleeping."),
        ("existential", "There is a problem in the plan."),
        ("existential", "A man and a dog are sleeping."),
        ("relative", "The best film that won was long."),  # "which" is seldom said behind a superlative
        ("relative", "My aunt, who paints, left."),
        ("relative", "He said that he left."),
        ("attribute", "He has his red coat."),
        ("attribute", "It was such a boring film."),
        ("attribute", "We had a good time."),
        ("attribute", "A boring film about war."),
        ("attribute", "strange days is long ."),  # a title
        ("connective", "Call me tired, but I like it."),
        ("genitive", "We read today's news."),
        ("genitive", "It is a women's shelter."),
        ("genitive", "The city's best park is closed."),
        ("genitive", "We met Anna's dog."),
        ("complement", "What do you think he bought?"),
        ("complement", "I can't begin to say it."),
        ("connective", "It is not a film but a play."),
        ("connective", "Nothing but rain fell."),
        ("clitic", "He's gone."),  # is or has
        ("clitic", "You'd put it there."),  # would or had
        ("clitic", "Isn't the room small?"),
        ("clitic", "I know what it is."),
        ("particle", "She ran up a hill."),
        ("particle", "Turn them off."),
        ("quantity", "He slept all the time."),
        ("quantity", "They left a year ago."),
        ("placement", "It's also cold."),
        ("placement", "Is it also cold?"),
        ("aside", "In May, he left."),
        ("address", "@anna is here."),
        ("coordination", "I like old hats, coats and canes."),
        ("existential", "There is a dog."),
        ("apposition", "Anna, a painter, and a poet left."),
        ("quotation", '"It rains," said Anna, who was wet.'),
    ],
)
def test_what_may_mean_something_else_keeps_its_form(kind: str, text: str) -> None:
    assert rewritten(text, kind) == set()


def test_short_rewrites_stand_side_by_side() -> None:
    text = "It's a film that I think you'd like, but the plot isn't new."
    edits = [edit for sentence in ENGLISH(text) for edit in PARSED["clitic"](sentence)]
    assert apply(text, sorted(edits)) == "It is a film that I think you would like, but the plot is not new."


def test_a_sentence_is_rewritten_where_it_stands() -> None:
    text = "  Hm.\n\tThe dog chased the cat.  Then it rained. "
    assert rewritten(text, "passive") == {"  Hm.\n\tThe cat was chased by the dog.  Then it rained. "}


def test_a_sentence_too_long_to_trust_its_parse_is_left_alone() -> None:
    text = "The dog chased the cat" + ", and the dog chased the cat" * (LONGEST_PLAIN // 7) + "."
    assert rewritten(text, "passive") == set()
    assert rewritten("All the rooms are cold" + " and cold" * (LONGEST // 2) + ".", "quantity") == set()
