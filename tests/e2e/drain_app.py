"""A tiny service on the serving parent: an endless stream, a slow answer, a stream that breaks.

Run as a program it serves itself: ``python -m e2e.drain_app PORT SERVER WORKERS``.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from tandem.core import app as core_app
from tandem.core.auth.access import Access
from tandem.core.drain import Drain
from tandem.core.observability.http_metrics import HttpMetrics
from tandem.core.observability.metrics import Metrics
from tandem.core.serving.parent import Parent
from tandem.core.serving.plan import Plan
from tandem.core.settings import load


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Watch for the end, as every service does."""
    drain = app.state.drain = Drain(load().run_dir)
    await drain.open()
    yield
    await drain.close()


def create_app() -> FastAPI:
    """The app under the same layers as the real ones."""
    settings = load()
    observer = HttpMetrics.declare(Metrics(settings.metrics_dir, worker=str(os.getpid())))
    made = core_app.build(
        settings, title="drain", description="", lifespan=lifespan, observer=observer, uploads={}, tags=[],
        access=Access(),
    )  # fmt: skip

    @made.get("/readyz")
    async def readyz() -> Response:
        draining = made.state.drain.started
        return Response(b"draining" if draining else b"ready", 503 if draining else 200)

    @made.get("/slow")
    async def slow(seconds: float) -> dict[str, str]:
        await asyncio.sleep(seconds)
        return {"finished": "yes"}

    @made.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(_events(made.state.drain), media_type="text/event-stream")

    @made.get("/broken")
    async def broken() -> StreamingResponse:
        return StreamingResponse(_broken(), media_type="text/csv")

    return made


async def _events(drain: Drain) -> AsyncIterator[str]:
    number = 0
    while not drain.started:
        yield f"event: tick\ndata: {number}\n\n"
        number += 1
        try:
            async with asyncio.timeout(0.2):
                await drain.wait()
        except TimeoutError:
            continue
    yield "event: shutdown\ndata: {}\n\n"


async def _broken() -> AsyncIterator[str]:
    yield "first line\n" * 1000
    await asyncio.sleep(0.1)
    raise RuntimeError("the source broke")


def main() -> int:
    """Serve."""
    port, server, workers = sys.argv[1:]
    settings = load(bind="127.0.0.1")
    plan = Plan(
        service="drain", target="e2e.drain_app:app", host="127.0.0.1", port=int(port), workers=int(workers),
        server=server, stop_seconds=int(settings.drain_limit), home=str(settings.home_path),
        drain_delay=settings.drain_delay, drain_limit=settings.drain_limit,
    )  # type: ignore[arg-type]  # fmt: skip
    return Parent(plan).run()


app = create_app()

if __name__ == "__main__":
    sys.exit(main())
