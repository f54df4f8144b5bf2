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


def mean(design: Floats, offset: Floats, coefficients: Floats) -> Floats:
    """Expected counts exp(offset + design @ coefficients), shape (n,), kept within `LOG_RANGE`."""
    return np.exp(np.clip(offset + design @ coefficients, *LOG_RANGE))


def coefficients(design: Floats, offset: Floats, target: Floats, weights: Floats, ridge: Floats) -> Floats:
    """Penalised quasi-Poisson coefficients by Newton's method, shape (k,).

    Args:
        design: shape (n, k).
        offset: logarithm of the mean at zero coefficients, shape (n,).
        target: counts, shape (n,).
        weights: weight of each row, >= 0, shape (n,).
        ridge: penalty of each coefficient, shape (k,): the number of counts that weigh as much as the belief in zero.
    """
    solution = np.zeros(design.shape[1])
    for number in range(ROUNDS):
        fitted = mean(design, offset, solution)
        # The first residuals still hold what the coefficients will explain: they would overstate the spread.
        penalty = ridge * (dispersion(target, fitted, weights) if number else 1.0)
        curvature = (design * (weights * fitted)[:, None]).T @ design + np.diag(penalty)
        slope = design.T @ (weights * (target - fitted)) - penalty * solution
        step = np.clip(np.linalg.solve(curvature, slope), -MAX_STEP, MAX_STEP)
        solution = solution + step
        if number and np.abs(step).max() < ENOUGH:
            break
    return solution


def dispersion(target: Floats, fitted: Floats, weights: Floats) -> float:
    """Variance over mean of the counts around the fitted mean, at least 0.5."""
    ratio = float((weights * (target - fitted) ** 2 / (fitted + 0.1)).sum() / weights.sum())
    return max(0.5, ratio)


def size(target: Floats, fitted: Floats, weights: Floats) -> float:
    """Size r of the negative binomial with variance m + m**2 / r, between 0.05 and 50, by moments with a weak prior."""
    if not target.size:
        return 1.0 / PRIOR_SPREAD
    squares = float((weights * fitted**2).sum())
    prior = PRIOR_SPREAD_DAYS * squares / float(weights.sum())
    extra = float((weights * ((target - fitted) ** 2 - fitted)).sum()) + prior * PRIOR_SPREAD
    return float(1.0 / np.clip(extra / (squares + prior), 0.02, 20.0))
