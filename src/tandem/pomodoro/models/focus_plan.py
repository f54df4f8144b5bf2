"""A day's plan: the best hours into which sessions with their breaks fit."""

from collections.abc import Sequence
from typing import Final

from tandem.pomodoro.models.focus_hours import HourEstimate
from tandem.pomodoro.presets import PRESETS
from tandem.pomodoro.schemas.focus import DayPlan, PlannedSession

FIRST_HOUR: Final = 6

LAST_HOUR: Final = 21
"""The last hour in which a planned session begins."""


def make_plan(hours: Sequence[HourEstimate], sessions: int) -> DayPlan:
    """Plan up to ``sessions`` sessions, each at the full hour, best hours first, without overlaps."""
    chosen: list[HourEstimate] = []
    for hour in sorted(hours[FIRST_HOUR : LAST_HOUR + 1], key=lambda hour: (-hour.score, hour.hour)):
        if len(chosen) == sessions:
            break
        if all(_apart(hour, other) for other in chosen):
            chosen.append(hour)
    planned = [
        _session(slot, hour) for slot, hour in enumerate(sorted(chosen, key=lambda h: h.hour), start=1)
    ]
    work = sum(session.work_minutes for session in planned)
    rest = sum(session.break_minutes for session in planned)
    expected = sum(session.expected_productivity for session in planned)
    return DayPlan(
        sessions=planned,
        total_work_minutes=work,
        total_break_minutes=rest,
        total_time_minutes=work + rest,
        avg_expected_productivity=round(expected / len(planned), 1) if planned else 0.0,
        sessions_count=len(planned),
    )


def _apart(one: HourEstimate, other: HourEstimate) -> bool:
    """Whether the earlier session and its break end before the later one begins."""
    earlier, later = sorted((one, other), key=lambda hour: hour.hour)
    preset = PRESETS[earlier.preset]
    return earlier.hour * 60 + preset.work_minutes + preset.break_minutes <= later.hour * 60


def _session(slot: int, hour: HourEstimate) -> PlannedSession:
    preset = PRESETS[hour.preset]
    return PlannedSession(
        slot=slot,
        hour=hour.hour,
        time=f"{hour.hour:02d}:00",
        preset=preset.key,
        preset_name=preset.name,
        work_minutes=preset.work_minutes,
        break_minutes=preset.break_minutes,
        expected_productivity=round(hour.expected, 1),
        confidence=hour.confidence,
    )
