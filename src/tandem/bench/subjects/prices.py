"""Where prices come from while something else is measured: Yahoo's stand-in, and our services asking it."""

import sys

from tandem.bench.measure.server import Server, free_port
from tandem.bench.subjects.world import World


def stand_in(world: World, title: str, *, latency: float) -> Server:
    """Start a server that answers as Yahoo does, after ``latency`` seconds."""

    def start() -> Server:
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "tandem.bench.upstreams.yahoo",
            "--port",
            str(port),
            "--latency",
            str(latency),
        ]
        return Server(title, command, port=port, home=world.place("yahoo"), probe="/stats")

    return world.server(title, start)


def asking(yahoo: Server) -> dict[str, str]:
    """Return the settings with which our services take their prices from ``yahoo``, as often as they like."""
    return {
        "TANDEM_QUOTES": "yahoo",
        "TANDEM_YAHOO_URL": f"http://127.0.0.1:{yahoo.port}",
        "TANDEM_YAHOO_PER_MINUTE": "100000",
    }
