"""What is asked of a language model and what it answers, whoever the provider is."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from tandem.core.values import value

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "error", "cancelled", "shutdown"]


@value(frozen=True, slots=True)
class Message:
    """One turn. ``content`` is text, a list of content parts as OpenAI defines them, or None beside tool calls.

    ``extra`` holds what else belongs to the turn on the wire (``name``, ``tool_calls``, ``tool_call_id``).
    """

    role: Role
    content: str | Sequence[Mapping[str, Any]] | None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """Return the turn as OpenAI's API spells it."""
        return {"role": self.role, "content": self.content, **self.extra}


@value(frozen=True, slots=True)
class Asker:
    """On whose account a call is made; ``key`` is the id of an API key, None without one.

    ``endpoint`` is the route template, for the usage record and never for a decision.
    """

    user: str
    key: str | None
    endpoint: str
    request_id: str


@value(frozen=True, slots=True)
class ChatRequest:
    """One question to a model.

    ``model`` is the key that the caller asked for; providers translate it. ``options`` are passed through as they
    are (``tools``, ``response_format``, ``top_p``, ``stop``, ``seed``, ...). ``timeout`` is the deadline of the
    whole call in seconds, None for the configured one. ``cache`` asks for the exact cache although the temperature
    is not 0, or forbids it (False); None means: by temperature. ``fallback`` False asks for this model or none.
    """

    messages: tuple[Message, ...]
    model: str
    asker: Asker
    temperature: float | None = None
    max_tokens: int | None = None
    stream: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    cache: bool | None = None
    fallback: bool = True


@value(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one attempt; ``estimated`` when the provider did not count and we did."""

    prompt: int
    completion: int
    estimated: bool = False

    @property
    def total(self) -> int:
        """Prompt and completion together."""
        return self.prompt + self.completion

    def wire(self) -> dict[str, int]:
        """Return the figures under OpenAI's names."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.total,
        }


@value(frozen=True, slots=True)
class Delta:
    """A piece of an answer.

    ``text`` may be empty; ``wire`` is the piece of ``choices[0].delta`` as the provider sent it, when it holds more
    than text (tool calls, reasoning), so that the OpenAI-compatible route loses nothing.
    """

    text: str
    wire: Mapping[str, Any] | None = None


@value(frozen=True, slots=True)
class Origin:
    """Where an answer comes from.

    ``asked`` is the key that was asked for, ``provider`` and ``model`` who answered (the provider's own model id);
    ``fallback`` when that is not who was asked; ``cached`` when it came from the exact cache, then
    ``created`` (Unix seconds) is when it was first given.
    """

    asked: str
    provider: str
    model: str
    fallback: bool = False
    cached: bool = False
    created: float | None = None
    attempts: int = 1


@value(frozen=True, slots=True)
class Outcome:
    """What is known once an answer has ended, however it ended.

    ``cost`` is in integer micro-dollars, None when unknown. Times are seconds from the begin of the call:
    ``first_token`` None when there was none.
    """

    text: str
    finish_reason: FinishReason
    usage: TokenUsage
    cost: int | None
    seconds: float
    first_token: float | None
    message: Mapping[str, Any] = field(default_factory=dict)
    """The whole assistant message as on the wire (with tool calls)."""
