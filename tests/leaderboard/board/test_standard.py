from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from leaderboard.board.columns import DROP, MEASURES, STANDARD, WORST
from leaderboard.board.site import Site, read
from leaderboard.board.standard import AttackSet, Standard, standard_set
from leaderboard.board.table import Choice
from leaderboard.stats.values import Values, parts_of, read_samples
from leaderboard.store.folder import Folders

WriteRun = Callable[..., Path]
CHOICE = Choice("mini", "sentiment")
N = 200
DIMENSIONS = ("typo", "glyph")
MEASURE = {measure.key: measure for measure in MEASURES}


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], Site]:
    return lambda: read(Folders(tmp_path / "runs"))


def rows_of(site: Site) -> pd.DataFrame:
    return site.of_task(CHOICE).copy()


def without_answers(parts: Any) -> dict[tuple[str, str], Any]:
    return dict.fromkeys(parts, "no stored answers")


def numbers(rows: pd.DataFrame, attacks: AttackSet | None = None) -> pd.DataFrame:
    """Return the numbers by model, made of the measurements' own intervals."""
    chosen = attacks or standard_set(rows)
    assert chosen is not None
    return Standard(rows, CHOICE, chosen).numbers(without_answers).set_index("model")


def chance(share: float, seed: str) -> Callable[..., bool]:
    """A model that is right on this share, and on another choice of texts under each attack."""

    def right(dataset: str, i: int, degree: float, dimension: str | None) -> bool:
        part = (dataset, i) if degree == 0 else (dataset, i, degree, dimension)
        return crc32(f"{seed} {part}".encode()) % 1000 < 1000 * (share - degree)

    return right


def answers_of(run: Path) -> pd.DataFrame:
    """Read the predictions as the run wrote them: right or wrong by dataset, attack, degree and example."""
    tables = []
    for file in sorted((run / "predictions").rglob("*.parquet")):
        path = str(file.relative_to(run / "predictions"))
        table = pq.read_table(file).to_pandas()
        dimension = next((name for name in DIMENSIONS if name in path), "")
        tables.append(table.assign(dataset=table["example_id"].str.split("-").str[0], dimension=dimension))
    rows = pd.concat(tables)
    return rows.assign(right=rows["label"] == rows["prediction"], at=rows["degree"].fillna(-1.0))


def by_hand(run: Path) -> dict[str, tuple[float, float, float]]:
    """Return the value and a paired bootstrap's limits of both numbers, with another generator's draws."""
    rows = answers_of(run)
    rows = rows[rows["dataset"].isin(["tweets", "letters"]) & (rows["dimension"] != "")]
    table = rows.pivot_table(
        index="example_id", columns=["dataset", "dimension", "at"], values="right", aggfunc="mean"
    )
    rng = np.random.default_rng(2718)
    copies, clean = np.zeros(4000), np.zeros(4000)
    values = [0.0, 0.0]
    for dataset in ("tweets", "letters"):
        here = table[dataset].dropna(how="all")
        drawn = rng.integers(len(here), size=(4000, len(here)))
        for dimension in DIMENSIONS:
            for place, (sums, at) in enumerate(((copies, 0.1), (clean, 0.0))):
                right = here[dimension][at].to_numpy(float)
                values[place] += right.mean() / 4
                sums += right[drawn].mean(axis=1) / 4
    found = {}
    for key, value, sample in (
        (STANDARD, values[0], copies),
        (DROP, values[1] - values[0], clean - copies),
    ):
        low, high = np.quantile(sample, [0.025, 0.975])
        found[key] = (value, float(low), float(high))
    return found


