"""Adversarial attacks on text: eight capability dimensions, degrees that hold, four kinds of access.

>>> from robtest import attack
>>> from robtest.toy import Keyword
>>> result = attack(["good"], [1], Keyword("good"), degrees=[0.5], n_variants=3)
>>> result.clean, result.worst.tolist()
(1.0, [1.0, 0.0])
"""

from robtest.api import AttackResult, attack, perturb

__all__ = ["AttackResult", "attack", "perturb"]
