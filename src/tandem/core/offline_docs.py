"""The page `/docs`, out of a wheel, so that it works without a network."""

from importlib.resources import files
from typing import Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response

_KINDS: Final = {
    "swagger-ui-bundle.js": "application/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}


def install(app: FastAPI, *, title: str) -> None:
    """Serve Swagger UI for ``app`` under `/docs`; everything it loads comes from the same origin, by its path."""

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
        return Response(content, media_type=_KINDS[name])
