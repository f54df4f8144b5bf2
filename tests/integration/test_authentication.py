"""Both services with authentication on: who gets in, as whom, and what the others are told."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from contract.service import Service as Pomodoro
from integration.tokimeki.serving import Service as Tokimeki
from integration.tokimeki.serving import Upstream
from tandem.core.auth import keys, repository
from tandem.core.clock import FixedClock
from tandem.core.database.pool import Database
from tandem.core.errors import ConfigurationError
from tandem.core.settings import Settings
from tandem.pomodoro.app import create_app

NOW = dt.datetime(2026, 3, 4, 10, 30, tzinfo=dt.UTC)
PROBES = ("/livez", "/readyz", "/health")


def work(dsn: str, action: Callable[[Database], Any]) -> Any:
    """Do something in the database."""

    async def run() -> Any:
        async with Database(dsn) as database:
            return await action(database)

    return asyncio.run(run())


@pytest.fixture(scope="module")
def dsn(postgres) -> Iterator[str]:
    """One database for both services."""
    context = postgres.new_database(postgres.template)
    with asyncio.Runner() as runner:
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def made(dsn: str) -> SimpleNamespace:
    """A key for each scope: `ann` reads, `bob` writes, `root` administrates."""

    async def make(database: Database) -> SimpleNamespace:
        insert = repository.insert
        return SimpleNamespace(
            read=await insert(database, "r", "ann", "read", now=NOW, expires_at=None),
            write=await insert(database, "w", "bob", "write", now=NOW, expires_at=None),
            admin=await insert(database, "a", "root", "admin", now=NOW, expires_at=None),
        )

    return work(dsn, make)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """A provider of models."""
    found = Upstream()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def services(dsn: str, made, upstream: Upstream, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Both of them."""
    homes = [tmp_path_factory.mktemp(name) for name in ("pomodoro", "tokimeki")]
    pomodoro = Pomodoro(dsn, NOW, homes[0], auth="on").start()
    tokimeki = Tokimeki(dsn, homes[1], upstream, auth="on")
    yield SimpleNamespace(pomodoro=pomodoro, tokimeki=tokimeki)
    tokimeki.stop()
    pomodoro.stop()


@pytest.fixture
def ask(services, made) -> Iterator[Callable[..., httpx2.Response]]:
    """Ask a service with the key of a scope: ``ask("pomodoro", "read", "GET", "/x")``."""
    with httpx2.Client(timeout=15, trust_env=False) as client:

        def asked(service: str, scope: str | None, method: str, path: str, **more: Any) -> httpx2.Response:
            headers = dict(more.pop("headers", {}))
            if scope is not None:
                headers["Authorization"] = f"Bearer {getattr(made, scope).text}"
            url = getattr(services, service).url + path
            return client.request(method, url, headers=headers, **more)

        yield asked


@pytest.mark.parametrize("service", ["pomodoro", "tokimeki"])
def test_only_probes_and_pages_are_open(ask, service):
    """Every other route answers 401, with everything that an answer of ours has."""
    for path in (*PROBES, *(["/api/health"] if service == "pomodoro" else ["/", "/static/style.css"])):
        assert ask(service, None, "GET", path).status_code == 200, path
    for method, path in (
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/no-such"),
        ("POST", "/chat"),
    ):
        answer = ask(service, None, method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), path
        assert answer.headers["www-authenticate"] == 'Bearer realm="tandem"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert ask(service, "read", "GET", "/metrics").status_code == 200
    assert ask(service, "read", "HEAD", "/metrics").status_code == 200
    assert ask(service, "read", "GET", "/no-such").status_code == 404


def test_a_read_key_cannot_write(ask):
    """403 names what is missing, and nothing happened."""
    session = {"preset": "deep_work", "category": "Learning"}
    refused = ask("pomodoro", "read", "POST", "/api/sessions", json=session)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert 'scope="write"' in refused.headers["www-authenticate"]
    assert ask("pomodoro", "read", "GET", "/api/sessions").json()["sessions"] == []
    assert ask("pomodoro", "read", "POST", "/api/predict-quality", json={}).status_code == 200
    assert ask("tokimeki", "write", "GET", "/api/v1/budgets").status_code == 403
    assert ask("tokimeki", "write", "POST", "/api/reset-stats").status_code == 403
    assert ask("tokimeki", "write", "GET", "/api/v1/budgets%0A").status_code == 403
    assert ask("tokimeki", "admin", "GET", "/api/v1/budgets").status_code == 200


