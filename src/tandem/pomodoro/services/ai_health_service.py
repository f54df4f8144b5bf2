"""Whether the model that writes AI answers can be reached; never by a call that costs money."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from tandem.ai.errors import AIError, ProviderRejectedError
from tandem.core.clock import Clock

KNOWN_SECONDS: Final = 15.0
"""How long one look is good for."""

Status = Literal["healthy", "model_missing", "disabled", "error", "unavailable", "not_configured"]


class Pinged(Protocol):
    """A provider that can be looked at."""

    async def ping(self) -> None:
        """Raise an AIError unless it answers."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    provider: str
    model: str
    url: str
    client: Pinged | None
    disabled: bool
    """Whether it was switched off by ``OLLAMA_ENABLED=false``."""


class AIHealthService:
    """One per process. Fail mode: a look that fails is an answer, never an error."""

    def __init__(self, watched: Watched, clock: Clock) -> None:
        """Look at ``watched``."""
        self._watched, self._clock = watched, clock
        self._known: tuple[float, Status, str] | None = None
        self._lock = asyncio.Lock()

    async def look(self) -> dict[str, Any]:
        """Return provider, model, status and a message for people."""
        status, message = await self._status()
        found: dict[str, Any] = {
            "ai_provider": self._watched.provider, "configured_model": self._watched.model, "status": status,
            "message": message,
        }  # fmt: skip
        if self._watched.provider == "ollama":
            found["ollama_url"] = self._watched.url.removesuffix("/v1")
        return found

    @property
    def url(self) -> str:
        """The address of the provider, empty without one."""
        return self._watched.url

    async def _status(self) -> tuple[Status, str]:
        watched = self._watched
        if watched.disabled:
            return "disabled", "Ollama is switched off by OLLAMA_ENABLED=false; the texts come from rules."
        if watched.client is None:
            return "not_configured", "No language model is configured; the texts come from rules."
        async with self._lock:
            if self._known is None or self._clock.monotonic() - self._known[0] > KNOWN_SECONDS:
                self._known = (self._clock.monotonic(), *await self._ping(watched.client))
            return self._known[1], self._known[2]

    async def _ping(self, client: Pinged) -> tuple[Status, str]:
        try:
            await client.ping()
        except ProviderRejectedError as error:
            return "error", f"{self._watched.provider} refused: {error.reason}"
        except AIError as error:
            return "unavailable", f"Cannot connect to {self._watched.provider}: {error.reason}"
        return "healthy", f"{self._watched.provider} answers."
