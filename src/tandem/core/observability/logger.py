"""Structured logging: ``get_logger(__name__).event("CACHE_INVALIDATED", "...", context={...})``.

Lines go through the standard library, so that libraries' lines join ours and tests can catch them; the form
of a line is in :mod:`~tandem.core.observability.log_lines`, its way out in
:mod:`~tandem.core.observability.log_sink`. Every method takes every field: a call that reports an error can
not fail for the way in which it reports it.
"""

import atexit
import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Literal

from tandem.core.observability.access_line import AccessLines, Identifiers, level_of
from tandem.core.observability.log_lines import FIELDS, Fields, LineFormat, Stamp
from tandem.core.observability.log_sink import LineSink
from tandem.core.observability.tracing import current

__all__ = ["Logger", "close", "configure", "dropped_lines", "get_logger"]

Data = Mapping[str, object] | None

_SERVERS = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "uvicorn.asgi",
    "granian",
    "granian.access",
    "_granian",
)


class Logger:
    """Logs events of one module. Methods never raise; fields of no known name join the context."""

    def __init__(self, name: str) -> None:
        """Log under ``name``, as the standard library would."""
        self._log = logging.getLogger(name)

    def event(
        self, event_type: str, message: str = "", *args: object, level: str | int = "INFO", **fields: object
    ) -> None:
        """Log something that has a name. ``level`` is a standard one.

        Fields: ``context``, ``metrics`` and ``request`` (mappings), ``error`` (an exception, or anything that
        tells what went wrong).
        """
        self._emit(_number(level), message, args, {"event_type": event_type, **fields})

    def debug(self, message: str, *args: object, **fields: object) -> None:
        """Log what helps to understand a run."""
        self._emit(logging.DEBUG, message, args, fields)

    def info(self, message: str, *args: object, **fields: object) -> None:
        """Log what normally happens."""
        self._emit(logging.INFO, message, args, fields)

    def warning(self, message: str, *args: object, **fields: object) -> None:
        """Log what went wrong and was coped with."""
        self._emit(logging.WARNING, message, args, fields)

    def error(self, message: str, *args: object, **fields: object) -> None:
        """Log what failed."""
        self._emit(logging.ERROR, message, args, fields)

    def exception(self, message: str, *args: object, **fields: object) -> None:
        """Log what failed, with the exception that is being handled."""
        self._emit(logging.ERROR, message, args, {"exc_info": True, **fields})

    def access(
        self, method: str, path: str, status: int, seconds: float, ids: Identifiers | None = None
    ) -> None:  # fmt: skip
        """Log one finished request at a level by its status; nothing before :func:`configure`.

        ``ids`` are those of the current context unless they are given.
        """
        active = _active
        if active is not None and (active.level <= logging.INFO or level_of(status) >= active.level):
            active.note((active.now(), method, path, status, seconds, ids or current()[:3]))

    def _emit(self, level: int, message: str, args: tuple[object, ...], fields: dict[str, object]) -> None:
        if not self._log.isEnabledFor(level):
            return
        found = _sorted_out(fields)
        error = found.error
        exc_info = (type(error), error, error.__traceback__) if isinstance(error, BaseException) else None
        # Put together here: other handlers that a test or a library has added may raise for unfit arguments.
        text = _put_together(message, args)
        record = self._log.makeRecord(self._log.name, level, "", 0, text, (), exc_info, extra={FIELDS: found})
        self._log.handle(record)


class _Active:
    """What is in force after :func:`configure`."""

    def __init__(
        self, service: str, level: int, descriptor: int, now: Callable[[], float], *, text: bool
    ) -> None:
        stamp = Stamp(now)
        self.level, self.now = level, now
        self.sink = LineSink(descriptor, self._report, make=AccessLines(service, stamp, text=text).line)
        self.note = self.sink.later
        self.lines = LineFormat(service, stamp, self.sink.longest, text=text)
        self.handler = _Handler(self)

    def _report(self, lost: int) -> bytes:
        return self.lines.plain(
            "LOG_LINES_DROPPED", "log lines were lost: the output was too slow", lines=lost
        )


class _Handler(logging.Handler):
    """Takes the standard library's records in."""

    def __init__(self, active: _Active) -> None:
        super().__init__()
        self._active = active

    def emit(self, record: logging.LogRecord) -> None:
        self._active.sink.write(self._active.lines.line(record))


_active: _Active | None = None


def get_logger(name: str) -> Logger:
    """Return the logger for a module; may be called before :func:`configure`."""
    return Logger(name)


def configure(
    service: str, level: str = "INFO", fmt: Literal["json", "text"] = "json", *,
    descriptor: int | None = None, now: Callable[[], float] = time.time,
) -> None:  # fmt: skip
    """Send all lines of this process at ``level`` and above to ``descriptor`` (standard output by default).

    ``service`` is a plain name, as the contract's ``pomodoro-ml``. ``now`` tells seconds since the epoch.
    Calling it again replaces what was in force. The web servers' own lines join in; their access lines say
    nothing that ours do not, so switch those off at the server.
    """
    global _active  # noqa: PLW0603 - like the standard library's, there is one logging per process
    close()
    target = sys.stdout.fileno() if descriptor is None else descriptor
    active = _Active(service, _number(level), target, now, text=fmt == "text")
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _Handler) or type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
    root.addHandler(active.handler)
    root.setLevel(active.level)
    for name in _SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    logging.captureWarnings(capture=True)
    _active = active


def close(timeout: float = 1.0) -> None:
    """Write what is queued, for at most ``timeout`` seconds. Later lines are written all the same."""
    if _active is not None:
        _active.sink.close(timeout)


def dropped_lines() -> int:
    """Return how many lines this process has lost; for ``tandem_log_lines_dropped_total``."""
    return _active.sink.dropped if _active is not None else 0


def _number(level: str | int) -> int:
    if isinstance(level, int):
        return level
    return logging.getLevelNamesMapping().get(level.upper(), logging.INFO)


def _put_together(message: str, args: tuple[object, ...]) -> str:
    """Fill ``args`` into ``message`` as the standard library does; side by side if they do not fit."""
    try:
        return str(message) % args if args else str(message)
    except (TypeError, ValueError, KeyError):
        return f"{message} {args!r}"


def _sorted_out(fields: dict[str, object]) -> Fields:
    """Sort fields by their names; what the standard library's callers may pass is understood as well."""
    error = fields.pop("error", None)
    if (exc_info := fields.pop("exc_info", None)) and error is None:
        error = exc_info if isinstance(exc_info, BaseException) else sys.exception()
    event_type = fields.pop("event_type", None)
    parts = [fields.pop(name, None) for name in ("context", "metrics", "request")]
    for name in ("stack_info", "stacklevel"):
        fields.pop(name, None)
    context, metrics, request = (
        part if isinstance(part, Mapping) or part is None else {"value": part} for part in parts
    )
    if isinstance(extra := fields.pop("extra", None), Mapping):
        fields |= {str(key): value for key, value in extra.items()}
    if fields:
        context = {**(context or {}), **fields}
    return Fields(None if event_type is None else str(event_type), context, metrics, request, error)


atexit.register(close)
