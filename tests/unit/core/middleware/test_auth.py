"""The layer that asks for keys, with a directory that knows three of them."""

import json

import pytest

from tandem.core.auth.access import Access
from tandem.core.auth.directory import KeysUnavailableError
from tandem.core.auth.scopes import IDENTITY, Identity
from tandem.core.middleware.auth import AuthMiddleware, path_of, presented
from unit.core.limits.desk import Desk

ACCESS = Access(open=("GET /page",), write=("POST /v1/chat/completions", "POST /x"), admin=("POST /manage",))


class Directory:
    """Knows a key per scope; the key ``away`` cannot be checked."""

    async def identify(self, text):
        if text == "away":
            raise KeysUnavailableError("not now", retry_after=2)
        return Identity("ann", f"id-{text}", text) if text in ("read", "write", "admin") else None


async def ask(method="GET", path="/x", key=None, directory=Directory, *, headers=(), limiter=None, **more):
    """Return (status, headers, body) and the scope in which the app was called, None if it was not."""
    inner, sent = [], []

    async def app(scope, receive, send):
        inner.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("the body of a refused request is not read")

    if key is not None:
        headers = [(b"authorization", f"Bearer {key}".encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": list(headers),
        "query_string": b"",
        **more,
    }
    known = directory() if directory else None
    layer = AuthMiddleware(app, directory=lambda: known, access=ACCESS, limiter=limiter)
    await layer(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, json.loads(sent[1]["body"]), (inner[0] if inner else None)


@pytest.mark.parametrize(
    ("held", "method", "path", "status"),
    [
        (None, "GET", "/livez", 200), (None, "HEAD", "/page", 200), (None, "GET", "/x", 401), (None, "POST", "/x", 401),
        ("read", "GET", "/x", 200), ("read", "HEAD", "/x", 200), ("read", "POST", "/x", 403), ("read", "POST", "/manage", 403),
        ("write", "POST", "/x", 200), ("write", "POST", "/manage", 403), ("admin", "POST", "/manage", 200),
        ("write", "PUT", "/unnamed", 403), ("admin", "PUT", "/unnamed", 200), ("nonsense", "GET", "/x", 401),
        ("away", "GET", "/x", 503), ("away", "GET", "/livez", 200),
    ],
)  # fmt: skip
async def test_who_may_do_what(held, method, path, status):
    """The app is called exactly when the key allows it, and then knows who calls."""
    got, _, _, scope = await ask(method, path, held)
    assert got == status
    assert (scope is not None) is (status == 200)
    if scope is not None and held in ("read", "write", "admin"):
        assert scope[IDENTITY] == Identity("ann", f"id-{held}", held)


async def test_refusals_say_what_is_missing_and_nothing_else():
    """Statuses, codes and WWW-Authenticate as RFC 6750 wants; the key that was shown is not repeated."""
    _, headers, body, _ = await ask()
    assert (headers["www-authenticate"], body["code"]) == ('Bearer realm="tandem"', "unauthorized")
    assert {"error", "code", "request_id"} == set(body)
    _, headers, body, _ = await ask(key="tdm_secret")
    assert headers["www-authenticate"] == 'Bearer realm="tandem", error="invalid_token"'
    assert {"error", "code", "request_id"} == set(body)
    assert "tdm_secret" not in json.dumps([headers, body])
    _, headers, body, _ = await ask("POST", "/manage", "write")
    assert headers["www-authenticate"] == 'Bearer realm="tandem", error="insufficient_scope", scope="admin"'
    assert body["code"] == "forbidden"
    _, headers, body, _ = await ask(key="away")
    assert (headers["retry-after"], body["code"]) == ("2", "keys_unavailable")


async def test_keys_cannot_be_tried_without_end():
    """An address that shows no valid key is counted; who shows one is not its account, nor is another address."""
    limiter = Desk(limit_requests=3).limiter
    stranger = {"limiter": limiter, "client": ("203.0.113.9", 1)}
    tried = [await ask(key=key, **stranger) for key in ("a", None, "b", "c")]
    assert [status for status, *_ in tried] == [401, 401, 401, 429]
    _, headers, body, scope = tried[-1]
    assert (int(headers["retry-after"]) > 0, body["code"], scope) == (True, "too_many_requests", None)
    assert headers["ratelimit"].startswith('"requests";r=0;')
    assert (await ask(key="read", **stranger))[0] == 200
    assert (await ask(key="d", limiter=limiter, client=("203.0.113.10", 1)))[0] == 401
    assert (await ask(path="/livez", **stranger))[0] == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/metrics"), ("OPTIONS", "/x")])
async def test_nor_where_those_with_a_key_are_not_counted(method, path):
    """What is free for callers with a key tells a stranger as well which keys are good: it counts for the address."""
    limiter = Desk(limit_requests=3).limiter
    stranger = {"limiter": limiter, "client": ("203.0.113.9", 1)}
    tried = [await ask(method, path, key, **stranger) for key in ("a", None, "b", "c")]
    assert [status for status, *_ in tried] == [401, 401, 401, 429]
    assert (await ask("GET", "/metrics", "read", **stranger))[0] == 200
    assert (await ask(path="/livez", **stranger))[0] == 200


async def test_a_key_cannot_ask_without_end_for_what_it_does_not_allow():
    """A 403 is counted by the key that was shown, wherever it comes from, and beyond the limit is a 429."""
    limiter = Desk(limit_requests=3).limiter
    tried = [await ask("POST", "/x", "read", limiter=limiter, client=(f"203.0.113.{n}", 1)) for n in range(4)]
    assert [status for status, *_ in tried] == [403, 403, 403, 429]
    assert (tried[-1][2]["code"], tried[-1][3]) == ("too_many_requests", None)
    assert (await ask("POST", "/x", "write", limiter=limiter, client=("203.0.113.0", 1)))[0] == 200
    assert (await ask("POST", "/x", "nonsense", limiter=limiter, client=("203.0.113.0", 1)))[0] == 401


async def test_openais_clients_are_refused_in_their_shape():
    """Below /v1/ the error is an object."""
    status, _, body, _ = await ask("POST", "/v1/chat/completions", "read")
    assert (status, body["error"]["type"], body["error"]["param"]) == (403, "forbidden", None)


async def test_nobody_is_let_in_before_the_start():
    """A server that does not wait for the lifespan opens no door."""
    assert (await ask(key="admin", directory=None))[0] == 503


async def test_a_prefix_does_not_open_another_door():
    """Behind a proxy that keeps its prefix the rules hold for the path after it."""
    assert (await ask("POST", "/api/x", "write", root_path="/api"))[0] == 200
    assert (await ask("GET", "/api/page", root_path="/api"))[0] == 200
    assert (await ask("GET", "/apiary/page", root_path="/api"))[0] == 401


async def test_a_line_break_at_the_end_does_not_open_another_door():
    """The router takes `/manage%0A` for `/manage`; so does the rule."""
    layer = Access(admin=("GET /manage",))
    assert layer.needed("GET", path_of({"path": "/manage\n"})) == "admin"
    assert layer.needed("GET", path_of({"path": "/api/manage\n", "root_path": "/api"})) == "admin"
    assert (await ask("POST", "/manage\n", "write"))[0] == 403
    assert (await ask("GET", "/x\n"))[0] == 401


async def test_other_protocols_are_closed():
    """A websocket that somebody adds later is not open by accident."""
    sent = []

    async def send(message):
        sent.append(message)

    middleware = AuthMiddleware(None, directory=Directory, access=ACCESS)
    await middleware({"type": "websocket", "path": "/", "headers": []}, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([], None), ([(b"authorization", b"Bearer abc")], "abc"), ([(b"authorization", b"bearer   abc ")], "abc"),
        ([(b"x-api-key", b" abc ")], "abc"), ([(b"x-api-key", b"")], None), ([(b"authorization", b"Basic abc")], None),
        ([(b"authorization", b"Basic abc"), (b"x-api-key", b"k")], "k"), ([(b"authorization", b"Bearer a b")], "a b"),
        ([(b"x-api-key", b"k"), (b"authorization", b"Bearer abc")], "abc"), ([(b"authorization", b"Bearer")], None),
        ([(b"authorization", b"Bearer \xff\xfe")], "\xff\xfe"),
    ],
)  # fmt: skip
def test_where_a_key_may_stand(headers, key):
    """A bearer token before X-API-Key; other schemes are not ours."""
    assert presented(headers) == key
