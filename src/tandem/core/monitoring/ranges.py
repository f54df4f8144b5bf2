"""How a caller says how far back to look: ``5m``, ``2h``, ``7d``."""

import datetime as dt
import re
from typing import Final

from tandem.core.errors import InvalidInputError
from tandem.core.monitoring.history import LONGEST

USUAL: Final = "15m"

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM: Final = re.compile(r"([0-9]{1,6})([smhd])")
_SHORTEST: Final = dt.timedelta(seconds=10)


def range_of(text: str) -> dt.timedelta:
    """Return the length that ``text`` names, 10 s to 7 days; raises InvalidInputError."""
    found = _FORM.fullmatch(text.strip().lower())
    length = dt.timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else None
    if length is None or not _SHORTEST <= length <= LONGEST:
        raise InvalidInputError(
            f"range: a number and s, m, h or d, from 10s to {LONGEST.days}d, not {text[:20]!r}"
        )
    return length
