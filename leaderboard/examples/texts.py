"""The texts behind a measurement's answers: from the run, from the cache, or made again by ``boss.texts``.

The site may not read datasets or make copies itself. It starts ``python -m boss.texts`` in a process of its
own, without the network, and reads the file that it leaves in the cache. A text is shown only where it has
the digest of the input that the run answered.
"""

import shlex
import subprocess
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from boss.errors import BossError
from boss.measurement import Measurement, canonical_json
from boss.results.reduce import same_input
from boss.results.texts import KEY, clean, texts_file, why_no_copies
from leaderboard.store.apart import apart
from leaderboard.store.folder import TEXTS, cache_folder
from leaderboard.text import pathless
from robtest.plural import counted

OFF = (
    "this site was started without texts of datasets, as their licences may not let a public site show them; "
    "on your own machine, start it with them"
)
SECONDS = 180
"""What the command may take: some 4 s for clean texts, 20 s where copies need a language model."""


@dataclass(frozen=True)
class Texts:
    """The inputs a measurement's answers were given to.

    Attributes:
        rows: one column per input field, by `boss.results.texts.KEY`; missing where a text is not known.
        labels: gold label by example id, where the data are at hand.
        attacked: the field that copies differ in; None in a clean measurement.
        reason: why texts are missing; empty where none is.
        command: what makes them by hand; empty where nothing does.
    """

    rows: pd.DataFrame
    labels: Mapping[str, str]
    attacked: str | None
    reason: str = ""
    command: str = ""

    def of(self, example: str, variant: int, degree: float) -> dict[str, str]:
        """Return the fields of one input that are known."""
        items = self.rows.xs((example, variant, degree)).items()
        return {str(name): text for name, text in items if isinstance(text, str)}


class TextsMissing(BossError):
    """Texts that cannot be had now."""


def texts_of(measurement: Measurement, rows: pd.DataFrame, *, on: bool) -> Texts:
    """Return the texts of a measurement; those that the run holds itself come first, then those made here.

    Args:
        rows: its answers, as `leaderboard.stats.compare.rows_of` returns them.
        on: texts may be shown at all; else none is looked at, neither the run's nor the cache's.
    """
    answered, fields, attacked = rows.set_index(KEY), measurement.definition.fields, _attacked(measurement)
    if not on:
        none = pd.DataFrame(None, index=answered.index, columns=list(fields), dtype=object)
        return Texts(none, {}, attacked, OFF, TEXTS)
    own = answered["text"]
    if attacked in fields and len(fields) == 1 and own.notna().all():
        return Texts(own.to_frame(attacked), {}, attacked)
    candidates, reasons, lacking = _texts_here(measurement, copies=bool(own.isna().any()))
    if candidates is None:
        candidates = pd.DataFrame(columns=[*KEY, "input_sha256", "label", *fields])
    texts, n_other = _verified(candidates.set_index(KEY), answered["input_sha256"])
    if n_other:
        reasons.append(
            f"{n_other:,} of {counted(len(answered), 'text')} made here are not those that were "
            "answered: their "
            "digests differ; use the version of code and data that the run names"
        )
    table = _filled(texts, own, attacked, fields)
    labels = texts[texts.index.get_level_values("degree") == 0].droplevel(["variant", "degree"])["label"]
    command = "" if lacking is None else shlex.join(["python", "-m", "boss.texts", _json(lacking)])
    missing = table.isna().any(axis=None)
    return Texts(
        table,
        {str(name): str(label) for name, label in labels.dropna().items()},
        attacked,
        "; ".join(dict.fromkeys(reasons)) if missing else "",
        command if missing else "",
    )


def ready(measurement: Measurement) -> str:
    """Return a key that changes when texts of the measurement come into the cache."""
    files = [texts_file(_cache(), part) for part in (measurement, clean(measurement))]
    return "".join(str(int(file.exists())) for file in files)


def _attacked(measurement: Measurement) -> str | None:
    if measurement.attack is None:
        return None
    return (
        measurement.definition.attacked[0]
        if measurement.attack.field == "default"
        else measurement.attack.field
    )


def _texts_here(
    measurement: Measurement, *, copies: bool
) -> tuple[pd.DataFrame | None, list[str], Measurement | None]:
    """Return the texts made here, why some are missing, and the first measurement without texts."""
    attack = measurement.attack if copies else None
    reason = None if attack is None else why_no_copies(attack)
    reasons, lacking = ([] if reason is None else [reason]), None
    tries = [measurement] if attack is not None and reason is None else []
    for candidate in (*tries, clean(measurement)):
        try:
            return _read(candidate), reasons, lacking
        except BossError as error:
            reasons.append(str(error))
            lacking = lacking or candidate
    return None, reasons, lacking


def _read(measurement: Measurement) -> pd.DataFrame:
    file = texts_file(_cache(), measurement)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=SECONDS):  # two readers of one page wait for one process
            if not file.exists():
                _make(measurement)
        return pd.read_parquet(file)
    except (OSError, ValueError, Timeout) as error:
        raise TextsMissing(f"the texts could not be made or read: {pathless(str(error))}") from error


def _json(measurement: Measurement) -> str:
    return canonical_json(measurement.model_dump(mode="json"))


def _make(measurement: Measurement) -> None:
    """Run the command; it sees the packages this site runs with, and no network."""
    try:
        done = apart("boss.texts", _json(measurement), seconds=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TextsMissing(f"making the texts took over {SECONDS} s; run the command by hand") from error
    if done.returncode != 0:
        message = done.stderr.strip().removeprefix("error: ") or f"exit code {done.returncode}"
        raise TextsMissing(pathless(message)[-1000:])


def _verified(candidates: pd.DataFrame, answered: pd.Series) -> tuple[pd.DataFrame, int]:
    """Return the texts in the order of the answers; those of another digest are missing, and counted."""
    texts = candidates.reindex(answered.index)
    pairs = list(zip(texts["input_sha256"], answered, strict=True))
    same = [isinstance(digest, str) and same_input(stored, digest) for digest, stored in pairs]
    n_other = sum(isinstance(digest, str) and not fits for (digest, _), fits in zip(pairs, same, strict=True))
    return texts.where(pd.Series(same, index=texts.index)), n_other


def _filled(
    texts: pd.DataFrame, own: pd.Series, attacked: str | None, fields: tuple[str, ...]
) -> pd.DataFrame:
    """Return the fields of every input: the attacked one is its own, the others are those of its example."""
    clean = texts[texts.index.get_level_values("degree") == 0].droplevel(["variant", "degree"])
    examples = texts.index.get_level_values("example_id")
    columns: dict[Hashable, object] = {name: clean[name].reindex(examples).to_numpy() for name in fields}
    if attacked in fields:
        columns[attacked] = own.where(own.notna(), texts[attacked]).to_numpy()
    return pd.DataFrame(columns, index=texts.index, dtype=object)


def _cache() -> Path:
    return cache_folder().parent
