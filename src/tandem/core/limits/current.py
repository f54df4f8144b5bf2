"""On whose account the current request asks, for code far below the web layer; set on routes that ask a model."""

from contextvars import ContextVar
from typing import Final

from fastapi import Request

from tandem.core.limits.admission import ADMISSION, Admission
from tandem.core.limits.caller import Caller

CALLER: Final[ContextVar[Caller | None]] = ContextVar("tandem_limits_caller", default=None)
"""None outside of a counted request: nothing is limited there."""


async def hold_stream(request: Request) -> None:
    """Take a place among the caller's streams until the answer is over; raises TooManyRequestsError.

    For endpoints that learn from the body whether they stream; routes that always do are declared so.
    """
    admission: Admission | None = request.scope.get(ADMISSION)
    if admission is not None:
        await admission.stream()
