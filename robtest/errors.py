"""Errors of an attack under way; wrong arguments are `ValueError`.

* RobTestError
  x AttackError   an attack or a search broke its contract: an edit out of place, a limit exceeded
  x VictimError   a victim or a judge gave an impossible answer: a wrong shape, a wrong number, NaN
  x AssetError    a file out of a published package is corrupt, damaged or not what was expected
    + AssetMissing  it cannot be had here: which file, from where, into which folder
"""


class RobTestError(Exception):
    """Base of the errors that say who is to blame, which rule it breaks, and the cure."""


class AttackError(RobTestError):
    """An attack or a search broke its contract."""


class VictimError(RobTestError):
    """A victim or a judge gave an impossible answer."""


class AssetError(RobTestError):
    """A pinned file is corrupt, damaged, or lacks what is looked for in it."""


class AssetMissing(AssetError):
    """A pinned file cannot be had here; the text says how to get it."""
