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


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean ...?)`` for an error about a misspelt name, or nothing where none is near.

    >>> suggestion("sentimen", ["sentiment", "nli"])
    " (did you mean 'sentiment'?)"
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
