"""Database addresses as other tools write them."""

import pytest

from tandem.core.database.dsn import asyncpg_dsn, safe_dsn
from tandem.core.errors import ConfigurationError


@pytest.mark.parametrize(
    "scheme",
    ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2", "postgresql+psycopg", "POSTGRES"],
)
def test_every_common_scheme_becomes_the_one_that_asyncpg_reads(scheme):
    """The driver that another tool uses says nothing about the database."""
    assert asyncpg_dsn(f"{scheme}://u:p%40@db:5433/pomodoro") == "postgresql://u:p%40@db:5433/pomodoro"


def test_options_of_other_clients_are_left_out_and_ours_kept():
    """asyncpg would send connect_timeout to the server, which refuses the connection."""
    url = (
        "postgresql+asyncpg://u@/db?host=/run/pg&connect_timeout=10&ssl=require&keepalives=1&search_path=app"
    )
    assert asyncpg_dsn(url) == "postgresql://u@/db?host=%2Frun%2Fpg&sslmode=require&search_path=app"


@pytest.mark.parametrize("url", ["mysql://u:secret@h/db", "sqlite:///x", "u:secret@h/db", ""])
def test_other_databases_are_refused_without_showing_the_password(url):
    """The remedy is named, the secret is not."""
    with pytest.raises(ConfigurationError) as caught:
        asyncpg_dsn(url)
    assert "secret" not in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:5432/db", "postgresql://u@h:5432/db"),
        ("postgresql://u:se@cr/et@h/db", "postgresql://u@h/db"),
        ("postgresql://u:secret?x@h/db", "postgresql://u@h/db"),
        ("postgresql://u@/db?host=/run/pg&password=secret", "postgresql://u@/db?host=/run/pg"),
        ("postgresql://h/db", "postgresql://h/db"),
        ("no url: secret", "(no database URL)"),
    ],
)
def test_what_is_shown_holds_no_part_of_the_password(url, shown):
    """Also when somebody forgot to escape it."""
    assert safe_dsn(url) == shown
