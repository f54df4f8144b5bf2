"""One call to a model for all who ask the same, in this worker and in the others; and keeping what it gave.

In a worker the callers join one task. Between workers a claim row in ``ai_cache`` says that the answer is being made;
who finds one looks for the answer until it is there or the claim is gone. No database connection is held meanwhile.

Fail mode: without PostgreSQL nothing is kept and each worker asks by itself. Who waits in vain for another worker gets a
NoDraftError within the deadline, as one whose own call failed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from pydantic import ValidationError

from tandem.core.cache.flight import Flights
from tandem.core.errors import OperationalError
from tandem.core.observability.logger import get_logger
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.repositories.ai_answer_repository import AIAnswerRepository, AnswerKey
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.services.ai_writer import NoDraftError

log = get_logger(__name__)

LOOK_SECONDS: Final = 0.2
"""How often another worker's answer is looked for."""
KEEPING_SECONDS: Final = 2.0
"""How long a PostgreSQL that hangs may keep a model from being asked."""
SPARE_SECONDS: Final = 5.0
"""A claim outlives its deadline by so much, for storing the answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: its key, how long it is kept, and how long making it may take."""

    key: AnswerKey
    hours: float
    seconds: float
    answer: type[AIAnswer]


@dataclass(frozen=True, slots=True)
class Shared:
    """An answer; ``kept_since`` when it was stored for an earlier request."""

    answer: AIAnswer
    kept_since: datetime | None = None


class AnswerSharing:
    """One per process; a resource with :meth:`close`."""

    def __init__(self, repository: AIAnswerRepository, metrics: PomodoroMetrics) -> None:
        """Keep answers in ``repository``."""
        self._repository = repository
        self._metrics = metrics
        self._flights = Flights()

    async def open(self) -> None:
        """Nothing is needed ahead."""

    async def close(self) -> None:
        """Cancel what is under way."""
        await self._flights.close()

    async def ping(self) -> None:
        """Nothing here can be lost: PostgreSQL tells for itself."""

    async def get(self, order: Order, make: Callable[[], Awaitable[AIAnswer]]) -> Shared:
        """Return the kept answer, or that of ``make``, called once for all who ask; raises NoDraftError."""
        return await self._flights.run(order.key.text, lambda: self._get(order, make))

    async def _get(self, order: Order, make: Callable[[], Awaitable[AIAnswer]]) -> Shared:
        owner = uuid4().hex
        try:
            async with asyncio.timeout(KEEPING_SECONDS):
                kept = await self._kept(order)
                claimed = kept is None and await self._repository.claim(
                    order.key, owner, order.seconds + SPARE_SECONDS
                )
        except (OperationalError, TimeoutError):
            self._metrics.cache_misses.labels(order.key.kind).inc()
            return Shared(await make())
        if kept is not None:
            self._metrics.cache_hits.labels(order.key.kind).inc()
            return kept
        self._metrics.cache_misses.labels(order.key.kind).inc()
        return await (self._made(order, owner, make) if claimed else self._awaited(order))

    async def _made(self, order: Order, owner: str, make: Callable[[], Awaitable[AIAnswer]]) -> Shared:
        try:
            async with _in_time():
                # Somebody may have stored it between our look and our claim.
                if (kept := await self._kept(order)) is not None:
                    return kept
            answer = await make()
            async with _in_time():
                await self._repository.put(order.key, answer.model_dump(mode="json"), order.hours)
            return Shared(answer)
        finally:
            async with _in_time():
                await self._repository.release(order.key, owner)

    async def _awaited(self, order: Order) -> Shared:
        for _ in range(max(1, int(order.seconds / LOOK_SECONDS))):
            await asyncio.sleep(LOOK_SECONDS)
            try:
                busy = await self._repository.claimed(order.key)
                kept = await self._kept(order)
            except OperationalError:
                break
            if kept is not None:
                return kept
            if not busy:
                raise NoDraftError("failed_elsewhere")
        raise NoDraftError("timeout")

    async def _kept(self, order: Order) -> Shared | None:
        found = await self._repository.get(order.key)
        if found is None:
            return None
        try:
            return Shared(order.answer.model_validate(found.response), found.created)
        except ValidationError:
            log.event("AI_KEPT_ANSWER_REFUSED", "a kept answer is not one", context={"kind": order.key.kind})
            return None


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Leave what PostgreSQL cannot do, or not soon."""
    with suppress(OperationalError, TimeoutError):
        async with asyncio.timeout(KEEPING_SECONDS):
            yield
