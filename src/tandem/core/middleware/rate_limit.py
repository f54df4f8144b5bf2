"""Refuses who asks too much, with 429 and the time after which to try again; everybody else is told what is left.

Sits inside authentication, which counts those that it refuses itself, and above the response cache: a hit counts too. Sends
``RateLimit-Policy`` and ``RateLimit`` (draft-ietf-httpapi-ratelimit-headers) with every counted answer. Fail mode:
:mod:`tandem.core.limits.limiter`.
"""

from typing import Final

from tandem.core.errors import TooManyRequestsError
from tandem.core.limits.account import Account
from tandem.core.limits.admission import ADMISSION, Admission
from tandem.core.limits.caller import Caller, Pair, Refusal
from tandem.core.limits.current import CALLER
from tandem.core.limits.limits import Limits
from tandem.core.limits.plan import Plan
from tandem.core.middleware.auth import path_of
from tandem.core.middleware.correlation import MORE, App, Receive, Scope, Send
from tandem.core.middleware.refusals import refuse, refuse_more

TRIES: Final = 4
"""How often a request waits until others know what was taken; after that it is decided by what is known."""


class RateLimitMiddleware:
    """Pure ASGI; see the module's text."""

    def __init__(self, app: App, *, limits: Limits) -> None:
        """Wrap ``app``."""
        self._app = app
        self._limits = limits
        self._limiter = limits.limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that is within its limits."""
        plan = self._limiter.plan(scope, path_of(scope)) if scope["type"] == "http" else None
        if plan is None:
            await self._app(scope, receive, send)
            return
        caller = self._limiter.caller(scope)
        taken = self._limiter.take(plan, caller)
        if isinstance(taken, Account):
            taken = await self._when_told(plan, caller, taken)
        if isinstance(taken, Refusal):
            await refuse_more(taken, scope, receive, send)
            return
        scope.setdefault(MORE, []).extend(taken)
        if len(plan.lines) == 1 and plan.streams is None:
            await self._app(scope, receive, send)
        else:
            await self._held(plan, caller, scope, receive, send)

    async def _when_told(self, plan: Plan, caller: Caller, taken: Account) -> "tuple[Pair, ...] | Refusal":
        """Wait until the others know what was taken here, and decide then."""
        found: tuple[Pair, ...] | Refusal | Account = taken
        for _ in range(TRIES):
            if not isinstance(found, Account) or self._limiter.sharing is None:
                break
            await self._limiter.sharing.told(found)
            found = self._limiter.take(plan, caller)
        return self._limiter.take(plan, caller, patient=False) if isinstance(found, Account) else found

    async def _held(self, plan: Plan, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that may hold a stream."""
        limits = self._limits
        admission = Admission(caller, limits.slots, limits.plans.streams, limits.exceeded)
        scope[ADMISSION] = admission
        token = CALLER.set(caller)
        try:
            if plan.streams is not None:
                try:
                    await admission.stream()
                except TooManyRequestsError as error:
                    await refuse(error, {"Retry-After": str(error.retry_after)}, scope, receive, send)
                    return
            await self._app(scope, receive, send)
        finally:
            CALLER.reset(token)
            admission.end()
