"""`tandem db`: the database."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import click

from tandem.cli.restoring import restore_dump
from tandem.cli.runtime import console, run
from tandem.core.auth import repository as key_repository
from tandem.core.database import data_versions, schema
from tandem.core.database.embedded import binaries
from tandem.core.database.migrations import HEAD
from tandem.core.database.opening import Source, opened
from tandem.core.settings import Settings, load


@click.group()
def db() -> None:
    """The database: status, upgrade, dump, restore."""


@db.command()
def status() -> None:
    """Say where the database is and which schema it has."""
    settings = load()

    async def work() -> schema.SchemaState:
        async with opened(settings, application_name="tandem-cli", check_schema=False) as database:
            return await schema.state(database)

    state = run(work())
    own = settings.database_url is None
    console.print(
        f"database {settings.database_host}, schema {state.current or 'none'}, needed {state.head}:"
        f" {_verdict(state, own=own)}"
    )


def _verdict(state: schema.SchemaState, *, own: bool) -> str:
    if state.is_behind:
        # Our own server is ours to change: whatever needs its schema brings it there.
        return "made when it is first used" if own else "behind: run `tandem db upgrade`"
    return "newer" if state.is_unknown else "fits"


@db.command()
def upgrade() -> None:
    """Build the schema, or adopt the old service's database without losing a row."""
    settings = load()

    async def work() -> None:
        source = Source.of(settings)
        try:
            await source.start()
            await schema.upgrade(source.dsn)
        finally:
            await source.release()

    run(work())
    console.print(f"database {settings.database_host} is at schema {HEAD}")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def dump(file: Path) -> None:
    """Write the whole database into FILE (pg_dump's custom format).

    \b
    Example:
      tandem db dump backup.dump
    """
    settings = load()
    _with_database(settings, lambda address, password: _dump(file, address, password))
    console.print(f"written: {file} ({file.stat().st_size:,} bytes)")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Replace the content of the database by FILE, in one transaction: all of it or nothing.

    \b
    Example:
      tandem db restore backup.dump
    """
    settings = load()
    if not yes:
        click.confirm(f"Replace everything in the database {settings.database_host}?", abort=True)
    _with_database(settings, lambda address, password: restore_dump(file, address, password))

    async def renew() -> None:
        async with opened(settings, application_name="tandem-cli") as database:
            await data_versions.renew(database)
            await key_repository.announce(database)

    run(renew())
    console.print(f"restored: {file}")


def _dump(file: Path, address: str, password: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603
        [str(binaries().pg_dump), "--format=custom", "--no-owner", f"--file={file}", f"--dbname={address}"],
        capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", **password},
    )  # fmt: skip
    if done.returncode != 0:
        raise click.ClickException(done.stderr.strip() or "pg_dump failed")


def _with_database(settings: Settings, work: Callable[[str, Mapping[str, str]], None]) -> None:
    """Give ``work`` the running database's address, and the password as an environment of its own."""

    async def there() -> None:
        source = Source.of(settings)
        try:
            await source.start()
            work(*without_password(source.dsn()))
        finally:
            await source.release()

    run(there())


def without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """Split the password off, which goes into the environment: arguments are seen by every user."""
    parts = urlsplit(dsn)
    options = parse_qsl(parts.query, keep_blank_values=True)
    secret = None if parts.password is None else unquote(parts.password)
    secret = dict(options).get("password", secret)
    user, _, place = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    # As libpq reads it: a plus sign is no blank there, so only what must be is escaped.
    query = urlencode(
        [(key, value) for key, value in options if key != "password"], safe="/", quote_via=quote
    )
    address = urlunsplit(parts._replace(netloc=f"{name}@{place}" if name else place, query=query))
    return address, {} if secret is None else {"PGPASSWORD": secret}
