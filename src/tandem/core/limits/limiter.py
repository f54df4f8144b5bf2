"""Decides whether a request may go on: a few sums in memory, for hits of the response cache too.

Who calls: the key, and with it all keys of its user; without a key the client's address. All quotas of the route are
checked before any of them is taken from, so a refused request costs the caller nothing.

While authentication is off, callers on this machine are counted and never refused. Fail mode: the limiter has no part that
can fail but Redis, see :mod:`~tandem.core.limits.sharing`; without Redis each process counts for itself, so ``n`` workers
give out up to ``n`` times as much.
"""

from collections.abc import Callable
from math import ceil
from typing import Any, Final, Literal, overload

from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.errors import TooManyRequestsError
from tandem.core.limits.account import Account
from tandem.core.limits.accounts import Accounts
from tandem.core.limits.address import ClientAddresses
from tandem.core.limits.caller import Caller, Pair, Refusal
from tandem.core.limits.classes import PLAIN, RouteClasses
from tandem.core.limits.plan import Line, Plan, Plans
from tandem.core.limits.sharing import Sharing
from tandem.core.observability.metrics import Counter

REMEMBERED: Final = 8_192
"""Callers remembered as objects; their accounts are another matter."""


Seat = tuple[Plan, Caller, Account, Account | None]
"""What a request is counted by and whose it is; the caller's account, and that of all keys of its user."""


