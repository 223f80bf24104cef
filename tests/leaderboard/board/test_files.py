import csv as reader
import io
import json
import math
import re

import pandas as pd
import pytest

from leaderboard.board.files import FORMATS, ROWS, Shown, as_json, bibtex, csv, facts_of, latex, markdown
from leaderboard.board.standard import AttackSet
from leaderboard.board.table import Choice

HOSTILE = r"a|b & <i> 50% \input{x} $y$ [l](z)"
ABOUT = {
    "suite": "mini",
    "task": "sentiment",
    "attack": "typo (malicious)",
    "degree": "0.1",
    "intervals": "95 %",
}


@pytest.fixture
def table() -> Shown:
    data = pd.DataFrame({"model": ["a", HOSTILE], "id": [0.123456789012, math.nan], "id_n": [200, 1234]})
    text = pd.DataFrame({"Model": ["a", HOSTILE], "ID": ["12.3 [10.0–14.0]", "–"]})
    return Shown(data, text, "A board & more", "2025-02-03", "0123456789abcdef", ABOUT)


def named(*names: str) -> Shown:
    data = pd.DataFrame({"model": names, "id": [-0.5] * len(names)})
    text = pd.DataFrame({"Model": names, "Change": ["-0.5 [-0.7 to -0.3]"] * len(names)})
    return Shown(data, text, names[0], names[0])


def test_json_holds_the_numbers_in_full_and_null_for_missing(table: Shown) -> None:
    same = {"snapshot": "0123456789abcdef"}
    assert json.loads(as_json(table)) == [
        {"model": "a", "id": 0.123456789012, "id_n": 200, **same},
        {"model": HOSTILE, "id": None, "id_n": 1234, **same},
    ]


def test_csv_leaves_missing_numbers_empty(table: Shown) -> None:
    assert csv(table).splitlines()[1] == "a,0.123456789012,200,0123456789abcdef"
    assert ",,1234," in csv(table).splitlines()[2]


def test_latex_has_one_line_per_row_and_no_live_command_of_a_name(table: Shown) -> None:
    text = latex(table)
    assert r"12.3 {[}10.0--14.0{]} \\" in text
    name = (
        r"a\textbar{}b \& \textless{}i\textgreater{} 50\% \textbackslash{}input\textbraceleft{}x"
        r"\textbraceright{} \$y\$ {[}l{]}(z) & -- \\"
    )
    assert name in text
    assert text.count(r" \\") == 3
    assert r"\begin{tabular}{lr}" in text


def test_latex_says_in_its_caption_what_the_numbers_are_of_and_has_a_label(table: Shown) -> None:
    (caption,) = re.findall(r"\\caption\{(.*)\}\n", latex(table))
    assert caption == (
        r"A board \& more. Suite mini; task sentiment; attack typo (malicious); degree 0.1; "
        r"intervals 95 \%; n 200 to 1,234; newest number of 2025-02-03; snapshot 0123456789abcdef."
    )
    assert re.search(r"\\label\{tab:[\w-]+-[0-9a-f]{8}\}", latex(table))


def test_latex_is_no_wider_than_the_text_and_no_longer_than_a_page(table: Shown) -> None:
    text = latex(table)
    assert r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%" in text
    long = pd.concat([table.text] * ROWS, ignore_index=True)
    parts = latex(Shown(table.data, long, table.title, table.measured)).split(r"\begin{table}")[1:]
    assert len(parts) == 2
    assert [part.count(r" \\") - 1 for part in parts] == [ROWS, ROWS]
    assert "Part 1 of 2" in parts[0] and "Part 2 of 2" in parts[1]
    labels = [re.findall(r"\\label\{(.*?)\}", part) for part in parts]
    assert labels[0] != labels[1] and all(len(found) == 1 for found in labels)


