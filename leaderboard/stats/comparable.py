"""Which rows and numbers of the board may be compared, and why the others may not."""

import pandas as pd

from boss.config import suite_datasets
from boss.results.schema import LEAST_COVERAGE
from leaderboard.submission.agreement import WITHHELD
from leaderboard.submission.decisions import LEVELS
from leaderboard.text import percent, shown
from robtest import plural

MODEL = ["model", "method"]
NUMBER = [*MODEL, "key"]
STATUS = {
    "failed": "run with failures",
    "running": "run not finished",
    "interrupted": "run not finished",
}


TRUSTED = LEVELS[LEVELS.index("regenerated") :]
"""Levels at which the keepers have made a run's inputs themselves: its sets and settings are no invention."""

PLACE = ["suite", "task", "scope", "dataset", "attack", "tag", "metric", "aggregate", "degree"]
"""What a reader would call one number; whether two of them are one measurement, their identity says."""


def odd(rows: pd.DataFrame) -> pd.Series:
    """Return the records that are not of the measurement of most models: their index -> the reason.

    Models whose inputs keepers have made again count before all others, so that many invented ones outvote
    none. Of two measurements that equally many models have, the one on more examples is the reference, then
    the one made last.
    """
    named = {
        "attack": rows["attack"].fillna(""),
        "tag": rows["tag"].fillna(""),
        "degree": rows["degree"].fillna(-1),
    }
    trusted = rows["verification"].isin(TRUSTED)
    placed = rows[[*PLACE, *MODEL, "identity", "data", "n", "created_at"]].assign(**named, trusted=trusted)
    votes = placed.sort_values(["trusted", "created_at"], kind="stable").drop_duplicates(
        [*PLACE, *MODEL, "identity"], keep="last"
    )
    counts = votes.groupby([*PLACE, "identity"], sort=False).agg(
        trusted=("trusted", "sum"),
        models=("identity", "size"),
        n=("n", "max"),
        at=("created_at", "max"),
        reference_data=("data", "last"),
    )
    counts = counts.reset_index().sort_values(["trusted", "models", "n", "at", "identity"], kind="stable")
    usual = counts.drop_duplicates(PLACE, keep="last").rename(columns={"identity": "reference"})
    joined = placed.join(usual.set_index(PLACE)[["reference", "reference_data"]], on=PLACE)
    others = joined[joined["identity"] != joined["reference"]]
    columns = zip(
        others["dataset"], others["attack"], others["data"] != others["reference_data"], strict=True
    )
    return pd.Series([_reason(*column) for column in columns], index=others.index, dtype=object)


def _reason(dataset: str, attack: str, other_data: bool) -> str:
    what = "other data" if other_data else "other settings"
    where = shown(dataset)
    return f"{what}: {shown(attack)} on {where}" if attack else f"{what}: {where}"


def unknown(rows: pd.DataFrame) -> pd.Series:
    """Return the records of sets that the keepers do not know: their index -> the reason.

    Known are the sets of a suite that comes with the project, and those of runs whose inputs the keepers have
    made again. Where there is no such run, whoever shows the runs knows what they are of, and all sets count.
    """
    place = ["suite", "task", "dataset"]
    measured = rows[rows["scope"] == "measurement"]
    trusted = measured[measured["verification"].isin(TRUSTED)]
    made_again = set(trusted[place].drop_duplicates().itertuples(index=False, name=None))
    keepers = {(suite, task) for suite, task, _ in made_again}
    strange = [
        (suite, task, name)
        for suite, task, name in measured[place].drop_duplicates().itertuples(index=False, name=None)
        if (suite, task) in keepers
        and (suite, task, name) not in made_again
        and name not in (suite_datasets(suite, None) or {}).get(task, ())
    ]
    found = pd.MultiIndex.from_frame(measured[place]).isin(strange) if strange else [False] * len(measured)
    others = measured.loc[found, "dataset"]
    return pd.Series([f"unknown set: {shown(name)}" for name in others], index=others.index, dtype=object)


def withheld(rows: pd.DataFrame) -> pd.Series:
    """Return the clean records of answers of which some were withheld: their index -> how many.

    An answer that is missing is wrong, and in a measure of calibration it is left out: who withholds the
    doubtful ones looks sure with reason. So such a measure is on fewer examples than the others of its set.
    """
    clean = rows[rows["attack"].isna() & (rows["scope"] == "measurement")]
    most = clean.groupby(["run", "measurement"])["n"].transform("max")
    fewer = clean[most - clean["n"] > WITHHELD * most]
    pairs = zip(most.loc[fewer.index] - fewer["n"], most.loc[fewer.index], strict=True)
    return pd.Series([f"{k} of {n} answers withheld" for k, n in pairs], index=fewer.index, dtype=object)


def contamination(rows: pd.DataFrame) -> pd.Series:
    """Return the notes on contaminated records: their index -> the sets and the reasons."""
    sets = rows.loc[rows["contaminated"] != "", "contaminated"]
    return pd.Series([f"contaminated: {shown(text)}" for text in sets], index=sets.index, dtype=object)


def is_thin(coverage: pd.Series) -> pd.Series:
    """Return where less than half of the texts were changed; a share that nobody says (NaN) is none."""
    return coverage < LEAST_COVERAGE


def thin(rows: pd.DataFrame) -> pd.Series:
    """Return the attacked records of which too few texts were changed: their index -> the share, in words.

    An attack that could change less than half of the texts says more of the clean ones. A mean is as thin as
    the thinnest of the sets in it.
    """
    few = rows[is_thin(rows["coverage"])]
    columns = zip(few["coverage"], few["dataset"], strict=True)
    texts = [f"few texts changed: {percent(share)} % of {shown(dataset)}" for share, dataset in columns]
    return pd.Series(texts, index=few.index, dtype=object)


