"""Models of Hugging Face by name: a folder, or an id at the hub; nothing of them is run or unpickled."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from robtest.errors import AssetError
from robtest.files import file_sha256

_SUFFIXES = (".json", ".safetensors", ".model", ".spm", ".txt")


def load(kind: Any, model: str, what: str, **options: object) -> Any:
    """Return what an auto class of transformers makes of a model.

    Args:
        model: a folder, or an id at the hub, which may end in ``@`` and a commit, tag or branch.
        what: the kind of model that is wanted, for the error.

    Raises:
        AssetError: if it cannot be had, is of another kind, or has weights in no safetensors.
    """
    name, revision = _split(model)
    try:
        return kind.from_pretrained(name, revision=revision, trust_remote_code=False, **options)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise AssetError(
            f"cannot load {what} {model!r}: {error}. Give the id of one at the hub and allow the network, or "
            "a folder with config.json, model.safetensors and its tokenizer."
        ) from error


def version_of(model: str) -> str:
    """Return the model's name, and the commit or the beginning of the digest of its files.

    Raises:
        AssetError: if there is no such model.
    """
    folder = Path(model)
    if folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
        digests = "".join(f"{path.name} {file_sha256(path)}\n" for path in files)
        return f"{folder.name}@{sha256(digests.encode()).hexdigest()[:8]}"
    from transformers import AutoConfig

    return f"{_split(model)[0]}@{load(AutoConfig, model, 'the model')._commit_hash}"


def _split(model: str) -> tuple[str, str]:
    name, at, revision = model.partition("@")
    return (name, revision) if at and not Path(model).is_dir() else (model, "main")
