"""Randomness of a training run: seeded inside a block, and put back after it; streams by name."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run the block with torch's generators at ``seed`` and deterministic kernels; restore both after.

    Dropout and initialisation of a transformers model draw from torch's own generators, so they cannot
    be handed one; this keeps the draw from leaking into, or out of, the rest of the process.
    """
    import torch

    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def stream(*names: str | int) -> np.random.Generator:
    """Return the generator of what ``names`` name: a seed, an example, a copy; equal names, equal draws."""
    digest = hashlib.sha256(repr(names).encode("utf-8", "surrogatepass")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))
