"""How asking a model can fail.

::

    AIError (OperationalError)
    +-- ProviderNotConfiguredError   no key, or no provider for this model         503
    +-- ProviderTimeoutError         connect, first byte, silence, or the deadline 504   retriable
    +-- ProviderRateLimitedError     the provider said 429                         503   retriable, Retry-After
    +-- ProviderUnavailableError     5xx, refused, reset before the first byte     502   retriable
    +-- ProviderRejectedError        4xx: it will not answer this request          502
    +-- BadAnswerError               not what the protocol promises                502   retriable
    +-- BrokenStreamError            failed after the first piece                  502
    +-- CircuitOpenError             failed too often lately; not asked            503
    +-- QueueFullError               too many callers wait already                 503
    BudgetExceededError (ClientError)  the key's or user's budget is spent         402   from tandem.usage.errors

``reason`` is a text for people that never holds a secret, a prompt or an address with credentials.
"""

from typing import ClassVar

from tandem.core.errors import OperationalError
from tandem.usage.errors import BudgetExceededError

__all__ = [
    "AIError", "BadAnswerError", "BrokenStreamError", "BudgetExceededError", "CircuitOpenError",
    "ProviderNotConfiguredError", "ProviderRateLimitedError", "ProviderRejectedError", "ProviderTimeoutError",
    "ProviderUnavailableError", "QueueFullError",
]  # fmt: skip


class AIError(OperationalError):
    """Base: a model could not answer. ``provider`` and ``model`` say who was asked."""

    code = "ai_unavailable"
    retriable: ClassVar[bool] = False

    def __init__(self, reason: str, *, provider: str = "", model: str = "", retry_after: int = 1) -> None:
        """Keep who was asked beside the ``reason``; ``retry_after`` in whole seconds."""
        super().__init__(reason, retry_after=retry_after)
        self.reason = reason
        self.provider = provider
        self.model = model


class ProviderNotConfiguredError(AIError):
    """There is no key or no address for the provider."""

    code = "provider_not_configured"


class ProviderTimeoutError(AIError):
    """The provider did not connect, begin, go on or end in time."""

    code = "provider_timeout"
    status = 504
    retriable = True


class ProviderRateLimitedError(AIError):
    """The provider said 429."""

    code = "provider_rate_limited"
    retriable = True


class ProviderUnavailableError(AIError):
    """The provider failed or cannot be reached."""

    code = "provider_unavailable"
    status = 502
    retriable = True


class ProviderRejectedError(AIError):
    """The provider refuses this request."""

    code = "provider_rejected"
    status = 502


class BadAnswerError(AIError):
    """The provider's answer is not what the protocol promises."""

    code = "bad_answer"
    status = 502
    retriable = True


class BrokenStreamError(AIError):
    """The provider failed after the first piece was delivered."""

    code = "broken_stream"
    status = 502


class CircuitOpenError(AIError):
    """The provider failed too often lately and is not asked for a while."""

    code = "circuit_open"


class QueueFullError(AIError):
    """So many callers wait for this provider that another one would wait in vain."""

    code = "queue_full"
