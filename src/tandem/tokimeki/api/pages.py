"""Plain pages for people: chat, monitoring, platforms."""

from importlib import resources
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from tandem.core.errors import NotFoundError

router = APIRouter(include_in_schema=False)

_FILES: Final = resources.files("tandem.tokimeki") / "pages"
_TYPES: Final = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript", ".html": "text/html"}
_STATIC: Final = frozenset({"icon.svg", "style.css", "chat.js", "monitoring.js", "overview.js", "table.js"})

_POLICY: Final = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'"
}


def _page(name: str) -> Response:
    kind = _TYPES[name[name.rindex(".") :]]
    return Response(_FILES.joinpath(name).read_bytes(), media_type=f"{kind}; charset=utf-8", headers=_POLICY)


@router.get("/")
async def index() -> Response:
    """Chat and comparison."""
    return _page("index.html")


@router.get("/monitoring")
async def monitoring() -> Response:
    """What was asked and what it cost."""
    return _page("monitoring.html")


@router.get("/ai-platform-comparison")
async def platforms() -> Response:
    """How each platform is reached."""
    return _page("platforms.html")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """The pages' own style and scripts."""
    if name not in _STATIC:
        raise NotFoundError("there is no such file")
    return _page(name)
