"""A few busy routes are reached without the router and the framework's general machinery.

They are declared like all others, with their dependencies, documents and errors; only the way to them is short. The
framework spends some 300 us on finding a route twice, on exit stacks, and on solving dependencies anew for each
request; here the same dependencies are put together once. A route with query parameters is served here when none is given.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator
from inspect import iscoroutinefunction
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tandem.core.errors import ConfigurationError
from tandem.core.json_answer import JsonAnswer

Way = tuple[str, str]
"""A method and a path without parameters."""

Resolver = Callable[[Request], Awaitable[Any]]

Endpoint = Callable[[Scope, Receive, Send], Awaitable[ASGIApp]]
"""Answers a request with what is to be sent."""

_UNKNOWN: Final = (
    "path_params", "cookie_params", "body_params", "websocket_param_name", "own_oauth_scopes",
    "http_connection_param_name", "response_param_name", "background_tasks_param_name", "security_scopes_param_name",
)  # fmt: skip
"""What a dependency may be given elsewhere, and not here."""


class ShortcutsMiddleware:
    """Pure ASGI, innermost. Serves ``ways`` of ``owner`` itself and passes on everything else.

    Errors are answered by the app's own handlers. Overriding dependencies has no effect on these routes.
    """

    def __init__(self, app: ASGIApp, *, owner: FastAPI, ways: Collection[Way]) -> None:
        """Put the routes together; raises ConfigurationError for one that does not exist or asks for too much."""
        self._app = app
        routes = {
            way: route
            for route in _routes(owner)
            for way in ((method, route.path) for method in route.methods or ())
        }
        if missing := [way for way in ways if way not in routes]:
            raise ConfigurationError(f"there is no route {missing[0]}")
        self._served = {way: serving(routes[way]) for way in ways}
        self._handlers = owner.exception_handlers
        self._with_query = {way for way in ways if not _reads_query(routes[way].dependant)}
        """Served whatever the query holds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = self._found(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        try:
            response = await found(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the framework knows who answers it, and raises it if nobody does
            response = ExceptionMiddleware(_raising(error), handlers=self._handlers)
        await response(scope, receive, send)

    def _found(self, scope: Scope) -> Endpoint | None:
        way = (scope["method"], scope["path"])
        found = self._served.get(way)
        return found if not scope["query_string"] or way in self._with_query else None


def _raising(error: Exception) -> ASGIApp:
    async def failed(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return failed


def serving(route: APIRoute) -> Endpoint:
    """Return a function that asks ``route``; raises ConfigurationError for one that asks for too much."""
    resolve = _resolver(route.dependant)
    status = route.status_code or 200

    async def served(scope: Scope, receive: Receive, send: Send) -> ASGIApp:
        scope["route"], scope["endpoint"], scope["path_params"] = route, route.endpoint, {}
        result = await resolve(Request(scope, receive, send))
        return result if isinstance(result, Response) else _response(result, status)

    return served


def _routes(owner: FastAPI) -> Iterator[APIRoute]:
    for context in iter_route_contexts(owner.routes):
        if isinstance(context.original_route, APIRoute) and context.path == context.original_route.path:
            yield context.original_route


def _response(result: object, status: int) -> Response:
    body = (
        result.__pydantic_serializer__.to_json(result, by_alias=True) if isinstance(result, BaseModel)
        else orjson.dumps(result)
    )  # fmt: skip
    return JsonAnswer(body, status)


def _resolver(dependant: Dependant) -> Resolver:
    """Return a function that calls ``dependant`` with what it asks for."""
    call = dependant.call
    unknown = any(getattr(dependant, name) for name in _UNKNOWN)
    # Query parameters keep the defaults of the function that names them.
    given = (*dependant.header_params, *dependant.query_params)
    needed = any(field.field_info.is_required() for field in given)
    if call is None or not iscoroutinefunction(call) or unknown or needed:
        raise ConfigurationError(f"{call!r} asks for more than a shortcut can give")
    parts = [(part.name or "", _resolver(part)) for part in dependant.dependencies]
    headers = [(field.name, field.alias.lower().encode(), field.default) for field in dependant.header_params]
    request_name = dependant.request_param_name

    async def resolve(request: Request) -> Any:
        values: dict[str, Any] = {name: await part(request) for name, part in parts}
        if request_name is not None:
            values[request_name] = request
        for name, alias, default in headers:
            values[name] = _header(request, alias, default)
        return await call(**values)

    return resolve


def _reads_query(dependant: Dependant) -> bool:
    return bool(dependant.query_params) or any(_reads_query(part) for part in dependant.dependencies)


def _header(request: Request, name: bytes, default: Any) -> Any:
    for key, value in request.scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return default
