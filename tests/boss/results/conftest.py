"""The tiny run of this folder, as a module."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def tiny_path() -> Path:
    return Path(__file__).with_name("tiny_run.py")


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny_run", tiny_path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stored(tiny: ModuleType, tmp_path: Path) -> Path:
    """The folder of a complete run."""
    path: Path = tiny.measure_all(tmp_path / "runs").path
    return path
