"""Which failures of asyncpg mean that PostgreSQL is out of reach, told by type and by the connection's state.

Mistakes of the caller (wrong SQL, values that do not fit, violated constraints) pass through untouched: they
are answered where they are understood.
"""

from typing import Final

from asyncpg import exceptions as pg

from tandem.core.errors import DatabaseUnavailableError, OperationalError

RETRY_AFTER: Final = 2
"""Whole seconds after which a caller may ask again; a restart of PostgreSQL takes about one."""

_LOST: Final = (OSError, pg.PostgresConnectionError, pg.OperatorInterventionError)
_OVERLOADED: Final = (pg.InsufficientResourcesError, pg.PostgresSystemError)
_SLOW: Final = (TimeoutError, pg.QueryCanceledError, pg.LockNotAvailableError, pg.TransactionTimeoutError)
# Two writers met; the server gave up one of them, and the same request succeeds when it is sent again.
_COLLIDED: Final = (pg.SerializationError, pg.DeadlockDetectedError)
_CLOSED_SAYS: Final = (pg.PostgresError, pg.InterfaceError, pg.InternalClientError)

CONNECTING: Final = (OSError, ValueError, *_CLOSED_SAYS)
"""All that can go wrong while a connection is made: a TimeoutError is an OSError, a wrong port a ValueError."""

RAISED_BY_ASYNCPG: Final = _CLOSED_SAYS
"""Types that come from asyncpg alone, so that they can be mapped wherever they are met."""


def unavailable(error: BaseException, *, closed: bool) -> OperationalError | None:
    """Return what to raise instead of ``error`` when the database is at fault, None when the caller is.

    ``closed`` says whether the connection is gone; then whatever asyncpg complains of has that cause.
    """
    reason = _reason(error, closed=closed)
    return None if reason is None else DatabaseUnavailableError(reason, retry_after=RETRY_AFTER)


def while_connecting(error: BaseException) -> DatabaseUnavailableError:
    """Return the error for a connection that could not be made; the texts name neither host nor user."""
    if isinstance(error, TimeoutError):
        reason = "PostgreSQL did not answer in time while connecting"
    elif isinstance(error, pg.CannotConnectNowError):
        reason = "PostgreSQL is starting or stopping"
    elif isinstance(error, pg.TooManyConnectionsError):
        reason = "PostgreSQL has no free connection left"
    elif isinstance(error, pg.InvalidAuthorizationSpecificationError):
        reason = "PostgreSQL refused the login"
    elif isinstance(error, pg.InvalidCatalogNameError):
        reason = "the database does not exist"
    elif isinstance(error, (pg.ClientConfigurationError, ValueError)):
        reason = "the database URL holds an option that cannot be used"
    else:
        reason = "PostgreSQL cannot be reached"
    return DatabaseUnavailableError(reason, retry_after=RETRY_AFTER)


def _reason(error: BaseException, *, closed: bool) -> str | None:
    if isinstance(error, _SLOW):
        return "PostgreSQL took too long"
    if isinstance(error, _COLLIDED):
        return "another writer was quicker; try again"
    if isinstance(error, _LOST):
        return "the connection to PostgreSQL was lost"
    if isinstance(error, _OVERLOADED):
        return "PostgreSQL has run out of a resource"
    if closed and isinstance(error, _CLOSED_SAYS):
        return "the connection to PostgreSQL was lost"
    return None
