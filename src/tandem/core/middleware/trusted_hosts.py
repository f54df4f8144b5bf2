"""Answers only under the names that the service is known by."""

from collections.abc import Collection
from typing import cast

from fastapi import Request

from tandem.core import problems
from tandem.core.middleware.correlation import App, Receive, Scope, Send

PROBES = frozenset({"/livez", "/readyz"})
"""Balancers and kubelets ask by address."""


class TrustedHostsMiddleware:
    """Pure ASGI. Answers 400 to a ``Host`` that is not in ``hosts``; ``*.example.org`` stands for every name below it."""

    def __init__(self, app: App, *, hosts: Collection[str]) -> None:
        """Trust ``hosts``, without ports, in any case."""
        self._app = app
        names = [host.lower() for host in hosts]
        self._names = frozenset(name for name in names if not name.startswith("*."))
        self._ends = tuple(name[1:] for name in names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in PROBES or self.trusts(scope):
            await self._app(scope, receive, send)
            return
        content = problems.body("this service is not known under that Host", "unknown_host")
        answer = cast("App", problems.answer(Request(scope), 400, content))
        await answer(scope, receive, send)

    def trusts(self, scope: Scope) -> bool:
        """Whether the request names a host that is known."""
        found = [value for name, value in scope["headers"] if name == b"host"]
        host = found[0].decode("latin-1").lower() if len(found) == 1 else ""
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        return name in self._names or (bool(self._ends) and name.endswith(self._ends))
