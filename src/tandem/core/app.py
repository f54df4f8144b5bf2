"""The part of ``create_app`` that is the same for every service."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from time import perf_counter
from typing import Any, Protocol, cast

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from tandem import __version__
from tandem.core import offline_docs, problems
from tandem.core.auth.access import Access
from tandem.core.limits.limits import Limits
from tandem.core.middleware import security_headers
from tandem.core.middleware.auth import AuthMiddleware
from tandem.core.middleware.body_limit import BodyLimitMiddleware
from tandem.core.middleware.correlation import App, CorrelationMiddleware, Observer
from tandem.core.middleware.cors import CorsMiddleware
from tandem.core.middleware.head import HeadMiddleware
from tandem.core.middleware.quick_hits import Layers, QuickHits
from tandem.core.middleware.rate_limit import RateLimitMiddleware
from tandem.core.middleware.response_cache import ResponseCache, ResponseCacheMiddleware
from tandem.core.middleware.shortcuts import ShortcutsMiddleware, Way
from tandem.core.middleware.trusted_hosts import TrustedHostsMiddleware
from tandem.core.observability.logger import get_logger
from tandem.core.serving.first_step import answer_at_once, become_task
from tandem.core.settings import Settings

QUIET = frozenset({"/metrics", "/livez", "/readyz"})
"""Probes and scrapes come every few seconds; they are counted but not logged."""

EXPOSED = (
    "X-Request-ID",
    "X-Ignored-Parameters",
    "X-Cache",
    "X-Data-As-Of",
    "Age",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "ETag",
    "X-Stream-ID",
)


class Service(FastAPI):
    """An app whose kept answers do not pass through all layers."""

    quick: QuickHits | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        started, quick, hit = perf_counter(), self.quick, None
        if quick is not None and scope["type"] == "http" and scope["method"] == "GET":
            hit = quick.find(scope)  # type: ignore[arg-type]
        if scope["type"] == "lifespan":
            answer_at_once(asyncio.get_running_loop())
        if quick is None or hit is None:
            await become_task()
            await self.through_all_layers(scope, receive, send)
            return
        try:
            await send(hit[0])
            await send(hit[1])
        finally:
            quick.note(hit, perf_counter() - started)

    async def through_all_layers(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what :attr:`quick` does not."""
        if scope["type"] == "http" and self.middleware_stack is not None:
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Return our own layers around the router.

        The framework's outermost ones answer unexpected errors, send telemetry and limit bodies: correlation and the body
        limit do that here, and the telemetry is off.
        """
        app: Any = super().build_middleware_stack()
        while not isinstance(app, CorrelationMiddleware):
            app = app.app
        return cast("ASGIApp", app)


def add_routes(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have ``app`` answer on the routes of ``routers``, as they are.

    ``include_router`` makes all of them anew, for other prefixes and dependencies: a sixth of a second of each worker's start, and some
    megabytes, for routes that are the same. Nothing but the routes is taken: a router's own lifespan is not entered, one with
    handlers for start or stop is refused, and ``app.dependency_overrides`` does not reach them. Raises ValueError.
    """
    for router in routers:
        if router.on_startup or router.on_shutdown:
            raise ValueError(
                f"the router of {router.prefix or router.tags} does more than answer: include it"
            )
        app.router.routes.extend(router.routes)


class Lifespan(Protocol):
    """Opens and closes what an app needs."""

    def __call__(self, app: FastAPI) -> AbstractAsyncContextManager[None]:
        """Return the context in which ``app`` serves."""


def build(  # noqa: PLR0913 - what one service is made of
    settings: Settings, *, title: str, description: str, lifespan: Lifespan, observer: Observer,
    uploads: Mapping[str, int], tags: list[dict[str, Any]], access: Access,
    shortcuts: Collection[Way] = (), responses: ResponseCache | None = None, limits: Limits | None = None,
) -> FastAPI:  # fmt: skip
    """Return an app with correlation, error bodies, body limits, CORS and offline docs, and no route yet.

    Needs no environment, opens nothing: everything with I/O happens in ``lifespan``, which puts the directory of API keys
    into ``app.state.keys``; ``access`` says which route needs which key. ``shortcuts`` are the busiest
    routes, which must exist by the time of the first request; ``responses`` keeps answers of routes that are declared so;
    ``limits`` bounds what one caller may ask.
    """
    app = Service(
        title=title, version=__version__, description=description, lifespan=lifespan, openapi_tags=tags,
        # Its path is set by `offline_docs`.
        openapi_url=None, docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None,
        # A path with a slash too many is no route of ours: 404 in JSON like any other.
        redirect_slashes=False,
        # Ours are in core.observability; the framework's own would look for a provider in the environment at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(ShortcutsMiddleware, owner=app, ways=shortcuts)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, limit=settings.max_body, uploads=uploads)
    if responses is not None:
        app.add_middleware(ResponseCacheMiddleware, responses=responses)
    if limits is not None:
        app.add_middleware(RateLimitMiddleware, limits=limits)
    if settings.auth_is_on:
        app.add_middleware(
            AuthMiddleware, directory=lambda: getattr(app.state, "keys", None), access=access,
            limiter=None if limits is None else limits.limiter,
        )  # fmt: skip
    # Outside of authentication: a preflight carries no key, and a refusal must be readable to the page.
    app.add_middleware(
        CorsMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["*"], allow_headers=["*"],
        expose_headers=EXPOSED,
    )  # fmt: skip
    if settings.trusted_hosts:
        app.add_middleware(TrustedHostsMiddleware, hosts=settings.trusted_hosts)
    app.add_middleware(
        CorrelationMiddleware, observer=observer, log=get_logger("tandem.access"), quiet=QUIET,
        security=security_headers.API,
    )  # fmt: skip
    offline_docs.install(app, title=f"{title} - API")
    if responses is not None:
        hosts = (
            TrustedHostsMiddleware(cast("App", app), hosts=settings.trusted_hosts)
            if settings.trusted_hosts
            else None
        )
        app.quick = QuickHits(
            Layers(
                responses=responses, observer=observer, log=get_logger("tandem.access"), security=security_headers.API,
                limits=limits, access=access, hosts=hosts,
                directory=(lambda: getattr(app.state, "keys", None)) if settings.auth_is_on else None,
            ),
        )  # fmt: skip
    return app
