"""Request ids and W3C trace context: what is taken over, what is replaced, what is sent on."""

import os
import re
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.observability import tracing
from tandem.core.observability.identifiers import new_request_id, new_span_id, new_traceparent
from tandem.core.observability.traceparent import format_traceparent, parse_traceparent, usable_tracestate

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01".encode()


@pytest.fixture
def serve():
    """Enter requests and leave them again after the test."""
    tokens = []

    def enter(*headers):
        context, token = tracing.begin(headers)
        tokens.append(token)
        return context

    yield enter
    for token in reversed(tokens):
        tracing.end(token)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"ff-" + PARENT[3:],
        PARENT + b"-extra",
        PARENT.upper(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE}-{SPAN}-0x".encode(),
        f"00-{TRACE[:-1]}-{SPAN}-01".encode(),
        PARENT + b"\n",
        b" " + PARENT,
        f"cc-{TRACE}-{SPAN}-01.what".encode(),
    ],
)
def test_invalid_traceparent_is_refused(value):
    """Whatever the recommendation calls invalid starts a new trace."""
    assert parse_traceparent(value) is None


@pytest.mark.parametrize(
    "value", [PARENT, b"cc" + PARENT[2:], b"cc" + PARENT[2:] + b"-what-the-future-brings"]
)
def test_valid_and_future_traceparents_are_read(value):
    """Later versions are read by the four fields that we know."""
    assert parse_traceparent(value) == (TRACE, SPAN, True)


@pytest.mark.parametrize(
    ("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)]
)
def test_only_the_sampled_flag_is_understood(flags, sampled):
    """Other bits of the flags are neither an error nor passed on."""
    parent = parse_traceparent(f"00-{TRACE}-{SPAN}-{flags}".encode())
    assert parent is not None
    assert parent.sampled is sampled
    assert format_traceparent(TRACE, SPAN, sampled=parent.sampled).endswith(f"-0{int(sampled)}")


@given(st.binary(max_size=80))
def test_no_header_makes_reading_fail(value):
    """Any bytes are either read or refused, and never raise."""
    parse_traceparent(value)
    usable_tracestate(value)


def test_a_callers_identifiers_are_taken_over(serve):
    """Request id, trace and sampling come from the caller; the span is ours, its span our parent."""
    context = serve((b"host", b"x"), (b"x-request-id", b"abcd1234"), (b"traceparent", PARENT))
    assert (context.request_id, context.trace_id, context.parent_id) == ("abcd1234", TRACE, SPAN)
    assert re.fullmatch("[0-9a-f]{16}", context.span_id)
    assert context.span_id != SPAN
    assert tracing.current() is context


def test_without_headers_one_identifier_serves_as_both(serve):
    """A request that begins here is found by one identifier in both fields, shaped as a version 4 UUID."""
    context = serve()
    assert context.request_id == context.trace_id
    assert re.fullmatch("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", context.request_id)
    assert context.parent_id is None


@pytest.mark.parametrize(
    "wanted", [b"", b"a" * 129, b"two words", b'quote"', b"new\nline", "č".encode(), b"a,b", b"<x>"]
)
def test_unsafe_request_ids_are_replaced(serve, wanted):
    """What would need escaping in a header or a log line is not taken over."""
    assert re.fullmatch("[0-9a-f]{32}", serve((b"x-request-id", wanted)).request_id)


def test_all_allowed_characters_make_a_request_id(serve):
    """The rule's whole alphabet passes, up to 128 characters."""
    wanted = (b"AZaz09._:@/+=-" * 10)[:128]
    assert serve((b"x-request-id", wanted)).request_id.encode() == wanted


def test_repeated_headers_are_not_trusted(serve):
    """Two request ids or two parents contradict each other: new ones are made."""
    context = serve(
        (b"x-request-id", b"one"),
        (b"x-request-id", b"two"),
        (b"traceparent", PARENT),
        (b"traceparent", PARENT),
    )
    assert context.request_id not in {"one", "two"}
    assert context.trace_id != TRACE


def test_tracestate_is_passed_on_only_with_a_valid_parent(serve):
    """Members of repeated headers are joined in order; without a parent they mean nothing."""
    states = ((b"tracestate", b"a=1"), (b"tracestate", b"b=2"))
    assert serve((b"traceparent", PARENT), *states).tracestate == "a=1,b=2"
    assert tracing.outgoing_headers()["tracestate"] == "a=1,b=2"
    assert serve(*states).tracestate is None
    assert "tracestate" not in tracing.outgoing_headers()


def test_oversized_tracestate_is_dropped():
    """512 bytes and 32 members are the limits."""
    assert usable_tracestate(b"a" * 512) == "a" * 512
    assert usable_tracestate(b"a" * 513) is None
    assert usable_tracestate(b",".join([b"a=1"] * 33)) is None


def test_outgoing_calls_are_children_of_this_request(serve):
    """Each outgoing call carries the request id and a span of its own in the same trace."""
    context = serve((b"x-request-id", b"abcd1234"), (b"traceparent", PARENT))
    first, second = tracing.outgoing_headers(), tracing.outgoing_headers()
    assert first["X-Request-ID"] == "abcd1234"
    assert first["traceparent"].startswith(f"00-{TRACE}-")
    spans = {first["traceparent"].split("-")[2], second["traceparent"].split("-")[2], context.span_id, SPAN}
    assert len(spans) == 4


def test_outside_a_request_there_is_nothing_to_send():
    """No request, no headers, and empty identifiers for those who ask."""
    assert tracing.outgoing_headers() == {}
    assert tracing.current().request_id == ""


def test_response_headers_name_the_request(serve):
    """The caller learns request id and trace as raw header pairs."""
    context = serve((b"x-request-id", b"abcd1234"), (b"traceparent", PARENT))
    assert context.response_headers() == [
        (b"x-request-id", b"abcd1234"),
        (b"traceparent", f"00-{TRACE}-{context.span_id}-01".encode()),
    ]


def test_identifiers_do_not_repeat():
    """Thousands of identifiers are all different and never zero."""
    assert len({new_request_id() for _ in range(5000)}) == 5000
    assert len({new_span_id() for _ in range(5000)}) == 5000


def test_traces_that_begin_here_are_valid_and_differ():
    """Each is what W3C and RFC 9562 ask for: a version 4 UUID, a span that is not zero, sampled."""
    made = [new_traceparent() for _ in range(1000)]
    parents = [parse_traceparent(one) for one in made]
    assert None not in parents
    assert len({parent.trace_id for parent in parents}) == len({parent.span_id for parent in parents}) == 1000
    assert {UUID(parent.trace_id).version for parent in parents} == {4}
    assert all(parent.sampled and UUID(parent.trace_id).variant == RFC_4122 for parent in parents)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("make", [new_request_id, new_traceparent])
def test_a_forked_child_makes_other_identifiers(make):
    """Parent and child do not go on with the same random numbers."""
    make()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(make()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 100).decode()
    os.close(reader)
    os.close(writer)
    assert len(theirs) >= 32
    assert theirs != str(make())
