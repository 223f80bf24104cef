"""Copies are the same in every process: none depends on the order of a set of strings."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib
from robtest import perturb
from robtest.attacks import DIMENSIONS

texts = (
    "A bad, boyish hero walks through the cold white rain and calls it a nice warm evening.",
    "The rich old baker makes heavy bread, and his dry humour is hard to bear on wet mornings.",
    "Because the ferry was late, the tired crew slept in the dark, soft hay of a real barn.",
)
for name in DIMENSIONS:
    found = [perturb(text, dimension=name, degrees=(0.1, 0.4), n_variants=3) for text in texts]
    print(name, hashlib.sha256(repr(found).encode()).hexdigest())
"""


@pytest.mark.data
def test_copies_do_not_depend_on_the_hash_seed() -> None:
    printed = {_printed(seed) for seed in ("0", "1", "2")}
    assert len(printed) == 1
    assert len(printed.pop().splitlines()) == 8


def _printed(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    ).stdout
