"""HEAD for every GET route: the same headers, no body."""

from tandem.core.middleware.correlation import App, Message, Receive, Scope, Send


class HeadMiddleware:
    """Pure ASGI. Lets the app answer HEAD as it answers GET, and keeps the body back.

    Probes and balancers ask with HEAD; the framework would answer 405.
    """

    def __init__(self, app: App) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server itself looks at the method again while it sends.
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, without_body)
        finally:
            scope["route"] = asked.get("route")
