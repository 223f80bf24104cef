"""Review commands in a container, by a stand-in for docker that records what it was asked."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.review import main

MakeRun = Callable[..., Path]

STAND_IN = """#!{python}
import json, os, pathlib, shutil, sys
mounts = {{}}
for word in sys.argv[1:]:
    if word.startswith("--mount="):
        fields = dict(part.partition("=")[::2] for part in word.removeprefix("--mount=").split(","))
        mounts[fields["dst"]] = fields
links = sorted(str(path.relative_to(mounts["/links"]["src"])) + " -> " + os.readlink(path)
               for path in pathlib.Path(mounts["/links"]["src"]).rglob("*") if path.is_symlink())
pathlib.Path({record!r}).write_text(json.dumps([sys.argv[1:], mounts, links]))
if "boss.regenerate" in sys.argv:
    print({cells!r})
else:
    shutil.copytree({second!r}, pathlib.Path(mounts["/output"]["src"]) / "second")
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data cache of two files and a lock."""
    folder = tmp_path / "cache"
    (folder / "splits").mkdir(parents=True)
    for name in ("splits/a.jsonl", "splits/a.jsonl.lock", "words.txt"):
        (folder / name).write_text("x")
    monkeypatch.setenv("BOSS_CACHE", str(folder))
    return folder


@pytest.fixture
def docker(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> Callable[[], Any]:
    """Put the stand-in on PATH; return what reads its record: arguments, mounts by place, links."""
    folder, record = tmp_path / "bin", tmp_path / "asked.json"
    folder.mkdir()
    cell = {"measurement": "m", "n_inputs": 3, "n_made": 3, "n_measured": 0, "n_differing": 0}
    cells = json.dumps([{**cell, "differing": [], "left": "", "ok": True}])
    second = str(make_run(run_id="second"))
    script = STAND_IN.format(python=sys.executable, record=str(record), cells=cells, second=second)
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: json.loads(record.read_text())


def review(board: Any, action: str, *words: str) -> int:
    return main([action, *words, f"board={board.root}", "by=keeper"])


def test_every_level_is_reached_in_a_container_without_network(
    board: Any, make_run: MakeRun, accepted: Callable[[Path], str], docker: Callable[[], Any], cache: Path
) -> None:
    name = accepted(make_run())
    assert review(board, "regenerate", name, "docker=boss:1") == 0
    assert board.standing(name).verification == "regenerated"
    words, mounts, links = docker()
    assert words[-7:] == shlex.split("boss:1 python -P -m boss.regenerate /submitted --output=json")
    assert words[:2] == ["run", "--rm"]
    assert {"--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"} <= set(
        words
    )
    assert {"--memory=16g", "--cpus=4", "--pids-limit=512", f"--user={os.getuid()}:{os.getgid()}"} <= set(
        words
    )
    assert {"--env=HF_HUB_OFFLINE=1", "--env=BOSS_CACHE=/links"} <= set(words)
    assert {place: "readonly" in mount for place, mount in mounts.items()} == {
        "/submitted": True,
        "/cache": True,
        "/links": False,
        "/output": False,
    }
    assert mounts["/submitted"]["src"] == str(board.run(name))
    assert mounts["/cache"]["src"] == str(cache)
    # What is written to is neither: links of which the files are those that may only be read.
    assert not {mounts["/links"]["src"], mounts["/output"]["src"]} & {str(cache), str(board.run(name))}
    assert links == ["splits/a.jsonl -> /cache/splits/a.jsonl", "words.txt -> /cache/words.txt"]

    command = "command=python -m boss.eval model=minilm attack.from={run} output={output}"
    assert review(board, "rerun", name, command, "docker=boss:1") == 0
    assert board.standing(name).verification == "rerun"
    words, _, _ = docker()
    asked = shlex.split("boss:1 python -m boss.eval model=minilm attack.from=/submitted output=/output")
    assert words[-len(asked) :] == asked
    assert sorted(path.name for path in (cache / "splits").iterdir()) == ["a.jsonl", "a.jsonl.lock"]


def test_a_folder_of_suites_is_read_only_too(
    board: Any, make_run: MakeRun, accepted: Callable[[Path], str], docker: Callable[[], Any], tmp_path: Path
) -> None:
    name = accepted(make_run())
    (tmp_path / "own").mkdir()
    assert review(board, "regenerate", name, "docker=boss:1", f"config={tmp_path / 'own'}") == 0
    words, mounts, _ = docker()
    assert words[-1] == "--config-dir=/config" and "readonly" in mounts["/config"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["docker=--privileged"], "is no image"),
        (["docker=boss:1 -v /:/host"], "is no image"),
        (["docker=boss:1", "config=nowhere"], "must exist"),
    ],
)
def test_what_is_no_image_or_no_folder_starts_nothing(
    board: Any,
    make_run: MakeRun,
    accepted: Callable[[Path], str],
    docker: Callable[[], Any],
    words: list[str],
    message: str,
    capsys: Any,
) -> None:
    name = accepted(make_run())
    assert review(board, "regenerate", name, *words) == 1
    assert message in capsys.readouterr().err
    assert board.standing(name).verification == "recomputed"
    with pytest.raises(FileNotFoundError):
        docker()


def test_without_docker_and_with_a_run_that_is_there_it_says_so(
    board: Any,
    make_run: MakeRun,
    accepted: Callable[[Path], str],
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    name = accepted(make_run())
    monkeypatch.setenv("PATH", str(cache))
    assert review(board, "regenerate", name, "docker=boss:1") == 1
    assert "no docker on PATH" in capsys.readouterr().err
    board.decide(name, "regenerated", "keeper", "every input was made again")
    assert review(board, "rerun", name, f"with={make_run(run_id='second')}", "docker=boss:1") == 1
    assert "needs none" in capsys.readouterr().err
