"""When, and at what, a person works well: means by hour, weekday, category and preset."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from tandem.core.i18n import Translator
from tandem.pomodoro.models.ranking import ranking
from tandem.pomodoro.models.shrinkage import own_mean
from tandem.pomodoro.models.trend import Direction, change, moments_of_rows
from tandem.pomodoro.presets import WEEKDAYS_EN
from tandem.pomodoro.schemas.analysis import (
    Analysis,
    AnalysisAnswer,
    GroupProductivity,
    HeatmapCell,
    NothingToTrain,
    TrainAnswer,
)
from tandem.pomodoro.schemas.common import WeekdayName
from tandem.pomodoro.snapshot import COMPLETED, RATED, RATING_SUM, Snapshot

TREND_DAYS: Final = 7
"""How many days, today included, count as recent."""

TREND_RATINGS: Final = 5
"""Fewer ratings than these show no trend."""

Key = TypeVar("Key", bound=str)

_LAST_DAY: Final = 3_652_059
_HOURS: Final = tuple(str(hour) for hour in range(24))
_DAYS: Final = cast("tuple[WeekdayName, ...]", WEEKDAYS_EN)


def analyze(snapshot: Snapshot, now: datetime) -> AnalysisAnswer:
    """Return means, best and worst times, trend and heat map of all completed sessions.

    Means are plain, ``0-100``; hours and days are ranked by their mean pulled towards the person's own
    (:mod:`tandem.pomodoro.models.ranking`), so that one lucky session does not make a best hour.
    """
    statistics = snapshot.statistics
    total, hours, days = statistics.total(), statistics.hours(), statistics.weekdays()
    ranked_hours = ranking(hours, own_mean(total))
    ranked_days = ranking(days, own_mean(total))
    best = ranked_hours[:3]
    analysis = Analysis(
        best_hours=best,
        worst_hours=[hour for hour in reversed(ranked_hours) if hour not in best][:3],
        best_day=_DAYS[ranked_days[0]] if ranked_days else None,
        productivity_by_hour=_means(_HOURS, hours),
        productivity_by_day=_means(_DAYS, days),
        productivity_by_category=_groups(snapshot.categories, statistics.categories()),
        productivity_by_preset=_groups(snapshot.presets, statistics.presets()),
        ratings_by_hour=_rated(_HOURS, hours),
        ratings_by_day=_rated(_DAYS, days),
        trend=_trend(snapshot, now, total),
        total_sessions_analyzed=round(float(total[RATED])),
    )
    return AnalysisAnswer(analysis=analysis, heatmap=_heatmap(statistics.weekday_hours()))


def train(snapshot: Snapshot, text: Translator) -> TrainAnswer | NothingToTrain:
    """Report how many completed sessions, and how many ratings, the models stand on."""
    total = snapshot.statistics.total()
    if round(float(total[COMPLETED])) == 0:
        return NothingToTrain(message=text("There are no sessions to learn from yet."))
    return TrainAnswer(
        sessions_analyzed=round(float(total[COMPLETED])), sessions_with_rating=round(float(total[RATED]))
    )


def _means(keys: Sequence[Key], moments: NDArray[np.float64]) -> dict[Key, float]:
    return {key: _mean(cell) for key, cell in zip(keys, moments, strict=False) if cell[RATED] > 0.5}


def _rated(keys: Sequence[Key], moments: NDArray[np.float64]) -> dict[Key, int]:
    return {
        key: round(float(cell[RATED])) for key, cell in zip(keys, moments, strict=False) if cell[RATED] > 0.5
    }


def _groups(names: Sequence[str], moments: NDArray[np.float64]) -> dict[str, GroupProductivity]:
    # The arrays may have more rows than there are names, because room is taken ahead.
    return {
        name: GroupProductivity(avg_rating=_mean(cell), session_count=round(float(cell[RATED])))
        for name, cell in zip(names, moments, strict=False)
        if cell[RATED] > 0.5
    }


def _mean(cell: NDArray[np.float64]) -> float:
    return round(min(max(float(cell[RATING_SUM] / cell[RATED]), 0.0), 100.0), 2)


def _trend(snapshot: Snapshot, now: datetime, total: NDArray[np.float64]) -> Direction:
    if total[RATED] < TREND_RATINGS - 0.5:
        return "stable"
    recent = moments_of_rows(snapshot.window(now.date().toordinal() - TREND_DAYS + 1, _LAST_DAY))
    return change(total - recent, recent)


def _heatmap(cells: NDArray[np.float64]) -> dict[WeekdayName, dict[str, HeatmapCell]]:
    sessions = cells[..., COMPLETED].round().astype(int).tolist()
    rated = cells[..., RATED].round().astype(int)
    means = np.where(rated > 0, cells[..., RATING_SUM] / np.maximum(rated, 1), 0.0)
    ratings = means.clip(0.0, 100.0).round(2).tolist()
    counts = rated.tolist()
    return {
        day: {
            hour: HeatmapCell(sessions=sessions[d][h], avg_rating=ratings[d][h], rated=counts[d][h])
            for h, hour in enumerate(_HOURS)
        }
        for d, day in enumerate(_DAYS)
    }
