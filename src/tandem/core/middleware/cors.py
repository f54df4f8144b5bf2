"""CORS as Starlette does it, at no cost for requests that no page of another origin sent."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tandem.core import problems


class CorsMiddleware(CORSMiddleware):
    """Pure ASGI. A request without ``Origin`` is passed on as it is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        for name, _ in scope.get("headers", ()):
            if name == b"origin":
                await super().__call__(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight; a refusal is an error body like any other."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        content = problems.body(bytes(answer.body).decode(), "cors_refused")
        names = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        return JSONResponse(content, answer.status_code, names)
