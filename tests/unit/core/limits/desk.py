"""A limiter under a clock that is moved, asked as the middleware asks it."""

from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.limits.address import ClientAddresses
from tandem.core.limits.caller import Refusal
from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.limiter import Limiter
from tandem.core.limits.plan import Plans
from tandem.core.limits.quota import Quota
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings

HOUR = 3600.0
CLASSES = RouteClasses(
    model=("POST /chat", "POST /v1/{name}"), stream=("POST /stream",),
    legacy={"POST /chat": (Quota("hour", 3, HOUR, window=True),), "GET /": (Quota("day", 5, 86_400, window=True), Quota("hour", 2, HOUR, window=True))},
)  # fmt: skip


class Desk:
    """A limiter under a clock that is moved, asked as the middleware asks it."""

    def __init__(self, *, exempts: bool = False, **settings: object) -> None:
        self.now = 100.0
        self.metrics = Metrics()
        self.exceeded = self.metrics.counter("exceeded_total", "", ("limit", "holder", "outcome"))
        told = Settings(_env_file=None, auth="on", **settings)
        self.limiter = Limiter(
            plans=Plans(told, CLASSES), classes=CLASSES, addresses=ClientAddresses(), monotonic=lambda: self.now,
            exempts_loopback=exempts, exceeded=self.exceeded,
        )  # fmt: skip

    def ask(
        self,
        path: str = "/x",
        method: str = "GET",
        address: str = "203.0.113.9",
        key: tuple[str, str] | None = None,
    ) -> dict[str, str] | None:
        """The headers of one request; a refusal has retry-after; None for one that is not counted."""
        scope = {"method": method, "headers": [], "client": (address, 1)}
        if key is not None:
            scope[IDENTITY] = Identity(user=key[1], key=key[0], scope="write")
        plan = self.limiter.plan(scope, path)
        if plan is None:
            return None
        taken = self.limiter.take(plan, self.limiter.caller(scope))
        headers = taken.headers if isinstance(taken, Refusal) else taken
        assert isinstance(headers, tuple)
        return {name.decode(): value.decode() for name, value in headers}

    def passed(self, times: int, **request) -> int:
        """How many of so many requests were not refused."""
        return sum("retry-after" not in (self.ask(**request) or {}) for _ in range(times))
