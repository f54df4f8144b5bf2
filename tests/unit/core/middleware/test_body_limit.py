"""A body that is too large is refused with an answer that the client gets to read."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from tandem.core.middleware.body_limit import BodyLimitMiddleware

LIMIT = 10
KIB = b"x" * 1024


async def _refused(messages: Iterator[dict[str, Any]], headers: list[tuple[bytes, bytes]]) -> int:
    """Send ``messages`` to a route that reads its body; return the status of the refusal."""

    async def reads_all(_scope: object, receive: Any, _send: object) -> None:
        while (await receive())["more_body"]:
            pass

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(_message: object) -> None: ...

    scope: Any = {"type": "http", "path": "/", "headers": headers}
    with pytest.raises(HTTPException) as refusal:
        await BodyLimitMiddleware(reads_all, limit=LIMIT, uploads={})(scope, receive, send)
    return refusal.value.status_code


def _body(parts: int, part: bytes = KIB) -> Iterator[dict[str, Any]]:
    return iter([{"type": "http.request", "body": part, "more_body": at < parts - 1} for at in range(parts)])


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"3072")]], ids=["chunked", "declared"])
async def test_the_rest_of_a_refused_body_is_read_away(headers):
    messages = _body(3)
    assert await _refused(messages, headers) == 413
    assert next(messages, None) is None


async def test_a_body_without_end_is_not_read_to_its_end():
    messages = _body(40, b"x" * 1024 * 1024)
    assert await _refused(messages, []) == 413
    assert len(list(messages)) > 20


async def test_a_body_declared_far_too_large_is_not_read_at_all():
    messages = _body(2)
    assert await _refused(messages, [(b"content-length", b"1000000000")]) == 413
    assert len(list(messages)) == 2
