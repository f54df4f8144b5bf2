"""Which route needs which key: one line per route that is not a plain read.

A service declares an :class:`Access`; the authentication layer asks it before any route is looked for. What is not named
is decided on the safe side: GET needs ``read``, everything else ``admin``. A test holds every route of both services to being named.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final, Literal

from tandem.core.auth.scopes import KeyScope

Need = KeyScope | Literal["open"]

PROBES: Final = ("GET /livez", "GET /readyz", "GET /health", "GET /api/health")
"""Open in every service: whoever watches a server need not be known to it."""

_PLAIN: Final = re.compile(r"[A-Z]+ /[^{}*]*")


class Access:
    """The needs of one service's routes.

    A rule is a method and a path: ``POST /chat``; ``{name}`` stands for one part of a path, ``*`` at the end for any rest.
    An exact path goes before one with ``{name}`` or ``*``; of those the first that fits.
    """

    def __init__(
        self, *, open: Iterable[str] = (), read: Iterable[str] = (), write: Iterable[str] = (),  # noqa: A002
        admin: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Declare what needs no key, and what needs another one than its method says; raises ValueError."""
        self._rules: dict[str, Need] = {}
        declared: Mapping[Need, Iterable[str]] = {
            "open": (*PROBES, *open), "read": read, "write": write, "admin": admin
        }  # fmt: skip
        for need, rules in declared.items():
            for rule in rules:
                if self._rules.setdefault(rule, need) != need:
                    raise ValueError(f"{rule} is declared twice")
        self._exact = {
            tuple(rule.split(" ", 1)): need for rule, need in self._rules.items() if _PLAIN.fullmatch(rule)
        }

    @cached_property
    def _patterns(self) -> dict[str, list[tuple[re.Pattern[str], Need]]]:
        found: dict[str, list[tuple[re.Pattern[str], Need]]] = {}
        for rule, need in self._rules.items():
            method, _, path = rule.partition(" ")
            if (method, path) not in self._exact:
                found.setdefault(method, []).append((pattern_of(path), need))
        return found

    def declared(self, method: str, path: str) -> Need | None:
        """Return what a rule says of the path, None if none does."""
        if (need := self._exact.get((method, path))) is not None:
            return need
        for pattern, named in self._patterns.get(method, ()):
            if pattern.fullmatch(path):
                return named
        return None

    def needed(self, method: str, path: str) -> Need:
        """Return what a request needs; HEAD needs what GET needs."""
        if (need := self._exact.get((method, path))) is not None:
            return need
        method = "GET" if method == "HEAD" else method
        return self.declared(method, path) or ("read" if method == "GET" else "admin")


def pattern_of(path: str) -> re.Pattern[str]:
    """Return what a rule's path fits."""
    parts = re.split(r"(\{\w+\}|\*$)", path)
    return re.compile(
        "".join("[^/]+" if p.startswith("{") else ".*" if p == "*" else re.escape(p) for p in parts)
    )
