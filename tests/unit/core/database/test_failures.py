"""Which failures are the database's and which the caller's."""

import asyncpg
import pytest

from tandem.core.database.failures import unavailable, while_connecting
from tandem.core.errors import DatabaseUnavailableError

THE_DATABASES = [
    ConnectionRefusedError(),
    FileNotFoundError("no socket"),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError("gone"),
    asyncpg.AdminShutdownError("terminating"),
    asyncpg.CrashShutdownError("crash"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.TooManyConnectionsError("full"),
    asyncpg.DiskFullError("full"),
    asyncpg.QueryCanceledError("statement timeout"),
    asyncpg.LockNotAvailableError("lock timeout"),
    asyncpg.DeadlockDetectedError("deadlock"),
]
THE_CALLERS = [
    asyncpg.UniqueViolationError("twice"),
    asyncpg.DataError("not a number"),
    asyncpg.exceptions.InvalidTextRepresentationError("not a number"),
    asyncpg.PostgresSyntaxError("syntax"),
    asyncpg.UndefinedTableError("no table"),
    asyncpg.InterfaceError("another operation is in progress"),
    ValueError("of ours"),
]


@pytest.mark.parametrize("error", THE_DATABASES, ids=lambda error: type(error).__name__)
def test_failures_of_the_server_mean_unavailable(error):
    """All are 503 with a moment after which to ask again."""
    told = unavailable(error, closed=False)
    assert isinstance(told, DatabaseUnavailableError)
    assert (told.status, told.retry_after) == (503, 2)


@pytest.mark.parametrize("error", THE_CALLERS, ids=lambda error: type(error).__name__)
def test_mistakes_of_the_caller_pass_through(error):
    """They are answered where they are understood."""
    assert unavailable(error, closed=False) is None


def test_any_complaint_about_a_closed_connection_means_unavailable():
    """The connection's state tells, not the words."""
    assert unavailable(asyncpg.InterfaceError("whatever"), closed=True) is not None
    assert unavailable(asyncpg.InternalClientError("whatever"), closed=True) is not None
    assert unavailable(ValueError("of ours"), closed=True) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "in time"),
        (asyncpg.CannotConnectNowError("x"), "starting"),
        (asyncpg.TooManyConnectionsError("x"), "no free connection"),
        (asyncpg.InvalidPasswordError("x"), "login"),
        (asyncpg.InvalidCatalogNameError("x"), "does not exist"),
        (asyncpg.exceptions.ClientConfigurationError("x"), "option"),
        (ConnectionRefusedError("10.0.0.1"), "cannot be reached"),
    ],
)
def test_a_failed_connect_says_what_kind_it_is(error, words):
    """Without the address: the text is answered to clients."""
    told = while_connecting(error)
    assert words in told.message
    assert "10.0.0.1" not in told.message
