"""The seam to search: notes that are related to what a briefing is about, found once for each state of a person's data."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

from tandem.core.cache.flight import Flights
from tandem.core.errors import TandemError

MOST: Final = 5
"""As many related notes as a briefing has room for."""
REMEMBERED: Final = 500
"""Searches whose result is kept in a worker, the one used last the longest."""


class RelatedNotes(Protocol):
    """Finds notes; whoever implements it keeps to the person's own sessions of the last 30 days."""

    async def __call__(self, user: str, query: str, most: int) -> Sequence[str]:
        """Return up to ``most`` notes of ``user`` related to ``query``, the most related first."""


class Retrieval:
    """Remembers what was found, by user, data version and query; a resource with :meth:`close`.

    Fail mode: a search that fails or takes longer than its reader waits counts as one that found nothing; a slow one goes on
    and serves the next reader.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._known: OrderedDict[tuple[str, int, str], tuple[str, ...]] = OrderedDict()
        self._flights = Flights()

    async def open(self) -> None:
        """Nothing is needed ahead."""

    async def close(self) -> None:
        """Cancel the searches under way."""
        await self._flights.close()

    async def ping(self) -> None:
        """Nothing here can be lost."""

    async def find(
        self, related: RelatedNotes, user: str, version: int, query: str, seconds: float
    ) -> tuple[str, ...]:
        """Return related notes, none unless they are known or found within ``seconds``."""
        key = user, version, query
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        try:
            async with asyncio.timeout(seconds):
                return await self._flights.run(repr(key), lambda: self._search(related, key))
        except (TimeoutError, TandemError):
            return ()

    async def _search(self, related: RelatedNotes, key: tuple[str, int, str]) -> tuple[str, ...]:
        user, _, query = key
        found = tuple(await related(user, query, MOST))
        self._known[key] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found
