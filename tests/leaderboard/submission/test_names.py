import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boss.results.schema import Record
from boss.results.store import RECORDS
from leaderboard.store.folder import SHIPPED
from leaderboard.submission.check import check
from leaderboard.submission.claims import check_claims
from leaderboard.submission.names import fault


@pytest.mark.parametrize(
    "name",
    [
        "minilm",
        "org/name",
        "org/name@v1.2",
        "smollm2 (generate, plain, 1 shown)",
        "typo, degrees=0.1",
        "O'Neill",
        "größe",
        "模型 7b",
        "हिन्दी",
        "ภาษาไทย",
        "한국어",
        "العربية",
        "β-VAE",  # two words, each of one alphabet
        "сосо",  # one alphabet, though it looks like another
        "C#",
        "x" * 200,
    ],
)
def test_names_that_people_give_pass(name: str) -> None:
    assert fault(name) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (" a", "spaces at an end"),
        ("a  b", "two in a row"),
        ("=1+1", "begins with '='"),
        ("+1", "begins with '+'"),
        ("-1", "begins with '-'"),
        ("@SUM(1)", "begins with '@'"),
        ("\t=1", "spaces at an end"),
        ("a\tb", r"holds '\t'"),
        ("a\nb", r"holds '\n'"),
        ("http://evil.example", "holds '://'"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", r"holds '\u202e'"),
        ("a\N{LEFT-TO-RIGHT ISOLATE}b", r"holds '\u2066'"),
        ("a\N{ARABIC LETTER MARK}b", r"holds '\u061c'"),
        ("a\N{ZERO WIDTH SPACE}b", r"holds '\u200b'"),
        ("a\N{WORD JOINER}b", r"holds '\u2060'"),
        ("a\N{SOFT HYPHEN}b", r"holds '\xad'"),
        ("a\N{NO-BREAK SPACE}b", r"holds '\xa0'"),
        ("a\N{HANGUL FILLER}b", r"holds '\u3164'"),  # a letter, to Unicode, that shows nothing
        ("a\N{HANGUL CHOSEONG FILLER}b", r"holds '\u115f'"),
        ("a\N{VARIATION SELECTOR-16}b", r"holds '\ufe0f'"),
        ("a\N{COMBINING GRAPHEME JOINER}b", r"holds '\u034f'"),
        ("a\N{COMBINING ENCLOSING CIRCLE}", r"holds '\u20dd'"),
        ("\N{COMBINING ACUTE ACCENT}a", r"begins with '\u0301'"),
        ("x" + "\N{DEVANAGARI VOWEL SIGN E}" * 4, "more than 3 marks"),
        ("<b>", "holds '<'"),
        ("a|b", "holds '|'"),
        ("a`b", "holds '`'"),
        ("a\\b", r"holds '\\'"),
        ("a{b}", "holds '{'"),
        ("[a](//evil.example)", "holds '['"),
        ("a\N{EM DASH}b", r"holds '\u2014'"),
        ("\N{FULLWIDTH EQUALS SIGN}1", r"holds '\uff1d'"),
        ("ｍｉｎｉｌｍ", "another form"),
        ("𝐦𝐢𝐧𝐢𝐥𝐦", "another form"),
        ("ﬁne", "another form"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "another form"),
        ("m\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}nilm", "CYRILLIC and LATIN"),
        ("\N{GREEK SMALL LETTER OMICRON}rg/name", "GREEK and LATIN"),
        ("\ud800", "holds"),
        ("\U000e0041", "holds"),
    ],
)
def test_what_a_name_may_not_be(name: str, why: str) -> None:
    assert why in fault(name)


def test_every_name_of_the_shipped_results_passes() -> None:
    archives = sorted(SHIPPED.glob("*.zip"))
    names: set[str] = set()
    for archive in archives:
        with zipfile.ZipFile(archive) as packed:
            (file,) = [name for name in packed.namelist() if name.endswith(RECORDS)]
            for line in packed.read(file).decode().splitlines():
                said = json.loads(line)
                record = Record.model_validate({key: said[key] for key in said if key != "record_id"})
                cell = record.measurement
                names |= {record.model.id, record.model.method, cell.suite, cell.task, cell.dataset}
                names |= set() if cell.attack is None else {cell.attack.name, cell.attack.dimension}
    assert len(archives) >= 36 and "smollm2 (generate, plain, 1 shown)" in names
    assert {name: fault(name) for name in names if fault(name)} == {}


@pytest.mark.parametrize("name", ["=cmd", "http://evil.example", "m\u0456nilm", "a\u3164b"])
@pytest.mark.parametrize("field", ["id", "method"])
def test_a_run_with_such_a_name_is_refused(
    name: str, field: str, make_run: Callable[..., Path], packed: Any, forger: Any
) -> None:
    run = make_run()

    def renamed(record: Record) -> Record:
        return record.model_copy(update={"model": record.model.model_copy(update={field: name})})

    forger.edit_records(run, renamed)
    found = [finding for finding in check(packed(run)).findings if finding.code == "name"]
    assert found and found[0].severity == "error"
    assert f"model.{field}" in found[0].message and "letters and digits of any script" in found[0].cure


@pytest.mark.parametrize("submitter", ["=1+1", "www", "a\u202eb", "A. Sender"])
def test_a_sender_has_such_a_name_too(submitter: str, make_run: Callable[..., Path], packed: Any) -> None:
    refused = fault(submitter) != ""
    try:
        report = check(packed(make_run(), submitter=submitter))
    except ValueError as error:  # the sender's own command says it first
        assert refused and "letters and digits" in str(error)
        return
    assert any(finding.code == "declaration" for finding in report.findings) is refused


def test_check_claims_reads_a_whole_run(make_run: Callable[..., Path]) -> None:
    from boss.results.store import read_run

    assert [str(f) for f in check_claims(read_run(make_run())) if f.code == "name"] == []
