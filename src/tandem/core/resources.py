"""What a process opens at start and closes at the end, each with a way to ask whether it is well.

A resource cannot be registered without ``close`` and ``ping``. Closing goes in reverse order and goes on
when one closer fails, so a broken part never keeps another from flushing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

Action = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Resource:
    """One opened part: its name for people, how it is closed, how it is asked."""

    name: str
    close: Action
    ping: Action


class Resources:
    """An exit stack of named resources.

    ``pings`` raise when their part is not well; :meth:`check` bounds each in time.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._opened: list[Resource] = []

    async def __aenter__(self) -> Self:
        """Return the stack itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything, the last opened first."""
        while self._opened:
            resource = self._opened.pop()
            try:
                await resource.close()
            except Exception:
                log.exception("closing %s failed", resource.name)

    async def add(self, name: str, *, open: Action, close: Action, ping: Action) -> None:  # noqa: A002
        """Open a part and remember how it is closed and asked; what ``open`` raises is passed on."""
        await open()
        self._opened.append(Resource(name, close, ping))

    async def check(self, deadline: float) -> dict[str, str | None]:
        """Ask all parts at once, each for ``deadline`` seconds; None means well, a text says what is wrong."""
        outcomes = await asyncio.gather(*(_ask(part, deadline) for part in self._opened))
        return {part.name: outcome for part, outcome in zip(self._opened, outcomes, strict=True)}


async def _ask(resource: Resource, deadline: float) -> str | None:
    try:
        async with asyncio.timeout(deadline):
            await resource.ping()
    except TimeoutError:
        return f"no answer within {deadline:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a ping raises is the finding
        return str(error) or type(error).__name__
    return None
