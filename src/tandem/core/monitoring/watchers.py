"""How many may watch at once."""

from typing import Final

from tandem.core.errors import OperationalError

MOST_WATCHERS: Final = 32
"""Open streams per worker."""


class TooManyWatchersError(OperationalError):
    """Every place at the window is taken."""

    code = "too_many_watchers"


class Watchers:
    """Counts the open streams of this worker."""

    def __init__(self) -> None:
        """Nobody watches."""
        self._open = 0

    def enter(self) -> None:
        """Take a place; raises TooManyWatchersError (503) when there is none."""
        if self._open >= MOST_WATCHERS:
            raise TooManyWatchersError(
                f"{MOST_WATCHERS} watch already; close one, or read the overview instead"
            )
        self._open += 1

    def leave(self) -> None:
        """Give the place back."""
        self._open -= 1
