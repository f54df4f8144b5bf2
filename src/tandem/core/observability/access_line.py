"""The line that each finished request leaves.

It is paid with every request, so the event loop only notes what happened (:data:`Finished`); the thread that writes the log
puts the lines together from ready parts, many at once.
"""

import logging
from typing import Final

import orjson

from tandem.core.observability.log_lines import Stamp

Identifiers = tuple[str, str, str] | bytes
"""Request id, trace id, span id; or a ``traceparent`` of ours, whose trace id is the request id as well."""

Finished = tuple[float, str, str, int, float, Identifiers]
"""A request: when it ended (seconds since the epoch), method, raw path, status, how many seconds it took, identifiers."""

_LONGEST_PATH: Final = 500
_REMEMBERED: Final = 1_024
"""Method, path and status of lines whose parts are kept."""


class AccessLines:
    """Makes ``request_completed`` lines of one service. For one thread at a time."""

    def __init__(self, service: str, stamp: Stamp, *, text: bool = False) -> None:
        """Write JSON in the contract's shape, or short text."""
        self._service = service
        self._stamp = stamp.of
        self._text = text
        self._parts: dict[tuple[str, str, int], tuple[str, str]] = {}

    def line(self, finished: Finished) -> bytes:
        """Return the line for a request (without its query, which is nobody's business)."""
        moment, method, path, status, seconds, ids = finished
        if isinstance(ids, bytes):
            text = ids.decode()
            request_id = trace_id = text[3:35]
            span_id = text[36:52]
        else:
            request_id, trace_id, span_id = ids
        if self._text:
            level = level_name_of(status)
            words = (
                f"{self._stamp(moment)[11:23]} {level:<8} {method} {path} {status} {seconds * 1000:.2f} ms"
            )
            return ascii(f"{words} [{request_id}]")[1:-1].encode("ascii") + b"\n"
        before, after = self._parts.get((method, path, status)) or self._encode(method, path, status)
        return (
            f'{{"timestamp":"{self._stamp(moment)}{before}{request_id}","w3c_trace_id":"{trace_id}","span_id":"{span_id}'
            f"{after}{seconds * 1000:.3f}}}}}\n"
        ).encode()

    def _encode(self, method: str, path: str, status: int) -> tuple[str, str]:
        """Return what stands between moment and request id, and between span id and duration."""
        name, place = _inside(method[:20]), _inside(path[:_LONGEST_PATH])
        words = f'"event_type":"request_completed","message":"{name} {place} {status}"'
        parts = (
            f'","level":"{level_name_of(status)}","service":"{self._service}",{words},"trace_id":"',
            f'","context":{{"method":"{name}","path":"{place}","status":{status}}},"metrics":{{"duration_ms":',
        )
        if len(self._parts) >= _REMEMBERED:
            self._parts.clear()
        if len(path) <= _LONGEST_PATH:
            self._parts[method, path, status] = parts
        return parts


def level_of(status: int) -> int:
    """Return the level at which a request is logged: 5xx are errors, 4xx warnings."""
    if status < 400:
        return logging.INFO
    return logging.WARNING if status < 500 else logging.ERROR


def level_name_of(status: int) -> str:
    """Return the name of :func:`level_of`."""
    if status < 400:
        return "INFO"
    return "WARNING" if status < 500 else "ERROR"


def _inside(text: str) -> str:
    """Return ``text`` as it stands between the quotes of a JSON string."""
    try:
        return orjson.dumps(text)[1:-1].decode()
    except orjson.JSONEncodeError:  # halves of surrogate pairs
        return orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()
