"""Predictive distributions of counts: what happened on days that looked alike, resting on a negative binomial.

The distribution for a day with expected count m is the posterior mean of a Dirichlet process (T. Ferguson, 1973) whose
base is the negative binomial of mean m and which has seen the outcomes of earlier days, each weighted by its age and by
how near its own expected count was: (BASE_DAYS * base + sum of w_j at y_j) / (BASE_DAYS + sum of w_j).
With little evidence that is the negative binomial; with much it takes any form: two humps, no spread, many empty days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BASE_DAYS = 30.0
"""How many similar days weigh as much as the negative binomial."""

REACH = 0.4
"""Two expected counts are similar if their square roots differ by less (a Poisson count's root has a deviation of 0.5)."""

GRID = 0.05
"""Rounding of the square roots of expected counts where days are grouped."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Outcomes of earlier days: `outcomes` (counts), `fitted` (their expected counts), `weights` (by age); shape (n,)."""

    outcomes: Counts
    fitted: Floats
    weights: Floats
    size: float


def negative_binomial(means: Floats, size: float, top: int) -> Floats:
    """Probabilities of 0..top for each mean, shape (n, top + 1); what lies above `top` is counted at `top`."""
    share = size / (size + means)
    count = np.arange(top)
    table: Floats = np.empty((means.size, top + 1))
    table[:, 0] = size * np.log(share)
    np.add(np.log((count + size) / (count + 1.0)), np.log1p(-share)[:, None], out=table[:, 1:])
    np.exp(table.cumsum(axis=1, out=table), out=table)
    table[:, -1] += np.maximum(0.0, 1.0 - table.sum(axis=1))
    return table


def similarity(left: Floats, right: Floats) -> Floats:
    """How alike two expected counts are, 0..1 (Epanechnikov's kernel on square roots): shape (len(left), len(right))."""
    distance = (np.sqrt(left)[:, None] - np.sqrt(right)[None, :]) / REACH
    return _alike(distance)


def _alike(distance: Floats) -> Floats:
    return np.asarray(np.maximum(0.0, 1.0 - distance * distance), dtype=np.float64)


def predictive(expected: float, evidence: Evidence, top: int) -> Floats:
    """Probabilities of 0..top for a day with this expected count, shape (top + 1,), summing to 1."""
    at = np.array([expected])
    near = similarity(at, evidence.fitted)[0] * evidence.weights
    seen = np.bincount(np.minimum(evidence.outcomes, top), weights=near, minlength=top + 1)
    mass = BASE_DAYS * negative_binomial(at, evidence.size, top)[0] + seen
    return np.asarray(mass / mass.sum(), dtype=np.float64)


def tail_shares(evidence: Evidence, last: int, top: int) -> Floats:
    """For each of the last days: the smaller of P(Y <= y) and P(Y >= y) at what happened, leaving the day itself out.

    Shape (min(last, n),), 0..1. The central interval that leaves the share a on each side holds y exactly if a is not
    above this number. Distributions are computed for groups of days `GRID` apart, not for single days.
    """
    first = max(0, evidence.outcomes.size - last)
    outcomes = np.minimum(evidence.outcomes, top)
    steps = np.rint(np.sqrt(evidence.fitted) / GRID).astype(np.int64)
    groups = np.flatnonzero(np.bincount(steps))
    group = groups.searchsorted(steps)
    cells = np.bincount(
        group * (top + 1) + outcomes, weights=evidence.weights, minlength=groups.size * (top + 1)
    )
    roots = groups * GRID
    seen = _alike((roots[:, None] - roots[None, :]) / REACH) @ cells.reshape(groups.size, top + 1)
    mass = BASE_DAYS * negative_binomial(roots * roots, evidence.size, top) + seen
    to = mass.cumsum(axis=1)
    # Each day's own weight stands in the cell of what happened on it.
    own, here, weights = group[first:], outcomes[first:], evidence.weights[first:]
    at, below, whole = mass[own, here] - weights, to[own, here] - weights, to[own, -1] - weights
    return np.asarray(np.minimum(below, whole - below + at) / whole, dtype=np.float64)


def quantiles(probabilities: Floats, shares: Sequence[float]) -> list[int]:
    """The smallest count whose cumulative probability reaches each of the `shares` (0..1)."""
    reached = probabilities.cumsum().searchsorted(np.array(shares) - 1e-9)
    return [min(int(count), probabilities.size - 1) for count in reached]


def quantile(probabilities: Floats, share: float) -> int:
    """The smallest count whose cumulative probability reaches `share` (0..1)."""
    return quantiles(probabilities, [share])[0]


def weighted_quantile(values: Floats, weights: Floats, mass: float) -> float:
    """The value at which the weights of the smaller values reach `mass`; 0.0 if `mass` is not positive."""
    if mass <= 0.0:
        return 0.0
    order = np.argsort(values, kind="stable")
    position = int(np.searchsorted(np.cumsum(weights[order]), mass))
    return float(values[order[min(position, values.size - 1)]])
