"""Cheap identifiers for requests, traces and spans.

They tell things apart and guard nothing: whoever sees some of them could foresee others, so no secret may
be made here. The generator is seeded from the operating system, and again in a forked child, which would
otherwise repeat its parent's identifiers.
"""

import os
from random import Random
from uuid import UUID

_random = Random()  # seeds itself from os.urandom
_bits = _random.getrandbits

# What RFC 9562 fixes in a version 4 UUID: four bits of version, two of variant.
_CLEAR = ~((0xF << 76) | (0x3 << 62))
_VERSION = (0x4 << 76) | (0x2 << 62)
# A span id follows in 64 more bits, of which one is always set: it is never all zero.
_CLEAR_PAIR = (_CLEAR << 64) | 0xFFFFFFFFFFFFFFFF
_FIXED_PAIR = (_VERSION << 64) | (1 << 63)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def new_request_id() -> str:
    """Return 32 hexadecimal digits: a version 4 UUID without dashes, also valid as a W3C trace id."""
    return f"{_bits(128) & _CLEAR | _VERSION:032x}"


def new_pair() -> tuple[str, str]:
    """Return a request id and a span id, made together because each request needs both."""
    digits = f"{_bits(192) & _CLEAR_PAIR | _FIXED_PAIR:048x}"
    return digits[:32], digits[32:]


def new_span_id() -> str:
    """Return 16 hexadecimal digits, never all zero."""
    return f"{_bits(64) or 1:016x}"


def new_uuid() -> UUID:
    """Return a version 4 UUID; unlike :func:`uuid.uuid4` without a system call, during which others take the interpreter."""
    return UUID(int=_bits(128) & _CLEAR | _VERSION)
