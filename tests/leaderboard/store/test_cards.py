import pytest

from boss.paths import conf_dir
from leaderboard.store.cards import card_of


def test_a_card_says_what_the_configuration_says() -> None:
    card = card_of("mini", "amazon_snippets")
    assert card is not None
    assert (card.title, card.licence) == ("Amazon product review snippets", "MIT")
    assert card.source == "https://github.com/cjhutto/vaderSentiment"
    assert card.shift == "the ID dataset: sentences of product reviews"
    assert card.labels == ("negative", "positive", "neutral")
    assert card.label_mapping.startswith("mean of 20 human ratings in [-4, 4]: above 0.5 is positive")
    assert card_of("mini+extra", "amazon_snippets") == card


@pytest.mark.parametrize("suite", ["mini", "boss"])
def test_every_dataset_of_the_project_has_a_whole_card(suite: str) -> None:
    names = sorted(file.stem for file in (conf_dir() / "dataset" / suite).glob("*.yaml"))
    assert len(names) >= 18
    for name in names:
        card = card_of(suite, name)
        assert card is not None
        assert all((card.title, card.source, card.licence, card.shift, card.label_mapping)), name


@pytest.mark.parametrize(
    ("suite", "dataset"),
    [
        ("mini", "nobody_knows"),
        ("other", "tweets"),
        ("mini", "../boss/amazon"),
        ("../dataset/mini", "tweets"),
        ("..", "pretrained"),
        ("", "config"),
        ("mini", "/etc/passwd"),
        ("mini", "tweets\n"),
    ],
)
def test_a_name_that_is_no_dataset_of_the_suite_has_no_card(suite: str, dataset: str) -> None:
    assert card_of(suite, dataset) is None
