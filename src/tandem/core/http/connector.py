"""The pool of connections to other services, with figures to look at."""

from typing import Final

import aiohttp

DNS_SECONDS: Final = 60
"""How long a looked-up name is believed."""


class CountingConnector(aiohttp.TCPConnector):
    """aiohttp's pool that tells how many wait, work and rest. A caller waits when a bound is reached."""

    def __init__(self, *, limit: int, per_host: int, keep_alive: float) -> None:
        """Keep at most ``limit`` connections, ``per_host`` to one host and port, idle ones for ``keep_alive`` s."""
        super().__init__(
            limit=limit, limit_per_host=per_host, keepalive_timeout=keep_alive, ttl_dns_cache=DNS_SECONDS
        )

    @property
    def waiting(self) -> int:
        """Callers for whom there is no connection yet."""
        return sum(len(waiters) for waiters in self._waiters.values())

    @property
    def in_use(self) -> int:
        """Connections lent out now, those being made included."""
        return len(self._acquired)

    @property
    def idle(self) -> int:
        """Open connections kept for the next call."""
        return sum(len(connections) for connections in self._conns.values())
