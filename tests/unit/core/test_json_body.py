"""Bodies whose client leaves before they are whole."""

import httpx2
import pytest
from fastapi import FastAPI, Request

from tandem.core import problems
from tandem.core.disconnect import ClientLeftError
from tandem.core.json_body import json_body
from tandem.pomodoro.api.recommendations import QualityBody, quality_body

READERS = [quality_body, json_body(QualityBody), json_body(QualityBody, required=False)]


@pytest.mark.parametrize("read", READERS)
async def test_half_a_body_is_nobodys_error(read):
    """It is told apart from a failure of ours, which would be answered with 500, logged and counted."""
    parts = [{"type": "http.request", "body": b'{"hour":', "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return parts.pop(0)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(ClientLeftError):
        await read(Request(scope, receive))


async def test_who_closed_no_more_than_their_side_is_told_why():
    """In the shape of every error: a broken chunk ends a request, and its client may go on reading."""
    app = FastAPI()
    problems.install(app)

    @app.get("/half")
    async def half() -> None:
        raise ClientLeftError

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://service") as client:
        answer = await client.get("/half")
    assert (answer.status_code, answer.json()["code"]) == (499, "client_left")
    assert {"error", "request_id"} < answer.json().keys()
