"""Ways in which Yahoo fails, as its clients have seen them."""

from typing import Final

import orjson

from tandem.bench.upstreams.payloads import response

FAULTS: Final = frozenset({
    "429",     # too many requests, with Retry-After
    "500",     # an error page
    "502",
    "text",    # the words "Too Many Requests" with status 200
    "html",    # a page with status 200
    "half",    # half of the document, properly framed
    "cut",     # the connection is closed in the middle of the body
    "shape",   # JSON of another shape
    "null",    # a chart without a result
    "mute",    # nothing is ever sent
    "reset",   # the connection is closed before a byte is sent
    "lengths", # columns of different lengths
})  # fmt: skip

_BODIES: Final = {
    "429": response(429, b"Too Many Requests\r\n", "text/plain", headers="Retry-After: 1\r\n"),
    "500": response(500, b"<html><body>Will be right back</body></html>", "text/html"),
    "502": response(502, b"<html><body>Will be right back</body></html>", "text/html"),
    "text": response(200, b"Too Many Requests\r\n", "text/html"),
    "html": response(200, b"<!DOCTYPE html><html><body>Consent</body></html>", "text/html"),
    "null": response(200, b'{"chart":{"result":null,"error":null}}'),
    "shape": response(200, b'{"finance":{"result":[],"error":"shape"}}'),
}


def faulty(fault: str, chart: bytes) -> bytes:
    """Return the answer that stands in the place of ``chart``."""
    if fault == "half":
        return response(200, chart[: len(chart) // 2])
    if fault == "lengths":
        told = orjson.loads(chart)
        told["chart"]["result"][0]["indicators"]["quote"][0]["close"].append(1.0)
        return response(200, orjson.dumps(told))
    return _BODIES[fault]
