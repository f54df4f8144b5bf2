"""The page `/docs`, out of a wheel, so that it works without a network, and the document that it shows."""

import asyncio
from importlib.resources import files
from typing import Any, Final

import orjson
from fastapi import FastAPI, HTTPException, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response

_KINDS: Final = {
    "swagger-ui-bundle.js": "application/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}

_NARROW: Final = (
    b"\n.swagger-ui .opblock-tag { flex-wrap: wrap; }\n.swagger-ui .opblock-tag small { min-width: 12em; }\n"
)
"""Swagger UI squeezes a tag's description beside its name, on a telephone into one letter a line."""

PATH: Final = "/openapi.json"


def install(app: FastAPI, *, title: str) -> None:
    """Serve Swagger UI for ``app`` under `/docs`; everything it loads comes from the same origin, by its path.

    ``app`` was made without a path for its document (``openapi_url=None``): the framework writes it on the event loop, where
    everybody would wait for it for a second. Here a thread writes it when it is first asked for: the others are slower meanwhile.
    """
    document = _Document(app)
    app.openapi_url = PATH

    @app.get(PATH, include_in_schema=False)
    async def openapi(request: Request) -> Response:
        body = await document.below(request.scope.get("root_path", "").rstrip("/"))
        return Response(body, media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        script, style, icon = (f"{root}/swagger/{name}" for name in _KINDS)
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}", title=title, swagger_js_url=script, swagger_css_url=style,
            swagger_favicon_url=icon,
            swagger_ui_parameters={
                "tryItOutEnabled": True, "persistAuthorization": True, "filter": True, "displayRequestDuration": True,
            },
        )  # fmt: skip

    @app.get("/swagger/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in _KINDS:
            raise HTTPException(404)
        # The files alone are taken from the wheel: its own page writes addresses out of whatever Host was sent.
        content = (files("fastapi_swagger.resources") / name).read_bytes()
        if name.endswith(".css"):
            content += _NARROW
        return Response(content, media_type=_KINDS[name])


class _Document:
    """The OpenAPI document of an app, as it is sent; written once, whoever asks meanwhile waits."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._writing = asyncio.Lock()
        self._body = b""

    async def below(self, root: str) -> bytes:
        """Return the document for callers who see the app below the path ``root``, usually empty."""
        body = self._body or await self._written()
        if not root:
            return body
        document: dict[str, Any] = orjson.loads(body)
        return orjson.dumps(document | {"servers": [{"url": root}, *document.get("servers", ())]})

    async def _written(self) -> bytes:
        async with self._writing:
            if not self._body:
                self._body = await asyncio.to_thread(self._write)
            return self._body

    def _write(self) -> bytes:
        body = orjson.dumps(self._app.openapi())
        # Ten times as large as what is sent.
        self._app.openapi_schema = None
        return body
