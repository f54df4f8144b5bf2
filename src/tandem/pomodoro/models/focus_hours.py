"""What to expect of each hour of one weekday.

The expected rating of a cell (weekday, hour) is estimated in three steps, each a posterior mean that pulls a small
sample towards what is known one level up (:mod:`tandem.pomodoro.models.shrinkage`):

1. a usual daily curve, lifted or lowered to this person's own level: ``curve[h] + sum(rating - curve) / (n + K)``;
2. the same hour on the other six weekdays, pulled towards 1;
3. the cell's own ratings, pulled towards 2.

So an hour with one rating of 100 does not beat an hour with forty ratings of 85, and an hour without any rating is
judged on the same scale. The share of finished sessions is pulled in the same way towards the person's own share and
moves the score by :data:`COMPLETION_WEIGHT` points per percentage point.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.shrinkage import PRIOR_RATINGS, own_mean, shrunk_all
from tandem.pomodoro.presets import PRESET_KEYS, PresetKey, default_preset_at
from tandem.pomodoro.snapshot import ATTEMPTS, COMPLETED, RATED, RATING_SUM, Snapshot

COMPLETION_WEIGHT: Final = 0.3
"""Points of score per percentage point of completion above or below the person's own share."""


def default_score_at(hour: int) -> float:
    """Return the contract's usual daily curve at ``hour`` 0-23, points."""
    if 8 <= hour <= 12:
        return 75.0
    if 13 <= hour <= 15:
        return 55.0
    if 16 <= hour <= 18:
        return 70.0
    if 19 <= hour <= 21:
        return 60.0
    return 65.0 if hour in {6, 7} else 45.0


_CURVE: Final[NDArray[np.float64]] = np.array([default_score_at(hour) for hour in range(24)])


@dataclass(frozen=True, slots=True)
class HourEstimate:
    """One hour of the weekday.

    ``expected`` and ``score`` are 0-100; ``mean`` (plain mean rating) and ``completion`` (%) are None where nothing
    is known; ``attempts`` were begun and ``sessions`` finished in this cell; ``rated`` counts the ratings of this cell, ``rated_any_day`` those of this hour on all weekdays.
    """

    hour: int
    expected: float
    score: float
    mean: float | None
    completion: float | None
    attempts: int
    sessions: int
    rated: int
    rated_any_day: int
    preset: PresetKey
    preset_rating: float | None

    @property
    def confidence(self) -> float:
        """The contract's step for this many ratings: 0.1, 0.4, 0.7 or 1.0."""
        if self.rated == 0:
            return 0.1
        if self.rated <= 2:
            return 0.4
        return 0.7 if self.rated <= 5 else 1.0


def estimate_hours(snapshot: Snapshot, weekday: int) -> list[HourEstimate]:
    """Return the 24 hours of ``weekday`` (0 = Monday)."""
    by_preset = _known_presets(snapshot)
    cells = snapshot.statistics.weekday_hours()
    cell, hours = cells[weekday], np.asarray(cells.sum(axis=0))
    expected = _expected(cell, hours)
    score = np.clip(expected + COMPLETION_WEIGHT * _completion_surplus(cell, hours), 0.0, 100.0)
    presets = _best_presets(by_preset, weekday)
    return [
        HourEstimate(
            hour=hour,
            expected=float(expected[hour]),
            score=float(score[hour]),
            mean=_ratio(cell[hour, RATING_SUM], cell[hour, RATED]),
            completion=_ratio(100 * cell[hour, COMPLETED], cell[hour, ATTEMPTS]),
            attempts=round(float(cell[hour, ATTEMPTS])),
            sessions=round(float(cell[hour, COMPLETED])),
            rated=round(float(cell[hour, RATED])),
            rated_any_day=round(float(hours[hour, RATED])),
            preset=presets[hour],
            preset_rating=_preset_rating(by_preset[weekday, hour], presets[hour]),
        )
        for hour in range(24)
    ]


def _expected(cell: NDArray[np.float64], hours: NDArray[np.float64]) -> NDArray[np.float64]:
    rated = float(hours[:, RATED].sum())
    level = float((hours[:, RATING_SUM] - hours[:, RATED] * _CURVE).sum()) / (rated + PRIOR_RATINGS)
    curve = np.clip(_CURVE + level, 0.0, 100.0)
    return _pulled(cell, _pulled(hours - cell, curve))


def _pulled(moments: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    pulled = (moments[..., RATING_SUM] + PRIOR_RATINGS * prior) / (moments[..., RATED] + PRIOR_RATINGS)
    return np.asarray(np.clip(pulled, 0.0, 100.0))


def _completion_surplus(cell: NDArray[np.float64], hours: NDArray[np.float64]) -> NDArray[np.float64]:
    attempts = float(hours[:, ATTEMPTS].sum())
    own = float(hours[:, COMPLETED].sum()) / attempts if round(attempts) else 1.0
    share = np.full(24, own)
    for moments in (hours - cell, cell):
        share = (moments[:, COMPLETED] + PRIOR_RATINGS * share) / (moments[:, ATTEMPTS] + PRIOR_RATINGS)
    return np.asarray(100 * (share - own))


def _known_presets(snapshot: Snapshot) -> NDArray[np.float64]:
    """Return the moments of the four presets; shape (7, 24, 4, 5). Others that old data names are left out."""
    slot = snapshot.statistics.slot
    out = np.zeros((7, 24, len(PRESET_KEYS), slot.shape[-1]))
    for at, key in enumerate(PRESET_KEYS):
        code = snapshot.preset_code(key)
        if code is not None:
            out[:, :, at] = slot[:, :, code]
    return out


def _best_presets(by_preset: NDArray[np.float64], weekday: int) -> list[PresetKey]:
    """Choose for each hour the preset with the best pulled mean among those rated in that hour on any weekday."""
    cell, hours = by_preset[weekday], by_preset.sum(axis=0)
    overall = hours.sum(axis=0)
    prior = np.broadcast_to(shrunk_all(overall, own_mean(overall.sum(axis=0))), hours.shape[:2])
    estimate = _pulled(cell, _pulled(hours - cell, prior))
    tried = hours[:, :, RATED] > 0.5
    best = np.argmax(np.where(tried, estimate, -1.0), axis=1)
    return [
        PRESET_KEYS[int(best[hour])] if tried[hour].any() else default_preset_at(hour) for hour in range(24)
    ]


def _preset_rating(presets: NDArray[np.float64], preset: PresetKey) -> float | None:
    moments = presets[PRESET_KEYS.index(preset)]
    return _ratio(moments[RATING_SUM], moments[RATED])


def _ratio(total: float, count: float) -> float | None:
    return min(max(float(total) / float(count), 0.0), 100.0) if round(float(count)) else None
