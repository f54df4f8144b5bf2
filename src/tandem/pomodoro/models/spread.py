"""How far single ratings lie from their mean, also where there are hardly any."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.snapshot import RATED, RATING_SQUARES, RATING_SUM

USUAL_DEVIATION: Final = 15.0
"""Standard deviation of ratings that is assumed before there are enough of them, points of 0-100."""

PRIOR_DEGREES: Final = 2.0
"""How many ratings that assumption weighs."""


def spread(*groups: NDArray[np.float64]) -> float:
    """Return the common standard deviation within ``groups``, each given as moments (5,); always positive.

    The mean of a scaled-inverse-chi-squared posterior in the parametrisation of Gelman et al., Bayesian Data
    Analysis, 3rd ed., section 2.6: :data:`PRIOR_DEGREES` ratings with :data:`USUAL_DEVIATION` are assumed,
    so that a handful of equal ratings does not look like certainty. Alarms are judged by another one, which has a
    floor (``chance.floored_spread``).
    """
    squares, degrees = PRIOR_DEGREES * USUAL_DEVIATION**2, PRIOR_DEGREES
    for moments in groups:
        n = float(moments[RATED])
        if n > 0.5:
            squares += max(0.0, float(moments[RATING_SQUARES]) - float(moments[RATING_SUM]) ** 2 / n)
            degrees += n - 1.0
    return float(np.sqrt(squares / degrees))
