"""FastAPI and asyncpg with the old way of working: all sessions read and the model rebuilt per request."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Header, Request
from flask_twin import models, sessions

QUERY = sessions.ALL.replace("%s", "$1")


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Open the pool."""
    app.state.pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=1, max_size=sessions.CONNECTIONS
    )
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/api/recommendation")
async def recommendation(
    request: Request, category: str | None = None, x_user_id: Annotated[str, Header()] = "default"
):
    """Read, compute, answer."""
    rows = await request.app.state.pool.fetch(QUERY, x_user_id)
    return models.recommendation([dict(zip(sessions.KEYS, row, strict=True)) for row in rows], category)
