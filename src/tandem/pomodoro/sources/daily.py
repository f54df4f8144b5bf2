"""Sessions per day, for looking back over a whole log."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.records import ParsedSession


def daily_counts(sessions: Iterable[ParsedSession]) -> tuple[date, NDArray[np.int64]]:
    """Return the first local day and how many ``sessions`` began on it and on every day up to the last one.

    Days without a session count 0. Sessions are counted as the import counts them: all that were not rejected.

    Raises:
        InvalidInputError: there is no session.
    """
    days = Counter(session.local_date.toordinal() for session in sessions)
    if not days:
        raise InvalidInputError("The file holds no session.", problem="no_sessions")
    first, last = min(days), max(days)
    counts = np.zeros(last - first + 1, np.int64)
    for day, sessions_of_day in days.items():
        counts[day - first] = sessions_of_day
    return date.fromordinal(first), counts
