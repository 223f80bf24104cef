"""The texts behind a cell's answers: from the run, from the data cache, or made again by ``boss.texts``.

The site may not read datasets or make copies itself. It starts ``python -m boss.texts`` in a process of its
own, without the network, and reads the file that it leaves in the cache. A text is shown only where it has
the digest of the input that the run answered.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from boss.errors import BossError, ConfigError
from boss.results.schema import Cell
from boss.results.texts import KEY, Asked, asked_of, texts_file, why_no_copies
from boss.tasks import TASKS
from leaderboard.folder import cache_folder

VARIABLE = "BOSS_TEXTS"
LOCAL = ("localhost", "127.0.0.1", "::1")
SECONDS = 180
"""What the command may take: some 4 s for clean texts, 20 s where copies need a language model."""
SHORTEST_DIGEST = 12
"""Digits of a digest: reduced runs hold so many of those of copies."""


@dataclass(frozen=True)
class Texts:
    """The inputs a cell's answers were given to.

    Attributes:
        rows: one column per input field, by `boss.results.texts.KEY`; missing where a text is not known.
        labels: gold label by example id, where the data are at hand.
        attacked: the field that copies differ in; None in a clean cell.
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
        found = self.rows.xs((example, variant, degree)).items()
        return {str(name): text for name, text in found if isinstance(text, str)}


class TextsMissing(BossError):
    """Texts that cannot be had now."""


def allowed(environment: Mapping[str, str], address: str | None) -> bool:
    """Return whether texts of datasets may be shown: ``BOSS_TEXTS``, else only to readers on this machine.

    The licences of the data let their user read them; they need not let a public site show them.

    Args:
        address: the site listens on.

    Raises:
        ConfigError: if ``BOSS_TEXTS`` is neither ``on`` nor ``off``.
    """
    said = environment.get(VARIABLE) or ("on" if address in LOCAL else "off")
    if said not in ("on", "off"):
        raise ConfigError(f"{VARIABLE} is {said!r}; it must be on or off")
    return said == "on"


def texts_of(cell: Cell, rows: pd.DataFrame, *, on: bool) -> Texts:
    """Return the texts of a cell; those that the run holds itself come first.

    Args:
        rows: its answers, as `leaderboard.compare.rows_of` returns them.
        on: what the run does not hold may be taken from the cache, and made where it is not there.
    """
    answered, fields, attacked = rows.set_index(KEY), TASKS[cell.task].fields, _attacked(cell)
    own = answered["text"]
    if attacked in fields and len(fields) == 1 and own.notna().all():
        return Texts(own.to_frame(attacked), {}, attacked)
    found, reasons, asked = _found(cell, copies=bool(own.isna().any()), on=on)
    if found is None:
        found = pd.DataFrame(columns=[*KEY, "input_sha256", "label", *fields])
    known, n_other = _verified(found.set_index(KEY), answered["input_sha256"])
    if n_other:
        reasons.append(
            f"{n_other:,} of {len(answered):,} texts made here are not those that were answered: their "
            "digests differ; use the version of code and data that the run names"
        )
    table = _filled(known, own, attacked, fields)
    labels = known[known.index.get_level_values("degree") == 0].droplevel(["variant", "degree"])["label"]
    command = "" if asked is None else shlex.join(["python", "-m", "boss.texts", *asked.words()])
    missing = table.isna().any(axis=None)
    return Texts(
        table,
        {str(name): str(label) for name, label in labels.dropna().items()},
        attacked,
        "; ".join(dict.fromkeys(reasons)) if missing else "",
        command if missing else "",
    )


def ready(cell: Cell) -> str:
    """Return what changes when texts of a cell come into the cache: part of the key of what is remembered."""
    try:
        files = [texts_file(_cache(), asked_of(cell, copies=copies)) for copies in (True, False)]
    except ConfigError:
        return ""
    return "".join(str(int(file.exists())) for file in files)


def _attacked(cell: Cell) -> str | None:
    if cell.attack is None:
        return None
    return TASKS[cell.task].attacked[0] if cell.attack.field == "default" else cell.attack.field


def _found(cell: Cell, *, copies: bool, on: bool) -> tuple[pd.DataFrame | None, list[str], Asked | None]:
    """Return the texts made here, why some are missing, and the first question that had no answer."""
    reason = None if cell.attack is None or not copies else why_no_copies(cell.attack)
    reasons, failed = ([] if reason is None else [reason]), None
    for wanted in (True, False) if copies and cell.attack is not None and reason is None else (False,):
        asked = None
        try:
            asked = asked_of(cell, copies=wanted)
            return _read(asked, on), reasons, failed
        except BossError as error:
            reasons.append(str(error))
            failed = failed or asked
    return None, reasons, failed


def _read(asked: Asked, on: bool) -> pd.DataFrame:
    if not on:
        raise TextsMissing(
            "this site does not show texts of datasets, which their licences may not allow; on your own "
            f"machine the same page does ({VARIABLE}=on)"
        )
    file = texts_file(_cache(), asked)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=SECONDS):  # two readers of one page wait for one process
            if not file.exists():
                _make(asked)
        return pd.read_parquet(file)
    except (OSError, ValueError, Timeout) as error:
        raise TextsMissing(f"the texts could not be made or read: {error}") from error


def _make(asked: Asked) -> None:
    """Run the command; it sees the packages this site runs with, and no network."""
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    try:
        done = subprocess.run(
            # -P: nothing is imported out of the folder the site was started in.
            [sys.executable, "-P", "-m", "boss.texts", *asked.words()],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise TextsMissing(f"making the texts took over {SECONDS} s; run the command by hand") from error
    if done.returncode != 0:
        said = done.stderr.strip().removeprefix("error: ") or f"exit code {done.returncode}"
        raise TextsMissing(said[-1000:])


def _verified(found: pd.DataFrame, answered: pd.Series) -> tuple[pd.DataFrame, int]:
    """Return the texts in the order of the answers; those of another digest are missing, and counted."""
    known = found.reindex(answered.index)
    pairs = list(zip(known["input_sha256"], answered, strict=True))
    same = [
        isinstance(made, str) and len(said) >= SHORTEST_DIGEST and made.startswith(said)
        for made, said in pairs
    ]
    n_other = sum(isinstance(made, str) and not fits for (made, _), fits in zip(pairs, same, strict=True))
    return known.where(pd.Series(same, index=known.index)), n_other


def _filled(
    known: pd.DataFrame, own: pd.Series, attacked: str | None, fields: tuple[str, ...]
) -> pd.DataFrame:
    """Return the fields of every input: the attacked one is its own, the others are those of its example."""
    clean = known[known.index.get_level_values("degree") == 0].droplevel(["variant", "degree"])
    examples = known.index.get_level_values("example_id")
    columns: dict[Hashable, object] = {name: clean[name].reindex(examples).to_numpy() for name in fields}
    if attacked in fields:
        columns[attacked] = own.where(own.notna(), known[attacked]).to_numpy()
    return pd.DataFrame(columns, index=known.index, dtype=object)


def _cache() -> Path:
    return cache_folder().parent
