"""A command in a container: without network, on files it may only read, within limits.

For what starts a model, or makes inputs again out of a stranger's run. Docker is found on PATH. The data
cache is read-only inside, and commands put locks and what they make beside what they read; so they see a
folder of links to its files, which they may write to and which is gone afterwards.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from boss.results.store import StoredRun, find_runs, read_run
from leaderboard.submission.findings import SubmissionError
from robtest.plural import counted

SUBMITTED, OUTPUT, CONFIG = "/submitted", "/output", "/config"
"""Where the run, the folder for what is made, and further suites are inside."""
_CACHE, _LINKS = "/cache", "/links"
MEMORY, CPUS, PROCESSES, TEMPORARY = "16g", "4", "512", "8g"


def in_container(
    image: str, words: Sequence[str], read_only: Mapping[str, Path], cache: Path, scratch: Path
) -> list[str]:
    """Return the command line that runs ``words`` in a container of ``image``.

    Args:
        read_only: place inside -> folder outside.
        cache: the data cache.
        scratch: an empty folder, for what the command makes: ``output`` in it is `OUTPUT`.

    Raises:
        SubmissionError: if there is no docker, the image is no name, or a folder cannot be named to it.
    """
    if image.startswith("-") or not image.isprintable() or " " in image:
        raise SubmissionError(f"docker={image!a:.80} is no image; write its name, as in docker=boss:0.1")
    docker = shutil.which("docker")
    if docker is None:
        raise SubmissionError("there is no docker on PATH; install it, or leave docker= out to run it here")
    output, links = scratch / "output", scratch / "links"
    output.mkdir()
    _link(cache, links)
    folders = {**read_only, _CACHE: cache}
    mounts = [f"{_mount(folder, place)},readonly" for place, folder in folders.items()]
    mounts += [_mount(output, OUTPUT), _mount(links, _LINKS)]
    environment = (f"BOSS_CACHE={_LINKS}", "HF_HUB_OFFLINE=1", "PIP_NO_INDEX=1", "HOME=/tmp")
    return [
        *(docker, "run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL"),
        *("--security-opt=no-new-privileges", f"--user={os.getuid()}:{os.getgid()}"),
        *(f"--memory={MEMORY}", f"--cpus={CPUS}", f"--pids-limit={PROCESSES}"),
        f"--tmpfs=/tmp:rw,nosuid,nodev,size={TEMPORARY}",
        *(f"--mount={mount}" for mount in mounts),
        *(f"--env={value}" for value in environment),
        image,
        *words,
    ]


def second_run(command: str, run: Path, scratch: Path, cache: Path, image: str | None) -> StoredRun:
    """Run a command of the reviewer's, which makes a run, and read it.

    Args:
        command: without a shell; ``{output}`` in it is ``scratch``, ``{run}`` is ``run``.
        run: the submitted one.
        cache: the data cache, which a container may only read.
        image: of the container that it is run in; None to run it here.

    Raises:
        SubmissionError: if it fails or leaves another number of runs than one; as `in_container`.
    """
    inside = image is not None
    places = {"{output}": OUTPUT if inside else str(scratch), "{run}": SUBMITTED if inside else str(run)}
    words = shlex.split(command)
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    if image is not None:
        words = in_container(image, words, {SUBMITTED: run}, cache, scratch)
    code = subprocess.run(words).returncode
    runs = find_runs(scratch / "output" if inside else scratch)
    if code or len(runs) != 1:
        raise SubmissionError(
            f"the command ended with code {code} and left {counted(len(runs), 'run')} in "
            f"{{output}}; needed: 0, 1"
        )
    return read_run(runs[0])


def _link(cache: Path, into: Path) -> None:
    """Make a folder of links to the files of the cache, as a container sees them; locks are its own."""
    into.mkdir()
    for here, _, names in os.walk(cache):
        inner = Path(here).relative_to(cache)
        (into / inner).mkdir(exist_ok=True)
        for name in names:
            if not name.endswith(".lock"):
                (into / inner / name).symlink_to(Path(_CACHE) / inner / name)


def _mount(folder: Path, place: str) -> str:
    path = str(folder.resolve())
    if "," in path or not folder.is_dir():
        raise SubmissionError(f"{path} is no folder that docker can be given; it must exist, without a comma")
    return f"type=bind,src={path},dst={place}"
