"""``python -m leaderboard.review``, replays included."""

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from boss.results.parts import part_path, provenance, read_parts, write_part
from boss.results.schema import COMPARED, Record
from boss.results.store import read_run
from leaderboard.review import main
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.owners import bearer
from leaderboard.submission.replay import compare, everything, sample
from leaderboard.submit import main as submit

MakeRun = Callable[..., Path]
SALT = "BOSS_REVIEW_SALT"
SECRET = "a secret of this board"


@pytest.fixture
def review(board: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv(SALT, SECRET)
    return lambda action, *words: main([action, *words, f"board={board.root}", "by=reviewer"])


def regenerated(board: Any, name: str) -> None:
    """Decide what `regenerate` would, had these invented sentences a dataset."""
    board.decide(name, "regenerated", "keeper", "every input was made again")


def test_a_sample_is_of_its_size_and_depends_on_the_salt(make_run: MakeRun) -> None:
    stored = read_run(make_run())
    chosen = sample(stored, "a" * 24, SECRET, 15)
    assert [len(names) for names in chosen.values()] == [15, 15, 15]  # of each measurement
    assert chosen == sample(stored, "a" * 24, SECRET, 15)
    assert chosen != sample(stored, "a" * 24, SECRET + "!", 15)
    assert chosen != sample(stored, "b" * 24, SECRET, 15)
    smaller = sample(stored, "a" * 24, SECRET, 5)
    assert all(names <= chosen[key] for key, names in smaller.items())
    clean = sample(stored, "a" * 24, SECRET, 60, clean_only=True)
    assert set(clean) == {"sentiment/notes/clean", "sentiment/letters/clean"}
    for salt, n in (("short", 5), (SECRET, 0)):
        with pytest.raises(SubmissionError):
            sample(stored, "a" * 24, salt, n)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("self_reported", "uploaded"),
        ("rescored", "recomputed"),
        ("spot_checked", "replayed"),
        ("rerun", "rerun"),
    ],
)
def test_a_record_of_older_words_is_read_and_is_the_same_record(
    make_run: MakeRun, then: str, now: str
) -> None:
    record = read_run(make_run()).records[0]
    raw = record.model_dump(mode="json", exclude={"record_id"})
    older = Record.model_validate({**raw, "verification": then})
    assert older.verification == now and older.record_id == record.record_id
    with pytest.raises(ValidationError, match="verification"):
        Record.model_validate({**raw, "verification": "gold"})


def test_the_page_for_senders_has_the_levels_in_the_words_of_the_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "submitting.md").read_text()
    rows = [f"| `{level}` | {what} |" for level, what in COMPARED.items()]
    assert "\n".join(["| level | what was compared |", "|---|---|", *rows]) in page


def test_equal_answers_pass_and_invented_ones_do_not(make_run: MakeRun) -> None:
    first = read_run(make_run())
    same = compare(first, read_run(make_run(run_id="again")), everything(first))
    assert same.passed and same.n_answers == 40 + 40 + 120 and not same.differing
    honest = read_run(make_run(run_id="honest", n_wrong={"notes": 9, "letters": 12}))
    found = compare(first, honest, everything(first))
    assert not found.passed
    # 3 more mistakes: 3 clean answers, and 3 copies of each of these, but for that which was wrong anyway
    assert len(found.differing) == 3 + 9
    assert found.differing[0].startswith(
        "sentiment/notes/clean, notes-06: stored 'negative', again 'positive'"
    )


def test_another_text_under_rule_access_differs_and_missing_examples_fail(
    make_run: MakeRun, forger: Any
) -> None:
    first = read_run(make_run())
    other = make_run(run_id="again")
    key = "sentiment/notes/typo-malicious-rule-text"
    forger.edit_part(other, lambda rows: rows[1].update(input_sha256="1" * 64), key)
    found = compare(first, read_run(other), everything(first))
    assert len(found.differing) == 1 and "another input" in found.differing[0]
    fewer = compare(first, read_run(make_run(run_id="fewer", n_examples=30)), everything(first))
    assert not fewer.passed and len(fewer.missing) == 10 + 10 + 30


