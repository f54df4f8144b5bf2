"""The answer of a layer above the router to a request that goes no further, in the shape of the API that was asked."""

from collections.abc import Mapping
from typing import cast

from fastapi import Request

from tandem.core import problems
from tandem.core.errors import TandemError
from tandem.core.limits.caller import Refusal
from tandem.core.middleware.correlation import App, Receive, Scope, Send


async def refuse(
    error: TandemError, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer ``error`` with ``headers``."""
    content = problems.body(error.message, error.code, **error.extra)
    answer = cast("App", problems.answer(Request(scope), error.status, content, dict(headers)))
    await answer(scope, receive, send)


async def refuse_more(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer somebody who asks too much."""
    headers = {name.decode(): value.decode("latin-1") for name, value in refusal.headers}
    await refuse(refusal.error, headers, scope, receive, send)
