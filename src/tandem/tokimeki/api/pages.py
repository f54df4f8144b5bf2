"""Plain pages for people: chat, stocks, monitoring, platforms.

A page is a file with its ``main``; all share one head. Pages hold no data and need no key: what their scripts ask for may, and
then the head asks for it.
"""

from importlib import resources
from string import Template
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from tandem.core.errors import NotFoundError

router = APIRouter(include_in_schema=False)

_FILES: Final = resources.files("tandem.tokimeki") / "pages"
_KINDS: Final = {
    "icon.svg": "image/svg+xml", "style.css": "text/css", "chat.js": "text/javascript", "key.js": "text/javascript",
    "monitoring.js": "text/javascript", "overview.js": "text/javascript", "table.js": "text/javascript",
    "stocks.js": "text/javascript", "cache.js": "text/javascript",
}  # fmt: skip
_LINKS: Final = {
    "/": "Chat", "/stocks": "Stocks", "/monitoring": "Monitoring", "/ai-platform-comparison": "Platforms", "/docs": "API",
}  # fmt: skip

_STATIC: Final = {name: _FILES.joinpath(name).read_bytes() for name in _KINDS}
"""Read once: no request waits for a disk."""

_POLICY: Final = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}


def _page(name: str, path: str, title: str) -> bytes:
    links = "".join(
        f'<a href="{to}"{" aria-current=page" if to == path else ""}>{text}</a>'
        for to, text in _LINKS.items()
    )
    head = Template(_FILES.joinpath("head.html").read_text("utf-8")).substitute(title=title, links=links)
    return head.encode() + _FILES.joinpath(name).read_bytes()


_INDEX: Final = _page("index.html", "/", "Tokimeki")
_STOCKS: Final = _page("stocks.html", "/stocks", "Tokimeki: stocks")
_MONITORING: Final = _page("monitoring.html", "/monitoring", "Tokimeki: monitoring")
_PLATFORMS: Final = _page("platforms.html", "/ai-platform-comparison", "Tokimeki: platforms")


@router.get("/")
async def index() -> Response:
    """Chat and comparison."""
    return _answer(_INDEX, "text/html")


@router.get("/stocks")
async def stocks() -> Response:
    """Prices beside each other, and back-tests."""
    return _answer(_STOCKS, "text/html")


@router.get("/monitoring")
async def monitoring() -> Response:
    """What was asked and what it cost."""
    return _answer(_MONITORING, "text/html")


@router.get("/ai-platform-comparison")
async def platforms() -> Response:
    """How each platform is reached."""
    return _answer(_PLATFORMS, "text/html")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """The pages' own style and scripts."""
    if name not in _STATIC:
        raise NotFoundError("there is no such file")
    return _answer(_STATIC[name], _KINDS[name])


def _answer(content: bytes, kind: str) -> Response:
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=_POLICY)
