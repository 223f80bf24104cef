"""Errors of an attack under way; wrong arguments are `ValueError`.

* RobTestError
  x AttackError   an attack or a search broke its contract: an edit out of place, a limit exceeded
  x VictimError   a victim or a judge gave an impossible answer: a wrong shape, a wrong number, NaN
"""


class RobTestError(Exception):
    """Base of the errors that blame a plugin: which one, what it did, which rule that breaks."""


class AttackError(RobTestError):
    """An attack or a search broke its contract."""


class VictimError(RobTestError):
    """A victim or a judge gave an impossible answer."""