def test_a_replay_and_a_rerun_raise_the_level(
    make_run: MakeRun, board: Any, review: Any, accepted: Callable[[Path], str], capsys: Any
) -> None:
    name = accepted(make_run())
    second = make_run(run_id="second")
    assert review("sample", name, "n=4") == 0
    assert sum(map(len, json.loads(capsys.readouterr().out).values())) == 4 * 3
    for action in ("replay", "rerun"):  # nobody knows yet what was asked
        assert review(action, name, f"with={second}") == 1
        assert f"review regenerate {name} board={board.root}" in capsys.readouterr().err
    regenerated(board, name)
    assert review("replay", name, f"with={second}", "n=12") == 0
    assert board.standing(name).verification == "replayed"
    assert review("rerun", name, f"with={second}") == 0
    assert board.standing(name).verification == "rerun"
    assert review("show", name) == 0
    assert '"n_differing": 0' in capsys.readouterr().out


def test_a_failed_replay_is_flagged_and_keeps_the_level(
    make_run: MakeRun, board: Any, review: Any, accepted: Callable[[Path], str], capsys: Any
) -> None:
    name = accepted(make_run(n_wrong={"notes": 0, "letters": 0}))
    regenerated(board, name)
    honest = make_run(run_id="honest", n_wrong={"notes": 20, "letters": 20})
    assert review("replay", name, f"with={honest}", "n=40") == 1
    standing = board.standing(name)
    assert (standing.state, standing.verification) == ("accepted", "regenerated")
    assert "check_failed" in standing.flags
    assert "answers differ" in capsys.readouterr().out


def test_the_submitted_run_is_no_second_run(
    board: Any, make_run: MakeRun, review: Any, accepted: Callable[[Path], str], capsys: Any
) -> None:
    name = accepted(make_run())
    regenerated(board, name)
    assert review("replay", name, f"with={board.run(name)}") == 1
    assert "is the submitted run itself" in capsys.readouterr().err


def test_the_reviewers_own_command_makes_the_second_run(
    board: Any, make_run: MakeRun, review: Any, accepted: Callable[[Path], str], capsys: Any
) -> None:
    name = accepted(make_run())
    regenerated(board, name)
    second = make_run(run_id="second")
    code = f"import shutil, sys; shutil.copytree({str(second)!r}, sys.argv[1] + '/second')"
    command = shlex.join([sys.executable, "-c", code, "{output}"])
    assert review("rerun", name, f"command={command}") == 0
    assert board.standing(name).verification == "rerun"
    assert review("rerun", name, f"command={shlex.join([sys.executable, '-c', 'raise SystemExit(3)'])}") == 1
    assert "ended with code 3" in capsys.readouterr().err


def test_the_commands_of_a_reviewer(
    make_run: MakeRun, packed: Any, board: Any, review: Any, accepted: Callable[[Path], str], capsys: Any
) -> None:
    assert review("manifest", str(make_run("keepers/majority", run_id="trusted"))) == 0
    first, second = accepted(make_run(run_id="a")), accepted(make_run(run_id="b", start=9))
    third = board.receive(packed(make_run("lab/new", run_id="c", start=17)), "A. Sender").submission
    fourth = board.receive(packed(make_run("lab/last", run_id="d", start=27)), "A. Sender").submission
    capsys.readouterr()
    assert review("supersede", first, f"by_submission={second}", "reason=mended") == 0
    assert review("withdraw", second, "reason=as its sender asks") == 0
    assert review("reject", third, "reason=no such model") == 0
    assert review("accept", fourth) == 0
    capsys.readouterr()
    assert review("list") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in lines] == [
        [first, "superseded", "recomputed"],
        [second, "withdrawn", "recomputed"],
        [third, "rejected", "uploaded"],
        [fourth, "accepted", "recomputed"],
    ]
    assert not board.standing(fourth).flags  # checked against the manifest
    assert review("list", "state=accepted") == 0
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("accept", "0" * 24), "there is no submission"),
        (("accept",), "needs the id"),
        (("reject", "0" * 24, "because=x"), "is no setting"),
        (("settle", "extra"), "is no setting"),
    ],
)
def test_a_wrong_command_says_what_is_right(words: Any, message: str, review: Any, capsys: Any) -> None:
    assert review(*words) == 1
    assert message in capsys.readouterr().err


