"""The seven sides of a session's context, each as an expected rating.

What the person rated is pulled towards a prior: their own mean, shifted by what the contract assumes of the hour, the
preset or the position in the day. That shift fades as ratings come in, ``K / (K + all ratings)``, so that nothing but
the person's own figures is left in the end.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.shrinkage import DEFAULT_PRODUCTIVITY, PRIOR_RATINGS, own_mean, shrunk
from tandem.pomodoro.schemas.quality import QualityQuery, Wellness
from tandem.pomodoro.snapshot import RATED, Snapshot

DEFAULT_CONFIDENCE: Final = 0.1
"""Of a score that no rating supports."""

LESS_SPECIFIC: Final = 0.7
"""Most confidence that ratings at other hours can give."""

USUAL_PRESET: Final = {"deep_work": 75.0, "learning": 70.0, "quick_tasks": 65.0, "flow_mode": 72.0}
USUAL_POSITION: Final = (75.0, 80.0, 78.0, 72.0, 68.0, 62.0, 55.0, 50.0)
"""Of the first, second, ... session of a day."""

_RECOVERY: Final = (
    (4, 55.0, 0.5), (14, 68.0, 0.5), (30, 82.0, 0.6), (60, 80.0, 0.5), (120, 75.0, 0.4), (240, 70.0, 0.3),
)  # fmt: skip
_LONG_PAUSE: Final = (65.0, 0.2)
_WELLNESS_WEIGHTS: Final = {
    "sleep_quality": 0.20, "energy_level": 0.20, "mood": 0.15, "stress_level": 0.15, "motivation": 0.15,
    "focus_ability": 0.15,
}  # fmt: skip
_NOTHING: Final = np.zeros(5)


@dataclass(frozen=True, slots=True)
class Score:
    """An expected rating, 0-100, and how much of it is known and not assumed, 0-1."""

    value: float
    confidence: float = DEFAULT_CONFIDENCE


class Prior:
    """The person's own mean, shifted by what is usual, as long as little is known of the person."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read the person's mean and number of ratings."""
        total = snapshot.statistics.total()
        self._own = own_mean(total)
        self._fade = PRIOR_RATINGS / (PRIOR_RATINGS + max(0.0, float(total[RATED])))

    def at(self, usual: float = DEFAULT_PRODUCTIVITY) -> float:
        """Return what to expect, 0-100, where ``usual`` is what to expect of anybody."""
        return min(max(self._own + (usual - DEFAULT_PRODUCTIVITY) * self._fade, 0.0), 100.0)


def usual_at(hour: int) -> float:
    """Return what the contract expects at an ``hour`` of which nothing is known."""
    bands = ((8, 11, 80.0), (12, 13, 65.0), (14, 17, 75.0), (18, 20, 70.0), (21, 23, 55.0), (6, 7, 65.0))
    return next((value for first, last, value in bands if first <= hour <= last), 50.0)


def hour_score(snapshot: Snapshot, prior: Prior, hour: int) -> Score:
    """Judge by the ratings at that hour."""
    known = snapshot.statistics.slot[:, hour].sum(axis=(0, 1)) if 0 <= hour <= 23 else _NOTHING
    return _known(known, prior.at(usual_at(hour)))


def day_score(snapshot: Snapshot, prior: Prior, day: int) -> Score:
    """Judge by the ratings on that weekday; 0 = Monday."""
    known = snapshot.statistics.slot[day].sum(axis=(0, 1)) if 0 <= day <= 6 else _NOTHING
    return _known(known, prior.at())


def preset_score(snapshot: Snapshot, prior: Prior, preset: str, hour: int) -> Score:
    """Judge by the ratings with that preset, those at that hour first."""
    usual = prior.at(USUAL_PRESET.get(preset, DEFAULT_PRODUCTIVITY))
    code = snapshot.preset_code(preset)
    if code is None:
        return Score(usual)
    return _nested(snapshot.statistics.slot[:, :, code].sum(axis=0), hour, usual)


def category_score(snapshot: Snapshot, prior: Prior, category: str | None, hour: int) -> Score:
    """Judge by the ratings in that category, those at that hour first."""
    code = None if category is None else snapshot.category_code(category)
    if code is None:
        return Score(prior.at())
    return _nested(snapshot.statistics.category_hour[code], hour, prior.at())


def fatigue_score(snapshot: Snapshot, prior: Prior, sessions_today: int) -> Score:
    """Judge by the ratings of sessions that were as late in their day."""
    position = max(0, sessions_today)
    late = max(45.0, 80.0 - 5.0 * (position + 1))
    usual = USUAL_POSITION[position] if position < len(USUAL_POSITION) else late
    table = snapshot.statistics.position
    return _known(table[position] if position < len(table) else _NOTHING, prior.at(usual))


def recovery_score(prior: Prior, minutes: int | None) -> Score:
    """Judge by the length of the pause, minutes; these are the contract's figures, not learnt."""
    if minutes is None:
        return Score(prior.at(75.0))
    found = next(((value, sure) for limit, value, sure in _RECOVERY if minutes <= limit), _LONG_PAUSE)
    return Score(*found)


def wellness_score(prior: Prior, wellness: Wellness | None) -> Score:
    """Judge by the check-in: its overall value, else the weighted mean of the values given."""
    if wellness is None:
        return Score(prior.at())
    if wellness.overall_wellness is not None:
        return Score(wellness.overall_wellness, 0.8)
    given = wellness.model_dump(include=set(_WELLNESS_WEIGHTS), exclude_none=True)
    if not given:
        return Score(prior.at())
    if "stress_level" in given:
        given["stress_level"] = 100.0 - given["stress_level"]
    weight = sum(_WELLNESS_WEIGHTS[name] for name in given)
    value = sum(_WELLNESS_WEIGHTS[name] * float(value) for name, value in given.items()) / weight
    return Score(value, min(0.8, 0.3 + len(given) / 6 * 0.5))


def all_scores(snapshot: Snapshot, query: QualityQuery) -> dict[str, Score]:
    """Return the seven scores by name, in the contract's order."""
    prior = Prior(snapshot)
    return {
        "hour": hour_score(snapshot, prior, query.hour),
        "day": day_score(snapshot, prior, query.day),
        "preset": preset_score(snapshot, prior, query.preset, query.hour),
        "category": category_score(snapshot, prior, query.category, query.hour),
        "fatigue": fatigue_score(snapshot, prior, query.sessions_today),
        "recovery": recovery_score(prior, query.minutes_since_last),
        "wellness": wellness_score(prior, query.wellness),
    }


def _known(moments: NDArray[np.float64], prior: float) -> Score:
    estimate = shrunk(moments, prior)
    return Score(estimate.value, min(max(estimate.confidence, DEFAULT_CONFIDENCE), 1.0))


def _nested(by_hour: NDArray[np.float64], hour: int, prior: float) -> Score:
    """Pull what is known at the hour, ``by_hour`` (24, 5), towards what is known at all hours."""
    whole = shrunk(by_hour.sum(axis=0), prior)
    cell = shrunk(by_hour[hour] if 0 <= hour <= 23 else _NOTHING, whole.value)
    share = cell.confidence + (1.0 - cell.confidence) * LESS_SPECIFIC * whole.confidence
    return Score(cell.value, min(max(share, DEFAULT_CONFIDENCE), 1.0))
