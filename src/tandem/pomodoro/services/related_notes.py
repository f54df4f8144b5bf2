"""The seam to search: notes that are related to what a briefing is about."""

from collections.abc import Sequence
from typing import Final, Protocol

MOST: Final = 5
"""As many related notes as a briefing has room for."""


class RelatedNotes(Protocol):
    """Finds notes; whoever implements it keeps to the person's own sessions of the last 30 days."""

    async def __call__(self, user: str, query: str, most: int) -> Sequence[str]:
        """Return up to ``most`` notes of ``user`` related to ``query``, the most related first."""


async def no_related_notes(user: str, query: str, most: int) -> Sequence[str]:  # noqa: ARG001
    """Return none: where nothing is searchable."""
    return ()
