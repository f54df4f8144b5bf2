"""FastAPI by itself: routing, validation and serialisation of a ready answer, no cache."""

from answer import READY, Recommendation
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/recommendation")
async def recommendation(category: str | None = None) -> Recommendation:  # noqa: ARG001 - part of the key
    """Return the ready answer."""
    return Recommendation(**READY)
