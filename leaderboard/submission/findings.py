"""What a check has to say of a submission: each finding names file, line and cure."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boss.errors import BossError

Severity = Literal["error", "warning"]
MOST_FINDINGS = 200


class SubmissionError(BossError):
    """A submission, a queue or a decision that cannot be taken as it is."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong (``error``: refused) or to be looked at (``warning``: flagged) in a submission.

    Attributes:
        code: the kind of finding in one word; the codes of an accepted run's warnings are its flags.
        file: relative to the submission; ``line`` counts from 1, None for a file as a whole.
        cure: what its sender can do.
    """

    severity: Severity
    code: str
    file: str
    line: int | None
    message: str
    cure: str

    def __str__(self) -> str:
        """``error: file:line: message. Cure. [code]``."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{self.severity}: {where}: {self.message}. {self.cure} [{self.code}]"


class Refused(SubmissionError):
    """A submission that is not even opened, or not read further; ``finding`` says why."""

    def __init__(self, code: str, file: str, message: str, cure: str, line: int | None = None) -> None:
        """Make the error out of the parts of a `Finding`."""
        self.finding = Finding("error", code, file, line, message, cure)
        super().__init__(str(self.finding))


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        submission: digest of the submission's content, its name in the queue; None where it was not read.
    """

    path: Path
    submission: str | None
    n_cells: int
    n_records: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether it may enter the queue: there is no error."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def flags(self) -> tuple[str, ...]:
        """The codes of the warnings, each once."""
        return tuple(sorted({f.code for f in self.findings if f.severity == "warning"}))


def shortened(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, errors first; of very many the first, and how many more there are."""
    ordered = sorted(findings, key=lambda finding: finding.severity)
    if len(ordered) <= MOST_FINDINGS:
        return tuple(ordered)
    more = len(ordered) - MOST_FINDINGS
    cure = "Mend what is listed first, then check again."
    last = Finding(ordered[MOST_FINDINGS].severity, "more", "run", None, f"{more:,} more findings", cure)
    return (*ordered[:MOST_FINDINGS], last)
