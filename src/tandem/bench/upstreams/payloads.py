"""The bytes of answers: as JSON, as events, framed for HTTP."""

from functools import lru_cache
from typing import Any, Final

import orjson

ID: Final = "chatcmpl-0"
CREATED: Final = 1_700_000_000
WORDS: Final = (
    "The ", "market ", "closed ", "higher ", "today ", "while ", "volume ", "stayed ", "below ", "its ", "average, ",
    "and ", "most ", "shares ", "moved ", "little. ",
)  # fmt: skip
STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
DONE: Final = b"e\r\ndata: [DONE]\n\n\r\n"
END: Final = b"0\r\n\r\n"
COMMENT: Final = b"13\r\n: STILL PROCESSING\n\r\n"
_PHRASES: Final = {
    200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def response(
    status: int, body: bytes, content_type: str = "application/json", *, headers: str = "", length: int | None = None
) -> bytes:  # fmt: skip
    """Return a whole response; ``headers`` are lines ended by CR LF, ``length`` a false length to claim."""
    head = (
        f"HTTP/1.1 {status} {_PHRASES.get(status, 'Status')}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n{headers}\r\n"
    )
    return head.encode("latin-1") + body


def frame(data: bytes) -> bytes:
    """Return ``data`` as one HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(value: Any) -> bytes:
    """Return a JSON value as one event in one HTTP chunk."""
    return frame(b"data: %s\n\n" % orjson.dumps(value))


def chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """Return one chunk of a streamed answer."""
    return {
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip


@lru_cache(maxsize=512)
def filler(model: str) -> tuple[bytes, ...]:
    """Return the framed events of the filler words: made once, sent a million times."""
    return tuple(event(chunk(model, {"content": word})) for word in WORDS)


def usage_of(prompt: int, completion: int) -> dict[str, int]:
    """Return a usage object."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def usage_event(model: str, prompt: int, completion: int) -> bytes:
    """Return the event that brings the usage: one without choices."""
    return event({
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": model, "choices": [],
        "usage": usage_of(prompt, completion),
    })  # fmt: skip


def completion(
    model: str, message: dict[str, Any], finish: str, usage: dict[str, int] | None
) -> dict[str, Any]:
    """Return a whole answer."""
    whole: dict[str, Any] = {
        "id": ID, "object": "chat.completion", "created": CREATED, "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }  # fmt: skip
    return whole if usage is None else whole | {"usage": usage}


def error(status: int, text: str) -> bytes:
    """Return an error object as OpenAI's API writes it."""
    code = {429: "rate_limit_exceeded", 401: "invalid_api_key", 404: "model_not_found"}.get(
        status, "server_error"
    )
    return orjson.dumps({"error": {"message": text, "type": code, "code": status, "param": None}})
