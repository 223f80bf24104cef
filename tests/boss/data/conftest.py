import hashlib
import io
import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from boss.data.archive import Member
from boss.data.readers.base import Reader
from boss.data.types import Example

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def toy_conf() -> Path:
    return CONF


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Example], Counter[str]]]:
    """Write a file and read it: (examples, removed)."""

    def run(
        reader: Reader, content: str | bytes, name: str = "data.txt"
    ) -> tuple[list[Example], Counter[str]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        removed: Counter[str] = Counter()
        return list(reader.read(Member(path), removed)), removed

    return run


@pytest.fixture
def make_tar() -> Callable[[Mapping[str, bytes]], bytes]:
    def make(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return buffer.getvalue()

    return make


@pytest.fixture
def make_zip() -> Callable[[Mapping[str, bytes]], bytes]:
    def make(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as zipped:
            for name, content in files.items():
                zipped.writestr(name, content)
        return buffer.getvalue()

    return make


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], str]:
    """A package index of one file on this disk; returns the file's sha256."""

    def publish(file: str, content: bytes) -> str:
        folder = tmp_path / "links"
        folder.mkdir(exist_ok=True)
        (folder / file).write_bytes(content)
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        return hashlib.sha256(content).hexdigest()

    return publish


@pytest.fixture
def suite_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite `own` of csv files for sentiment; returns its configuration folder."""

    def make(files: Mapping[str, str], **options: Any) -> Path:
        conf = tmp_path / "conf"
        folder = conf / "dataset" / "own"
        folder.mkdir(parents=True, exist_ok=True)
        (conf / "suite").mkdir(exist_ok=True)
        suite: dict[str, Any] = {
            "name": "own",
            "version": "1",
            "description": "written for a test",
            "stand_in": False,
            "fractions": {"train": 0.7, "validation": 0.1, "test": 0.2},
        }
        (conf / "suite" / "own.yaml").write_text(json.dumps(suite | options))  # JSON is YAML
        for file, content in files.items():
            (folder / file).write_text(content)
            role = "id" if file.startswith("home") else "ood"
            dataset = {
                "task": "sentiment",
                "role": role,
                "title": file,
                "shift": "none",
                "url": "https://example.org",
                "licence": "MIT",
                "labels": ["negative", "positive", "neutral"],
                "label_mapping": "as they are",
                "source": {"_target_": "boss.data.sources.LocalFile", "path": file},
                "reader": {
                    "_target_": "boss.data.readers.table.Delimited",
                    "fields": {"text": "text"},
                    "label": "label",
                },
            }
            (folder / file).with_suffix(".yaml").write_text(json.dumps(dataset))
        return conf

    return make
