"""The modules of robtest that the site and boss.metrics may import load nothing heavy, and no attack."""

import json
import subprocess
import sys

NAMES = ("degree", "dimensions", "files", "plural", "score", "types")
LIGHT = {
    "robtest",
    *(f"robtest.{name}" for name in ("degree", "dimensions", "files", "plural", "score", "types")),
}

CODE = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([name for name in sys.modules if "." not in name or name.startswith("robtest")]))
"""


def test_light_modules_load_numpy_and_rapidfuzz_only() -> None:
    run = subprocess.run(
        [sys.executable, "-c", CODE, *sorted(LIGHT)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout))
    assert {name for name in loaded if name.startswith("robtest")} == LIGHT
    heavy = {"torch", "transformers", "spacy", "nltk", "textattack", "scipy", "pandas", "datasets", "sklearn"}
    assert loaded & {*heavy, "numpy", "rapidfuzz"} == {"numpy", "rapidfuzz"}
