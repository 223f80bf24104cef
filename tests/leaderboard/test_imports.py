import subprocess
import sys

CODE = """
import sys
import importlib, pkgutil
import leaderboard.__main__, leaderboard.web.views
for view in pkgutil.iter_modules(leaderboard.web.views.__path__):
    importlib.import_module(f"leaderboard.web.views.{view.name}")
heavy = {"torch", "textattack", "transformers", "sklearn", "datasets", "spacy", "nltk", "hydra"}
NAMES = ("degree", "dimensions", "files", "plural", "score", "types")
light = {"robtest", *(f"robtest.{name}" for name in NAMES)}
own = ("robtest", "boss.data", "boss.models", "boss.methods", "boss.seam", "boss.eval")
loaded = {name for name in sys.modules if name.split(".")[0] in heavy or name.startswith(own)}
print(sorted(loaded - light))
"""


def test_the_site_loads_no_model_library_and_nothing_that_measures() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
