"""A day's forecast, given what is done of it.

With the share ``p`` of a day's sessions usually behind at this time, a day of ``k`` sessions in all has shown ``c`` of
them with the probability of a beta-binomial of mean ``k p``: by Bayes' rule the forecast's probability of ``k`` is
multiplied by that. The beta part says how much the course of single days differs from the usual one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

REGULARITY: Final = 30.0
"""How alike the courses of days are taken to be: the concentration of the beta distribution around ``p``.

Logs of three people were forecast during the day: from 20 on the logarithmic score hardly changes, below 4 it worsens.
"""


def given_so_far(probabilities: NDArray[np.float64], done: int, share: float) -> NDArray[np.float64]:
    """Return the probabilities of 0, 1, 2, ... sessions on the whole day.

    Args:
        probabilities: forecast of the whole day before it began, of 0, 1, 2, ... sessions.
        done: sessions completed so far, 0 or more; fewer than these have probability 0 in the result.
        share: share of a day's sessions usually done by now, 0-1.
    """
    top = len(probabilities) - 1
    posterior = np.zeros(max(top, done) + 1)
    if done < top:
        share = min(max(share, 0.01), 0.99)
        behind, ahead = share * REGULARITY, (1.0 - share) * REGULARITY
        k = np.arange(done, top)
        steps = np.log((k + 1.0) / (k + 1.0 - done)) + np.log((k - done + ahead) / (k + behind + ahead))
        likelihood = np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
        posterior[done : top + 1] = probabilities[done:] * likelihood
    mass = float(posterior.sum())
    if mass > 0:
        return posterior / mass
    posterior[done] = 1.0
    return posterior
