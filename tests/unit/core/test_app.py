"""What every service has: an OpenAPI document that holds, docs from its own origin, errors in JSON."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from tandem.core.settings import Settings
from tandem.pomodoro.app import create_app as pomodoro
from tandem.tokimeki.app import create_app as tokimeki

OPEN = {"/livez", "/readyz", "/health", "/api/health"}
"""What answers without a key."""

KEPT = ("/api/analysis", "/api/theme-recommendation/{date}", "/models", "/api/v1/stocks/{symbol}/indicators")
"""Some of the routes whose answers are kept, of either service."""


@pytest.fixture(params=[pomodoro, tokimeki], ids=["pomodoro", "tokimeki"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> FastAPI:
    """Each service, not started: none of this needs a database."""
    return request.param(Settings(_env_file=None, home=tmp_path, auth="off"))


async def ask(app: FastAPI, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.request(method, path, headers=headers)


def references(node: Any) -> Iterator[str]:
    """Every $ref below ``node``."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_of_the_document_resolves(app: FastAPI) -> None:
    """A client generated from it finds all that it names."""
    document = app.openapi()
    found = set(references(document))
    assert found
    for reference in found:
        assert reference.startswith("#/")
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_operation_names_what_the_layers_above_it_refuse(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            answers = operation["responses"].keys()
            if path not in OPEN:
                assert {"401", "503"} <= answers, path
            if "health" not in operation["tags"]:
                assert {"403", "429"} <= answers, path
            if "requestBody" in operation:
                assert {"400", "413", "415"} <= answers, path


def test_every_kept_answer_names_what_only_if_cached_gets(app: FastAPI) -> None:
    """504 from a route whose answers are kept, and none from one that is never kept."""
    paths = app.openapi()["paths"]
    kept = [path for path in KEPT if path in paths]
    assert kept
    for path in kept:
        told = paths[path]["get"]["responses"]["504"]
        assert "only-if-cached" in told["description"]
        assert told["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    for path in ("/livez", "/metrics", "/api/v1/monitoring/overview"):
        assert "504" not in paths[path]["get"]["responses"]


def test_chat_under_its_old_path_names_the_404_of_an_unknown_conversation(tmp_path: Path) -> None:
    document = tokimeki(Settings(_env_file=None, home=tmp_path, auth="off")).openapi()
    assert "404" in document["paths"]["/chat"]["post"]["responses"]


def test_every_chat_names_the_402_of_a_spent_budget(tmp_path: Path) -> None:
    paths = tokimeki(Settings(_env_file=None, home=tmp_path, auth="off")).openapi()["paths"]
    for path in ("/chat", "/api/v1/chat", "/api/v1/chat/stream", "/v1/chat/completions"):
        assert "402" in paths[path]["post"]["responses"], path


async def test_the_docs_repeat_no_host(app: FastAPI) -> None:
    """What the page loads is named by its path, whatever Host was sent, and is there."""
    page = await ask(app, "/docs", host="elsewhere.example")
    assert page.status_code == 200
    assert "elsewhere" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for path in loaded:
        assert path.startswith("/")
        assert (await ask(app, path)).status_code == 200
    assert "flex-wrap" in (await ask(app, "/swagger/swagger-ui.css")).text[-200:], "readable on a telephone"


@pytest.mark.parametrize("path", ["/api/health/", "/metrics/", "/api/sessions/", "/nothing/"])
async def test_a_slash_too_many_is_404_in_json(app: FastAPI, path: str) -> None:
    """It is no route, and nobody is sent elsewhere with an empty body."""
    answer = await ask(app, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_refused_preflight_says_why_in_json(app: FastAPI) -> None:
    """400 in the shape of every error."""
    wanted = {"origin": "https://unknown.example", "access-control-request-method": "GET"}
    answer = await ask(app, "/api/health", "OPTIONS", **wanted)
    assert answer.status_code == 400
    assert answer.json()["code"] == "cors_refused"
    assert "origin" in answer.json()["error"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "access-control-allow-origin" not in answer.headers
