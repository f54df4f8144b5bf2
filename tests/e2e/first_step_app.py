"""A bare app that says whether it runs as a task: ``python -m granian e2e.first_step_app:app``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tandem.core.serving.first_step import answer_at_once, become_task

sent: list[str] = []
"""How each request went on after its answer."""


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer ``/at-once`` within the first step, ``/later`` after it, ``/wrong`` by waiting within it;

    ``/sent`` tells how all went on when they were answered.
    """
    if scope["type"] == "lifespan":
        answer_at_once(asyncio.get_running_loop())
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    said = [" ".join(sorted(set(sent)))] if scope["path"] == "/sent" else [_how()]
    if scope["path"] == "/later":
        await become_task()
    if scope["path"] in {"/later", "/wrong"}:
        await asyncio.sleep(0.05)
        said.append(_how())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-said", b"yes")]})
    await send({"type": "http.response.body", "body": " ".join(said).encode()})
    # Sending waited for nothing, or this would be a task by now.
    sent.append(_how())


def _how() -> str:
    return "step" if asyncio.current_task() is None else "task"
