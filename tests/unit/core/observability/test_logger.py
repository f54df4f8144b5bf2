"""What lines say, that no call can fail, and that no secret gets out."""

import json
import logging
import os
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from tandem.core.observability import logger, tracing
from tandem.core.observability.access_line import AccessLines
from tandem.core.observability.log_lines import Stamp

MOMENT = datetime(2026, 1, 31, 23, 59, 58, 123456, tzinfo=UTC).timestamp()
SECRET = "Tr0ub4dor-and-3"


@pytest.fixture
def lines():
    """Configure logging into a pipe; call the result to get the lines so far. Restored afterwards."""
    root = logging.getLogger()
    before = root.level, list(root.handlers), logger._active
    reader, writer = os.pipe()

    def start(level="INFO", fmt="json", descriptor=writer):
        logger.configure("pomodoro-ml", level, fmt, descriptor=descriptor, now=lambda: MOMENT)
        return read

    def read(parse=orjson.loads):
        logger.close()
        os.set_blocking(reader, False)
        try:
            data = os.read(reader, 1_000_000)
        except BlockingIOError:
            data = b""
        return [parse(line) for line in data.splitlines()]

    yield start
    logger.close()
    for handler in list(root.handlers):
        if isinstance(handler, logger._Handler):
            root.removeHandler(handler)
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logger._active = before[2]
    logging.captureWarnings(capture=False)
    os.close(reader)
    os.close(writer)


def fail(error):
    """Raise ``error``."""
    raise error


@pytest.fixture
def request_context():
    """Serve a request with a known id."""
    context, token = tracing.begin([(b"x-request-id", b"abcd1234")])
    yield context
    tracing.end(token)


