"""Errors a user can cause or cure; the commands print them without a traceback.

* BossError
  x ConfigError      an option that does not exist or is out of range
  x DataError        a file that is missing, corrupt or not in its format
    + DatasetMissing a dataset that cannot be had here: which file, from where, into which folder
  x ModelError       a model that cannot be loaded or gave impossible output
  x ResultError      a run directory that cannot be written, read or compared
"""

import difflib
from collections.abc import Iterable


class BossError(Exception):
    """Base of all errors that carry their own cure: the value, the rule, what to do."""


class ConfigError(BossError):
    """An option that does not exist or lies outside its range."""


class DataError(BossError):
    """A data file that is corrupt or not in the format its reader expects."""


class DatasetMissing(DataError):
    """A dataset that cannot be had here; the text says how to get it."""


class ModelError(BossError):
    """A model that cannot be loaded, fitted, or that gave impossible output."""


class ResultError(BossError):
    """A run that cannot be written, read, resumed or compared."""


class Interrupted(BaseException):
    """The process was told to stop (Ctrl-C, SIGTERM); no failure, so no handler of failures takes it."""


class OutOfBudget(Interrupted):
    """What may be spent is spent: the run stops before that is passed, and is continued under a higher limit.

    Attributes:
        options: words of a command line that continue it.
    """

    def __init__(self, message: str, options: tuple[str, ...]) -> None:
        super().__init__(message)
        self.options = options


_ROOM = "give it less at a time: model.token_budget=1024, a smaller model.batch_size where it is trained"
_TRACED = "the traceback is in the run's journal.jsonl"


def cured(error: BaseException) -> str:
    """Return one line on an error for a person: what it says and what to do about it.

    Errors of ours carry their cure. Of foreign code the type says most, and the journal has the traceback.
    """
    message = " ".join(str(error).split())
    if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__:
        return f"{message or 'out of memory'}; {_ROOM}"
    if isinstance(error, BossError) or any(kind.__name__ == "RobTestError" for kind in type(error).__mro__):
        return message
    return f"{message or 'no message'}; {_TRACED}"


def suggestion(name: str, names: Iterable[str]) -> str:
    """Return `` (did you mean ...?)`` for an error about a misspelt name, or nothing where none is near.

    >>> suggestion("sentimen", ["sentiment", "nli"])
    " (did you mean 'sentiment'?)"
    """
    near = difflib.get_close_matches(name, list(names), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
