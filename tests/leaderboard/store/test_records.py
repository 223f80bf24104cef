from leaderboard.store.records import attack_place


def test_attacks_are_in_robtests_order_with_groups_last() -> None:
    names = ["all attacks", "deepwordbug", "glyph", "all char-level attacks", "typo, score access", "typo"]
    assert sorted(names, key=attack_place) == [
        "typo",
        "typo, score access",
        "glyph",
        "deepwordbug",
        "all attacks",
        "all char-level attacks",
    ]
