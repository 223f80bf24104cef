"""Maximum mean discrepancy: whether two samples of vectors come from one distribution."""

from dataclasses import dataclass

import numpy as np

from boss.errors import ConfigError
from boss.metrics.scores import Floats


@dataclass(frozen=True)
class Mmd:
    """The discrepancy of two samples, and how often chance alone makes it as large.

    Attributes:
        value: unbiased estimate of the squared discrepancy, in [-1, 2]; around 0, also below, under chance.
        null_95: 95th percentile of it under chance.
        p: share of the permutations, the one observed among them, that reach ``value``.
        bandwidth: of the kernel, as a distance between vectors.
    """

    value: float
    null_95: float
    p: float
    n: tuple[int, int]
    bandwidth: float
    n_permutations: int


def mmd(x: Floats, y: Floats, *, seed: int, n_permutations: int) -> Mmd:
    """Compare two samples of vectors that share no source.

    Source: Gretton et al. 2012, JMLR 13: the unbiased statistic (lemma 6), a Gaussian kernel whose
    bandwidth is the median distance in the joint sample (section 8), a permutation test; Phipson & Smyth
    2010 for counting the observed split among the permutations, so that p is never 0.

    Args:
        x, y: shapes ``(n, d)`` and ``(m, d)``.

    Raises:
        ConfigError: if a sample has fewer than 2 vectors, all are equal, or there are no permutations.
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ConfigError(f"a discrepancy needs at least 2 independent texts on either side, got {n} and {m}")
    if n_permutations < 1:
        raise ConfigError(f"n_permutations must be at least 1, got {n_permutations}")
    squared = _squared_distances(np.concatenate([x, y]))
    bandwidth = float(np.median(np.sqrt(squared[np.triu_indices(n + m, 1)])))
    if bandwidth == 0:
        raise ConfigError(f"more than half of the distances between {n + m} texts are 0; take distinct texts")
    kernel = np.exp(-squared / (2 * bandwidth**2))
    np.fill_diagonal(kernel, 0.0)
    rng = np.random.default_rng(seed)
    first = np.zeros((n + m, n_permutations + 1))
    first[:n, 0] = 1.0
    for column in range(1, n_permutations + 1):
        first[rng.permutation(n + m)[:n], column] = 1.0
    values = _statistics(kernel, first, n, m)
    # Equal splits give equal values but for rounding, which must not decide.
    reached = values[1:] >= values[0] - 1e-12
    return Mmd(
        value=float(values[0]),
        null_95=float(np.quantile(values[1:], 0.95)),
        p=(1 + int(reached.sum())) / (1 + n_permutations),
        n=(n, m),
        bandwidth=bandwidth,
        n_permutations=n_permutations,
    )


def _squared_distances(vectors: Floats) -> Floats:
    lengths = np.square(vectors).sum(1)
    squared: Floats = np.maximum(lengths[:, None] + lengths - 2 * vectors @ vectors.T, 0.0)
    np.fill_diagonal(squared, 0.0)
    return squared


def _statistics(kernel: Floats, first: Floats, n: int, m: int) -> Floats:
    """Return the statistic of each split: columns of ``first`` are 1 for the rows of the first sample."""
    reach = kernel @ first
    within_first = (first * reach).sum(0)
    across = reach.sum(0) - within_first
    within_second = kernel.sum() - within_first - 2 * across
    value: Floats = within_first / (n * (n - 1)) + within_second / (m * (m - 1)) - 2 * across / (n * m)
    return value
