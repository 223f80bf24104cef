"""What an attack offers and what is drawn are the same in every process, whatever the order of a set is."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib
from robtest.api import perturb
from robtest.attacks import DIMENSIONS, FAMILIES, get_attack
from robtest.text import words

texts = (
    "He keeps up the bad, rich boy image of some truly poor, hot and really young television stars.",
    "The rich old baker makes heavy bread, and his dry humour is hard to bear on wet mornings.",
)
for name in (*DIMENSIONS, *FAMILIES, "typo+case"):
    attack = get_attack(name)
    units = {
        "char": lambda text: [(i, i + 1) for i in range(len(text))],
        "word": words,
        "text": lambda text: [(0, len(text))],
    }[attack.unit]
    edits = [attack.edits(text, start, end) for text in texts for start, end in units(text)]
    copies = [perturb(text, dimension=attack, degrees=[0.3], n_variants=2) for text in texts]
    print(name, hashlib.sha256(repr((edits, copies)).encode()).hexdigest())
"""


@pytest.mark.data
def test_edits_and_copies_do_not_depend_on_the_hash_seed() -> None:
    printed = {_printed(seed) for seed in ("0", "2")}
    assert len(printed) == 1
    assert len(printed.pop().splitlines()) == 17


def _printed(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    ).stdout
