"""Every package that is imported is declared in setup.cfg, and every one declared is imported."""

import ast
import configparser
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from robtest.language.roundtrip import NAME, PINNED

ROOT = Path(__file__).parents[1]
PACKAGES = ("boss", "robtest", "leaderboard", "benchmarks")
OWN = {*PACKAGES, "tests"}

UNIMPORTED = {
    "flair": "textattack's; its bound keeps pip from backtracking",
    "sentencepiece": "transformers reads the vocabularies of DeBERTa and T5 by it",
}
"""Declared for those who install, and imported by others alone."""

TOOLS = {
    "authlib": "asked for by pytest.importorskip; the extra oidc, loaded by streamlit",
    "axe-playwright-python": "asked for by pytest.importorskip; axe-core for the pages",
    "build": "a command",
    "gguf": "asked for by pytest.importorskip; the extra llm",
    "import-linter": "a command",
    "mypy": "a command",
    "openai": "asked for by pytest.importorskip; the extra llm",
    "pandas-stubs": "types for mypy",
    "playwright": "asked for by pytest.importorskip",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "ruff": "a command",
    "types-pyyaml": "types for mypy",
}
"""Declared for those who develop, and not imported."""


def normal(name: str) -> str:
    """Return a distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(section: str, option: str) -> dict[str, str]:
    """Return by name the bounds of what setup.cfg asks for."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = [line for line in config[section][option].splitlines() if line and not line.startswith("#")]
    parts = [re.fullmatch(r"([\w.-]+)(.*)", line) for line in lines]
    return {normal(part.group(1)): part.group(2) for part in parts if part is not None}


def modules(source: str) -> Iterator[str]:
    """Yield the top-level name of every absolute import of a file, inside functions and blocks as well."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.module.partition(".")[0]


def imported(folders: Sequence[str]) -> dict[str, list[str]]:
    """Return the distributions of others that the files of folders import, and the files that do."""
    owners = packages_distributions()
    out: dict[str, list[str]] = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for module in set(modules(path.read_text(encoding="utf-8"))) - OWN - set(sys.stdlib_module_names):
            if not module.startswith("_"):  # of type checkers alone
                for name in owners.get(module, [module]):
                    out.setdefault(normal(name), []).append(path.relative_to(ROOT).as_posix())
    return out


def within(installed: str, bounds: str) -> bool:
    """Whether a version satisfies bounds of the kinds ``>=`` and ``<``."""
    numbers = _numbers(installed)
    rules = [re.fullmatch(r"(>=|<)([\d.]+)", bound.strip()) for bound in bounds.split(",") if bound]
    assert all(rules), f"{bounds}: only >= and < are read"
    return all(
        numbers >= _numbers(rule.group(2)) if rule.group(1) == ">=" else numbers < _numbers(rule.group(2))
        for rule in rules
        if rule is not None
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0]))


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import a.b\nfrom c.d import e\nfrom . import f\ndef g():\n    import h\nif 1:\n    from i import j\n"
    )
    assert sorted(modules(source)) == ["a", "c", "h", "i"]


def test_what_is_imported_is_declared() -> None:
    imports, declarations = imported(PACKAGES), declared("options", "install_requires")
    assert {name: files[:3] for name, files in imports.items() if name not in declarations} == {}


def test_what_tests_import_is_declared() -> None:
    imports = imported(("tests",))
    declarations = {**declared("options", "install_requires"), **declared("options.extras_require", "dev")}
    assert {name: files[:3] for name, files in imports.items() if name not in declarations} == {}


def test_the_extra_of_round_trips_pins_the_version_that_is_looked_for() -> None:
    assert declared("options.extras_require", "roundtrip") == {NAME: f"=={PINNED}"}


def test_what_is_declared_is_imported_or_has_a_reason() -> None:
    assert set(declared("options", "install_requires")) - set(imported(PACKAGES)) == set(UNIMPORTED)
    assert set(declared("options.extras_require", "dev")) - set(imported(("tests",))) == set(TOOLS)


@pytest.mark.parametrize("name", sorted(declared("options", "install_requires")))
def test_what_is_installed_is_within_its_bounds(name: str) -> None:
    assert within(version(name), declared("options", "install_requires")[name])


@pytest.mark.parametrize(
    ("installed", "bounds", "good"),
    [
        ("2.16.2", ">=2,<3", True),
        ("3.0", ">=2,<3", False),
        ("1.9", ">=2", False),
        ("2.13.0+cpu", ">=2.6", True),
        ("1", "", True),
    ],
)
def test_bounds_by_hand(installed: str, bounds: str, good: bool) -> None:
    assert within(installed, bounds) is good
