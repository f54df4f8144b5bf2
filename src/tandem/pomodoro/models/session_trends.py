"""Whether a person's sessions and their ratings changed within the last days."""

from datetime import datetime
from typing import Final

from tandem.pomodoro.models.spread import spread
from tandem.pomodoro.models.trend import compare
from tandem.pomodoro.schemas.predictions import Trends
from tandem.pomodoro.snapshot import Snapshot
from tandem.pomodoro.snapshot.days import DAY_RATED, DAY_RATING_SUM, SESSIONS

FEWEST_RATINGS: Final = 3
"""In the window; with fewer nothing is said."""

_WORDS: Final = {"up": "improving", "down": "declining", "stable": "stable"}


def trends(snapshot: Snapshot, now: datetime, *, days: int = 14) -> Trends:
    """Compare the later half of the last ``days`` days, today included, with the earlier half.

    The window begins no earlier than the first session. Of an odd number of days the middle one is left out.
    """
    today = now.date().toordinal()
    first = max(today - days + 1, snapshot.days.first or today, 1)
    window = snapshot.days.window(first, today)
    half = len(window) // 2
    total = window.sum(axis=0)
    sessions, rated = round(float(total[SESSIONS])), round(float(total[DAY_RATED]))
    if rated < FEWEST_RATINGS:
        return Trends(
            session_trend="insufficient_data", productivity_trend="insufficient_data", total_sessions=sessions,
            avg_productivity=0.0, session_change_percent=None,
        )  # fmt: skip
    earlier, later = window[:half].sum(axis=0), window[len(window) - half :].sum(axis=0)
    direction = compare(
        (float(earlier[DAY_RATED]), float(earlier[DAY_RATING_SUM])),
        (float(later[DAY_RATED]), float(later[DAY_RATING_SUM])),
        spread(snapshot.statistics.total()),
    )
    return Trends.model_validate(
        {
            "session_trend": "stable",
            "productivity_trend": _WORDS[direction],
            "total_sessions": sessions,
            "avg_productivity": round(min(max(float(total[DAY_RATING_SUM]) / rated, 0.0), 100.0), 2),
            "session_change_percent": percent_change(float(earlier[SESSIONS]), float(later[SESSIONS])),
        }
    )


def percent_change(before: float, after: float) -> int | None:
    """Return by how many per cent ``after`` differs from ``before``, None where that is nothing."""
    return None if before < 0.5 else round(100.0 * (after - before) / before)
