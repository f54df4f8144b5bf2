"""The part of ``create_app`` that is the same for every service."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_swagger import patch_fastapi

from tandem import __version__
from tandem.core import problems
from tandem.core.middleware import security_headers
from tandem.core.middleware.body_limit import BodyLimitMiddleware
from tandem.core.middleware.correlation import CorrelationMiddleware, Observer
from tandem.core.middleware.head import HeadMiddleware
from tandem.core.observability.logger import get_logger
from tandem.core.settings import Settings

QUIET = frozenset({"/metrics", "/livez", "/readyz"})
"""Probes and scrapes come every few seconds; they are counted but not logged."""

EXPOSED = ("X-Request-ID", "X-Ignored-Parameters", "X-Cache", "X-Data-As-Of", "Age", "Retry-After", "ETag", "X-Stream-ID")


class Lifespan(Protocol):
    """Opens and closes what an app needs."""

    def __call__(self, app: FastAPI) -> AbstractAsyncContextManager[None]:
        """Return the context in which ``app`` serves."""


def build(  # noqa: PLR0913 - what one service is made of
    settings: Settings, *, title: str, description: str, lifespan: Lifespan, observer: Observer,
    uploads: Mapping[str, int], tags: list[dict[str, Any]],
) -> FastAPI:  # fmt: skip
    """Return an app with correlation, error bodies, body limits, CORS and offline docs, and no route yet.

    Needs no environment, opens nothing: everything with I/O happens in ``lifespan``.
    """
    app = FastAPI(
        title=title, version=__version__, description=description, lifespan=lifespan, openapi_tags=tags,
        docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None,
    )  # fmt: skip
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, limit=settings.max_body, uploads=uploads)
    app.add_middleware(
        CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["*"], allow_headers=["*"],
        expose_headers=EXPOSED,
    )  # fmt: skip
    app.add_middleware(
        CorrelationMiddleware, observer=observer, log=get_logger("tandem.access"), quiet=QUIET,
        security=security_headers.API,
    )  # fmt: skip
    # Swagger UI comes from a wheel, so that /docs works without a network.
    patch_fastapi(app, docs_url="/docs", redirect_from_root_to_docs=False, title=f"{title} - API")
    return app