def test_without_a_salt_there_is_no_replay(
    make_run: MakeRun, board: Any, review: Any, accepted: Any, monkeypatch: Any, capsys: Any
) -> None:
    name = accepted(make_run())
    regenerated(board, name)
    monkeypatch.delenv(SALT)
    assert review("replay", name, f"with={make_run(run_id='second')}") == 1
    assert SALT in capsys.readouterr().err


def test_there_is_no_password(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["password"])
    assert "invalid choice" in capsys.readouterr().err


def test_collect_and_settle(
    make_run: MakeRun, packed: Any, board: Any, review: Any, tmp_path: Path, capsys: Any
) -> None:
    board.queue.mkdir(parents=True)
    other = type(board)(tmp_path / "other")
    archive = packed(make_run())
    name = other.receive(archive, "A. Sender").submission
    shutil.copy(archive, board.queue / f"{name}.zip")
    assert review("collect") == 1
    assert "account=HOST:NAME is missing" in capsys.readouterr().err
    assert review("collect", "account=Ada Example") == 1
    assert "host:account" in capsys.readouterr().err
    assert review("collect", "account=github:ada", f"only={name}.zip") == 0
    assert f"{name}.zip: received" in capsys.readouterr().out
    assert board.standing(name).sender == "github:ada"
    assert review("settle") == 0


def test_a_token_is_shown_once_and_only_its_digest_is_kept(
    board: Any, review: Any, capsys: Any, make_run: MakeRun, tmp_path: Path, declare: Any
) -> None:
    assert review("token", "ada") == 0
    token = capsys.readouterr().out.split()[-1]
    assert len(token) >= 43 and token not in board.tokens.read_text()
    assert bearer(board.tokens, token) == "ada"
    for wrong in ("", token[:-1], "ada"):
        with pytest.raises(SubmissionError, match="none of this board"):
            bearer(board.tokens, wrong)
    (tmp_path / "token").write_text(f"{token}\n")
    declaration = tmp_path / "declaration.json"
    declaration.write_bytes(declare(submitter="Somebody Else").encode())
    words = [str(make_run()), f"declaration={declaration}", f"to={board.root}", f"token={tmp_path / 'token'}"]
    assert submit(words) == 0
    (standing,) = board.standings().values()
    assert standing.sender == "ada"
    assert submit([*words[:2], "to=git:https://example.org/x.git", words[3]]) == 1
    assert review("token", "ada") == 0  # a lost one ends with the next
    with pytest.raises(SubmissionError, match="a newer one was issued"):
        bearer(board.tokens, token)
    assert review("token", "=1+1") == 1


def flip(rows: list[dict[str, Any]], n: int, *, into: str) -> None:
    """Turn ``n`` answers that are wrong into right ones, or the other way round."""
    wrong = [row for row in rows if (row["prediction"] != row["label"]) is (into == "right")]
    for row in wrong[:n]:
        other = "negative" if row["prediction"] == "positive" else "positive"
        row.update(prediction=other, probs=row["probs"][::-1])


@pytest.mark.parametrize(("n", "into", "odd"), [(1, "right", 0), (14, "right", 1), (10, "wrong", 0)])
def test_what_is_flipped_in_one_measurement_is_not_lost_among_all(
    make_run: MakeRun, forger: Any, n: int, into: str, odd: int
) -> None:
    key, wrong = "sentiment/letters/clean", {"notes": 6, "letters": 16}
    first = make_run(n_wrong=wrong)
    forger.edit_part(first, lambda rows: flip(rows, n, into=into), key)
    found = compare(
        read_run(first), read_run(make_run(run_id="again", n_wrong=wrong)), everything(read_run(first))
    )
    in_favour = [line for line in found.odd if "in favour of the submission" in line]
    assert len(in_favour) == odd and all(line.startswith(key) for line in found.odd)
    assert len(found.differing) == n
    assert found.passed == (n == 1)