def test_number_and_drop_are_those_of_the_predictions(
    site: Callable[[], Site], write_answers: Callable[..., Path]
) -> None:
    runs = {
        name: write_answers(name, chance(share, name), n=N, dimensions=DIMENSIONS)
        for name, share in (("strong", 0.9), ("weak", 0.6))
    }
    here = site()
    attacks = standard_set(rows_of(here))
    assert attacks == AttackSet((("typo", "malicious"), ("glyph", "malicious")))
    board = here.front(CHOICE, attacks).set_index("model")
    for name, run in runs.items():
        for key, (value, low, high) in by_hand(run).items():
            row = board.loc[name]
            assert row[key] == pytest.approx(value, abs=1e-7)
            assert [row[f"{key}_low"], row[f"{key}_high"]] == pytest.approx([low, high], abs=0.012)
            # Texts, each once: two attacks on two sets of 200.
            assert (row[f"{key}_n"], row[f"{key}_coverage"], row[f"{key}_mark"]) == (2 * N, 1.0, "")
    assert board.loc["weak", DROP] > 0.03


def test_a_model_that_never_changes_loses_exactly_nothing(
    site: Callable[[], Site], write_answers: Callable[..., Path]
) -> None:
    write_answers("steady", lambda dataset, i, *_: i % 4 > 0, n=40, dimensions=DIMENSIONS)
    here = site()
    row = here.front(CHOICE, standard_set(rows_of(here))).iloc[0]
    assert [row[DROP], row[f"{DROP}_low"], row[f"{DROP}_high"]] == [0.0, 0.0, 0.0]
    assert row[STANDARD] == pytest.approx(0.75)


def test_a_copy_that_no_edit_fits_counts_as_it_is_and_in_the_share_that_was_changed(
    site: Callable[[], Site], write_answers: Callable[..., Path]
) -> None:
    def alone(dataset: str, i: int, degree: float) -> bool:
        return i % 4 == 0

    write_answers("m", lambda dataset, i, degree, _: degree == 0, n=40, alone=alone)
    here = site()
    row = here.front(CHOICE, standard_set(rows_of(here))).iloc[0]
    assert row[f"{STANDARD}_coverage"] == row[f"{DROP}_coverage"] == 0.75


def test_who_lacks_a_dimension_is_marked_and_ranked_by_everything_else(
    site: Callable[[], Site], write_answers: Callable[..., Path]
) -> None:
    write_answers("one", chance(0.9, "one"), n=40)
    write_answers("two", chance(0.6, "two"), n=40, dimensions=DIMENSIONS)
    here = site()
    attacks = standard_set(rows_of(here))
    for key in (STANDARD, DROP):
        table = here.ranked(CHOICE, MEASURE[key], attacks=attacks).set_index("model")
        assert table[f"{key}_mark"].to_dict() == {"one": "1 of 2 dimensions", "two": ""}
        assert table["rank"].dropna().to_dict() == {"two": 1}
        assert table.loc["one", [key, f"{key}_low", f"{key}_high"]].notna().all()
    table = here.ranked(CHOICE, MEASURE["ood_mean"], attacks=attacks).set_index("model")
    assert set(table["rank"].dropna().index) == {"one", "two"}


