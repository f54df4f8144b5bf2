"""The rest of a day: its good hours, its energy, and what share of the day's sessions is still to come."""

from typing import Final

import numpy as np

from tandem.core.i18n import Translator
from tandem.pomodoro.models.shrinkage import PRIOR_RATINGS, own_mean, shrunk_all
from tandem.pomodoro.presets import PresetKey, default_preset_at
from tandem.pomodoro.schemas.predictions import EnergyForecast, ScheduledHour
from tandem.pomodoro.snapshot import COMPLETED, RATED, RATING_SUM, Snapshot

DEFAULT_HOURS: Final = (8, 9, 10, 11, 14, 15)
"""Good hours of a person without a rating."""

LAST_HOUR: Final = 18
"""No hour after it is proposed."""

LONGEST: Final = 6
"""Hours in one schedule."""

BEST: Final = 5
"""How many of a weekday's hours count as its best."""

PRIOR_SESSIONS: Final = 20.0
"""Sessions of a weekday that weigh as much as the hours of all weekdays."""


def schedule(snapshot: Snapshot, weekday: int, first_hour: int) -> list[ScheduledHour]:
    """Return up to six hours from ``first_hour`` (0-23) to 18 for a ``weekday`` (0 = Monday), chronologically."""
    good = best_hours(snapshot, weekday)
    found = []
    for hour in range(first_hour, LAST_HOUR + 1):
        if hour in good:
            found.append(ScheduledHour(hour=hour, recommended_preset=_preset_at(hour), priority="high"))
        elif 12 <= hour <= 14:
            found.append(ScheduledHour(hour=hour, recommended_preset="quick_tasks", priority="medium"))
    return found[:LONGEST]


def best_hours(snapshot: Snapshot, weekday: int) -> frozenset[int]:
    """Return the five best hours of a weekday; the default ones for a person without ratings.

    An hour's mean on this weekday is pulled towards its mean on all days, and that towards the person's own.
    """
    cells = snapshot.statistics.slot[weekday].sum(axis=1)
    hours = snapshot.statistics.hours()
    if hours[:, RATED].sum() < 0.5:
        return frozenset(DEFAULT_HOURS)
    general = shrunk_all(hours, own_mean(hours.sum(axis=0)))
    values = (cells[:, RATING_SUM] + PRIOR_RATINGS * general) / (cells[:, RATED] + PRIOR_RATINGS)
    values[hours[:, RATED] < 0.5] = -1.0
    ranked = [int(hour) for hour in np.argsort(-values, kind="stable") if values[hour] >= 0]
    return frozenset(ranked[:BEST])


def share_done(snapshot: Snapshot, weekday: int, hour: int) -> float:
    """Return what share of a day's sessions usually has started by the middle of ``hour``, 0-1.

    The weekday's own hours are pulled towards those of all weekdays, and those towards the default hours.
    """
    every = snapshot.statistics.hours()[:, COMPLETED].clip(0.0)
    assumed = np.zeros(24)
    assumed[list(DEFAULT_HOURS)] = 1.0 / len(DEFAULT_HOURS)
    usual = (every + assumed * PRIOR_SESSIONS) / (every.sum() + PRIOR_SESSIONS)
    own = snapshot.statistics.slot[weekday, :, :, COMPLETED].sum(axis=1).clip(0.0)
    mixed = (own + usual * PRIOR_SESSIONS) / (own.sum() + PRIOR_SESSIONS)
    return float(min(mixed[:hour].sum() + mixed[hour] / 2, 1.0))


def energy_at(hour: int, text: Translator) -> EnergyForecast:
    """Return the usual energy at an ``hour``, 0-23."""
    if hour >= 15:
        message = text("Energy usually declines now; keep to lighter work.")
        return EnergyForecast(level="declining", message=message)
    if 12 <= hour <= 13:
        message = text("After midday energy is usually low; small tasks fit.")
        return EnergyForecast(level="low", message=message)
    if 8 <= hour <= 11:
        message = text("The morning is usually the time of most energy.")
        return EnergyForecast(level="high", message=message)
    return EnergyForecast(level="moderate", message=text("Energy is usually moderate at this time."))


def _preset_at(hour: int) -> PresetKey:
    # Before six the contract's forecast names another preset than the other models do.
    return "quick_tasks" if hour < 6 else default_preset_at(hour)
