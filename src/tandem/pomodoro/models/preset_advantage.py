"""How much better than its context a preset makes a session.

A rating is taken as what the context gives (hour, weekday, category, each as its distance from the person's own
mean) plus the advantage of the preset over that. The advantage is a weighted mean of what is known of the preset
at this hour (0.4), in this category (0.4, if one is given), on this weekday (0.2) and altogether (0.2), each pulled
towards the last. So a preset is neither blamed for a bad hour nor praised for a good one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models.shrinkage import PRIOR_RATINGS, own_mean, shrunk, shrunk_all
from tandem.pomodoro.presets import PRESET_KEYS, PresetKey
from tandem.pomodoro.snapshot import RATED, RATING_SUM, Snapshot

HOUR_WEIGHT: Final = 0.4
CATEGORY_WEIGHT: Final = 0.4
WEEKDAY_WEIGHT: Final = 0.2
OVERALL_WEIGHT: Final = 0.2

TRIED_RATINGS: Final = 3
"""A preset with fewer ratings counts as not tried."""


@dataclass(frozen=True, slots=True)
class Context:
    """For when and what a preset is sought: hour 0-23, weekday 0 = Monday, perhaps a category."""

    hour: int
    weekday: int
    category: str | None


@dataclass(frozen=True, slots=True)
class Advantage:
    """What a preset adds, in points, and the standard error of that in standard deviations of a rating.

    ``confidence`` is the weighted share of the estimate that comes from ratings, 0 for a preset not tried.
    """

    preset: PresetKey
    gain: float
    error: float
    confidence: float
    sessions: int


def advantages(snapshot: Snapshot, context: Context) -> tuple[float, list[Advantage]]:
    """Return what the context gives, 0-100, and what each of the four presets adds to it, in their order."""
    own = own_mean(snapshot.statistics.total())
    overall, sides = _sides(snapshot, context, own)
    level = min(max(own + sum(side.effect for side in sides), 0.0), 100.0)
    found = [_advantage(preset, snapshot.preset_code(preset), overall, sides) for preset in PRESET_KEYS]
    return level, found


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of the context: its weight, how far from usual it is, and what it knows by preset code.

    ``gains`` sums how far each preset's ratings lie above what the side gives; ``n`` counts them. Shapes (presets,).
    """

    weight: float
    effect: float
    gains: NDArray[np.float64]
    n: NDArray[np.float64]


def _sides(snapshot: Snapshot, context: Context, own: float) -> tuple[_Side, list[_Side]]:
    """Return what is known altogether, and on each side of the context."""
    slot = snapshot.statistics.slot
    hours = shrunk_all(slot.sum(axis=(0, 2)), own)
    ratings = slot[..., RATED]
    gains = slot[..., RATING_SUM] - ratings * hours[:, None]
    at, on = context.hour, context.weekday
    weekday = shrunk(slot[on].sum(axis=(0, 1)), own).value - own
    sides = [
        _Side(HOUR_WEIGHT, hours[at] - own, gains[:, at].sum(axis=0), ratings[:, at].sum(axis=0)),
        _Side(WEEKDAY_WEIGHT, weekday, gains[on].sum(axis=0), ratings[on].sum(axis=0)),
    ]
    if context.category is not None:
        sides.append(_category_side(snapshot, context.category, own))
    return _Side(OVERALL_WEIGHT, 0.0, gains.sum(axis=(0, 1)), ratings.sum(axis=(0, 1))), sides


def _category_side(snapshot: Snapshot, category: str, own: float) -> _Side:
    code = snapshot.category_code(category)
    if code is None:
        nothing = np.zeros(len(snapshot.presets))
        return _Side(CATEGORY_WEIGHT, 0.0, nothing, nothing)
    known = snapshot.statistics.category_preset[code]
    mean = shrunk(known.sum(axis=0), own).value
    return _Side(CATEGORY_WEIGHT, mean - own, known[:, RATING_SUM] - known[:, RATED] * mean, known[:, RATED])


def _advantage(preset: PresetKey, code: int | None, overall: _Side, sides: list[_Side]) -> Advantage:
    n = 0.0 if code is None else float(overall.n[code])
    weight = overall.weight + sum(side.weight for side in sides)
    if code is None or n < TRIED_RATINGS - 0.5:
        return Advantage(preset, 0.0, PRIOR_RATINGS**-0.5, 0.0, round(n))
    general = float(overall.gains[code]) / (n + PRIOR_RATINGS)
    gain, error, confidence = (
        overall.weight * part for part in (general, (n + PRIOR_RATINGS) ** -0.5, n / (n + PRIOR_RATINGS))
    )
    for side in sides:
        m = float(side.n[code])
        gain += side.weight * (float(side.gains[code]) + PRIOR_RATINGS * general) / (m + PRIOR_RATINGS)
        error += side.weight * (m + PRIOR_RATINGS) ** -0.5
        confidence += side.weight * m / (m + PRIOR_RATINGS)
    return Advantage(preset, gain / weight, error / weight, confidence / weight, round(n))
