"""Our services as `tandem serve` runs them, with everything on that is on in production."""

import json
import sys
import zlib
from collections.abc import Mapping
from typing import Final

from tandem.bench.measure.server import Server, free_port
from tandem.bench.subjects.people import OPERATOR
from tandem.bench.subjects.world import DATABASE_CONNECTIONS, Populated, World

OPEN_LIMITS: Final[Mapping[str, str]] = {
    "TANDEM_LIMITS": "standard", "TANDEM_LIMIT_REQUESTS": "1000000000", "TANDEM_LIMIT_MODEL_REQUESTS": "1000000000",
    "TANDEM_LIMIT_STREAMS": "100000",
}  # fmt: skip
"""Limits are checked and never reached."""


def pomodoro(
    world: World, data: Populated, *, workers: int = 1, settings: Mapping[str, str] | None = None, label: str = ""
) -> Server:  # fmt: skip
    """Pomodoro ML on the database of ``data``: keys, limits, metrics, access log, ETag, security headers."""
    return _serve(world, "pomodoro", data, workers, settings or {}, label)


def tokimeki(
    world: World, data: Populated, *, workers: int = 1, settings: Mapping[str, str] | None = None, label: str = ""
) -> Server:  # fmt: skip
    """Tokimeki on the database of ``data``."""
    return _serve(world, "tokimeki", data, workers, settings or {}, label)


def routes(server: Server) -> frozenset[str]:
    """Return the paths that a running service of ours has."""
    return frozenset(json.loads(server.get("/openapi.json", server.headers(OPERATOR))[1])["paths"])


def asking(upstream: Server, models: tuple[str, ...] = ("gpt-4o-mini",)) -> dict[str, str]:
    """Return the settings with which Tokimeki asks ``upstream`` for all models."""
    return {
        "TANDEM_OPENAI_URL": f"http://127.0.0.1:{upstream.port}/v1", "OPENAI_API_KEY": "sk-bench",
        "TANDEM_OPENAI_MODELS": ",".join(models), "TANDEM_LOCAL_ENABLED": "false",
    }  # fmt: skip


def _serve(  # noqa: PLR0913, PLR0917 - how one service is started
    world: World, service: str, data: Populated, workers: int, settings: Mapping[str, str], label: str
) -> Server:  # fmt: skip
    name = f"Tandem, {workers} worker{'s' if workers > 1 else ''}{f', {label}' if label else ''}"

    def start() -> Server:
        port = free_port()
        home = world.place(service)
        command = [
            sys.executable,
            "-m",
            "tandem",
            "serve",
            service,
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
        environment = {
            "TANDEM_HOME": str(home / "state"), "TANDEM_DATABASE_URL": data.dsn, "TANDEM_AUTH": "on", "TANDEM_TIMEZONE": "UTC",
            "TANDEM_DB_POOL_MAX": str(DATABASE_CONNECTIONS),
        } | dict(OPEN_LIMITS)  # fmt: skip
        return Server(
            name, command, port=port, home=home, probe="/readyz", settings=environment | dict(settings), headers=data.our_headers
        )  # fmt: skip

    # What differs in any setting is another server.
    mark = f"{zlib.crc32(repr(sorted(settings.items())).encode()):08x}"
    return world.server(f"{service}: {name} on {data.name} ({mark})", start)
