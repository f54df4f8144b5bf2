"""No server opens its door to callers who cannot have a key yet."""

import datetime as dt
from typing import Final

from tandem.core.auth import repository
from tandem.core.database.pool import Database
from tandem.core.errors import ConfigurationError

NO_KEY: Final = (
    "authentication is on, and there is no API key yet: run `tandem keys create NAME --scope admin` first; or bind"
    " 127.0.0.1, or set TANDEM_AUTH=off behind something that authenticates"
)


async def require_key(database: Database, now: dt.datetime) -> None:
    """Raise ConfigurationError unless some key opens something at ``now``; OperationalError if nobody can tell."""
    if not await repository.has_usable(database, now):
        raise ConfigurationError(NO_KEY)
