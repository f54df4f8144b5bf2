"""Log-linear regression for counts with ridge penalties, and the spread around it.

Quasi-likelihood of P. McCullagh and J. Nelder (Generalized Linear Models, 1989, chapter 9): the variance is a multiple
of the mean, the multiple is estimated, and it scales the penalties, so a bursty person's coefficients need more
evidence than a steady one's.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 5
MAX_STEP = 1.0
ENOUGH = 0.005
"""Steps below this change no expected count by more than about a percent: the rounds end."""

LOG_RANGE = (-5.0, 11.0)
PRIOR_SPREAD = 0.5
"""Extra variance, as a share of the squared mean, assumed before there is evidence (a negative binomial of size 2)."""

PRIOR_SPREAD_DAYS = 5.0


def means(design: Floats, offset: Floats, coefficients: Floats) -> Floats:
    """Expected counts exp(offset + coefficients @ design.T), shape (m, n), kept within `LOG_RANGE`."""
    logarithms = coefficients @ design.T
    logarithms += offset
    return np.asarray(
        np.exp(np.clip(logarithms, *LOG_RANGE, out=logarithms), out=logarithms), dtype=np.float64
    )


def coefficients(design: Floats, offset: Floats, targets: Floats, weights: Floats, ridge: Floats) -> Floats:
    """Penalised quasi-Poisson coefficients of m fits by Newton's method, shape (m, k).

    All fits have one design, so each step of all is a few products of matrices; one that has arrived stays where it is.

    Args:
        design: shape (n, k).
        offset: logarithm of the mean at zero coefficients, shape (n,).
        targets: counts, shape (m, n).
        weights: weight of each row in each fit, >= 0, shape (m, n); 0 leaves it out.
        ridge: penalty of each coefficient, shape (k,): the number of counts that weigh as much as the belief in zero.
    """
    fits, (rows, size) = targets.shape[0], design.shape
    solution = np.zeros((fits, size))
    penalties = np.repeat(ridge[None, :], fits, axis=0)
    diagonal = np.arange(size)
    moving = np.ones((fits, 1), dtype=np.bool_)
    for number in range(ROUNDS):
        fitted = means(design, offset, solution)
        # The first residuals still hold what the coefficients will explain: they would overstate the spread.
        if number:
            penalties = ridge * dispersions(targets, fitted, weights)[:, None]
        slope = (weights * (targets - fitted)) @ design - penalties * solution
        weighted = design.T[None, :, :] * (weights * fitted)[:, None, :]
        curvature = (weighted.reshape(fits * size, rows) @ design).reshape(fits, size, size)
        curvature[:, diagonal, diagonal] += penalties
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        solution += moving * np.clip(step, -MAX_STEP, MAX_STEP)
        if number:
            moving &= np.abs(step).max(axis=1, keepdims=True) >= ENOUGH
            if not moving.any():
                break
    return solution


def dispersions(targets: Floats, fitted: Floats, weights: Floats) -> Floats:
    """Variance over mean of the counts around the fitted means, at least 0.5, shape (m,); 1 without any weight."""
    squares = targets - fitted
    squares *= squares
    squares *= weights
    squares /= fitted + 0.1
    total = weights.sum(axis=1)
    ratios = np.divide(squares.sum(axis=1), total, out=np.ones_like(total), where=total > 0)
    return np.asarray(np.maximum(0.5, ratios), dtype=np.float64)


def size(target: Floats, fitted: Floats, weights: Floats) -> float:
    """Size r of the negative binomial with variance m + m**2 / r, between 0.05 and 50, by moments with a weak prior."""
    if not target.size:
        return 1.0 / PRIOR_SPREAD
    squares = float((weights * fitted**2).sum())
    prior = PRIOR_SPREAD_DAYS * squares / float(weights.sum())
    extra = float((weights * ((target - fitted) ** 2 - fitted)).sum()) + prior * PRIOR_SPREAD
    return float(1.0 / np.clip(extra / (squares + prior), 0.02, 20.0))
