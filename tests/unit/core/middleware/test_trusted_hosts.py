"""Only the names that the service is known by are answered."""

import pytest

from tandem.core.middleware.trusted_hosts import TrustedHostsMiddleware


@pytest.mark.parametrize(
    ("hosts", "path", "status"),
    [
        (["api.example.org"], "/x", 200), (["API.example.org:8080"], "/x", 200), (["a.tandem.test"], "/x", 200),
        (["tandem.test"], "/x", 400), (["evil.org"], "/x", 400), (["api.example.org.evil.org"], "/x", 400), ([], "/x", 400),
        (["api.example.org", "evil.org"], "/x", 400), (["[::1]:80"], "/x", 200), (["10.0.0.7:8080"], "/livez", 200),
    ],
)  # fmt: skip
async def test_hosts(hosts, path, status):
    """Ports and case do not matter; probes come by address."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode()) for host in hosts]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
    middleware = TrustedHostsMiddleware(app, hosts=("api.example.org", "*.tandem.test", "[::1]"))
    await middleware(scope, None, send)
    assert sent[0]["status"] == status
