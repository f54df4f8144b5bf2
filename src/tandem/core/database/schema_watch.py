"""Whether the schema fits, known without asking at each request."""

import asyncio
import contextlib
import logging
from typing import Final

from tandem.core.database.opening import Source, fit_schema
from tandem.core.database.pool import Database
from tandem.core.errors import OperationalError, SchemaBehindError

log = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 2.0


class SchemaWatch:
    """Looks until the schema fits, then never again: nobody downgrades under a running service.

    Fail mode: while the database is out of reach nothing is known, and nothing is called a fault.
    """

    def __init__(self, source: Source, database: Database) -> None:
        """Look at ``database``; an embedded one is upgraded."""
        self._source = source
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self.fault: str | None = None

    async def open(self) -> None:
        """Look once, and go on in the background if it does not fit yet."""
        if not await self._fits():
            self._task = asyncio.create_task(self._watch(), name="schema-watch")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ping(self) -> None:
        """Raise SchemaBehindError while the schema does not fit."""
        if self.fault is not None:
            raise SchemaBehindError(self.fault)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            if await self._fits():
                return

    async def _fits(self) -> bool:
        try:
            await fit_schema(self._source, self._database)
        except SchemaBehindError as error:
            if self.fault is None:
                log.log(logging.ERROR, "%s", error.message)
            self.fault = error.message
            return False
        except OperationalError as error:
            log.warning("the schema cannot be read: %s", error.message)
            return False
        self.fault = None
        return True