def test_the_share_is_that_of_each_measurement(make_run: MakeRun, forger: Any) -> None:
    """8 of 40 answers of one measurement are no rounding, and 8 of 1,000 of all of them might be."""
    from leaderboard.submission.replay import _odd

    assert list(_odd(1000, 20, 10, 10)) == []
    assert list(_odd(40, 8, 4, 4)) == ["8 of 40 answers differ"]
    assert list(_odd(1000, 12, 12, 0)) == [
        "of 12 differences that decide, 12 are in favour of the submission"
    ]
    assert list(_odd(1000, 12, 0, 12)) == []
    assert list(_odd(0, 0, 0, 0)) == []


TOY = Path(__file__).parents[2] / "conf"


def test_inputs_that_are_made_again_raise_the_level_and_forged_ones_do_not(
    board: Any, packed: Any, review: Any, measured_toy: MakeRun, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("BOSS_CACHE", str(cache))
    run = measured_toy(tmp_path / "runs", cache, "task=sentiment", "attack=typo")
    name = board.receive(packed(run), "A. Sender").submission
    assert review("accept", name) == 0
    assert review("regenerate", name) == 1  # nobody told where the suite is
    assert board.standing(name).verification == "recomputed"
    assert "unknown suite 'toy'" in capsys.readouterr().out
    assert review("regenerate", name, f"config={TOY}") == 0
    assert "of 88 inputs 88 were made again and 0 measured, 0 differ, 0 are left" in capsys.readouterr().out
    standing = board.standing(name)
    assert standing.verification == "regenerated" and "check_failed" not in standing.flags
    # The inputs of the board's own copy of the run are edited after it: what is made again is another.
    stored = board.stored(name)
    key = next(m.name for m in stored.measurements() if m.attack is not None)
    table, cost = read_parts(stored.path, key)
    rows = table.to_pylist()
    rows[-1].update(input_sha256="0" * 64)
    origin = next(r for r in stored.records if r.measurement.name == key)
    made = pa.Table.from_pylist(rows, schema=table.schema)
    write_part(part_path(stored.path, key, 0), made, cost, provenance(origin.measurement, origin.model))
    assert review("regenerate", name, f"config={TOY}") == 1
    assert "another input" in capsys.readouterr().out
    assert "check_failed" in board.standing(name).flags


def test_copies_a_search_chose_are_compared_where_the_second_model_was_asked_about_them(
    board: Any, packed: Any, review: Any, measured_toy: MakeRun, tmp_path: Path, capsys: Any
) -> None:
    cache = tmp_path / "cache"
    words = ("task=sentiment", "attack=typo", "access=score", "query_budget=40")
    first = measured_toy(tmp_path / "first", cache, *words)
    name = board.receive(packed(first), "A. Sender").submission
    assert review("accept", name) == 0
    other = measured_toy(tmp_path / "other", cache, *words, "seed=1")
    regenerated(board, name)
    drawn = compare(read_run(first), read_run(other), everything(read_run(first)))
    assert not drawn.passed and (drawn.n_other_copies or drawn.missing)
    again = f"{sys.executable} -m boss.eval --config-dir={TOY} suite=toy task=sentiment model=tfidf"
    command = f"{again} attack.from={first} output={{output}} cache={cache}"
    assert review("rerun", name, f"command={command}") == 0, capsys.readouterr().out
    assert board.standing(name).verification == "rerun"
    evidence = board.history(name)[-1].evidence
    assert (evidence["n_other_copies"], evidence["n_differing"]) == (0, 0)
    assert evidence["n_answers"] == 2 * 24 + 2 * 4 * (1 + 2 * 2)
