"""Bodies whose client leaves before they are whole."""

import pytest
from fastapi import Request

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
