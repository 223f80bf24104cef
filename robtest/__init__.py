"""Adversarial attacks on text: eight capability dimensions, degrees that hold, four kinds of access.

>>> from robtest import attack
>>> from robtest.toy import Keyword
>>> result = attack(["good"], [1], Keyword("good"), degrees=[0.5], n_variants=3)
>>> result.clean, result.worst.tolist()
(1.0, [1.0, 0.0])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from robtest.api import AttackResult, attack, perturb

__all__ = ["AttackResult", "attack", "perturb"]


def __getattr__(name: str) -> Any:
    """Import the attacks where they are asked for: the light modules beside them need none of it."""
    if name in __all__:
        from robtest import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
