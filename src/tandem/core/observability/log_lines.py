"""What a log line says: the record of the standard library and our fields, as JSON or as text.

The JSON keys are those of the old services: ``timestamp`` (UTC), ``level``, ``service``, ``event_type``,
``message``, ``trace_id`` (the request id), ``request``, ``context``, ``metrics``, ``error``; then
``w3c_trace_id``, ``span_id`` and ``logger``. Everything but our own names passes through redaction.
"""

import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from tandem.core.observability.redaction import CUT, redact, scrub
from tandem.core.observability.tracing import NO_REQUEST, current

LONGEST_TRACEBACK: Final = 8_000
"""Characters, counted from the end, where the error is."""
FIELDS: Final = "tandem_fields"
"""Attribute of a log record that carries :class:`Fields`."""

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ESCAPED = str.maketrans({"\n": "\\n", "\r": "\\r", "\x1b": "\\x1b"})


@dataclass(frozen=True, slots=True)
class Fields:
    """What our logger adds to a record."""

    event_type: str | None = None
    context: Mapping[str, object] | None = None
    metrics: Mapping[str, object] | None = None
    request: Mapping[str, object] | None = None
    error: object = None


class Stamp:
    """Times as the contract writes them, ``2026-01-31T12:00:00.123Z``."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Read ``now``: seconds since the epoch."""
        self._now = now
        self._second, self._millisecond = (-1, ""), (-1, "")

    def __call__(self) -> str:
        """Return the current moment; safe from any thread."""
        return self.of(self._now())

    def of(self, moment: float) -> str:
        """Return ``moment``, seconds since the epoch; safe from any thread."""
        millisecond = int(moment * 1000)
        # Many lines are of the same millisecond, most of the same second.
        known, text = self._millisecond
        if known == millisecond:
            return text
        second, prefix = self._second
        if millisecond // 1000 != second:
            second = millisecond // 1000
            prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = (second, prefix)
        text = f"{prefix}.{millisecond % 1000:03d}Z"
        self._millisecond = (millisecond, text)
        return text


class LineFormat:
    """Makes lines of one service, each at most ``longest`` bytes with its newline."""

    def __init__(self, service: str, stamp: Callable[[], str], longest: int, *, text: bool = False) -> None:
        """Write JSON, or for people who look at a terminal ``text``."""
        self._service = service
        self._stamp = stamp
        self._longest = longest
        self._text = text

    def line(self, record: logging.LogRecord) -> bytes:
        """Return the line for ``record``; never raises, at worst it says what could not be logged."""
        try:
            entry = self._entry(record)
            return _as_text(entry, self._longest) if self._text else self._fitting(entry)
        except Exception as problem:  # noqa: BLE001 - a log line must not break what it reports on
            return self.plain(
                "LOG_FORMAT_FAILED", f"a line of {record.name} failed: {type(problem).__name__}"
            )

    def plain(self, event_type: str, message: str, level: str = "WARNING", **metrics: int) -> bytes:
        """Return a line of given parts only."""
        entry = {
            "timestamp": self._stamp(), "level": level, "service": self._service,
            "event_type": event_type, "message": message, "metrics": metrics,
        }  # fmt: skip
        return _as_text(entry, self._longest) if self._text else _encoded(entry)

    def _entry(self, record: logging.LogRecord) -> dict[str, object]:
        fields = getattr(record, FIELDS, None) or Fields()
        entry: dict[str, object] = {
            "timestamp": self._stamp(),
            "level": _level(record.levelno),
            "service": self._service,
            "event_type": fields.event_type or "LOG",
            "message": scrub(_message(record)),
        }
        context = current()
        if context is not NO_REQUEST:
            entry["trace_id"] = context.request_id
            entry["w3c_trace_id"] = context.trace_id
            entry["span_id"] = context.span_id
        for name, value in (
            ("request", fields.request),
            ("context", fields.context),
            ("metrics", fields.metrics),
        ):
            if value:
                entry[name] = redact(value)
        error = fields.error if fields.error is not None else (record.exc_info or (None, None))[1]
        if error is not None:
            entry["error"] = describe(error)
        entry["logger"] = record.name
        return entry

    def _fitting(self, entry: dict[str, object]) -> bytes:
        """Shorten what is longest and worth least until the line may be written in one piece."""
        line = _encoded(entry)
        error = entry.get("error")
        if len(line) > self._longest and isinstance(error, dict):
            keep = max(0, len(error["traceback"]) - (len(line) - self._longest) - len(CUT))
            error["traceback"] = CUT + error["traceback"][len(error["traceback"]) - keep :]
            line = _encoded(entry)
        for name in ("context", "request", "metrics", "error"):
            if len(line) > self._longest and name in entry:
                entry[name] = {CUT: "too long for a line"}
                line = _encoded(entry)
        if len(line) > self._longest:
            entry["message"] = str(entry["message"])[:500] + CUT
            line = _encoded(entry)
        return line


def describe(error: object) -> dict[str, str]:
    """Return type, message and traceback of ``error``: an exception, or any other value, told as text."""
    if not isinstance(error, BaseException):
        return {"type": "Error", "message": scrub(str(error)), "traceback": ""}
    told = "".join(traceback.format_exception(error, limit=-30))
    return {
        "type": type(error).__name__,
        "message": scrub(str(error)),
        "traceback": scrub(told[-LONGEST_TRACEBACK:], LONGEST_TRACEBACK),
    }


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - arguments that do not fit the message are no reason to lose it
        return str(record.msg)


def _level(number: int) -> str:
    return _LEVELS[min(max(number, logging.DEBUG), logging.CRITICAL) // 10 - 1]


def _encoded(entry: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:  # halves of surrogate pairs
        return json.dumps(entry, default=str).encode("ascii") + b"\n"


def _as_text(entry: Mapping[str, object], longest: int) -> bytes:
    parts = [str(entry["timestamp"])[11:23], f"{entry['level']:<8}", str(entry["event_type"])]
    parts.append(str(entry["message"]).translate(_ESCAPED))
    for name in ("request", "context", "metrics"):
        values = entry.get(name)
        if isinstance(values, Mapping):
            parts.extend(f"{key}={value!r}" for key, value in values.items())
    if "trace_id" in entry:
        parts.append(f"[{entry['trace_id']}]")
    line = " ".join(parts)
    error = entry.get("error")
    if isinstance(error, Mapping):
        line += "\n" + str(error["traceback"] or error["message"]).rstrip("\n")
    return line.encode("utf-8", "replace")[: longest - 1] + b"\n"
