"""Who is being served right now: request id and W3C trace context, carried by a context variable.

Reading and writing of the wire form is in :mod:`~tandem.core.observability.traceparent`, the making of
identifiers in :mod:`~tandem.core.observability.identifiers`.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar, Token
from typing import Final, NamedTuple

from tandem.core.observability.identifiers import new_request_id, new_span_id
from tandem.core.observability.traceparent import format_traceparent, parse_traceparent, usable_tracestate

_ACCEPTED = re.compile(rb"[A-Za-z0-9._:@/+=-]{1,128}").fullmatch
"""Request ids that a caller may choose: nothing that needs escaping in a header or in a JSON string."""


class RequestContext(NamedTuple):
    """The identifiers of one request; immutable."""

    request_id: str
    """The caller's ``X-Request-ID``, or one of ours."""
    trace_id: str
    """32 hexadecimal digits, the same in all services that work on one action."""
    span_id: str
    """16 hexadecimal digits: our own part of the trace."""
    parent_id: str | None = None
    """The caller's span, if it sent one."""
    sampled: bool = True
    """Whether the caller records this trace; yes for a trace that begins here."""
    tracestate: str | None = None
    """What other tracing systems want carried along, unchanged."""

    def response_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the raw headers that tell the caller under which identifiers it was served."""
        parent = format_traceparent(self.trace_id, self.span_id, sampled=self.sampled)
        return [(b"x-request-id", self.request_id.encode("ascii")), (b"traceparent", parent.encode("ascii"))]


NO_REQUEST: Final = RequestContext(request_id="", trace_id="", span_id="")
"""What :func:`current` returns outside a request; log lines then carry no identifiers."""

_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)


def current() -> RequestContext:
    """Return the context of the request being served, :data:`NO_REQUEST` outside one."""
    return _current.get()


def begin(headers: Iterable[tuple[bytes, bytes]] = ()) -> tuple[RequestContext, Token[RequestContext]]:
    """Enter a request that arrived with raw ASGI ``headers`` (lower-case names); give the token to :func:`end`.

    A request id that is missing, repeated or not made of 1-128 characters of ``A-Za-z0-9._:@/+=-`` is
    replaced by a new one; a ``traceparent`` that is missing, repeated or invalid starts a new trace, as
    W3C Trace Context asks. Jobs without a request call it without headers. Never raises for bad headers.
    """
    wanted = None
    parents: list[bytes] = []
    states: list[bytes] = []
    for name, value in headers:
        if name == b"x-request-id":
            wanted = value if wanted is None else b""
        elif name == b"traceparent":
            parents.append(value)
        elif name == b"tracestate":
            states.append(value)
    context = _context(wanted, parents, states)
    return context, _current.set(context)


def _context(wanted: bytes | None, parents: list[bytes], states: list[bytes]) -> RequestContext:
    accepted = wanted.decode("ascii") if wanted and _ACCEPTED(wanted) else None
    parent = parse_traceparent(parents[0]) if len(parents) == 1 else None
    if parent is None:
        # One identifier serves as both, so that a search for either finds the same lines.
        trace_id = new_request_id()
        return RequestContext(accepted or trace_id, trace_id, new_span_id())
    state = usable_tracestate(b",".join(states)) if states else None
    return RequestContext(
        accepted or new_request_id(), parent.trace_id, new_span_id(), parent.span_id, parent.sampled, state
    )


def read(headers: Iterable[tuple[bytes, bytes]]) -> RequestContext:
    """Return the context of a request with raw ``headers`` without entering it."""
    context, token = begin(headers)
    _current.reset(token)
    return context


def end(token: Token[RequestContext]) -> None:
    """Leave the request that :func:`begin` entered; must run in the same task."""
    _current.reset(token)


def outgoing_headers() -> dict[str, str]:
    """Return the headers for one outgoing call: the request id and a ``traceparent`` with a new child span.

    Empty outside a request. Each call makes another span id: call it once per outgoing request.
    """
    context = _current.get()
    if context is NO_REQUEST:
        return {}
    headers = {
        "X-Request-ID": context.request_id,
        "traceparent": format_traceparent(context.trace_id, new_span_id(), sampled=context.sampled),
    }
    if context.tracestate is not None:
        headers["tracestate"] = context.tracestate
    return headers