def test_a_budget_is_for_a_key_that_is_there(ask, made):
    """One for a key with a slip in its id would hold nobody back."""
    limit = {"limit_micro_usd": 10**12}
    refused = ask("tokimeki", "admin", "PUT", f"/api/v1/budgets/key/{made.read.id}x/day", json=limit)
    assert refused.status_code == 404
    assert f"no API key {made.read.id}x" in refused.json()["error"]
    path = f"/api/v1/budgets/key/{made.read.id}/day"
    assert ask("tokimeki", "admin", "PUT", path, json=limit).json()["limit_micro_usd"] == 10**12
    assert ask("tokimeki", "admin", "DELETE", path).status_code == 204


def test_the_key_says_whose_data_it_is(ask):
    """X-User-ID counts from an admin key; another key's caller is told that it was ignored."""
    session = {"preset": "deep_work", "category": "Learning"}
    path = "/api/sessions"
    pretended = {"X-User-ID": "eva"}
    stored = ask("pomodoro", "write", "POST", path, json=session, headers=pretended)
    assert stored.status_code == 201
    assert stored.headers["x-ignored-parameters"] == "X-User-ID"

    def count(scope: str, **headers: str) -> int:
        return len(ask("pomodoro", scope, "GET", path, headers=headers).json()["sessions"])

    assert count("write") == 1
    assert count("admin") == 0
    assert count("admin", **pretended) == 0
    assert count("admin", **{"X-User-ID": "bob"}) == 1
    assert ask("pomodoro", "admin", "GET", path, headers={"X-User-ID": "no name"}).status_code == 400


def test_a_kept_answer_is_nobody_elses(ask):
    """What was computed for one user is given to no other key, whatever its headers say."""
    session = {"preset": "deep_work", "category": "Secret plans", "productivity_rating": 80}
    assert ask("pomodoro", "write", "POST", "/api/sessions", json=session).status_code == 201
    for path in ("/api/analysis", "/api/theme-productivity"):
        for scope, headers, seen in (
            ("write", {}, True), ("write", {}, True), ("read", {}, False), ("read", {"X-User-ID": "bob"}, False),
            ("admin", {}, False), ("admin", {"X-User-ID": "bob"}, True), ("write", {"X-User-ID": "ann"}, True),
            ("read", {}, False),
        ):  # fmt: skip
            answer = ask("pomodoro", scope, "GET", path, headers=headers)
            assert answer.status_code == 200
            assert ("Secret plans" in answer.text) is seen, (path, scope, headers)
            ignored = bool(headers) and scope != "admin"
            assert (answer.headers.get("x-ignored-parameters") == "X-User-ID") is ignored
        etag = ask("pomodoro", "write", "GET", path).headers.get("etag")
        assert ask("pomodoro", None, "GET", path, headers={"If-None-Match": etag or "*"}).status_code == 401


def test_either_header_will_do(services, made):
    """X-API-Key for clients that cannot send the other."""
    url = f"{services.pomodoro.url}/api/analysis"
    assert httpx2.get(url, headers={"X-API-Key": made.read.text}, trust_env=False).status_code == 200
    assert httpx2.get(url, headers={"X-API-Key": made.read.text[:-1]}, trust_env=False).status_code == 401
    assert httpx2.get(f"{url}?api_key={made.read.text}", trust_env=False).status_code == 401


