"""Short ways to read a log in a test."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tandem.core.errors import InvalidInputError
from tandem.pomodoro.sources.parse import parse
from tandem.pomodoro.sources.records import ParsedFile, ParsedSession

PRAGUE = ZoneInfo("Europe/Prague")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOGS = Path(__file__).parents[4].parent / "shared" / "data" / "sessions"


def read(text: str | bytes, **options) -> ParsedFile:
    """Parse ``text`` for somebody in Prague."""
    data = text.encode() if isinstance(text, str) else text
    return parse(data, **({"zone": PRAGUE, "now": NOW} | options))


def one(text: str, **options) -> ParsedSession:
    """Parse ``text``, which must hold exactly one good session."""
    parsed = read(text, **options)
    assert [(bad.line, bad.reason) for bad in parsed.rejected] == []
    (session,) = parsed.sessions
    return session


def refusal(text: str | bytes, **options) -> InvalidInputError:
    """Parse ``text``, which must be refused as a whole; return the refusal."""
    with pytest.raises(InvalidInputError) as caught:
        read(text, **options)
    return caught.value


def codes(parsed: ParsedFile) -> dict[int, str]:
    """Return the reasons of the rejected rows by line."""
    return {bad.line: bad.code for bad in parsed.rejected}


def real_log(name: str) -> Path:
    """Return the path of a real log, or skip where there is none."""
    path = LOGS / name
    if not path.exists():
        pytest.skip(f"the real log {name} is not on this machine")
    return path