@pytest.mark.parametrize("name", [r"}}@evil{x,y", "{{{", "}", r"\}", "[2cm] a", "* a", 'say "x"', "~^#_"])
def test_latex_and_bibtex_stay_whole_whatever_a_name_holds(name: str) -> None:
    shown = named(name, "b")
    for text in (latex(shown), bibtex(shown)):
        depth = 0
        for letter in text:  # as BibTeX counts, to which a backslash before a brace means nothing
            depth += {"{": 1, "}": -1}.get(letter, 0)
            assert depth >= 0
        assert depth == 0
    assert latex(shown).count(r"\begin{") == latex(shown).count(r"\end{") == 2
    assert not re.search(r"(?:\\\\|rule)\s*[\[*]", latex(shown))
    assert bibtex(shown).count("@") - name.count("@") == 1


def test_markdown_keeps_a_pipe_and_markup_of_a_name_as_text(table: Shown) -> None:
    lines = markdown(table).splitlines()
    assert lines[1] == "| --- | --- |"
    assert lines[3] == r"| a\|b \& \<i> 50% \\input{x} \$y\$ \[l](z) | – |"
    assert lines[-1].endswith("snapshot 0123456789abcdef.")


FORMULAS = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1", "-1 [x"]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_an_export_begins_like_a_formula(name: str) -> None:
    shown = named(name)
    shown.data.insert(0, name, ["x"])
    starts = r"[\s'\"]*[=+@＝-]"
    rows = list(reader.reader(io.StringIO(csv(shown))))
    cells = [cell for row in rows for cell in row if cell != "-0.5"]
    cells += [str(cell) for row in json.loads(as_json(shown)) for cell in (*row, *row.values())]
    cells += [cell.strip() for line in markdown(shown).splitlines()[2:3] for cell in line.split("|")[1:2]]
    cells += [line.split("&")[0] for line in latex(shown).splitlines() if line.endswith(r"\\")]
    risky = [cell for cell in cells if re.match(starts, cell) and not cell.startswith("'")]
    assert [cell for cell in risky if cell != "-0.5"] == []
    assert json.loads(as_json(shown))[0]["id"] == -0.5
    assert "-0.5 [-0.7 to -0.3]" in markdown(shown).replace("\\", "")


@pytest.mark.parametrize("name", ["http://evil.example", "www.evil.example", "a@evil.example", "HTTPS://x.y"])
def test_no_name_becomes_a_link_in_markdown(name: str) -> None:
    # What GitHub's Markdown looks for once backslashes are gone.
    links = r"(?i)https?://|www\.|[-.\w+]+@[-\w]+\.[-\w]"
    assert re.search(links, name)
    assert not re.search(links, markdown(named(name)).replace("\\", ""))


def test_bibtex_names_the_day_the_attack_and_the_numbers(table: Shown) -> None:
    entry = bibtex(table)
    assert "year = {2025}" in entry
    assert "attack typo (malicious); degree 0.1" in entry
    assert "newest number of 2025-02-03" in entry
    other = Shown(table.data.assign(id=0.5), table.text, table.title, table.measured)
    assert bibtex(other).splitlines()[0] != entry.splitlines()[0]


def test_facts_name_every_attack_of_a_set() -> None:
    rows = pd.DataFrame({"suite": ["mini"] * 2, "task": ["nli", "qa"], "level": [0.95, 0.9]})
    one = Choice("mini", "nli", "typo", "malicious", 0.1)
    assert facts_of(one, rows) == ABOUT | {"task": "nli"}
    assert facts_of(Choice("mini", "nli"), rows)["attack"] == "none"
    of_two = facts_of(one, rows, AttackSet((("typo", "malicious"), ("syntax", "general")), 0.2))
    assert of_two["attacks"] == "typo (malicious), syntax (general)"
    assert of_two["degree"] == "0.2"


def test_every_format_ends_with_a_line_break(table: Shown) -> None:
    assert all(make(table).endswith("\n") for _, _, make in FORMATS.values())
