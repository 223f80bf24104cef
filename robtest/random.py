"""Randomness that depends on what is drawn for, never on when, where or in which order."""

import hashlib
import json

import numpy as np


def generator(seed: int, example: str, dimension: str, variant: int) -> np.random.Generator:
    """Return the generator of one variant of one example.

    Philox (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3) is counter-based: any
    128-bit key starts an independent stream, so the stream needs no predecessor, and neither order nor
    batch, shard or worker changes a draw. The key is half of the SHA-256 of the four values.
    """
    # JSON keeps ("ab", "c") and ("a", "bc") apart, and escapes a lone surrogate in an id.
    name = json.dumps([seed, example, dimension, variant])
    digest = hashlib.sha256(name.encode("ascii")).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))
