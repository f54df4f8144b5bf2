"""ASGI baselines: the least that our server can do, FastAPI by itself, FastAPI with fastapi-cache2."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tandem.bench.measure.server import Server, free_port
from tandem.bench.subjects.world import DATABASE_CONNECTIONS, Populated, World


def bare(world: World, size: int, *, workers: int = 1) -> Server:
    """Bytes of the length ``size`` and nothing else, on the same server as ours."""
    return _serve(world, "bare ASGI", "bare:app", Path(sys.executable), workers, {"ANSWER_SIZE": str(size)})


def fastapi(world: World, *, workers: int = 1) -> Server:
    """A FastAPI route that validates and serialises a ready answer: the framework by itself."""
    return _serve(world, "FastAPI", "plain_fastapi:app", Path(sys.executable), workers, {})


def recomputing(world: World, data: Populated, *, workers: int = 1) -> Server:
    """FastAPI and asyncpg, everything read and computed per request: the new framework with the old way of working."""
    settings = {"DATABASE_URL": data.dsn, "TWIN_CONNECTIONS": str(DATABASE_CONNECTIONS)}
    return _serve(
        world, "FastAPI, recomputing", "recomputing_fastapi:app", world.twins.python(), workers, settings
    )


def fastapi_cache(world: World, *, redis: bool, workers: int = 1) -> Server:
    """FastAPI with fastapi-cache2, in memory or in Redis."""
    settings = {"REDIS_URL": world.redis.url(2)} if redis else {}
    name = f"fastapi-cache2 in {'Redis' if redis else 'memory'}"
    return _serve(world, name, "cached_fastapi:app", world.twins.python(), workers, settings)


def _serve(  # noqa: PLR0913, PLR0917 - how one server is started
    world: World, name: str, target: str, python: Path, workers: int, settings: Mapping[str, str]
) -> Server:  # fmt: skip
    title = f"{name}, {workers} worker{'s' if workers > 1 else ''}"

    def start() -> Server:
        port = free_port()
        command = [
            str(python.parent / "granian"), "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--workers",
            str(workers), "--no-ws", "--loop", "uvloop", "--log-level", "warning", target,
        ]  # fmt: skip
        home = world.place("asgi")
        environment = {"PYTHONPATH": f"{world.root}:{world.root / 'asgi_apps'}"} | dict(settings)
        return Server(title, command, port=port, home=home, probe="/api/recommendation", settings=environment)

    return world.server(title, start)
