"""What a worker keeps of one person's sessions: columns, sufficient statistics, and how they change."""

from tandem.pomodoro.snapshot.columns import Columns, Rows
from tandem.pomodoro.snapshot.days import DaySeries
from tandem.pomodoro.snapshot.records import SessionRow
from tandem.pomodoro.snapshot.snapshot import Snapshot
from tandem.pomodoro.snapshot.statistics import (
    ATTEMPTS,
    COMPLETED,
    RATED,
    RATING_SQUARES,
    RATING_SUM,
    Statistics,
)

__all__ = [
    "ATTEMPTS",
    "COMPLETED",
    "RATED",
    "RATING_SQUARES",
    "RATING_SUM",
    "Columns",
    "DaySeries",
    "Rows",
    "SessionRow",
    "Snapshot",
    "Statistics",
]
