"""How often a host may be asked, by all workers together.

The rule is GCRA, a token bucket kept as one moment: the theoretical arrival time of the next call. Whoever comes takes
the next place and is told how long to wait for it; whoever would wait longer than his patience takes none. A host that
says "too many requests" pauses everybody.

Three places hold that moment. Redis, where it is configured: all machines. Else a file in the directory that the
workers of one server share: one machine. Else the process. Fail mode: a place that is lost is replaced by the next
smaller one, so the host may then be asked more often by as many times as there are workers or machines, never without
any bound; no call fails because a place is lost.
"""

from pathlib import Path
from typing import Self

from tandem.tokimeki.services.quotes.file_pace import FilePace
from tandem.tokimeki.services.quotes.rate import Pace, ProcessPace, Rate
from tandem.tokimeki.services.quotes.redis_pace import RedisPace


class HostPace:
    """The places in their order; see the module's text."""

    def __init__(self, *places: Pace) -> None:
        """Ask the first of ``places`` that can be reached; the last one is the process's own."""
        self._places = places

    @classmethod
    def of(
        cls, rate: Rate, host: str, *, redis_url: str | None, shared: Path | None, timeout: float = 0.1
    ) -> Self:
        """Build for ``host``; ``shared``: the directory of one server's workers; ``timeout``: seconds for Redis."""
        places: list[Pace] = [ProcessPace(rate)]
        if shared is not None:
            places.insert(0, FilePace(rate, shared / "quotes-pace"))
        if redis_url is not None:
            places.insert(0, RedisPace(rate, redis_url, host, timeout=timeout))
        return cls(*places)

    async def take(self) -> float:
        """Return the seconds to wait before the call, or REFUSED."""
        for place in self._places:
            wait = await place.take()
            if wait is not None:
                return wait
        raise AssertionError("the process's own pace is always there")

    async def pause(self, seconds: float) -> None:
        """Let nobody call for ``seconds``."""
        for place in self._places:
            await place.pause(seconds)

    async def close(self) -> None:
        """Let go of everything."""
        for place in self._places:
            await place.close()
