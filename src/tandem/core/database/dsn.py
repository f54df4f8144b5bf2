"""The address of the database as people and other tools write it, made fit for asyncpg and for logs."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from tandem.core.errors import ConfigurationError

SCHEMES: Final = frozenset(
    {"postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2"}
)
"""What a database URL may begin with; the part after ``+`` names a driver that others use."""

_RENAMED: Final = {"ssl": "sslmode"}

# Options of libpq, SQLAlchemy and others; asyncpg would send them to the server, which refuses to connect.
_NOT_OURS: Final = frozenset({
    "async_fallback", "channel_binding", "client_encoding", "connect_timeout", "fallback_application_name",
    "gssdelegation", "gssencmode", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
    "load_balance_hosts", "pgbouncer", "pool_timeout", "prepared_statement_cache_size",
    "prepared_statement_name_func", "replication", "sslcompression", "sslcrldir", "sslsni", "tcp_user_timeout",
})  # fmt: skip

_SECRET: Final = frozenset({"password", "sslpassword"})


def asyncpg_dsn(url: str) -> str:
    """Return ``url`` in the one spelling that asyncpg reads.

    Driver names go, ``ssl=`` becomes ``sslmode=``, and options that only other clients know are left out.
    Raises ConfigurationError for another scheme; the message holds no part of the URL but that scheme.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        raise ConfigurationError(
            "DATABASE_URL is no URL; it looks like postgresql://user:password@host:5432/name"
        )
    if scheme.lower() not in SCHEMES:
        raise ConfigurationError(f"DATABASE_URL begins with {scheme[:40]}://; only PostgreSQL is supported")
    address, _, query = rest.partition("?")
    options = [(_RENAMED.get(name, name), value) for name, value in _options(query) if name not in _NOT_OURS]
    return f"postgresql://{address}" + (f"?{urlencode(options)}" if options else "")


def safe_dsn(url: str) -> str:
    """Return ``url`` for people and logs: user, host, database and options, never a password.

    Never raises. An unescaped ``/``, ``?`` or ``@`` in the password does not bring a part of it to light.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        return "(no database URL)"
    user, at, place = rest.rpartition("@")
    name = user.partition(":")[0].partition("?")[0] if at else ""
    address, _, query = place.partition("?")
    options = [(key, value) for key, value in _options(query) if key.lower() not in _SECRET]
    shown = f"{scheme}://{name}{'@' if at else ''}{address}"
    return f"{shown}?{urlencode(options, safe='/')}" if options else shown


def _options(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
