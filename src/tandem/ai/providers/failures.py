"""Turns what went wrong with a provider into the errors of :mod:`tandem.ai.errors`, by type and status."""

import datetime as dt
from collections.abc import Mapping

from tandem.ai.errors import (
    AIError,
    BadAnswerError,
    BrokenStreamError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.providers import reasons, retry_after
from tandem.core.http.errors import (
    BodyTooLargeError,
    HttpError,
    HttpTimeoutError,
    MalformedAnswerError,
    Phase,
)
from tandem.core.values import value

_WAITS: Mapping[Phase, str] = {
    "connect": "the provider could not be connected to in time",
    "first_byte": "the provider did not begin to answer in time",
    "idle": "the provider fell silent",
    "total": "the answer was not complete at the deadline",
}


@value(frozen=True, slots=True)
class Failures:
    """Makes the errors of one call to ``model`` at ``provider``."""

    provider: str
    model: str

    def of_status(
        self, status: int, error: object, headers: Mapping[str, str], now: dt.datetime
    ) -> AIError:  # fmt: skip
        """Return the error for a status that is not 2xx; ``error`` is the body's error object if there is one."""
        codes = reasons.codes_of(error)
        return self._with_status(status, codes, retry_after.seconds(headers.get("Retry-After"), now))

    def of_error_object(self, error: object, *, begun: bool) -> AIError:
        """Return the error for an error object inside an answer that called itself good."""
        codes, status = reasons.codes_of(error), reasons.status_in(error)
        if begun:
            return self._make(BrokenStreamError, reasons.reason(status, codes))
        return self._with_status(status, codes, 1)

    def of_http(self, error: HttpError, *, begun: bool) -> AIError:
        """Return the error for a call that failed below the protocol; ``begun`` once a piece was delivered."""
        if isinstance(error, HttpTimeoutError):
            return self.late(error.phase)
        why = _without_address(error.message)
        if begun:
            return self._make(BrokenStreamError, why)
        if isinstance(error, MalformedAnswerError | BodyTooLargeError):
            return self._make(BadAnswerError, why)
        return self._make(ProviderUnavailableError, why)

    def late(self, phase: Phase) -> AIError:
        """Return the error for a provider that was waited for in vain."""
        return self._make(ProviderTimeoutError, _WAITS[phase])

    def bad(self, what: str, *, begun: bool = False) -> AIError:
        """Return the error for an answer that breaks the protocol; ``what`` is a text of ours."""
        return self._make(BrokenStreamError if begun else BadAnswerError, what)

    def _with_status(self, status: int | None, codes: tuple[str, ...], wait: int) -> AIError:
        kind: type[AIError]
        meant = status or reasons.implied_status(codes)
        if meant == 408:
            kind = ProviderTimeoutError
        elif meant == 429 and not reasons.no_credit(codes):
            kind = ProviderRateLimitedError
        elif meant >= 500:
            kind = ProviderUnavailableError
        else:
            kind = ProviderRejectedError
        return self._make(kind, reasons.reason(status, codes), wait)

    def _make(self, kind: type[AIError], why: str, wait: int = 1) -> AIError:
        return kind(why, provider=self.provider, model=self.model, retry_after=wait)


def _without_address(message: str) -> str:
    """Return what the HTTP client says, fit for callers: where a provider of ours listens is nobody's business."""
    host, _, rest = message.partition(" ")
    return f"the provider {rest}" if ":" in host else message
