"""Who has a budget: known without asking for each call, and remembered while PostgreSQL is away."""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from tandem.core.errors import OperationalError
from tandem.usage.budget_records import Account, Holding
from tandem.usage.budget_store import BudgetStore
from tandem.usage.errors import BudgetsUnknownError

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 2.0
"""How old the known set may get while PostgreSQL answers: after so long a new budget counts everywhere."""


class BudgetHolders:
    """The set of all budgets, read every :data:`REFRESH_SECONDS` by the task that owns this object.

    Fail mode: while PostgreSQL is away the last known set counts, however old: budgets are set rarely, and the
    outage also keeps anybody from setting one. The set is kept in a file, so that a worker that starts during the
    outage knows it too. Without set and file nobody can say who has none: :meth:`of` raises BudgetsUnknownError.
    """

    def __init__(self, store: BudgetStore, file: Path) -> None:
        """Read from ``store`` and remember in ``file``."""
        self._store = store
        self._file = file
        self._known: dict[tuple[str, str], list[Holding]] | None = None
        self._content: bytes | None = None
        self._reading, self._beginning = asyncio.Lock(), asyncio.Lock()

    @property
    def is_known(self) -> bool:
        """Whether a set is known, from PostgreSQL or from the file."""
        return self._known is not None

    async def refresh(self) -> None:
        """Read the set now; raises DatabaseUnavailableError or PoolExhaustedError and keeps the last one then."""
        async with self._reading:
            holdings = await self._store.holdings()
            self._take(holdings)
            content = orjson.dumps([[one.id, one.scope, one.name, one.period] for one in holdings])
            if content != self._content:
                await asyncio.to_thread(self._remember, content)
                self._content = content

    def has_none(self, account: Account) -> bool:
        """Whether a call of ``account`` is known to have no budget to fit into."""
        known = self._known
        if known is None or ("user", account.user) in known:
            return False
        return account.key is None or ("key", account.key) not in known

    async def of(self, account: Account) -> Sequence[Holding]:
        """Return the budgets that a call of ``account`` must fit into; raises BudgetsUnknownError."""
        known = self._known
        if known is None:
            await self._begin()
            known = self._known
        if known is None:
            raise BudgetsUnknownError("whether you have a budget cannot be told at the moment", retry_after=2)
        found = known.get(("user", account.user), [])
        return found if account.key is None else [*found, *known.get(("key", account.key), [])]

    async def _begin(self) -> None:
        async with self._beginning:
            if self._known is not None:
                return
            try:
                await self.refresh()
            except OperationalError:
                await asyncio.to_thread(self._recall)

    def _take(self, holdings: Sequence[Holding]) -> None:
        known: dict[tuple[str, str], list[Holding]] = {}
        for one in holdings:
            known.setdefault((one.scope, one.name), []).append(one)
        self._known = known

    def _recall(self) -> None:
        try:
            rows = orjson.loads(self._file.read_bytes())
            self._take([Holding(*row) for row in rows])
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError):
            log.warning("the remembered budgets in %s cannot be read", self._file.name)

    def _remember(self, content: bytes) -> None:
        fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_bytes(content)
            fresh.chmod(0o600)
            fresh.replace(self._file)
        except OSError as error:
            log.warning("who has a budget cannot be remembered: %s", error)
