"""The options of an attack or a search as plain values, read off the object: none can be forgotten."""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from robtest.files import file_sha256

UNKNOWN = "unknown"
"""What stands for an object that says nothing of itself: neither fields nor a version."""

_LONGEST = 400
"""Characters of JSON of a list or table that is kept as it is; of a longer one the digest is."""


def settings_of(plugin: object) -> dict[str, Any]:
    """Return every option of an attack or a search, by name, plain enough for JSON.

    Options are the fields a dataclass is made with, or the public attributes of another object. A file is
    named by its digest, so that it may lie elsewhere; of a folder the name stands, its content is in the
    version of what reads it. An object that is an option is its class, its own options and its version.
    """
    if is_dataclass(plugin):
        return {item.name: _plain(getattr(plugin, item.name)) for item in fields(plugin) if item.init}
    # A class may have its options as attributes of the instance alone.
    public = {key: value for key, value in vars(plugin).items() if not key.startswith("_")}
    return {key: _plain(value) for key, value in sorted(public.items()) if key != "version"}


def changed_from_default(plugin: object) -> dict[str, Any]:
    """Return those of `settings_of` that are not what the class has by default."""
    if not is_dataclass(plugin):
        return {}
    settings = settings_of(plugin)
    defaults = {
        item.name: _plain(_default(item)) for item in fields(plugin) if item.init and _has_default(item)
    }
    return {name: settings[name] for name, value in defaults.items() if settings[name] != value}


def _has_default(item: "Field[Any]") -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING


def _default(item: "Field[Any]") -> object:
    return item.default_factory() if item.default_factory is not MISSING else item.default


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, str | os.PathLike):
        return _named(value)
    if isinstance(value, Mapping):
        return _brief({str(key): _plain(inner) for key, inner in value.items()})
    if isinstance(value, Set):
        return _brief(sorted((_plain(item) for item in value), key=json.dumps))
    if isinstance(value, Sequence):
        return _brief([_plain(item) for item in value])
    return _described(value)


def _named(value: "str | os.PathLike[str]") -> Any:
    """Return a string as it is, but a file or a folder on this machine by what it holds or is called."""
    text = os.fspath(value)
    if isinstance(value, os.PathLike) or os.sep in text:
        path = Path(text)
        if path.is_file():
            return {"file": path.name, "sha256": file_sha256(path)}
        if path.is_dir():
            return {"folder": path.name}
    return text


def _described(value: object) -> Any:
    """Return an object by its class, its options and its version."""
    kind = (
        value
        if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__"))
        else type(value)
    )
    description: dict[str, Any] = {"class": f"{kind.__module__}.{kind.__qualname__}"}
    if kind is not value and is_dataclass(value):
        description |= settings_of(value)
    version = getattr(value, "version", None)
    if isinstance(version, str) and version:
        description["version"] = version
    return description if len(description) > 1 or kind is value else UNKNOWN


def _brief(value: Any) -> Any:
    text = json.dumps(value, sort_keys=True)
    if len(text) <= _LONGEST:
        return value
    if f'"{UNKNOWN}"' in text:  # which a digest would hide
        return UNKNOWN
    return {"n": len(value), "sha256": hashlib.sha256(text.encode()).hexdigest()}
