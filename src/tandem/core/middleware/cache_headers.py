"""Reading the request headers that steer a cache (RFC 9110 section 13, RFC 9111 section 5.2.1)."""

import re
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(rb'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_DIRECTIVE: Final = re.compile(
    rb'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^,;\s"]*))?\s*(?:,|$)'
)

_KNOWN: Final = {b"no-cache", b"no-store", b"only-if-cached", b"max-age"}

LARGEST: Final = 2**31


@dataclass(frozen=True, slots=True)
class Directives:
    """What a request's ``Cache-Control`` asks for."""

    no_cache: bool = False
    no_store: bool = False
    only_if_cached: bool = False
    max_age: int | None = None


NONE: Final = Directives()


def directives(value: bytes) -> Directives:
    """Read ``Cache-Control``, directive by directive; unknown ones and what cannot be read are left out."""
    found: dict[bytes, bytes] = {}
    place = 0
    while place < len(value):
        match = _DIRECTIVE.match(value, place)
        if match is None:
            comma = value.find(b",", place)
            place = len(value) if comma < 0 else comma + 1
            continue
        found.setdefault(match[1].lower(), (match[2] or b"").strip(b'"'))
        place = match.end()
    age = found.get(b"max-age")
    if not found.keys() & _KNOWN:
        return NONE
    return Directives(
        no_cache=b"no-cache" in found, no_store=b"no-store" in found, only_if_cached=b"only-if-cached" in found,
        # An age that cannot be read is taken as the strictest one (RFC 9111, 4.2.1).
        max_age=None if age is None else min(int(age), LARGEST) if age.isdigit() else 0,
    )  # fmt: skip


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names the quoted ``etag``, by weak comparison as GET and HEAD want it.

    A list that is malformed matches nothing, so that the caller gets the whole answer.
    """
    value = if_none_match.strip(b" \t")
    if value == b"*":
        return True
    wanted, found, place = etag.strip(b'"'), False, 0
    while place < len(value):
        match = _TAG.match(value, place)
        if match is None:
            return False
        found = found or match[1] == wanted
        place = match.end()
        rest = value[place:].lstrip(b" \t")
        if rest and not rest.startswith(b","):
            return False
        place = len(value) - len(rest.lstrip(b", \t"))
    return found
