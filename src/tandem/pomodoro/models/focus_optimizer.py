"""Which hours of a weekday suit a person best, and a plan of sessions made of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tandem.core.i18n import Translator
from tandem.pomodoro.models.focus_hours import HourEstimate, estimate_hours
from tandem.pomodoro.models.focus_plan import make_plan
from tandem.pomodoro.presets import PRESETS, WEEKDAYS_CS, WEEKDAYS_EN
from tandem.pomodoro.schemas.focus import (
    AvoidHour,
    DayPlan,
    HourOutlook,
    OptimalSchedule,
    PeakHour,
    ScheduleSummary,
)
from tandem.pomodoro.snapshot import RATED, Snapshot

MOST_SESSIONS: Final = 12

_DAY: Final = range(6, 23)
"""Hours that are compared; the night is shown in the breakdown only."""

_SHOWN: Final = 5

_POOR_COMPLETION: Final = 70.0
"""Below this share of finished sessions, %, the share is given as the reason."""

_ENOUGH_ATTEMPTS: Final = 3

_ENOUGH_RATINGS: Final = 50
"""With so many ratings the first part of the overall confidence is full."""


def optimize(
    snapshot: Snapshot, now: datetime, text: Translator, *, sessions: int = 6, weekday: int
) -> OptimalSchedule:
    """Return the outlook of ``weekday`` (0 = Monday) and a plan of ``sessions`` sessions (clamped to 1-12).

    ``date`` is the day of ``now`` (aware, in the user's zone) whatever weekday is asked for.
    """
    asked = min(max(sessions, 1), MOST_SESSIONS)
    hours = estimate_hours(snapshot, weekday)
    ranked = sorted((hours[hour] for hour in _DAY), key=lambda hour: (-hour.score, hour.hour))
    plan = make_plan(hours, asked)
    rated = round(float(snapshot.statistics.total()[RATED]))
    worst = sorted(ranked[_SHOWN:], key=lambda hour: (hour.score, hour.hour))[:_SHOWN]
    return OptimalSchedule(
        date=now.date(),
        day_of_week=WEEKDAYS_CS[weekday],
        day_of_week_en=WEEKDAYS_EN[weekday],
        day_of_week_num=weekday,
        peak_hours=[_peak(hour) for hour in ranked[:_SHOWN]],
        avoid_hours=[_avoid(hour, text) for hour in worst],
        hourly_breakdown={str(hour.hour): _outlook(hour) for hour in hours},
        optimal_schedule=plan,
        summary=_summary(ranked, worst, plan, asked),
        confidence=_confidence(hours, rated),
        total_sessions_analyzed=rated,
        recommendation_basis=_basis(rated, text),
    )


def best_range(ranked: Sequence[HourEstimate]) -> tuple[int, int]:
    """Return the run of consecutive hours around ``ranked[0]`` within the best three: (first, end)."""
    best = {hour.hour for hour in ranked[:3]}
    first = end = ranked[0].hour
    while first - 1 in best:
        first -= 1
    while end in best:
        end += 1
    return first, end


def _summary(
    ranked: Sequence[HourEstimate], worst: Sequence[HourEstimate], plan: DayPlan, asked: int
) -> ScheduleSummary:
    first, end = best_range(ranked)
    return ScheduleSummary(
        best_time_range=f"{first:02d}:00 - {end:02d}:00",
        recommended_break_times=[hour.hour for hour in worst[:2]],
        recommended_sessions=asked,
        total_work_minutes=plan.total_work_minutes,
        total_break_minutes=plan.total_break_minutes,
        total_time_minutes=plan.total_time_minutes,
        expected_avg_productivity=plan.avg_expected_productivity,
    )


def _confidence(hours: Sequence[HourEstimate], rated: int) -> float:
    known = sum(1 for hour in _DAY if hours[hour].rated)
    return round(0.7 * min(1.0, rated / _ENOUGH_RATINGS) + 0.3 * known / len(_DAY), 2)


def _basis(rated: int, text: Translator) -> str:
    if not rated:
        return text("No rated session yet: a usual daily curve, not your own data.")
    return text.count(
        "{n} rated session of yours; hours with few ratings lean on your other days and on a usual daily curve.",
        "{n} rated sessions of yours; hours with few ratings lean on your other days and on a usual daily curve.",
        rated,
    )


def _peak(hour: HourEstimate) -> PeakHour:
    return PeakHour(
        hour=hour.hour,
        time=f"{hour.hour:02d}:00",
        expected_productivity=round(hour.expected, 1),
        score=round(hour.score, 1),
        recommended_preset=hour.preset,
        preset_name=PRESETS[hour.preset].name,
        preset_rating=_rounded(hour.preset_rating),
        session_count=hour.sessions,
        confidence=hour.confidence,
        basis="history" if hour.rated_any_day else "default",
    )


def _avoid(hour: HourEstimate, text: Translator) -> AvoidHour:
    return AvoidHour(
        hour=hour.hour,
        time=f"{hour.hour:02d}:00",
        expected_productivity=round(hour.expected, 1),
        score=round(hour.score, 1),
        reason=_reason(hour, text),
        session_count=hour.sessions,
        confidence=hour.confidence,
        basis="history" if hour.rated_any_day else "default",
    )


def _reason(hour: HourEstimate, text: Translator) -> str:
    """Say why: from the person's own data where there are some, else from the usual daily curve."""
    completion = hour.completion
    if completion is not None and completion < _POOR_COMPLETION and hour.attempts >= _ENOUGH_ATTEMPTS:
        return text(
            "You finish only {percent} % of the sessions begun in this hour.", percent=round(completion)
        )
    if hour.rated_any_day:
        return text("Expected to be among your weaker hours, from your own ratings.")
    return _usual_reason(hour.hour, text)


def _usual_reason(hour: int, text: Translator) -> str:
    if 12 <= hour <= 14:
        return text("No ratings of yours; many people dip around midday.")
    if 15 <= hour <= 16:
        return text("No ratings of yours; many people tire in the afternoon.")
    if hour >= 21:
        return text("No ratings of yours; many people are tired late in the evening.")
    if hour < 8:
        return text("No ratings of yours; many people start slowly in the early morning.")
    return text("No ratings of yours; other hours are expected to be better.")


def _outlook(hour: HourEstimate) -> HourOutlook:
    return HourOutlook(
        hour=hour.hour,
        time=f"{hour.hour:02d}:00",
        productivity=_rounded(hour.mean),
        expected_productivity=round(hour.expected, 1),
        score=round(hour.score, 1),
        recommended_preset=hour.preset,
        preset_name=PRESETS[hour.preset].name,
        preset_rating=_rounded(hour.preset_rating),
        session_count=hour.sessions,
        completion_rate=_rounded(hour.completion),
        confidence=hour.confidence,
        data_source="historical" if hour.rated else "default",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
