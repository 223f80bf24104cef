"""Where the project's own files stand."""

from pathlib import Path


def conf_dir() -> Path:
    """Return the folder of the shipped configuration: ``boss/conf`` in a wheel, else ``conf``."""
    package = Path(__file__).resolve().parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"
