"""How an outgoing call can fail; aiohttp's and the system's errors are turned into these where they enter.

::

    HttpError (OperationalError)
    +-- HttpClosedError        the client is not open
    +-- ConnectFailedError     refused, unknown name, TLS
    +-- HttpTimeoutError       ``phase``: connect, first_byte, idle or total
    +-- DisconnectedError      the connection broke; ``begun``: after the headers
    +-- MalformedAnswerError   not HTTP, or not JSON where JSON was promised
    +-- BodyTooLargeError      more than was allowed to come

Messages name the host and nothing else of the address, no header and no body. None of them keeps the error that
caused it: aiohttp's hold the request's headers, and with them the key.
"""

import socket
import ssl
from typing import Final, Literal

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from tandem.core.errors import OperationalError

Phase = Literal["connect", "first_byte", "idle", "total"]

RAISED_BY_AIOHTTP: Final = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, EOFError)
"""What aiohttp lets out of a call; ``TimeoutError`` is an ``OSError``."""

_WAITED_FOR: Final[dict[Phase, str]] = {
    "connect": "{host} could not be connected to in time",
    "first_byte": "{host} did not begin to answer in time",
    "idle": "{host} fell silent",
    "total": "{host} did not end its answer in time",
}


class HttpError(OperationalError):
    """Base: a call to another service failed before it had an answer with a status."""

    code = "upstream_unavailable"


class HttpClosedError(HttpError):
    """The client is not open, or not any more."""


class ConnectFailedError(HttpError):
    """No connection could be made."""


class HttpTimeoutError(HttpError):
    """The other side was waited for in vain."""

    code = "upstream_timeout"

    def __init__(self, host: str, phase: Phase) -> None:
        """Say what was waited for."""
        super().__init__(_WAITED_FOR[phase].format(host=host))
        self.phase: Phase = phase


class DisconnectedError(HttpError):
    """The other side went away in the middle."""

    def __init__(self, host: str, *, begun: bool) -> None:
        """Say whether the answer had ``begun``."""
        super().__init__(f"{host} broke the connection {'in its answer' if begun else 'before it answered'}")
        self.begun = begun


class MalformedAnswerError(HttpError):
    """The answer cannot be read."""

    code = "upstream_malformed"


class BodyTooLargeError(HttpError):
    """The answer is larger than was allowed."""

    code = "upstream_too_large"


def translated(error: BaseException, host: str, phase: Phase, *, begun: bool) -> HttpError:
    """Return our error for one of :data:`RAISED_BY_AIOHTTP`."""
    if isinstance(error, TimeoutError):
        return HttpTimeoutError(
            host, "connect" if isinstance(error, aiohttp.ConnectionTimeoutError) else phase
        )
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientSSLError | ssl.SSLError):
        return ConnectFailedError(f"{host} cannot be connected to: {_why(error)}")
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return ConnectFailedError("the address of the service is not a usable http or https URL")
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError | ValueError):
        return MalformedAnswerError(f"{host} answered with something that is not HTTP")
    return DisconnectedError(host, begun=begun)


def _why(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return "the name is unknown"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "TLS failed"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    return "no route" if isinstance(cause, OSError) else "connecting failed"
