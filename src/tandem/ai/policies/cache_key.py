"""Which questions are the same question."""

from collections.abc import Mapping
from hashlib import blake2b

import orjson

from tandem.ai.messages import ChatRequest

_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def is_cacheable(request: ChatRequest) -> bool:
    """Return whether an answer may be given again: when asked for, or else at temperature 0."""
    return request.temperature == 0 if request.cache is None else request.cache


def key_of(request: ChatRequest) -> bytes | None:
    """Return 32 bytes that stand for the user and all that shapes the answer, None where that cannot be told.

    One user's answers are never given to another: texts may be private, and a model may be asked to repeat them.
    The order of an option's keys makes no difference, nor does whether the answer is streamed.
    """
    temperature = request.temperature
    parts = [
        request.asker.user, request.model, None if temperature is None else float(temperature), request.max_tokens,
        request.fallback, [[one.role, one.content, one.extra] for one in request.messages], request.options,
    ]  # fmt: skip
    try:
        return blake2b(orjson.dumps(parts, default=_plain, option=_SORTED), digest_size=32).digest()
    except TypeError:
        return None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise TypeError
