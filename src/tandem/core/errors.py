"""Every error that a service of ours answers with.

::

    TandemError
    +-- ClientError            the caller can mend it                     4xx
    |   +-- InvalidInputError      a value is malformed or out of range   400
    |   +-- ForbiddenError         the key does not allow it              403
    |   +-- NotFoundError          there is no such thing                 404
    |   +-- ConflictError          it contradicts what is already there   409
    |   +-- TooLargeError          more than is accepted in one go        413
    |   +-- UnsupportedMediaError  the body is of another kind            415
    |   +-- TooManyRequestsError   more than one caller may ask           429
    +-- OperationalError       we cannot right now; try again             503
    |   +-- DatabaseUnavailableError   PostgreSQL is out of reach
    |   +-- PoolExhaustedError         no connection became free in time
    |   +-- SchemaBehindError          the database needs `tandem db upgrade`
    |   +-- EmbeddedDatabaseError      our own PostgreSQL cannot be started
    |   +-- DrainingError              this process is shutting down
    +-- ConfigurationError     the settings cannot work; start is refused

Anything else that escapes is a bug and is answered with 500. The string ``code`` is what goes over the
wire and never changes; class names are private.
"""

from typing import Any, ClassVar


class TandemError(Exception):
    """Base of all errors that are raised on purpose."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, **extra: Any) -> None:
        """Keep ``message`` for people and ``extra`` as further JSON keys of the error body."""
        super().__init__(message)
        self.message = message
        self.extra = extra


class ClientError(TandemError):
    """The caller sent something that can be mended."""

    code = "bad_request"
    status = 400


class InvalidInputError(ClientError):
    """A value is malformed, of the wrong type or out of range."""

    code = "invalid_input"


class ForbiddenError(ClientError):
    """The key does not allow this."""

    code = "forbidden"
    status = 403


class NotFoundError(ClientError):
    """The thing that was asked for does not exist."""

    code = "not_found"
    status = 404


class ConflictError(ClientError):
    """The request contradicts what is stored."""

    code = "conflict"
    status = 409


class TooLargeError(ClientError):
    """The body is larger than is accepted in one request."""

    code = "too_large"
    status = 413


class UnsupportedMediaError(ClientError):
    """The body is of a media type that this route does not read."""

    code = "unsupported_media_type"
    status = 415


class TooManyRequestsError(ClientError):
    """The caller has used up what one caller may ask for now."""

    code = "too_many_requests"
    status = 429

    def __init__(self, message: str, *, retry_after: int, **extra: Any) -> None:
        """Remember after how many whole seconds the caller may try again (sent as ``Retry-After``)."""
        super().__init__(message, **extra)
        self.retry_after = retry_after


class OperationalError(TandemError):
    """We cannot serve this right now; the same request may succeed later."""

    code = "unavailable"
    status = 503

    def __init__(self, message: str, *, retry_after: int = 1, **extra: Any) -> None:
        """Remember after how many whole seconds a caller may try again (sent as ``Retry-After``)."""
        super().__init__(message, **extra)
        self.retry_after = retry_after


class DatabaseUnavailableError(OperationalError):
    """PostgreSQL does not answer."""

    code = "database_unavailable"


class PoolExhaustedError(OperationalError):
    """No database connection became free within the allowed waiting time."""

    code = "database_busy"


class SchemaBehindError(OperationalError):
    """The database has an older schema than this version needs."""

    code = "schema_behind"


class EmbeddedDatabaseError(OperationalError):
    """The embedded PostgreSQL cannot be started or reached."""

    code = "embedded_database"

    def __init__(self, message: str, *, remedy: str, retry_after: int = 5) -> None:
        """Name what is wrong and the ``remedy``: a command or setting that mends it."""
        super().__init__(f"{message} {remedy}", retry_after=retry_after)
        self.remedy = remedy


class DrainingError(OperationalError):
    """This process is about to stop and takes no new work."""

    code = "draining"


class ConfigurationError(TandemError):
    """The settings cannot work together; the process refuses to start."""

    code = "configuration"
