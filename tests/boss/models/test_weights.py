import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from boss.errors import ModelError
from boss.models.weights import n_parameters, settings_sha256, weight_files, weights_sha256


def test_parameters_are_counted(tmp_path: Path) -> None:
    save_file(
        {"a": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.float32)}, tmp_path / "model.safetensors"
    )
    assert n_parameters(tmp_path) == 10


def test_safetensors_come_before_torch_files(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"1")
    assert [p.name for p in weight_files(tmp_path)] == ["pytorch_model.bin"]
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert [p.name for p in weight_files(tmp_path)] == ["model.safetensors"]


def test_the_digest_follows_content_size_or_time(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    first = weights_sha256(tmp_path, tmp_path / "cache")
    assert weights_sha256(tmp_path, tmp_path / "cache") == first
    weights.write_bytes(b"two")
    os.utime(weights, ns=(1, 1))
    assert weights_sha256(tmp_path, tmp_path / "cache") != first


def test_settings_are_part_of_a_model(tmp_path: Path) -> None:
    before = settings_sha256(tmp_path)
    (tmp_path / "vocab.txt").write_text("a")
    assert settings_sha256(tmp_path) != before


def test_no_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights in"):
        weights_sha256(tmp_path, tmp_path)