class Limiter:
    """One process's limiter; for one event loop."""

    def __init__(  # noqa: PLR0913 - what it decides by
        self, *, plans: Plans, classes: RouteClasses, addresses: ClientAddresses, monotonic: Callable[[], float],
        exempts_loopback: bool, exceeded: Counter,
    ) -> None:  # fmt: skip
        """Decide by ``plans``; count what is beyond them in ``exceeded``."""
        self._plans, self._addresses = plans, addresses
        self._class_of, self._plan_of = classes.of, plans.of
        self._now = monotonic
        self._exempts_loopback = exempts_loopback
        self._exceeded = exceeded
        self._callers: dict[tuple[str, object], Caller] = {}
        self.sharing: Sharing | None = None
        """Set once there is a Redis to share by."""

    def plan(self, scope: dict[str, Any], path: str) -> Plan | None:
        """Return what the request is counted by; None for one that is not counted."""
        return self._plan_of(self._class_of(scope["method"], path))

    def plan_of_stranger(self, scope: dict[str, Any], path: str) -> Plan | None:
        """Return what a request without a key that allows it is counted by: an ordinary one where callers with a key are not counted."""
        return self.plan(scope, path) or self._plan_of(PLAIN)

    def caller(self, scope: dict[str, Any]) -> Caller:
        """Return whose accounts the request takes from."""
        identity: Identity | None = scope.get(IDENTITY)
        if identity is not None:
            name: tuple[str, object] = (identity.key, identity.user)
        else:
            name = self._addresses.of(scope.get("client"), scope["headers"])
        found = self._callers.get(name)
        if found is None:
            found = (
                Caller("k:" + identity.key, identity.user, exempt=False) if identity is not None
                else Caller("a:" + name[0], None, exempt=bool(name[1]) and self._exempts_loopback)
            )  # fmt: skip
            if len(self._callers) >= REMEMBERED:
                self._callers.clear()
            self._callers[name] = found
        return found

    def seat(self, plan: Plan, caller: Caller) -> Seat | None:
        """Return what a caller's requests by ``plan`` are taken from; None for a plan with several quotas.

        It may be used for some seconds; after that its accounts may have been forgotten.
        """
        line = plan.only
        if line is None:
            return None
        now = self._now()
        common = (
            line.user.of(caller.account, now) if caller.user is not None and line.user is not None else None
        )
        return plan, caller, line.caller.of(caller.holder, now), common

    def take_now(self, seat: Seat) -> tuple[Pair, Pair] | None:
        """Take one request if nothing stands against it, as :meth:`take` would; None: ask that."""
        plan, caller, tightest, common = seat
        if self.sharing is not None:
            return self._take_shared_now(self.sharing, seat)
        now = self._now()
        least = tightest.draw(now)
        if common is not None and least >= 1.0:
            left = common.draw(now)
            if left < 1.0:
                # All are looked at before any is taken from.
                tightest.take(-1.0, least - 1.0, now)
            if left < least:
                tightest, least = common, left
        if least >= 1.0:
            return plan.policy, (b"ratelimit", tightest.told(least - 1.0, now))
        # Somebody who is never refused needs no more than to be counted.
        return self._excess(plan, tightest, now) if caller.exempt else None

    def _take_shared_now(self, sharing: Sharing, seat: Seat) -> tuple[Pair, Pair] | None:
        if not sharing.is_up:
            return None
        plan, caller, account, common = seat
        now, tightest = self._now(), account
        least = account.left(now)
        if common is not None and (left := common.left(now)) < least:
            tightest, least = common, left
        if least < 1.0:
            return self._excess(plan, tightest, now) if caller.exempt else None
        if not caller.exempt and (
            sharing.must_wait(account, 1.0) or (common is not None and sharing.must_wait(common, 1.0))
        ):
            return None
        sharing.took(account, 1.0)
        if common is not None:
            sharing.took(common, 1.0)
        return plan.policy, (b"ratelimit", tightest.told(least - 1.0, now))

    def _excess(self, plan: Plan, account: Account, now: float) -> tuple[Pair, Pair]:
        """Count a request of an exempt caller beyond the limit."""
        self._exceeded.labels(account.quota.name, "address", "exempt").inc()
        return plan.policy, (b"ratelimit", account.told(0.0, now))

    @overload
    def take(self, plan: Plan, caller: Caller, *, patient: Literal[False]) -> tuple[Pair, ...] | Refusal: ...

    @overload
    def take(self, plan: Plan, caller: Caller) -> tuple[Pair, ...] | Refusal | Account: ...

    def take(
        self, plan: Plan, caller: Caller, *, patient: bool = True
    ) -> tuple[Pair, ...] | Refusal | Account:
        """Take one of each quota and return the headers to send; a refusal; or the account to wait for.

        An account is returned, to who is ``patient``, where more would be given out than other workers may not know of:
        :meth:`~tandem.core.limits.sharing.Sharing.told` waits for it.
        """
        now, sharing = self._now(), self.sharing
        shared = sharing is not None and sharing.is_up
        found: list[tuple[Account, float]] = []
        least: list[tuple[Account, float]] = []
        for line in plan.lines:
            account = line.caller.of(caller.holder, now)
            left = account.left(now)
            found.append((account, left))
            if caller.user is not None and line.user is not None:
                account, left = self._of_user(line.user, caller.account, account, left, now, found)
            least.append((account, left))
        beyond = [(account, left) for account, left in least if left < 1.0]
        if beyond:
            name = beyond[0][0].quota.name
            self._exceeded.labels(name, caller.kind, "exempt" if caller.exempt else "refused").inc()
            if not caller.exempt:
                return self._refusal(plan, beyond, least, now)
        elif patient and shared and sharing is not None and not caller.exempt:
            for account, _ in found:
                if sharing.must_wait(account, 1.0):
                    return account
        self._charge(found, now, shared=shared)
        return plan.policy, (b"ratelimit", _told(least, now, 1.0))

    def _of_user(  # noqa: PLR0913, PLR0917 - one step of the loop above
        self, accounts: Accounts, user: str, account: Account, left: float, now: float,
        found: list[tuple[Account, float]],
    ) -> tuple[Account, float]:  # fmt: skip
        """Look at the user's account too; returns the one that has less."""
        common = accounts.of(user, now)
        common_left = common.left(now)
        found.append((common, common_left))
        return (common, common_left) if common_left < left else (account, left)

    def _charge(self, found: list[tuple[Account, float]], now: float, *, shared: bool) -> None:
        sharing = self.sharing
        for account, left in found:
            cost = 1.0 if left >= 1.0 else max(0.0, left)
            if shared and sharing is not None:
                sharing.took(account, cost)
            else:
                account.take(cost, left, now)
                if sharing is not None:
                    account.alone = True
                    sharing.mention(account)

    def _refusal(
        self, plan: Plan, beyond: list[tuple[Account, float]], least: list[tuple[Account, float]], now: float
    ) -> Refusal:
        seconds = max(1, ceil(max(account.wait(1.0, now) for account, _ in beyond)))
        quota = beyond[0][0].quota
        error = TooManyRequestsError(
            f"too many requests: {int(quota.amount)} in {int(quota.seconds)} s are allowed ({quota.name}); try again in {seconds} s",
            retry_after=seconds, limit=quota.name,
        )  # fmt: skip
        return Refusal(
            error,
            (
                (b"retry-after", b"%d" % seconds), plan.policy,
                (b"ratelimit", _told(least, now, 0.0)),
            ),
        )  # fmt: skip

    # Model tokens: an estimate is taken before the call and what was not used is given back.

    @property
    def limits_tokens(self) -> bool:
        """Whether anything is to be reserved."""
        return self._plans.tokens is not None

    def reserve_tokens(self, caller: Caller, estimate: float) -> float:
        """Take ``estimate`` model tokens; returns what was taken, for :meth:`settle_tokens`.

        One that is larger than a whole quota takes all of it. Raises TooManyRequestsError; nothing is taken then.
        """
        line = self._plans.tokens
        if line is None:
            return 0.0
        now = self._now()
        found = self._token_accounts(line, caller, now)
        estimate = min(max(0.0, estimate), line.caller.quota.amount)
        short = [account for account, left in found if left < estimate]
        if short:
            outcome = "exempt" if caller.exempt else "refused"
            self._exceeded.labels(short[0].quota.name, caller.kind, outcome).inc()
            if not caller.exempt:
                seconds = max(1, ceil(max(account.wait(estimate, now) for account in short)))
                raise TooManyRequestsError(
                    f"too many model tokens: {int(line.caller.quota.amount)} a minute are allowed; try again in {seconds} s",
                    retry_after=seconds, limit=line.caller.quota.name,
                )  # fmt: skip
            estimate = max(0.0, min(left for _, left in found))
        self._give(found, estimate, now)
        return estimate

    def settle_tokens(self, caller: Caller, reserved: float, used: float | None) -> None:
        """Give back what was ``reserved`` and not ``used``, or take what was used beyond it; None: all was used."""
        line = self._plans.tokens
        if line is None or used is None or used == reserved:
            return
        now = self._now()
        self._give(self._token_accounts(line, caller, now), used - reserved, now)

    def _token_accounts(self, line: Line, caller: Caller, now: float) -> list[tuple[Account, float]]:
        accounts = [line.caller.of(caller.holder, now)]
        if caller.user is not None and line.user is not None:
            accounts.append(line.user.of(caller.account, now))
        return [(account, account.left(now)) for account in accounts]

    def _give(self, found: list[tuple[Account, float]], cost: float, now: float) -> None:
        sharing = self.sharing
        for account, left in found:
            if sharing is not None and sharing.is_up:
                sharing.took(account, cost)
            else:
                account.take(cost, left, now)
                if sharing is not None:
                    account.alone = True
                    sharing.mention(account)


def _told(least: list[tuple[Account, float]], now: float, taken: float) -> bytes:
    """Return the value of ``RateLimit``: what remains of each quota, and the seconds until all of it is there again."""
    return b", ".join([account.told(max(0.0, left - taken), now) for account, left in least])
