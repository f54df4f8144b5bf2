"""Four anomalies of the rhythm: hours, categories, streaks and load."""

from datetime import date
from typing import Final

import numpy as np

from tandem.core.i18n import Translator
from tandem.pomodoro.models.anomaly_baseline import LONG, Cut, hour_counts, usual_hours
from tandem.pomodoro.models.chance import FIRM, count_rise_z, share_shift_z
from tandem.pomodoro.schemas.anomaly_kinds import (
    CategoryShift,
    HoursEvidence,
    OverworkSpike,
    ShiftEvidence,
    SpikeEvidence,
    StreakBreak,
    StreakEvidence,
    UnusualHours,
)
from tandem.pomodoro.snapshot import Snapshot

_SHIFT_Z: Final = 3.0
"""The largest of several shifts is tested, and one project leads to the next: more than :data:`FIRM` is asked for."""

_STREAK: Final = 7
_LONG_STREAK: Final = 10
_GAP: Final = 2


def unusual_hours(cut: Cut, snapshot: Snapshot, text: Translator) -> UnusualHours | None:
    """Return two or more sessions of the last 3 days that began outside the usual hours."""
    if not cut.known:
        return None
    first, last = usual_hours(hour_counts(cut.usual, snapshot))
    hours = cut.recent.rows.hour
    outside = hours[(hours < first) | (hours > last)]
    if len(outside) < 2:
        return None
    return UnusualHours(
        name=text("Unusual hours"),
        severity="low" if len(outside) == 2 else "medium",
        description=text.count(
            "{n} session of the last 3 days began outside your usual hours ({first}:00 to {last}:00).",
            "{n} sessions of the last 3 days began outside your usual hours ({first}:00 to {last}:00).",
            len(outside),
            first=first,
            last=last,
        ),
        recommendation=text("If this was not planned, go back to the hours that you are used to."),
        evidence=HoursEvidence(
            normal_range=f"{first}:00 - {last}:00",
            unusual_sessions=[f"{hour:02d}:00" for hour in outside[: -5 - 1 : -1].tolist()],
        ),
    )


def category_shift(cut: Cut, snapshot: Snapshot, text: Translator) -> CategoryShift | None:
    """Return the category whose share in the last 7 days changed most, by more than 30 points and beyond chance."""
    n, usual_n = len(cut.recent), len(cut.usual)
    if n < 3 or not cut.known:
        return None
    recent = cut.recent.category_counts(len(snapshot.categories))
    usual = cut.usual.category_counts(len(snapshot.categories))
    shift = 100 * (recent / n - usual / usual_n)
    code = int(np.argmax(np.abs(shift)))
    change = round(abs(float(shift[code])), 1)
    if change <= 30 or share_shift_z(int(recent[code]), n, int(usual[code]), usual_n) < _SHIFT_Z:
        return None
    category = snapshot.categories[code]
    grown = text.count(
        "{category} takes {n} percentage point more of your sessions than before.",
        "{category} takes {n} percentage points more of your sessions than before.",
        round(change),
        category=category,
    )
    shrunk = text.count(
        "{category} takes {n} percentage point less of your sessions than before.",
        "{category} takes {n} percentage points less of your sessions than before.",
        round(change),
        category=category,
    )
    return CategoryShift(
        name=text("Shift between categories"),
        severity="low",
        description=grown if shift[code] > 0 else shrunk,
        recommendation=text("Check whether this is the mix that you want."),
        category=category,
        change_percent=change,
        evidence=ShiftEvidence(
            baseline_top=snapshot.categories[int(np.argmax(usual))],
            recent_distribution={
                snapshot.categories[at]: round(100 * int(recent[at]) / n, 1)
                for at in np.flatnonzero(recent).tolist()
            },
        ),
    )


def streak_break(snapshot: Snapshot, today: int, text: Translator) -> StreakBreak | None:
    """Return the newest gap of two finished days or more after seven days in a row, begun within 7 days."""
    active = snapshot.days.active_ordinals()
    active = active[active <= today]
    ends = [*active[1:].tolist(), today]
    for at in range(len(active) - 1, -1, -1):
        start = int(active[at]) + 1
        if start < today - LONG:
            return None
        gap = int(ends[at]) - start
        streak = _run_length(active, at)
        if gap >= _GAP and streak >= _STREAK:
            is_open = at == len(active) - 1
            return _broken(streak, gap, date.fromordinal(start), is_open=is_open, text=text)
    return None


def overwork_spike(cut: Cut, text: Translator) -> OverworkSpike | None:
    """Return a rise of the sessions per active day in the last 3 days above 150 % of the baseline, beyond chance."""
    counts, usual = cut.recent.day_counts, cut.usual.day_counts
    if not len(counts) or not cut.known:
        return None
    current, mean = cut.recent.per_active_day, cut.usual.per_active_day
    ratio = round(100 * current / mean)
    variance = len(counts) * float(np.var(usual, ddof=1)) if len(usual) > 1 else 0.0
    expected = len(counts) * mean
    firm = count_rise_z(float(counts.sum()), expected, exposure=len(usual) / len(counts), variance=variance)
    if ratio <= 150 or firm < FIRM:
        return None
    return OverworkSpike(
        name=text("Sudden rise of the load"),
        severity="medium" if ratio > 200 else "low",
        description=text(
            "In the last 3 days you completed {percent} % more sessions per active day than is usual for you.",
            percent=ratio - 100,
        ),
        recommendation=text("Plan a lighter day and keep your breaks."),
        ratio=ratio,
        current_avg=round(current, 1),
        baseline_avg=round(mean, 1),
        evidence=SpikeEvidence(
            recent_sessions_per_day=round(current, 1), baseline_sessions_per_day=round(mean, 1)
        ),
    )


def current_streak(snapshot: Snapshot, today: int) -> int:
    """Return how many days in a row, up to today or yesterday, have a session."""
    active = snapshot.days.active_ordinals()
    active = active[active <= today]
    if not len(active) or int(active[-1]) < today - 1:
        return 0
    return _run_length(active, len(active) - 1)


def _run_length(active: np.ndarray[tuple[int, ...], np.dtype[np.int64]], at: int) -> int:
    """Return how many days in a row end with ``active[at]``; ``active`` are ascending ordinals."""
    breaks = np.flatnonzero(np.diff(active[: at + 1]) > 1)
    return at - int(breaks[-1]) if len(breaks) else at + 1


def _broken(streak: int, gap: int, start: date, *, is_open: bool, text: Translator) -> StreakBreak:
    return StreakBreak(
        name=text("Broken streak"),
        severity="medium" if streak >= _LONG_STREAK else "low",
        description=text.count("You worked {n} day in a row.", "You worked {n} days in a row.", streak)
        + " "
        + text.count("Then came {n} day without a session.", "Then came {n} days without a session.", gap),
        recommendation=text("A break may be what you needed; one short session is enough to start again."),
        streak_days=streak,
        gap_days=gap,
        evidence=StreakEvidence(streak_length=streak, gap_start=start, open=is_open),
    )
