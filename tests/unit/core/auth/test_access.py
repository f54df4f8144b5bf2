"""Which route needs which key, and that none was forgotten."""

from itertools import product

import pytest
from fastapi.routing import iter_route_contexts

from tandem.core.auth.access import Access
from tandem.core.auth.scopes import SCOPES, allows, highest
from tandem.core.settings import Settings
from tandem.pomodoro import access as pomodoro_access
from tandem.pomodoro import app as pomodoro
from tandem.tokimeki import access as tokimeki_access
from tandem.tokimeki import app as tokimeki

SERVICES = {"pomodoro": (pomodoro, pomodoro_access.ACCESS), "tokimeki": (tokimeki, tokimeki_access.ACCESS)}

RULES = Access(
    open=("GET /", "GET /static/{name}"), read=("POST /estimate",), write=("POST /items/{id}", "POST /ask*"),
    admin=("GET /budgets", "POST /cache/*", "POST /items/all"),
)  # fmt: skip


def test_a_scope_allows_what_the_lesser_ones_do():
    """Admin implies write implies read."""
    for (least, needed), (most, held) in product(enumerate(SCOPES), repeat=2):
        assert allows(held, needed) is (most >= least)
    assert highest(["read", "admin", "write"]) == "admin"
    assert highest(["owner", "read"]) == "read"
    assert highest(["owner"]) is None


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("GET", "/livez", "open"), ("GET", "/readyz", "open"), ("GET", "/health", "open"), ("GET", "/api/health", "open"),
        ("HEAD", "/livez", "open"), ("POST", "/livez", "admin"), ("GET", "/livez/", "read"), ("GET", "/metrics", "read"),
        ("GET", "/", "open"), ("GET", "/static/style.css", "open"), ("GET", "/static/a/b", "read"),
        ("GET", "/static/", "read"), ("GET", "/anything", "read"), ("HEAD", "/anything", "read"),
        ("POST", "/estimate", "read"), ("POST", "/items/1", "write"), ("POST", "/items/all", "admin"),
        ("POST", "/items/1/more", "admin"), ("POST", "/ask", "write"), ("POST", "/ask_playbook", "write"),
        ("GET", "/budgets", "admin"), ("HEAD", "/budgets", "admin"), ("GET", "/budgets/", "read"),
        ("POST", "/cache/clear", "admin"), ("POST", "/nowhere", "admin"), ("DELETE", "/items/1", "admin"),
        ("OPTIONS", "/items/1", "admin"), ("PATCH", "/%2e%2e/items/1", "admin"), ("POST", "/estimate\n", "admin"),
    ],
)  # fmt: skip
def test_rules(method, path, need):
    """Exact before patterns; what nobody named is decided on the safe side."""
    assert RULES.needed(method, path) == need


def test_a_contradiction_is_found():
    """The same route cannot need two things."""
    with pytest.raises(ValueError, match="POST /x is declared twice"):
        Access(read=("POST /x",), admin=("POST /x",))


def routes_of(app):
    """Every way into the app."""
    return {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in getattr(context.original_route, "methods", None) or {"(mounted)"}
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_of_a_service_is_classified(name, tmp_path):
    """GET is a read unless it is named; every other method must be named in the service's access.py."""
    module, access = SERVICES[name]
    routes = routes_of(module.create_app(Settings(auth="off", home=tmp_path)))
    assert len(routes) > 20
    forgotten = {
        f"{method} {path}" for method, path in routes
        if method not in ("GET", "HEAD") and access.declared(method, path) is None
    }  # fmt: skip
    assert not forgotten
    opened = {path for method, path in routes if access.needed(method, path) == "open"}
    pages = (
        {"/", "/stocks", "/monitoring", "/ai-platform-comparison", "/static/{name}"}
        if name == "tokimeki"
        else set()
    )
    assert opened <= {"/livez", "/readyz", "/health", "/api/health"} | pages
    assert {"/livez", "/readyz", "/health"} <= opened


@pytest.mark.parametrize(
    ("name", "method", "path", "need"),
    [
        ("pomodoro", "POST", "/api/predict-quality", "read"), ("pomodoro", "POST", "/api/sessions", "write"),
        ("pomodoro", "DELETE", "/api/sessions/0f", "write"), ("pomodoro", "POST", "/api/train", "write"),
        ("pomodoro", "POST", "/api/ai/invalidate-cache", "write"), ("pomodoro", "POST", "/api/cache/clear", "admin"),
        ("pomodoro", "GET", "/api/sessions/export", "read"), ("pomodoro", "GET", "/metrics", "read"),
        ("tokimeki", "POST", "/chat", "write"), ("tokimeki", "POST", "/v1/chat/completions", "write"),
        ("tokimeki", "POST", "/api/reset-stats", "admin"), ("tokimeki", "POST", "/api/cache-clear", "admin"),
        ("tokimeki", "PUT", "/api/v1/budgets/user/ann/month", "admin"), ("tokimeki", "GET", "/api/v1/budgets", "admin"),
        ("tokimeki", "GET", "/models", "read"), ("tokimeki", "GET", "/v1/models/a/b", "read"),
        ("tokimeki", "DELETE", "/api/v1/chat/streams/x/lanes/0", "write"),
    ],
)  # fmt: skip
def test_what_the_routes_need(name, method, path, need):
    """Reads read, writes and model calls write, management admin."""
    assert SERVICES[name][1].needed(method, path) == need
