"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import robtest

# The modules inside TextAttack import it: seconds, and an asset; they have no examples.
MODULES = [
    m.name
    for m in pkgutil.walk_packages(robtest.__path__, "robtest.")
    if "__main__" not in m.name and ".inside." not in m.name
]


@pytest.mark.parametrize("name", ["robtest", *MODULES])
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    tests = [doctest.testmod(importlib.import_module(name)).attempted for name in ["robtest", *MODULES]]
    assert sum(tests) >= 4
