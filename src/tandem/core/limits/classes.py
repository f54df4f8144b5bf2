"""Which routes cost what: one declaration per service, asked before any route is looked for.

``model``: asks a language model. ``stream``: holds a connection while it does. ``free``: never counted. Everything else
is an ordinary request. ``legacy`` gives the old service's limits by route, for the profile of that name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tandem.core.auth.access import pattern_of
from tandem.core.limits.quota import Quota

Kind = Literal["free", "plain", "model"]

PROBES: Final = ("GET /livez", "GET /readyz", "GET /health", "GET /api/health", "GET /metrics")
"""Free in every service: whoever watches a server must never be told that it is busy."""

_PLAIN: Final = re.compile(r"[A-Z]+ /[^{}*]*")


@dataclass(frozen=True, slots=True)
class RouteClass:
    """What one route is taken for."""

    kind: Kind
    stream: bool = False
    legacy: tuple[Quota, ...] = ()
    """The old service's limits, of this route alone."""


PLAIN: Final = RouteClass("plain")
FREE: Final = RouteClass("free")


@dataclass(frozen=True)
class RouteClasses:
    """The classes of one service's routes; rules are written as for :class:`~tandem.core.auth.access.Access`."""

    free: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    stream: tuple[str, ...] = ()
    """These ask a model as well."""
    legacy: Mapping[str, Iterable[Quota]] = field(default_factory=dict)
    exact: dict[tuple[str, str], RouteClass] = field(init=False, default_factory=dict, repr=False)
    patterns: dict[str, list[tuple[re.Pattern[str], RouteClass]]] = field(
        init=False, default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        """Put the rules together; raises ValueError for a route that is declared twice."""
        declared = dict.fromkeys((*PROBES, *self.free), FREE)
        for rules, streams in ((self.model, False), (self.stream, True)):
            for rule in rules:
                if rule in declared:
                    raise ValueError(f"{rule} is declared twice")
                declared[rule] = RouteClass("model", streams)
        for rule, quotas in self.legacy.items():
            known = declared.get(rule, PLAIN)
            declared[rule] = RouteClass(known.kind, known.stream, tuple(quotas))
        for rule, one in declared.items():
            method, _, path = rule.partition(" ")
            if _PLAIN.fullmatch(rule):
                self.exact[method, path] = one
            else:
                self.patterns.setdefault(method, []).append((pattern_of(path), one))

    def of(self, method: str, path: str) -> RouteClass:
        """Return the class of a request; HEAD counts as GET, a preflight is free."""
        if (found := self.exact.get((method, path))) is not None:
            return found
        if method == "OPTIONS":
            return FREE
        method = "GET" if method == "HEAD" else method
        if (found := self.exact.get((method, path))) is not None:
            return found
        for pattern, one in self.patterns.get(method, ()):
            if pattern.fullmatch(path):
                return one
        return PLAIN
