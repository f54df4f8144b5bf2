"""Cheap identifiers for requests, traces and spans.

They tell things apart and guard nothing: whoever sees some of them could foresee others, so no secret may
be made here. The generator is seeded from the operating system, and again in a forked child, which would
otherwise repeat its parent's identifiers.
"""

import os
from random import Random
from struct import unpack
from uuid import UUID

_random = Random()  # seeds itself from os.urandom
_bits = _random.getrandbits

# What RFC 9562 fixes in a version 4 UUID: four bits of version, two of variant.
_CLEAR = ~((0xF << 76) | (0x3 << 62))
_VERSION = (0x4 << 76) | (0x2 << 62)

# Traces are begun by the hundred: one large number costs little more than a small one. A trace is 128 bits of request id
# and 64 of span id, of which one is always set: it is never all zero.
_BATCH = 128
_WIDTH = 192
_EACH = sum(1 << _WIDTH * place for place in range(_BATCH))
_CLEAR_BATCH = _EACH * (((_CLEAR & (1 << 128) - 1) << 64) | (1 << 64) - 1)
_FIXED_BATCH = _EACH * ((_VERSION << 64) | (1 << 63))
_DIGITS = _WIDTH // 4

# Cut up, written and cut up again by one call each, not by a loop.
_IDENTIFIERS = "32s16s" * _BATCH
_WRITTEN = b"00-%b-%b-01" * _BATCH
_HEADERS = "55s" * _BATCH

_begun: list[bytes] = []
"""What :func:`new_traceparent` returns next."""


def _start_over() -> None:
    _random.seed()
    _begun.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)


def new_request_id() -> str:
    """Return 32 hexadecimal digits: a version 4 UUID without dashes, also valid as a W3C trace id."""
    return f"{_bits(128) & _CLEAR | _VERSION:032x}"


def new_traceparent() -> bytes:
    """Return the ``traceparent`` of a trace that begins here; its trace id, ``[3:35]``, is the request id as well."""
    try:
        return _begun.pop()
    except IndexError:
        digits = b"%0*x" % (_BATCH * _DIGITS, _bits(_BATCH * _WIDTH) & _CLEAR_BATCH | _FIXED_BATCH)
        _begun.extend(unpack(_HEADERS, _WRITTEN % unpack(_IDENTIFIERS, digits)))
        return _begun.pop()


def new_span_id() -> str:
    """Return 16 hexadecimal digits, never all zero."""
    return f"{_bits(64) or 1:016x}"


def new_uuid() -> UUID:
    """Return a version 4 UUID; unlike :func:`uuid.uuid4` without a system call, during which others take the interpreter."""
    return UUID(int=_bits(128) & _CLEAR | _VERSION)
