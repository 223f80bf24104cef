"""The digest of a model folder's weights, and of the other files that decide its outputs."""

import hashlib
import json
import math
from pathlib import Path

from boss.errors import ModelError
from robtest.assets import file_sha256

WEIGHT_PATTERNS = ("*.safetensors", "pytorch_model*.bin")
SETTING_PATTERNS = ("*.json", "*.txt", "*.model")


def weight_files(folder: Path) -> list[Path]:
    """Return the weight files: safetensors where there are any, otherwise torch's ``.bin``."""
    for pattern in WEIGHT_PATTERNS:
        found = sorted(folder.glob(pattern))
        if found:
            return found
    return []


def weights_sha256(folder: Path, cache: Path) -> str:
    """Return one digest over the weight files of a folder.

    Digests are remembered in ``cache`` by path, size and modification time: hashing a gigabyte takes
    seconds, and every command would pay it.

    Raises:
        ModelError: if there is no weight file.
    """
    found = weight_files(folder)
    if not found:
        names = ", ".join(WEIGHT_PATTERNS)
        raise ModelError(f"no weights in {folder}: none of {names}; name a folder made by save_pretrained")
    return _combined({path.name: _remembered(path, cache) for path in found})


def settings_sha256(folder: Path) -> str:
    """Return one digest over configuration, vocabulary and tokenizer files."""
    found = {path for pattern in SETTING_PATTERNS for path in folder.glob(pattern)}
    return _combined({path.name: file_sha256(path) for path in found})


def n_parameters(folder: Path) -> int | None:
    """Return how many numbers the safetensors of a folder hold; None for other formats."""
    from safetensors import safe_open

    total = 0
    for path in weight_files(folder):
        if path.suffix != ".safetensors":
            return None
        with safe_open(path, framework="numpy") as stored:
            shapes = [stored.get_slice(name).get_shape() for name in stored.keys()]
        total += sum(math.prod(shape) for shape in shapes)
    return total


def _combined(digests: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()


def _remembered(path: Path, cache: Path) -> str:
    real = path.resolve()
    stat = real.stat()
    seen = f"{real}|{stat.st_size}|{stat.st_mtime_ns}"
    note = cache / "digests" / hashlib.sha256(seen.encode("utf-8", "surrogateescape")).hexdigest()
    if note.is_file() and len(text := note.read_text()) == 64:
        return text
    digest = file_sha256(real)
    note.parent.mkdir(parents=True, exist_ok=True)
    part = note.with_suffix(".part")
    part.write_text(digest)
    part.replace(note)
    return digest
