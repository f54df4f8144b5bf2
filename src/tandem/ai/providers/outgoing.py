"""What is sent to an OpenAI-compatible provider."""

from typing import Any, Final

from tandem.ai.messages import ChatRequest
from tandem.ai.providers.profile import Profile

_OURS: Final = frozenset({"model", "messages", "stream", "stream_options", "temperature", "max_tokens", "n"})
"""What a request states in fields of its own. ``n``: an answer of ours is one choice."""


def body_of(request: ChatRequest, profile: Profile) -> dict[str, Any]:
    """Return the body of ``POST /chat/completions``; options that are not ours pass through as they are."""
    body: dict[str, Any] = {name: value for name, value in request.options.items() if name not in _OURS}
    body["model"] = profile.model_for(request.model)
    body["messages"] = [message.wire() for message in request.messages]
    body["stream"] = request.stream
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body.pop("max_completion_tokens", None)
        body[profile.max_tokens_field] = request.max_tokens
    if request.stream and profile.supports_usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    return body
