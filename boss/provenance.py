"""Which code ran where: package version, commit, source digest, packages, machine type."""

import hashlib
import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import boss
from boss.paths import conf_dir
from boss.results.manifest import Code, Environment

PACKAGE = "boss-robtest"


def code() -> Code:
    """Describe the running code.

    The commit is that of the checkout this package lies in, never of the current folder; an
    installed wheel has none and says ``unknown``. The source digest covers every module and config
    file, so that edited code never continues or equals a run of other code.
    """
    root = Path(boss.__file__).resolve().parents[1]
    commit = status = None
    if (root / ".git").exists():
        commit = _git(root, "rev-parse", "HEAD")
        status = _git(root, "status", "--porcelain", "--untracked-files=no")
    return Code(
        package=PACKAGE,
        version=boss.__version__,
        commit=commit or "unknown",
        dirty="unknown" if status is None else bool(status),
        changed_files=tuple(line[3:] for line in (status or "").splitlines()),
        source_sha256=source_sha256(),
    )


@cache
def source_sha256() -> str:
    """Digest over the names and bytes of boss/, robtest/ and conf/."""
    package = Path(boss.__file__).parent
    digest = hashlib.sha256()
    for folder in (package, package.with_name("robtest"), conf_dir()):
        files = [p for p in folder.rglob("*") if p.suffix in {".py", ".yaml"}]
        for path in sorted(files, key=lambda p: p.relative_to(folder).as_posix()):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def environment() -> Environment:
    """Describe the interpreter, the machine's type and every installed package."""
    packages = {
        dist.metadata["Name"]: dist.version for dist in metadata.distributions() if dist.metadata["Name"]
    }
    return Environment(
        python=sys.version.split()[0],
        platform=f"{platform.system()} {platform.machine()}",
        device=_device(),
        n_threads=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        packages=dict(sorted(packages.items(), key=lambda item: item[0].lower())),
    )


def _device() -> str:
    """Return the device that `boss.models.forward.pick_device` takes, without loading torch for a CPU."""
    if not any(Path("/dev").glob("nvidia[0-9]*")):
        return "cpu"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.rstrip("\n")
