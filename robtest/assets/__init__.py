"""Data files out of published packages: pinned, verified by sha256, cached, read in place."""

from robtest.assets.archive import Member
from robtest.assets.package import Package, default_cache
from robtest.assets.parts import Parts

__all__ = ["Member", "Package", "Parts", "default_cache"]
