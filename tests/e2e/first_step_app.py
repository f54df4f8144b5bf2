"""A bare app that says whether it runs as a task: ``python -m granian e2e.first_step_app:app``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tandem.core.serving.first_step import answer_at_once, become_task


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer ``/at-once`` within the first step, ``/later`` after it, ``/wrong`` by waiting within it."""
    if scope["type"] == "lifespan":
        answer_at_once(asyncio.get_running_loop())
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    said = [_how()]
    if scope["path"] == "/later":
        await become_task()
    if scope["path"] != "/at-once":
        await asyncio.sleep(0.05)
        said.append(_how())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-said", b"yes")]})
    await send({"type": "http.response.body", "body": " ".join(said).encode()})


def _how() -> str:
    return "step" if asyncio.current_task() is None else "task"
