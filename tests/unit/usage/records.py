"""Usage records for tests."""

import datetime as dt
from uuid import uuid4

from tandem.usage.events import UsageEvent

NOW = dt.datetime(2026, 3, 18, 12, 0, tzinfo=dt.UTC)


def record(**changes):
    """A successful attempt that cost 100 micro-dollars."""
    values = {
        "id": uuid4(), "at": NOW, "user": "default", "key": None, "endpoint": "/chat", "request_id": uuid4().hex,
        "asked": "deepseek-chat", "provider": "openrouter", "model": "deepseek/deepseek-chat", "prompt_tokens": 10,
        "completion_tokens": 20, "cost": 100, "estimated": False, "latency_ms": 500, "first_token_ms": 50,
        "outcome": "ok", "streamed": True,
    }  # fmt: skip
    return UsageEvent(**(values | changes))
