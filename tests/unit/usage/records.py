"""Usage records for tests."""

import datetime as dt
import json
from dataclasses import fields
from uuid import UUID, uuid4

from tandem.usage.events import UsageEvent
from tandem.usage.line import encode, line_of, record_in

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


def line(event):
    """The line of an event."""
    return line_of(encode(event))


def event_of(told):
    """The event that was written as a record."""
    values = dict(zip([field.name for field in fields(UsageEvent)], json.loads(told), strict=True))
    return UsageEvent(**values | {"id": UUID(values["id"]), "at": dt.datetime.fromisoformat(values["at"])})


def read(told):
    """The event in a line without its newline; None for one that is torn."""
    found = record_in(told)
    return None if found is None else event_of(found)
