import pytest

from leaderboard.web.links import MOST, addresses, anchors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://lab.example/model?x=1#a.", ["https://lab.example/model?x=1#a"]),
        ("(https://lab.example/a_b) and https://lab.example/a_b", ["https://lab.example/a_b"]),
        ("http://lab.example/ ftp://lab.example/ javascript:alert(1) //lab.example", []),
        ("https://user@lab.example/ https://lab.example:8443/ https://127.0.0.1/", []),
        ("https://lаb.example/ https://lab/ https://-a.example/", []),  # the first a is Cyrillic
        ("https://lab.example/" + "x" * 200, []),
        ('https://lab.example/"onclick="alert(1)', ["https://lab.example/"]),
        ("https://lab.example/<script>", ["https://lab.example/"]),
    ],
)
def test_only_plain_https_addresses_are_links(text: str, expected: list[str]) -> None:
    assert addresses([text]) == expected


def test_an_address_is_its_own_text_and_nothing_in_it_is_markup() -> None:
    assert anchors(["https://lab.example/?a=1&b=2"]) == (
        '<a href="https://lab.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">'
        "https://lab.example/?a=1&amp;b=2</a>"
    )
    assert anchors(["none"]) == ""


def test_there_are_at_most_ten() -> None:
    assert len(addresses([f"https://lab.example/{i}" for i in range(50)])) == MOST
