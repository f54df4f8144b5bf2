"""Computing on long histories leaves the event loop."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

INLINE_CELLS: Final = 150_000
"""Values looked at, such as days times window, that are computed in place: about 2 ms."""


async def computed(cells: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what ``work`` gives, which looks at ``cells`` values; in a thread when they are many."""
    if cells > INLINE_CELLS:
        return await asyncio.to_thread(work, *arguments, **named)
    return work(*arguments, **named)
