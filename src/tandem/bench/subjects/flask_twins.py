"""The old services the old way, under gunicorn's three kinds of workers."""

import zlib
from collections.abc import Mapping
from typing import Final, Literal

from tandem.bench.measure.server import Server, free_port
from tandem.bench.subjects.world import DATABASE_CONNECTIONS, Populated, World

Kind = Literal["sync", "gthread", "gevent"]

THREADS: Final = 4
"""Threads of a gthread worker, as the old service was deployed (Tokimeki contract 1.7)."""


def pomodoro(  # noqa: PLR0913 - how one server is started
    world: World, data: Populated, kind: Kind = "gthread", *, workers: int = 1, caching: bool = False, threads: int = THREADS
) -> Server:  # fmt: skip
    """Pomodoro's twin; with ``caching`` its answers are kept by Flask-Caching in Redis."""
    settings = {"REDIS_URL": world.redis.url(1)} if caching else {}
    name = "Flask-Caching" if caching else "Flask"
    return _serve(world, "pomodoro", data, kind, workers, threads, settings, name)


def tokimeki(  # noqa: PLR0913 - how one server is started
    world: World, data: Populated, kind: Kind = "gthread", *, workers: int = 1, threads: int = THREADS,
    settings: Mapping[str, str] | None = None, label: str = "",
) -> Server:  # fmt: skip
    """Tokimeki's twin."""
    return _serve(
        world,
        "tokimeki",
        data,
        kind,
        workers,
        threads,
        settings or {},
        "Flask" + (f" {label}" if label else ""),
    )


def _serve(  # noqa: PLR0913, PLR0917 - how one server is started
    world: World, service: str, data: Populated, kind: Kind, workers: int, threads: int, settings: Mapping[str, str], name: str
) -> Server:  # fmt: skip
    python = world.twins.python()
    per_worker = f" x {threads} threads" if kind == "gthread" else ""
    title = f"{name} {kind}, {workers} worker{'s' if workers > 1 else ''}{per_worker}"

    def start() -> Server:
        port = free_port()
        command = [
            str(python.parent / "gunicorn"), f"flask_twin.{service}:app", "--bind", f"127.0.0.1:{port}", "--worker-class", kind,
            "--workers", str(workers), "--threads", str(threads), "--config", "python:flask_twin.gunicorn_conf",
        ]  # fmt: skip
        environment = {
            "PYTHONPATH": str(world.root), "DATABASE_URL": data.dsn, "TWIN_CONNECTIONS": str(DATABASE_CONNECTIONS), "TZ": "UTC",
        }  # fmt: skip
        return Server(
            title, command, port=port, home=world.place("flask"), probe="/api/health" if service == "pomodoro" else "/health",
            settings=environment | dict(settings), headers=lambda user: {"X-User-ID": user},
        )  # fmt: skip

    # What differs in any setting is another server.
    mark = f"{zlib.crc32(repr(sorted(settings.items())).encode()):08x}"
    return world.server(f"{service}: {title} on {data.name} ({mark})", start)
