"""Emoji: pictures behind words that they show, and behind sentences."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language.sentences import ends_sentence

KINDS = ("named", "neutral")

PICTURES: Mapping[str, str] = {
    word: unicodedata.lookup(name)
    for name, words in {
        "ALARM CLOCK": "clock",
        "ANT": "ant",
        "AUTOMOBILE": "car",
        "BABY": "baby",
        "BANANA": "banana",
        "BATTERY": "battery",
        "BEER MUG": "beer",
        "BICYCLE": "bicycle bike",
        "BIRD": "bird",
        "OPEN BOOK": "book",
        "BREAD": "bread",
        "BUS": "bus",
        "CAMERA": "camera",
        "CARROT": "carrot",
        "CAT FACE": "cat",
        "CHAIR": "chair",
        "CHEESE WEDGE": "cheese",
        "CHURCH": "church",
        "CLAPPER BOARD": "movie film",
        "COW FACE": "cow",
        "DECIDUOUS TREE": "tree",
        "DOG FACE": "dog",
        "DOOR": "door",
        "EGG": "egg",
        "FACTORY": "factory",
        "FISH": "fish",
        "GARLIC": "garlic",
        "GUITAR": "guitar",
        "HAMBURGER": "burger hamburger",
        "HORSE FACE": "horse",
        "HOSPITAL": "hospital",
        "HOT BEVERAGE": "coffee",
        "HOTEL": "hotel",
        "HOUSE BUILDING": "house",
        "LEMON": "lemon",
        "MICROSCOPE": "microscope",
        "MOBILE PHONE": "phone",
        "MUSHROOM": "mushroom",
        "MUSICAL KEYBOARD": "piano",
        "MUSICAL NOTE": "music song",
        "NEWSPAPER": "newspaper",
        "ONION": "onion",
        "PERSONAL COMPUTER": "computer laptop",
        "PIG FACE": "pig",
        "POTATO": "potato",
        "RADIO": "radio",
        "ROCKET": "rocket",
        "SAILBOAT": "boat",
        "SCHOOL": "school",
        "SHEEP": "sheep",
        "SLICE OF PIZZA": "pizza",
        "SNAKE": "snake",
        "SPOON": "spoon",
        "TEACUP WITHOUT HANDLE": "tea",
        "TELEVISION": "television tv",
        "TICKET": "ticket",
        "TOMATO": "tomato",
        "TRAIN": "train",
        "VIDEO GAME": "game",
        "VIOLIN": "violin",
        "WINE GLASS": "wine",
    }.items()
    for word in words.split()
}
"""Singular noun -> the emoji of it. Things, places and animals that are meant by hardly anything else, and
pictures without a face that feels; each one code point that is shown in colour by default."""

NEUTRAL = tuple("📌📎🔹🔸📝🔖📅🕒📍🌐")
"""Pins, marks and papers: they say nothing of what they stand behind."""

_LETTERS = re.compile(r"(?<!\w)[A-Za-z]+(?!\w)")


@dataclass(frozen=True)
class Emoji(Family):
    """Put an emoji behind a word that names it, or a neutral one behind a sentence.

    Two kinds: ``named`` (*dog* 🐶) out of `PICTURES`, ``neutral`` out of `NEUTRAL`; each with a space before
    it or without. No smiley, hand or heart: they have a polarity of their own.

    Word level, since whole tokens are added. General and malicious: a word more, or one or two
    characters. Where white space must stay, the core offers the forms without a space alone.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "emoji"
    level = "word"
    unit = "word"
    tags = ("general", "malicious")
    version = "1"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield the emoji behind a name in ``text[start:end]``, or behind the sentence that ends there."""
        if kind == "named":
            for match in _LETTERS.finditer(text, start, end):
                word = match[0].lower()
                picture = PICTURES.get(word) or PICTURES.get(word.removesuffix("s"))
                if picture is not None:
                    yield from _behind(text, match.end(), picture)
        elif ends_sentence(text, start, end):
            for picture in NEUTRAL:
                yield from _behind(text, end, picture)


def _behind(text: str, end: int, picture: str) -> Iterator[Change]:
    # The character before it is part of the edit, which so belongs to its word and to no place between.
    yield from (Change(end - 1, end, f"{text[end - 1]}{space}{picture}") for space in (" ", ""))
