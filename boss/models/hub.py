"""Where a Hugging Face model stands: a local folder, the local cache, or the hub; never code of it."""

import json
import re
from pathlib import Path

from boss.errors import ConfigError, ModelError

PROBE_SECONDS = 4.0
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
TEXT_FILES = ("*.json", "*.txt", "*.model", "README.md")
SAFE_WEIGHTS = ("*.safetensors",)
TORCH_WEIGHTS = ("pytorch_model*.bin",)


def locate_model(path: str, revision: str) -> tuple[Path, str, str]:
    """Return the local folder of a model, its commit (``unknown`` for a folder) and its licence.

    A model in the local cache of the hub is taken from there without asking the network. Of a hub
    model only configuration, vocabulary and weights are fetched, safetensors where there are any.

    Args:
        path: a folder, or a hub id (``name`` or ``owner/name``).
        revision: branch, tag or commit on the hub.

    Raises:
        ConfigError: if ``path`` can be neither.
        ModelError: if the folder or the id cannot be had; for an id within seconds.
    """
    folder = Path(path).expanduser()
    if folder.is_dir():
        return _model_folder(folder), "unknown", _licence(folder)
    if path.startswith((".", "~", "/")) or not HUB_ID.fullmatch(path):
        if folder.exists() or path.startswith((".", "~", "/")):
            raise ModelError(f"model.path={path} is not a folder; name one made by save_pretrained")
        raise ConfigError(f"model.path={path!r} is neither a folder nor a hub id such as owner/name")
    snapshot = _snapshot(path, revision)
    return _model_folder(snapshot), snapshot.name, _licence(snapshot)


def _model_folder(folder: Path) -> Path:
    if (folder / "config.json").is_file():
        return folder
    inner = _transformer_of(folder)
    if inner is not None and (inner / "config.json").is_file():
        return inner
    raise ModelError(
        f"no config.json in {folder}; name a folder made by save_pretrained (config, weights, tokenizer)"
    )


def _transformer_of(folder: Path) -> Path | None:
    """Return the transformer's own folder in one of sentence-transformers, as its modules.json names it."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        names = [module["path"] for module in modules if str(module["type"]).endswith(".Transformer")]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    inner = [
        path for path in (folder / name for name in names) if path.resolve().is_relative_to(folder.resolve())
    ]
    return inner[0] if inner else None


def _snapshot(model: str, revision: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled
    from requests import RequestException

    cached = _cached(model, revision)
    if cached is not None:
        return cached
    try:
        # One short look-up first: a download retries for half a minute before it gives up.
        info = HfApi().model_info(model, revision=revision, timeout=PROBE_SECONDS)
        names = [item.rfilename for item in info.siblings or []]
        weights = SAFE_WEIGHTS if any(name.endswith(".safetensors") for name in names) else TORCH_WEIGHTS
        snapshot = snapshot_download(
            model, revision=info.sha, allow_patterns=[*TEXT_FILES, *weights], etag_timeout=PROBE_SECONDS
        )
    except (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RequestException,
        OSError,
    ) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(
            f"model {model!r} (revision {revision}) cannot be had from the Hugging Face hub: {reason[0]}\n"
            "Three ways out:\n"
            "  model.path=DIR     a local folder made by save_pretrained\n"
            "  the hub            network access; HF_HOME=DIR with the model in it; HF_TOKEN if it is gated\n"
            "  model=minilm       the embedded encoder, which needs no hub"
        ) from error
    return Path(snapshot)


def _cached(model: str, revision: str) -> Path | None:
    """Return the snapshot in the local cache if it holds configuration and weights."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    from boss.models.weights import weight_files

    try:
        folder = Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, OSError):
        return None
    inner = folder if (folder / "config.json").is_file() else _transformer_of(folder)
    return folder if inner is not None and weight_files(inner) else None


def _licence(folder: Path) -> str:
    """Return the licence the model's own README states in its header, or ``unknown``."""
    from huggingface_hub import ModelCard

    readme = folder / "README.md"
    if not readme.is_file():
        return "unknown"
    try:
        data = ModelCard(readme.read_text(encoding="utf-8"), ignore_metadata_errors=True).data
    except (ValueError, UnicodeDecodeError):
        return "unknown"
    return str(getattr(data, "license", None) or "unknown")
