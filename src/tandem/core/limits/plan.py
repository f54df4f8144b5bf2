"""Which quotas count for which class of routes, under one profile."""

from dataclasses import dataclass, field
from typing import Final

from tandem.core.limits.accounts import Accounts
from tandem.core.limits.classes import RouteClass, RouteClasses
from tandem.core.limits.quota import Quota
from tandem.core.settings import Settings

MINUTE: Final = 60.0
REQUESTS: Final = "requests"
MODEL: Final = "model"
TOKENS: Final = "tokens"
STREAMS: Final = "streams"


@dataclass(frozen=True, slots=True)
class Line:
    """One quota with the accounts of callers and, for those with a key, of their users."""

    caller: Accounts
    user: Accounts | None

    @classmethod
    def of(cls, quota: Quota, user_factor: float | None) -> "Line":
        """Return a line; ``user_factor`` is how much of it all keys of one user have, None for no such bound."""
        name = f"{quota.name}:{int(quota.seconds)}"
        user = None if user_factor is None else Accounts(f"{name}:user", quota.times(user_factor))
        return cls(Accounts(name, quota), user)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request takes one of, all checked before any is taken."""

    lines: tuple[Line, ...]
    policies: bytes
    """The value of ``RateLimit-Policy``."""
    streams: int | None
    """How many such requests a caller may hold at once; None for no bound."""
    only: Line | None = field(init=False)
    """The line of a plan that has one."""
    policy: tuple[bytes, bytes] = field(init=False)
    """The header that tells :attr:`policies`."""

    def __post_init__(self) -> None:
        """Put together what is looked at with every request."""
        object.__setattr__(self, "only", self.lines[0] if len(self.lines) == 1 else None)
        object.__setattr__(self, "policy", (b"ratelimit-policy", self.policies))

    @classmethod
    def of(cls, lines: tuple[Line, ...], streams: int | None) -> "Plan":
        """Put a plan together."""
        return cls(lines, b", ".join([line.caller.quota.policy for line in lines]), streams)


class Plans:
    """The plan of each class, and the accounts for model tokens."""

    def __init__(self, settings: Settings, classes: RouteClasses) -> None:
        """Read the profile."""
        factor = settings.limit_user_factor
        requests = Line.of(Quota(REQUESTS, settings.limit_requests, MINUTE), factor)
        model = Line.of(Quota(MODEL, settings.limit_model_requests, MINUTE), factor)
        self.streams = settings.limit_streams
        self.tokens: Line | None = None
        if settings.limit_model_tokens:
            self.tokens = Line.of(Quota(TOKENS, settings.limit_model_tokens, MINUTE), factor)
        self._plain = Plan.of((requests,), None)
        self._model = Plan.of((requests, model), None)
        self._stream = Plan.of((requests, model), settings.limit_streams)
        # Kept by the object itself: a class is made once, and looked up with every request.
        self._old: dict[int, Plan] = {}
        self._has_old = settings.limits == "legacy"
        self._unlimited = self._has_old and not classes.legacy
        if self._has_old:
            for rule in classes.legacy:
                method, _, path = rule.partition(" ")
                one = classes.of(method, path)
                lines = [Line.of(_named(quota, path), None) for quota in one.legacy]
                self._old[id(one)] = Plan.of(tuple(lines), None)

    def of(self, one: RouteClass) -> Plan | None:
        """Return the plan of a class, None for one that is not counted."""
        if one.kind == "free" or self._unlimited:
            return None
        if self._has_old and (old := self._old.get(id(one))) is not None:
            return old
        if one.kind == "plain":
            return self._plain
        return self._stream if one.stream else self._model


def _named(quota: Quota, path: str) -> Quota:
    """Return ``quota`` under a name that tells the route, for each has an account of its own."""
    return Quota(
        f"{path.strip('/').replace('/', '-') or 'home'}-{quota.name}",
        quota.amount,
        quota.seconds,
        quota.window,
    )
