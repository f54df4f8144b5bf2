"""Why a provider refused, in words of our own.

What a provider says about an error may quote the prompt or a part of the key, so its text goes nowhere. Codes
that are known are told; all others are dropped.
"""

from collections.abc import Mapping
from typing import Any, Final

_BY_CODE: Final[Mapping[str, str]] = {
    "context_length_exceeded": "the conversation is longer than the model can read",
    "string_above_max_length": "a message is too long",
    "insufficient_quota": "the provider's account has no credit left",
    "billing_hard_limit_reached": "the provider's account has reached its limit",
    "billing_not_active": "the provider's account is not active",
    "invalid_api_key": "the provider does not accept the configured key",
    "authentication_error": "the provider does not accept the configured key",
    "model_not_found": "the provider does not know this model",
    "content_filter": "the provider's content filter refused the request",
    "content_policy_violation": "the provider's content filter refused the request",
    "rate_limit_exceeded": "the provider's rate limit is reached",
    "unsupported_parameter": "the model does not take one of the options",
    "unsupported_value": "the model does not take the value of one of the options",
    "server_error": "the provider failed",
    "overloaded_error": "the provider is overloaded",
}
_BY_STATUS: Final[Mapping[int, str]] = {
    400: "the provider calls the request malformed",
    401: "the provider does not accept the configured key",
    402: "the provider's account has no credit left",
    403: "the provider does not allow this",
    404: "the provider does not know this model or address",
    408: "the provider gave up waiting",
    413: "the conversation is longer than the provider accepts",
    422: "the provider calls the request malformed",
    429: "the provider's rate limit is reached",
    503: "the provider is overloaded",
    529: "the provider is overloaded",
}
_NO_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})

_ITS_OWN_FAULT: Final = frozenset({"server_error", "overloaded_error"})


def codes_of(error: object) -> tuple[str, ...]:
    """Return the known ones among an error object's ``code`` and ``type``."""
    if not isinstance(error, Mapping):
        return ()
    named = (error.get("code"), error.get("type"))
    return tuple(code for code in named if isinstance(code, str) and code in _BY_CODE)


def status_in(error: object) -> int | None:
    """Return the HTTP status that an error object inside an answer stands for, None when it names none."""
    code: Any = error.get("code", error.get("status")) if isinstance(error, Mapping) else None
    if isinstance(code, str) and code.isdecimal():
        code = int(code[:3])
    return code if isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599 else None


def implied_status(codes: tuple[str, ...]) -> int:
    """Return the status that an error object without one stands for: 500 when its codes say nothing."""
    if not codes or codes[0] in _ITS_OWN_FAULT:
        return 500
    return 429 if codes[0] == "rate_limit_exceeded" else 400


def no_credit(codes: tuple[str, ...]) -> bool:
    """Whether waiting will not help although the status says "too many requests"."""
    return not _NO_CREDIT.isdisjoint(codes)


def reason(status: int | None, codes: tuple[str, ...]) -> str:
    """Return a sentence for people."""
    if codes:
        text = _BY_CODE[codes[0]]
    elif status is not None:
        text = _BY_STATUS.get(
            status, "the provider failed" if status >= 500 else "the provider refused the request"
        )
    else:
        text = "the provider reports an error"
    return f"{text} (status {status})" if status is not None else text
