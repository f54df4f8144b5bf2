"""A usage record as one line of a spill file.

``crc32 of the JSON in hex, blank, JSON, newline``. The sum tells a line that was torn by a crash, wherever in the
file it is. Values are made fit for PostgreSQL here, once, so that no record can ever be refused there: on its way into the
table the JSON is not looked into again.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import orjson

from tandem.usage.events import UsageEvent

LONGEST_NAME: Final = 200
"""Characters kept of a name that a client may have invented."""

_MOST: Final = 2**31 - 1
_MOST_COST: Final = 2**62


def encode(event: UsageEvent) -> bytes:
    """Return ``event`` as a record: a JSON array of its fields in their order, which is that of the table's columns.

    Names are cut, figures clamped to what the table holds.
    """
    names: Sequence[str] = (
        event.user, event.key or "", event.endpoint, event.request_id, event.asked, event.provider, event.model,
    )  # fmt: skip
    together = "".join(names)
    if len(together) > LONGEST_NAME or not together.isascii() or "\x00" in together:
        names = [_name(name) for name in names]
    user, key, endpoint, request_id, asked, provider, model = names
    return orjson.dumps(
        [
            event.id, event.at.astimezone(dt.UTC), user, None if event.key is None else key, endpoint, request_id,
            asked, provider, model, _count(event.prompt_tokens), _count(event.completion_tokens), _cost(event.cost),
            event.estimated, _count(event.latency_ms),
            None if event.first_token_ms is None else _count(event.first_token_ms), event.outcome,
            event.streamed, _count(event.attempt),
        ]
    )  # fmt: skip


def line_of(record: bytes) -> bytes:
    """Return the line that holds ``record``."""
    return b"%08x %b\n" % (crc32(record), record)


def record_in(line: bytes) -> bytes | None:
    """Return the record that :func:`encode` made of what is in ``line`` (without its newline), None if the line is torn."""
    if line[8:11] != b' ["':
        return None
    record = line[9:]
    try:
        return record if int(line[:8], 16) == crc32(record) else None
    except ValueError:
        return None


def _name(value: str) -> str:
    # PostgreSQL holds no NUL, JSON no half of a surrogate pair.
    return value[:LONGEST_NAME].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _count(value: int) -> int:
    return value if 0 <= value <= _MOST else max(0, min(_MOST, value))


def _cost(value: int | None) -> int | None:
    return None if value is None else max(0, min(_MOST_COST, int(value)))
