"""`tandem keys`: who may call the services."""

import datetime as dt
import re
from typing import Final

import click
from rich.table import Column, Table

from tandem.cli.runtime import clock_of, console, database, run, user_option
from tandem.core.auth import repository
from tandem.core.auth.keys import NewKey
from tandem.core.auth.repository import Key
from tandem.core.auth.scopes import SCOPES, KeyScope
from tandem.core.identity import DEFAULT_USER
from tandem.core.settings import load

_PERIOD: Final = re.compile(r"([1-9]\d{0,4})([hdw])")
_HOURS: Final = {"h": 1, "d": 24, "w": 24 * 7}


def _period(_: click.Context, __: click.Parameter, value: str | None) -> dt.timedelta | None:
    if value is None:
        return None
    found = _PERIOD.fullmatch(value)
    if found is None:
        raise click.BadParameter("a number of hours, days or weeks, such as 12h, 90d or 4w")
    return dt.timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    if not 1 <= len(value) <= 100 or not value.isprintable():
        raise click.BadParameter("1-100 printable characters")
    return value


@click.group()
def keys() -> None:
    """Who may call the services, for which user and what."""


@keys.command()
@click.argument("name", callback=_name)
@click.option(
    "--user", default=DEFAULT_USER, show_default=True, callback=user_option, help="Whose data it works on."
)
@click.option(
    "--scope", type=click.Choice(SCOPES), default="write", show_default=True,
    help="What it allows; each includes those before it. admin may name any user in X-User-ID.",
)  # fmt: skip
@click.option("--expires", metavar="PERIOD", callback=_period, help="12h, 90d, 4w; never by default.")
def create(name: str, user: str, scope: KeyScope, expires: dt.timedelta | None) -> None:
    """Make a key that you call NAME and print it, this once: it is kept only as a hash.

    The key is all that goes to standard output.

    \b
    Examples:
      tandem keys create laptop --user ann
      KEY=$(tandem keys create prometheus --scope read --expires 90d)
    """
    now = clock_of(settings := load()).now()
    expires_at = None if expires is None else now + expires

    async def work() -> NewKey:
        async with database(settings) as opened:
            return await repository.insert(opened, name, user, scope, now=now, expires_at=expires_at)

    new = run(work())
    click.echo(new.text)
    until = "until it is revoked" if expires_at is None else f"until {expires_at:%Y-%m-%d %H:%M %Z}"
    click.echo(f"key {new.id}: {scope} for the user {user}, {until}. It is not shown again.", err=True)


@keys.command("list")
def list_keys() -> None:
    """Show all keys, the newest first, without their secrets."""
    now = clock_of(settings := load()).now()

    async def work() -> list[Key]:
        async with database(settings) as opened:
            return await repository.find_all(opened)

    # Whole on the narrowest terminal: revoking a key takes its id.
    whole = ("id", "scope", "created", "last used")
    table = Table(
        *(
            Column(name, no_wrap=name in whole, overflow="fold")
            for name in ("id", "name", "user", "scope", "begins with", "created", "last used", "state")
        )
    )
    for key in run(work()):
        table.add_row(
            key.id, key.name, key.user, key.scope, f"{key.prefix}...", _day(key.created_at, now),
            _day(key.last_used_at, now), _state(key, now),
        )  # fmt: skip
    console.print(table)


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke the key ID for good; running services refuse it within a second.

    \b
    Example:
      tandem keys revoke k3v9x0a1bc
    """
    now = clock_of(settings := load()).now()

    async def work() -> bool:
        async with database(settings) as opened:
            return await repository.revoke(opened, key_id, now)

    if not run(work()):
        raise click.ClickException("there is no such key, or it was revoked before; see `tandem keys list`")
    console.print(f"revoked {key_id}", highlight=False)


def _day(moment: dt.datetime | None, now: dt.datetime) -> str:
    return "never" if moment is None else f"{moment.astimezone(now.tzinfo):%Y-%m-%d}"


def _state(key: Key, now: dt.datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day(key.revoked_at, now)}"
    if not key.is_usable(now):
        return f"expired {_day(key.expires_at, now)}"
    return "valid" if key.expires_at is None else f"valid until {_day(key.expires_at, now)}"
