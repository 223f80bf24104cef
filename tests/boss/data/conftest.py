import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from boss.data.readers.base import Reader
from boss.data.types import Example
from robtest.assets import Member

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