def test_who_lacks_a_set_or_one_attack_on_it_is_marked(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    glyph = [replace(n, dimension="glyph") for n in attacked]
    write_run("whole", numbers=[*clean, *attacked, *glyph])
    write_run("whole too", numbers=[*clean, *attacked, *glyph])
    short = [n for n in (*attacked, *glyph) if n.dataset != "letters"]
    write_run("set", numbers=[*clean, *short])
    part = [n for n in glyph if n.dataset != "letters"]
    write_run("part", numbers=[*clean, *attacked, *part])
    marks = numbers(rows_of(site()))[f"{STANDARD}_mark"].to_dict()
    assert marks == {
        "whole": "",
        "whole too": "",
        "set": "1 of 2 sets",
        "part": "3 of 4 attacked sets",
    }


def test_other_settings_are_marked(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    for name in ("a", "b"):
        write_run(name, numbers=clean + attacked)
    write_run("other", numbers=[*clean, *(replace(n, n_variants=9) for n in attacked)])
    write_run("elsewhere", numbers=[replace(n, data="another file") for n in (*clean, *attacked)])
    marks = numbers(rows_of(site()))[f"{STANDARD}_mark"].to_dict()
    assert (marks["a"], marks["b"]) == ("", "")
    assert set(marks["other"].split("; ")) == {
        "other settings: typo on tweets",
        "other settings: typo on letters",
    }
    assert set(marks["elsewhere"].split("; ")) == {
        "other data: typo on tweets",
        "other data: typo on letters",
    }


def test_a_contaminated_set_is_in_no_mean_and_marked_with_and_without_answers(
    site: Callable[[], Site], write_answers: Callable[..., Path], tmp_path: Path
) -> None:
    def right(dataset: str, i: int, degree: float, _: str | None) -> bool:
        return dataset == "tweets" or i % 4 > 0

    for name in ("honest", "spoilt"):
        write_answers(name, right, n=40)
    here = site()
    rows = rows_of(here)
    spoilt = (rows["model"] == "spoilt") & (rows["dataset"] == "tweets")
    rows["contaminated"] = rows["contaminated"].where(~spoilt, "trained on tweets")
    attacks = standard_set(rows)
    assert attacks is not None
    stored = partial(read_samples, Values(tmp_path / "values", here.path))
    for read_numbers in (stored, without_answers):
        table = Standard(rows, CHOICE, attacks).numbers(read_numbers).set_index("model")
        # tweets are all right and letters three quarters.
        assert table[STANDARD].to_dict() == pytest.approx({"honest": 0.875, "spoilt": 0.75})
        assert table[f"{STANDARD}_n"].to_dict() == {"honest": 80, "spoilt": 40}
        assert table[f"{STANDARD}_mark"].to_dict() == {
            "honest": "",
            "spoilt": "contaminated: trained on tweets",
        }


def test_without_answers_the_sets_are_independent_and_there_is_no_drop(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    wide = [replace(n, half=0.03 if n.dataset == "tweets" else 0.04) for n in attacked]
    glyph = [replace(n, dimension="glyph", value=n.value - 0.1) for n in wide]
    write_run(numbers=[*clean, *wide, *glyph])
    row = numbers(rows_of(site())).iloc[0]
    # typo: 0.60 and 0.50, glyph 0.1 less; sets err alone, attacks on a set together: sqrt(.03^2 + .04^2) / 2.
    assert row[STANDARD] == pytest.approx(0.50)
    assert [row[f"{STANDARD}_low"], row[f"{STANDARD}_high"]] == pytest.approx([0.475, 0.525])
    assert np.isnan([row[DROP], row[f"{DROP}_low"], row[f"{DROP}_n"]]).all()


def test_a_claimed_dimension_or_set_changes_nobodys_number_or_mark(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any, number: Any
) -> None:
    glyph = [replace(n, dimension="glyph") for n in attacked]
    for name in ("a", "b"):
        write_run(name, numbers=[*clean, *attacked, *glyph])
    before = rows_of(site())
    made_up = [number(f"made-up-{i}", 0.9, degree=0.1, aggregate="average") for i in range(3)]
    syntax = [replace(n, dimension="syntax") for n in attacked]
    write_run("claimed", numbers=[*clean, *attacked, *glyph, *syntax, *made_up])
    after = rows_of(site())
    for rows in (before, after):
        rows["verification"] = np.where(rows["model"] == "claimed", "recomputed", "regenerated")
    assert standard_set(after) == standard_set(before)
    assert standard_set(before) == AttackSet((("typo", "malicious"), ("glyph", "malicious")))
    then, now = numbers(before), numbers(after)
    pd.testing.assert_frame_equal(now.loc[["a", "b"]], then)
    assert list(then[f"{STANDARD}_mark"]) == ["", ""]
    # What the claim has of the set itself is the number it is shown with.
    assert now.loc["claimed", STANDARD] == pytest.approx(then.loc["a", STANDARD])
    assert now.loc["claimed", f"{STANDARD}_mark"] == ""


def test_a_claimed_shifted_set_takes_no_number_on_id_away(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    on_id = [n for n in attacked if n.role == "id"]
    write_run("a", numbers=[*clean, *on_id])
    write_run("claimed", numbers=[*clean, *attacked])
    rows = rows_of(site())
    rows["verification"] = np.where(rows["model"] == "claimed", "recomputed", "rerun")
    assert numbers(rows)[STANDARD].to_dict() == pytest.approx({"a": 0.70, "claimed": 0.70})


def test_where_nobody_is_verified_every_dimension_counts(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("a", numbers=clean + attacked)
    write_run("b", numbers=[*clean, *attacked, *(replace(n, dimension="syntax") for n in attacked)])
    rows = rows_of(site())
    assert standard_set(rows) == AttackSet((("typo", "malicious"), ("syntax", "malicious")))
    assert numbers(rows)[f"{STANDARD}_mark"].to_dict() == {"a": "1 of 2 dimensions", "b": ""}


def test_of_two_tags_the_set_has_that_of_most_models(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    general = [replace(n, tag="general") for n in attacked]
    write_run("a", numbers=clean + attacked)
    write_run("b", numbers=[*clean, *attacked, *general])
    write_run("c", numbers=[*clean, *general])
    write_run("d", numbers=[*clean, *attacked])
    rows = rows_of(site())
    assert standard_set(rows) == AttackSet((("typo", "malicious"),))
    assert set(numbers(rows).index) == {"a", "b", "d"}


@pytest.mark.parametrize("change", [{"degree": 0.3}, {"access": "score"}, {"dimension": "ocr"}])
def test_there_is_no_set_without_rule_access_to_a_dimension_at_its_degree(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any, change: dict[str, Any]
) -> None:
    other = [replace(n, **change) for n in attacked if n.degree == 0.1]
    write_run(numbers=[*clean, *other])
    rows = rows_of(site())
    assert rows["attack"].notna().any()
    assert standard_set(rows) is None
    write_run("typo", numbers=clean + attacked)
    assert standard_set(rows_of(site())) == AttackSet((("typo", "malicious"),))


def test_where_no_shifted_set_has_all_classes_the_number_is_that_of_id(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    def of_one_class(numbers: Any) -> list[Any]:
        return [replace(n, recall_only=n.role == "ood") for n in numbers]

    write_run(numbers=[*of_one_class(clean), *of_one_class(attacked)])
    rows = rows_of(site())
    attacks = standard_set(rows)
    assert attacks is not None
    standard = Standard(rows, CHOICE, attacks)
    assert standard.role == "id"
    assert numbers(rows)[STANDARD].to_list() == pytest.approx([0.70])
    assert standard.sentence() == (
        "Under attack: typo, each changing at most 10 % of a text; the mean over the copies of 100 texts of "
        "the ID set. Drop: what is lost on the same texts."
    )


def test_beside_the_average_copy_there_is_the_worst_one(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run(numbers=clean + attacked)
    here = site()
    row = here.front(CHOICE, standard_set(rows_of(here))).iloc[0]
    # Per 0.1 of degree the average falls by 0.1 and the worst by 0.2, from a mean of 0.65.
    assert [row[STANDARD], row[WORST]] == pytest.approx([0.55, 0.45])


@pytest.mark.parametrize(
    ("attacks", "label"),
    [
        (AttackSet((("typo", "malicious"),)), "1 dimension, degree 0.1"),
        (AttackSet(tuple((f"d{i}", "general") for i in range(8))), "eight dimensions, degree 0.1"),
        (AttackSet((("typo", "general"),), 0.25, is_standard=False), "typo, degree 0.25"),
    ],
)
def test_a_set_is_called_what_it_is(attacks: AttackSet, label: str) -> None:
    assert attacks.label == label


def test_parts_are_the_copies_at_the_degree_alone(
    site: Callable[[], Site], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run(numbers=clean + attacked)
    rows = rows_of(site())
    standard = Standard(rows, CHOICE, AttackSet((("typo", "malicious"),), 0.3, is_standard=False))
    for key, name in ((STANDARD, "accuracy average 0.3"), (WORST, "accuracy worst 0.3")):
        (parts,) = standard.parts[key].values()
        assert [(part.name, part.degree) for part in parts] == [(name, 0.3)] * 2
    assert {part.measurement.split("/")[1] for part in parts} == {"tweets", "letters"}
    assert parts_of(rows.iloc[:0].assign(key=STANDARD)) == {}
