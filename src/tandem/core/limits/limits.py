"""A service's limits put together: what they are made of, and when they open and close."""

import contextlib
from typing import Self

from tandem.core.clock import Clock
from tandem.core.limits.address import ClientAddresses
from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.limiter import Limiter
from tandem.core.limits.plan import Plans
from tandem.core.limits.sharing import Sharing
from tandem.core.limits.slots import Slots
from tandem.core.observability.metrics import Metrics
from tandem.core.redis_link import RedisLink
from tandem.core.settings import Settings


class Limits:
    """Made with the app; a resource that shares by Redis, where there is one, once it is open."""

    def __init__(self, settings: Settings, classes: RouteClasses, clock: Clock, registry: Metrics) -> None:
        """Limit by ``settings`` what ``classes`` declare."""
        self.exceeded = registry.counter(
            "tandem_limits_exceeded_total", "Requests beyond a limit, refused or exempt", ("limit", "holder", "outcome")
        )  # fmt: skip
        self.plans = Plans(settings, classes)
        self.limiter = Limiter(
            plans=self.plans, classes=classes, addresses=ClientAddresses(settings.trusted_proxies),
            monotonic=clock.monotonic, exempts_loopback=not settings.auth_is_on and not settings.limit_loopback,
            exceeded=self.exceeded,
        )  # fmt: skip
        self._settings, self._clock = settings, clock
        self._link: RedisLink | None = None
        self.slots = Slots(lambda: self._link)
        registry.gauge_callback(
            "tandem_limits_shared", "Workers that share limits by Redis",
            lambda: float(self._link is not None and self._link.is_up),
        )  # fmt: skip

    @classmethod
    def of(cls, settings: Settings, classes: RouteClasses, clock: Clock, registry: Metrics) -> Self | None:
        """Return the limits, None where they are off."""
        return None if settings.limits == "off" else cls(settings, classes, clock, registry)

    async def open(self) -> None:
        """Begin to share; does not wait for Redis."""
        url = self._settings.limits_redis_url or self._settings.redis_url
        if url is not None:
            self._link = RedisLink(
                url.get_secret_value(), name="tandem-limits", consequence="every process limits for itself",
                monotonic=self._clock.monotonic, timeout=self._settings.cache_timeout,
            )  # fmt: skip
            self.limiter.sharing = Sharing(self._link, self._clock.monotonic)
            await self.limiter.sharing.open()
        await self.slots.open()

    async def close(self) -> None:
        """Tell what is untold."""
        with contextlib.suppress(OSError):
            await self.slots.close()
            if self.limiter.sharing is not None:
                await self.limiter.sharing.close()

    async def ping(self) -> None:
        """Raise OperationalError while Redis is configured and does not answer."""
        if self.limiter.sharing is not None:
            await self.limiter.sharing.ping()
