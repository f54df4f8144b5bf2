"""What hypothesis may throw at the models."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.presets import PRESET_KEYS
from tandem.pomodoro.snapshot import SessionRow, Snapshot
from unit.pomodoro.builders import NOW, TODAY

PRESET_NAMES = (*PRESET_KEYS, "standard", "short_focus")
"""Also such as old fallbacks left in the data."""

CATEGORIES = ("Coding", "Learning", "Sociální sítě", "Other", "")

ratings: st.SearchStrategy[float | None] = st.one_of(
    st.none(), st.sampled_from([0.0, 1.0, 3.5, 5.0, 50.0, 100.0]), st.integers(0, 100).map(float)
)
"""0-100, unrated, and the small values that were once mistaken for a scale of 1-5."""


@st.composite
def sessions(draw: st.DrawFn, *, days: int = 60) -> SessionRow:
    """One session on one of the last ``days`` days; now and then one lies tomorrow (a clock was wrong)."""
    ago = draw(st.one_of(st.integers(0, days - 1), st.integers(0, 7).map(lambda d: d - 1)))
    return SessionRow(
        id=UUID(int=draw(st.integers(1, 2**64))),
        day=TODAY.toordinal() - ago,
        second=draw(st.integers(0, 86_399)),
        preset=draw(st.sampled_from(PRESET_NAMES)),
        category=draw(st.sampled_from(CATEGORIES)),
        minutes=draw(st.integers(1, 180)),
        completed=draw(st.booleans() | st.just(value=True)),
        rating=draw(ratings),
    )


def session_lists(*, max_size: int = 40, days: int = 60) -> st.SearchStrategy[list[SessionRow]]:
    """Up to ``max_size`` sessions with different ids."""
    return st.lists(sessions(days=days), max_size=max_size, unique_by=lambda row: row.id)


def snapshots(*, max_size: int = 40, days: int = 60) -> st.SearchStrategy[Snapshot]:
    """The snapshot of such a list."""
    return session_lists(max_size=max_size, days=days).map(Snapshot.of)


moments: st.SearchStrategy[datetime] = st.integers(0, 24 * 60 - 1).map(
    lambda minute: NOW.replace(hour=0, minute=0) + timedelta(minutes=minute)
)
"""Any minute of :data:`TODAY`."""

texts: st.SearchStrategy[Translator] = st.just(translator("en"))
"""The language of the texts."""
