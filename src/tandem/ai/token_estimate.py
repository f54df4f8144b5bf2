"""How many tokens a text has, roughly, without any tokenizer.

For two purposes: what a call may cost at most, before it is made, and what a call cost whose provider did
not count. Every model cuts text differently, so a figure here is for a model of the GPT or Llama family and is
always marked ``estimated``.

The estimate depends on the number of characters by kind and by their length in UTF-8, all of which C code counts:
10 us for 1,000 characters. Stated error, measured with the tokenizer of SmolLM2 (49,000 entries, English; a test keeps
the figures): English prose and Python within 15 %; other languages and numbers are underestimated there, by up to
:data:`MARGIN`, because a small vocabulary cuts them into single characters and bytes. The large vocabularies of paid
models cut them into half as many tokens, so for those the estimate lies in the middle.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from tandem.ai.messages import ChatRequest, Message, TokenUsage

PER_MESSAGE: Final = 4
"""Tokens of a turn's own marks and role."""
PER_ANSWER: Final = 3
"""Tokens that begin the answer."""
PER_IMAGE: Final = 1_100
"""Tokens of a picture: what a large one costs at OpenAI's "high" detail."""
MARGIN: Final = 2.0
"""No real count that was measured is above the estimate times this; so much of a prompt is reserved for."""
ASSUMED_ANSWER: Final = 4_096
"""Tokens reserved for an answer whose length nobody limits; the contract's own highest ``max_tokens`` is 4,000."""

_WORDS: Final = bytes(range(65, 91)) + bytes(range(97, 123)) + b" "
_DIGITS: Final = b"0123456789"
_FOREIGN: Final = 0.02
"""Share of characters beyond ASCII above which the others are no English either."""


def of_text(text: str) -> int:
    """Return the estimated tokens of ``text``, 0 for an empty one."""
    if not text:
        return 0
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) == len(text):
        return _rounded(_ascii(encoded, 4.6))
    plain = text.encode("ascii", "ignore")
    others = len(text) - len(plain)
    four = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    three = (len(encoded) - len(text)) - others - 2 * four
    two = others - three - four
    # Two bytes: letters with marks, Greek, Cyrillic, Arabic. Three: Chinese, Japanese, Korean, Thai, Devanagari.
    # Four: signs beyond, emoji above all.
    per_token = 3.2 if others > _FOREIGN * len(text) else 4.6
    return _rounded(_ascii(plain, per_token) + 0.75 * two + 1.35 * three + 3.0 * four)


def of_messages(messages: Iterable[Message]) -> int:
    """Return the estimated tokens of a conversation as a prompt."""
    return PER_ANSWER + sum(PER_MESSAGE + _content(one.content) + _wire(one.extra) for one in messages)


def of_request(request: ChatRequest) -> int:
    """Return the estimated tokens of the prompt, with the tools and the answer's schema that are sent along."""
    options = request.options
    more = {name: options[name] for name in ("tools", "functions", "response_format") if options.get(name)}
    return of_messages(request.messages) + _wire(more)


def of_call(request: ChatRequest, text: str) -> TokenUsage:
    """Return the usage of a call whose model wrote ``text``, for a provider that does not count."""
    return TokenUsage(of_request(request), of_text(text), estimated=True)


def _ascii(encoded: bytes, per_token: float) -> float:
    rest = encoded.translate(None, _WORDS)
    signs = rest.translate(None, _DIGITS)
    words, digits = len(encoded) - len(rest), len(rest) - len(signs)
    return words / per_token + 0.7 * digits + 0.5 * len(signs)


def _content(content: str | Sequence[Mapping[str, Any]] | None) -> int:
    if content is None:
        return 0
    if isinstance(content, str):
        return of_text(content)
    return sum(_part(part) for part in content)


def _part(part: Mapping[str, Any]) -> int:
    text = part.get("text")
    return of_text(text) if isinstance(text, str) else PER_IMAGE


def _wire(value: Mapping[str, Any]) -> int:
    if not value:
        return 0
    return of_text(orjson.dumps(value, default=_plain).decode())


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    return str(value)


def _rounded(tokens: float) -> int:
    return max(1, round(tokens))