def test_openais_clients_work_with_a_key_and_usage_names_it(ask, services, made, upstream):
    """Errors in OpenAI's shape, and the record of the call carries the key's id and its user."""
    upstream.answers()
    body = {"model": "mistral-small", "messages": [{"role": "user", "content": "Hi"}]}
    refused = ask("tokimeki", "read", "POST", "/v1/chat/completions", json=body)
    assert (refused.status_code, refused.json()["error"]["type"]) == (403, "forbidden")
    assert ask("tokimeki", None, "GET", "/v1/models").json()["error"]["type"] == "unauthorized"
    assert ask("tokimeki", "write", "POST", "/v1/chat/completions", json=body).status_code == 200
    assert ask("tokimeki", "write", "POST", "/chat", json={"message": "Hello"}).status_code == 200
    records = services.tokimeki.records("bob")
    assert [(record["user_id"], record["key_id"]) for record in records] == [("bob", made.write.id)] * 2
    as_other = ask(
        "tokimeki", "admin", "POST", "/chat", json={"message": "Hello"}, headers={"X-User-ID": "carl"}
    )
    assert as_other.status_code == 200
    assert [record["key_id"] for record in services.tokimeki.records("carl")] == [made.admin.id]


def test_usage_is_the_callers_own_but_for_an_admin(ask, made, upstream):
    """No key but an admin's tells who else asked, with which key and for how much."""
    upstream.answers()
    assert ask("tokimeki", "write", "POST", "/chat", json={"message": "Hello"}).status_code == 200

    def names(scope: str, query: str) -> list[str]:
        answer = ask("tokimeki", scope, "GET", f"/api/v1/usage?{query}")
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()["rows"]]

    assert names("write", "by=user") == names("write", "by=user&user=bob") == ["bob"]
    assert names("write", "by=key") == [made.write.id]
    for by in ("day", "model", "key", "user"):
        assert names("read", f"by={by}") == [], by
        assert names("read", f"by={by}&key={made.write.id}") == [], by
    refused = ask("tokimeki", "read", "GET", "/api/v1/usage?by=model&user=bob")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "bob" in names("admin", "by=user")
    assert names("admin", "by=user&user=bob") == ["bob"]


def test_a_page_may_ask_first_and_read_a_refusal(ask):
    """A preflight carries no key; a 401 says to the browser that its page may see it."""
    origin = {"Origin": "http://localhost:5000"}
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = ask("pomodoro", None, "OPTIONS", "/api/sessions", headers=origin | wanted)
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    refused = ask("pomodoro", None, "GET", "/api/sessions", headers=origin)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == origin["Origin"]
    assert ask("pomodoro", None, "OPTIONS", "/api/sessions").status_code == 401


def test_a_revoked_key_is_out_within_a_second(ask, dsn, services):
    """While the others go on."""
    new = work(dsn, lambda db: repository.insert(db, "x", "ann", "read", now=NOW, expires_at=None))
    url = f"{services.pomodoro.url}/api/analysis"
    with httpx2.Client(trust_env=False, headers={"X-API-Key": new.text}) as client:
        for status, change in ((200, None), (401, lambda db: repository.revoke(db, new.id, NOW))):
            if change is not None:
                work(dsn, change)
            began = time.monotonic()
            while client.get(url).status_code != status:
                assert time.monotonic() - began < 1
    assert ask("pomodoro", "read", "GET", "/api/analysis").status_code == 200


async def test_without_a_key_no_service_starts(database_url, tmp_path: Path):
    """The remedy is in the message; a schema that is there but empty of keys is enough to know."""
    app = create_app(Settings(auth="on", database_url=database_url, home=tmp_path), FixedClock(NOW))
    with pytest.raises(ConfigurationError, match="tandem keys create"):
        async with app.router.lifespan_context(app):
            pass


async def test_without_a_database_it_starts_and_lets_nobody_in(tmp_path: Path):
    """503 with the time to try again, never 200; the probes tell."""
    settings = Settings(auth="on", database_url="postgresql://nobody@127.0.0.1:1/x", home=tmp_path)
    app = create_app(settings, FixedClock(NOW))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client,
    ):
        answer = await client.get("/api/analysis", headers={"X-API-Key": keys.create().text})
        assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await client.get("/api/analysis")).status_code == 401
        assert (await client.get("/livez")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")


async def test_only_trusted_hosts_are_answered_when_some_are_named(database_url, tmp_path: Path):
    """400 in our shape."""
    settings = Settings(auth="off", database_url=database_url, home=tmp_path, trusted_hosts="api.example.org")
    app = create_app(settings, FixedClock(NOW))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client,
    ):
        refused = await client.get("/api/analysis")
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_host")
        assert (await client.get("/api/analysis", headers={"Host": "api.example.org:443"})).status_code == 200
