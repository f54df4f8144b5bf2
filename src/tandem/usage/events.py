"""One append-only record per attempt to have a model answer."""

import datetime as dt
from typing import Literal
from uuid import UUID

from tandem.core.values import value

UsageOutcome = Literal[
    "ok", "cached", "timeout", "rate_limited", "unavailable", "rejected", "bad_answer", "broken_stream", "cancelled",
    "shutdown", "circuit_open", "queue_full", "not_configured", "budget",
]  # fmt: skip


@value(frozen=True, slots=True)
class UsageEvent:
    """What one attempt cost and brought.

    ``id`` makes writing it twice harmless. ``asked`` is the model key that the caller named, ``model`` the provider's own
    id. ``cost`` is in integer micro-dollars, None when the price is unknown; ``estimated`` when tokens were counted
    by us. ``latency_ms`` is the whole attempt, ``first_token_ms`` None when there was none. ``attempt`` counts the
    attempts of one call from 1, whoever is asked: calls are counted by their first. No text is recorded.
    """

    id: UUID
    at: dt.datetime
    user: str
    key: str | None
    endpoint: str
    request_id: str
    asked: str
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: int | None
    estimated: bool
    latency_ms: int
    first_token_ms: int | None
    outcome: UsageOutcome
    streamed: bool
    attempt: int = 1