def counted(behind: pd.DataFrame) -> pd.DataFrame:
    """Return the records that enter their number: those of contaminated sets only where there are no others.

    Args:
        behind: rows of `leaderboard.board.table.behind`.
    """
    spoilt = behind["contaminated"] != ""
    if not spoilt.any():
        return behind
    alone = spoilt.groupby([behind[name] for name in NUMBER]).transform("all")
    return behind[~spoilt | alone]


def marks(behind: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that must not be ranked with their column: `NUMBER` and ``mark``, the reasons.

    A number is marked where a set behind it is contaminated, where it lacks a set that others have (a
    contaminated set is left out of a mean, so that mean lacks it), where it was measured on other data or
    under other settings than most, or on a set that the keepers do not know (nobody else lacks that one),
    where too few of the texts were changed, or where answers were withheld. Marked numbers are shown, in grey
    and with the mark; the row keeps its place by every other number.

    Args:
        behind: rows of `leaderboard.board.table.behind`.
    """
    records = behind.drop_duplicates("record").set_index("record")
    strange = unknown(records)
    known = behind[~behind["record"].isin(strange.index)]
    n_sets = known.groupby("key")["dataset"].nunique().rename("n_sets")
    counts = counted(known).groupby(NUMBER)["dataset"].nunique().rename("found").reset_index()
    short = counts.join(n_sets, on="key")
    short = short[short["found"] < short["n_sets"]]
    texts = [
        f"{k} of {plural.counted(n, 'set')}" for k, n in zip(short["found"], short["n_sets"], strict=True)
    ]
    notes_on = [contamination(records), odd(records), strange, thin(records), withheld(records)]
    reasons = pd.concat(notes_on).rename("mark")
    spoilt = behind[[*NUMBER, "record"]].merge(reasons, left_on="record", right_index=True)
    all_marks = pd.concat([short[NUMBER].assign(mark=texts), spoilt[[*NUMBER, "mark"]]]).drop_duplicates()
    return all_marks.groupby(NUMBER)["mark"].agg("; ".join).reset_index()


def notes(rows: pd.DataFrame, clean: pd.DataFrame, attacked: pd.DataFrame) -> pd.DataFrame:
    """Return per model and method its ``notes``, joined by ``;``, and whether it is ``comparable``.

    It is comparable where its clean numbers come from a complete run, on the data of most models, with
    every OOD set; notes on the attack, on contaminated sets or from the run itself do not change that.

    Args:
        rows: all records of the board's models; ``clean`` and ``attacked`` are those that are shown.
    """
    shown_rows = pd.concat([clean, attacked])
    reasons = odd(shown_rows)
    models = rows.drop_duplicates(MODEL)
    strange = unknown(rows)
    known = rows.drop(index=strange.index)
    n_sets = _ood_sets(known)["dataset"].nunique()
    of_cells = attacked[attacked["scope"] == "measurement"]
    of_known = of_cells.drop(index=strange.index, errors="ignore")
    shown_attacks = models.merge(of_cells[MODEL].drop_duplicates())
    facts = [
        (clean.assign(note=reasons.reindex(clean.index)), True),
        (_coverage(models, clean.drop(index=strange.index, errors="ignore"), n_sets, "OOD sets"), True),
        (shown_rows.assign(note=strange.reindex(shown_rows.index)), True),
        (clean.assign(note=clean["run_status"].map(STATUS)), True),
        (attacked.assign(note=reasons.reindex(attacked.index)), False),
        (_coverage(shown_attacks, of_known, n_sets, "OOD sets under attack"), False),
        (attacked.assign(note=attacked["run_status"].map(STATUS)), False),
        (_few_changed(attacked), False),
        (_several_runs(shown_rows), False),
        (shown_rows.assign(note=contamination(shown_rows)), False),
        (rows.assign(note=rows["flags"].replace("", None)), False),
    ]
    parts = [part[[*MODEL, "note"]].dropna().assign(decides=decides) for part, decides in facts]
    groups = pd.concat(parts).drop_duplicates([*MODEL, "note"]).groupby(MODEL)
    table = groups.agg(notes=("note", "; ".join), decides=("decides", "any")).reset_index()
    table = models[MODEL].merge(table, how="left", on=MODEL)
    comparable = ~table.pop("decides").eq(True)
    return table.assign(notes=table["notes"].fillna(""), comparable=comparable)


def _few_changed(rows: pd.DataFrame) -> pd.DataFrame:
    few = rows[is_thin(rows["coverage"])]
    return few.assign(note=[f"few texts changed: {shown(dataset)}" for dataset in few["dataset"]])


def _several_runs(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of a row that its numbers come from several runs; the model's page says which."""
    table = rows.groupby(MODEL)["run"].nunique().rename("count").reset_index()
    table = table[table["count"] > 1]
    return table.assign(note=[f"numbers of {count} runs" for count in table["count"]])


def _coverage(models: pd.DataFrame, measurements: pd.DataFrame, n_sets: int, what: str) -> pd.DataFrame:
    counts = _ood_sets(measurements).groupby(MODEL)["dataset"].nunique().rename("count").reset_index()
    table = models[MODEL].merge(counts, how="left", on=MODEL).fillna({"count": 0})
    table = table[table["count"] != n_sets]
    return table.assign(note=[f"{count:.0f} of {n_sets} {what}" for count in table["count"]])


def _ood_sets(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["role"] == "ood") & ~rows["recall_only"] & (rows["scope"] == "measurement")]
