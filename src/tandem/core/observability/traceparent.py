"""The wire form of W3C Trace Context (https://www.w3.org/TR/trace-context/), read strictly."""

import re
from typing import NamedTuple

_PARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL).fullmatch
_STATE = re.compile(rb"[\x20-\x7e\t]{1,512}").fullmatch
_STATE_MEMBERS = 32
"""The most list members that the recommendation allows; 512 bytes is what every party should carry."""

_NO_TRACE = b"0" * 32
_NO_SPAN = b"0" * 16


class Parent(NamedTuple):
    """What a caller's ``traceparent`` says."""

    trace_id: str
    span_id: str
    sampled: bool


def parse_traceparent(value: bytes) -> Parent | None:
    """Read a ``traceparent``; ``None`` when it is invalid and a new trace has to begin.

    Invalid are: version ``ff``, a zero trace or span id, upper case, and anything after the flags in
    version ``00``. Higher versions are read by their first four fields, whatever follows after a dash.
    """
    match = _PARENT(value)
    if match is None:
        return None
    version, trace, span, flags, rest = match.groups()
    if version == b"ff" or trace == _NO_TRACE or span == _NO_SPAN or (version == b"00" and rest is not None):
        return None
    return Parent(trace.decode("ascii"), span.decode("ascii"), bool(int(flags, 16) & 1))


def format_traceparent(trace_id: str, span_id: str, *, sampled: bool) -> str:
    """Write a version ``00`` header; only the sampled flag is ours to send."""
    return f"00-{trace_id}-{span_id}-0{int(sampled)}"


def usable_tracestate(value: bytes) -> str | None:
    """Return ``value`` unchanged if it may be passed on (1-512 printable bytes, 32 members), else ``None``."""
    if _STATE(value) is None or value.count(b",") >= _STATE_MEMBERS:
        return None
    return value.decode("ascii")