def test_an_event_has_the_contracts_shape(lines, request_context):
    """Keys, order of magnitude and values are those that the old log readers expect."""
    read = lines()
    logger.get_logger("tandem.somewhere").event(
        "ML_RECOMMENDATION", "recommended %s", "deep_work",
        context={"recommended_preset": "deep_work"}, metrics={"latency_ms": 1.5},
        request={"endpoint": "recommendation", "method": "GET"},
    )  # fmt: skip
    assert read() == [
        {
            "timestamp": "2026-01-31T23:59:58.123Z", "level": "INFO", "service": "pomodoro-ml",
            "event_type": "ML_RECOMMENDATION", "message": "recommended deep_work", "trace_id": "abcd1234",
            "w3c_trace_id": request_context.trace_id, "span_id": request_context.span_id,
            "request": {"endpoint": "recommendation", "method": "GET"},
            "context": {"recommended_preset": "deep_work"}, "metrics": {"latency_ms": 1.5},
            "logger": "tandem.somewhere",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["debug", "info", "warning", "error", "exception"])
@pytest.mark.parametrize(
    "fields",
    [
        {"error": ValueError("x")}, {"error": "text"}, {"error": None}, {"metrics": {"duration_ms": 1}},
        {"metrics": 5}, {"context": "text", "request": object()}, {"event_type": "X", "trace_id": "y", "level": 3},
        {"exc_info": True, "stack_info": True, "stacklevel": 2, "extra": {"a": 1}}, {"name": "n", "msg": "m", "args": 1},
        {"anything": {1: {2: float("nan")}}},
    ],
)  # fmt: skip
def test_every_method_takes_every_field(lines, method, fields):
    """A handler that reports an error never fails because of how it reports it."""
    read = lines("DEBUG")
    getattr(logger.get_logger("x"), method)("something", **fields)
    (line,) = read()
    assert line["message"] == "something"
    assert line["level"] == {"exception": "ERROR"}.get(method, method.upper())


def test_unfit_arguments_and_values_still_make_a_line(lines):
    """Wrong placeholders, broken objects and unpaired surrogates are logged as well as can be."""

    class Broken:
        def __str__(self):
            raise RuntimeError("no")

    read = lines()
    log = logger.get_logger("x")
    log.info("%d apples", "many")
    log.info("half \ud800 pair", context={"a": "\udfff"})
    log.info("broken", context={"a": Broken()})
    events = [(line["event_type"], line["message"]) for line in read(parse=json.loads)]
    assert events[0] == ("LOG", "%d apples ('many',)")
    assert events[1] == ("LOG", "half \ud800 pair")
    assert events[2] == ("LOG_FORMAT_FAILED", "a line of x failed: RuntimeError")


def test_errors_carry_type_message_and_traceback(lines):
    """An exception is told with where it came from; text as text."""
    read = lines()
    log = logger.get_logger("x")
    try:
        fail(KeyError("missing"))
    except KeyError as error:
        log.warning("failed", error=error)
        log.exception("failed again")
    log.error("failed", error="because")
    first, second, third = (line["error"] for line in read())
    assert (first["type"], first["message"]) == ("KeyError", "'missing'")
    assert "test_logger.py" in first["traceback"]
    assert second["type"] == "KeyError"
    assert third == {"type": "Error", "message": "because", "traceback": ""}


def test_planted_secrets_do_not_get_out(lines):
    """Neither through context, messages, arguments, exceptions and their causes, nor through libraries."""
    read = lines("DEBUG")
    log = logger.get_logger("x")
    dsn = f"postgresql://u:{SECRET}@h/db"
    log.event(
        "E", f"connecting to {dsn}", context={"a": [{"headers": {"Authorization": f"Bearer {SECRET}"}}]}
    )
    log.warning("notes: %s", {"notes": SECRET}, request={"cookie": SECRET}, api_key=SECRET, prompt=SECRET)
    logging.getLogger("asyncpg").warning("cannot reach %s", dsn)
    try:
        try:
            fail(ConnectionError(f"refused: {dsn}"))
        except ConnectionError as error:
            raise RuntimeError(f"password={SECRET}") from error
    except RuntimeError as error:
        log.warning("failed", error=error, metrics={"token": SECRET})
    logging.getLogger("lib").error("failed", extra={"secret": SECRET}, exc_info=ConnectionError(dsn))
    raw = read(parse=bytes)
    assert len(raw) == 5
    assert SECRET.encode() not in b"".join(raw)
    assert all(b"[redacted]" in line for line in raw)


def test_libraries_lines_and_warnings_join(lines):
    """Whoever uses the standard library ends in the same stream, in the same shape."""
    read = lines()
    logging.getLogger("uvicorn.error").info("started %s", "server")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", UserWarning, stacklevel=1)
    first, second = read()
    assert (first["event_type"], first["message"], first["logger"]) == (
        "LOG",
        "started server",
        "uvicorn.error",
    )
    assert (second["level"], second["logger"]) == ("WARNING", "py.warnings")


def test_the_level_is_honoured(lines):
    """Lines below the level are left out, access lines too."""
    read = lines("WARNING")
    log = logger.get_logger("x")
    log.info("quiet")
    log.access("GET", "/", 200, 0.1)
    log.access("GET", "/", 404, 0.1)
    log.event("E", "loud", level="warning")
    log.event("E", "an unknown level counts as INFO", level="LOUD")
    assert [line["message"] for line in read()] == ["GET / 404", "loud"]


def test_access_lines_have_the_contracts_shape(lines, request_context):
    """The quick line is JSON like the others, whatever the path."""
    read = lines()
    log = logger.get_logger("x")
    for path in ("/api/recommendation", '/a"b\\c\n', "/č\x00", "/" + "x" * 2_000):
        log.access("GET", path, 200, 0.00125)
    log.access('GE"T', "/x", 503, 2)
    seen = read()
    assert seen[0] == {
        "timestamp": "2026-01-31T23:59:58.123Z", "level": "INFO", "service": "pomodoro-ml",
        "event_type": "request_completed", "message": "GET /api/recommendation 200", "trace_id": "abcd1234",
        "w3c_trace_id": request_context.trace_id, "span_id": request_context.span_id,
        "context": {"method": "GET", "path": "/api/recommendation", "status": 200}, "metrics": {"duration_ms": 1.25},
    }  # fmt: skip
    assert [line["context"]["path"] for line in seen[1:4]] == ['/a"b\\c\n', "/č\x00", "/" + "x" * 499]
    assert (seen[4]["level"], seen[4]["context"]["method"]) == ("ERROR", 'GE"T')


def test_many_paths_are_not_remembered():
    """A scanner's paths do not fill the memory."""
    lines = AccessLines("s", Stamp(lambda: 0.0))
    for number in range(5_000):
        lines.line((0.0, "GET", f"/{number}", 404, 0.1, ("r", "t", "s")))
    assert len(lines._parts) <= 1_024


def test_long_lines_are_cut_to_what_is_written_at_once(lines):
    """A deep traceback loses its beginning, a huge context its contents; each line stays JSON."""
    read = lines()
    log = logger.get_logger("x")

    def deep(level):
        try:
            if level:
                deep(level - 1)
            fail(ValueError("innermost"))
        except ValueError as error:
            raise ValueError(f"level {level} " + "č" * 100) from error

    try:
        deep(20)
    except ValueError as error:
        log.warning("failed", error=error)
    log.info("x" * 10_000, context={str(n): "y" * 300 for n in range(40)})
    raw = read(parse=bytes)
    assert all(len(line) < 4096 for line in raw)
    first, second = map(orjson.loads, raw)
    assert first["error"]["traceback"].startswith("...")
    assert "level 20" in first["error"]["traceback"]
    assert second["context"] == {"...": "too long for a line"}


def test_text_for_people_is_one_line_per_event(lines, request_context):
    """The other format is meant for a terminal; a message cannot forge a second line."""
    read = lines(fmt="text")
    log = logger.get_logger("x")
    log.event("E", "one\ntwo", context={"a": 1})
    log.access("GET", "/\n", 200, 0.001)
    first, second = read(parse=bytes)
    assert first == b"23:59:58.123 INFO     E one\\ntwo a=1 [abcd1234]"
    assert second == b"23:59:58.123 INFO     GET /\\n 200 1.00 ms [abcd1234]"


def test_outside_a_request_lines_carry_no_identifiers(lines):
    """Start-up lines do not pretend to belong to a request."""
    read = lines()
    logger.get_logger("x").event("ML_SERVICE_STARTUP", "starting")
    assert "trace_id" not in read()[0]


def test_nothing_is_written_before_configuration(capfd, monkeypatch):
    """A logger that nobody configured is silent about requests and does not fail."""
    monkeypatch.setattr(logger, "_active", None)
    logger.get_logger("x").access("GET", "/", 200, 0.1)
    assert logger.dropped_lines() == 0
    assert capfd.readouterr().out == ""


def test_an_access_line_is_cheap(lines):
    """Measured at 0.5 to 1 us of CPU; the bound leaves room for a busy machine."""
    with Path(os.devnull).open("wb") as nowhere:
        lines(descriptor=nowhere.fileno())
        log = logger.get_logger("x")
        best = 1.0
        for _ in range(5):
            started = time.thread_time()
            for _ in range(1_000):
                log.access("GET", "/api/recommendation", 200, 0.001)
            best = min(best, (time.thread_time() - started) / 1_000)
            logger.close()
    assert best < 100e-6


def test_a_trace_of_ours_is_told_whole(lines):
    """A request that brought no identifiers is logged under those of the header that it is answered with."""
    read = lines()
    logger.get_logger("x").access("GET", "/", 200, 0.1, b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")
    (line,) = read()
    assert (line["trace_id"], line["w3c_trace_id"], line["span_id"]) == ("a" * 32, "a" * 32, "b" * 16)


def test_a_line_tells_when_the_request_ended():
    """Lines are put together later than they are noted; the moment in them is that of the note."""
    lines = AccessLines("s", Stamp(time.time))
    ends = [MOMENT, MOMENT, MOMENT + 0.001, MOMENT + 1.9, MOMENT]
    told = [
        orjson.loads(lines.line((end, "GET", "/", 200, 0.1, ("r", "t", "s"))))["timestamp"][17:]
        for end in ends
    ]
    assert told == ["58.123Z", "58.123Z", "58.124Z", "00.023Z", "58.123Z"]
