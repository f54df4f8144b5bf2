"""The schema: made anew, taken over from the old service in every state, and given back."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from integration.core.database import legacy
from tandem.core.database import data_versions, migrations, schema
from tandem.core.database.migrations import HEAD, KNOWN
from tandem.core.database.pool import Database
from tandem.core.database.postgres_binaries import binaries
from tandem.core.errors import ConfigurationError, DatabaseUnavailableError, SchemaBehindError

CONTRACT = ("sessions", "ai_cache", "user_profile", "category_skills", "achievements", "wellness_checkins")
OURS = ("data_versions", "idempotency_keys", "user_settings", "tandem_meta")
ADDED_BY_0002 = (
    "usage_events", "usage_months", "usage_resets", "budgets", "budget_reservations", "conversations",
    "conversation_messages", "comparisons",
)  # fmt: skip
ADDED_BY_0003 = ("api_keys",)
ADDED_BY_0004 = (
    "tandem_jobs", "tandem_job_files", "tandem_job_slots", "tandem_job_workers",
    "tandem_queue", "tandem_queue_log", "tandem_queue_schedules", "tandem_queue_statistics",
)  # fmt: skip
ADDED_BY_0005 = ("person_profiles", "person_check_ins", "person_skills", "person_achievements")

ADDED_BY_0006 = ("tandem_vectors", "tandem_indexed")


async def test_a_new_database_gets_everything_and_knows_its_version(empty_database_url):
    """State before, state after, and a second upgrade that changes nothing."""
    async with Database(empty_database_url) as database:
        before = await schema.state(database)
        assert (before.current, before.head, before.is_behind, before.is_unknown) == (None, HEAD, True, False)
        with pytest.raises(SchemaBehindError, match="tandem db upgrade"):
            before.require()
        await schema.upgrade(empty_database_url)
        await schema.upgrade(empty_database_url)
        after = await schema.state(database)
        assert (after.current, after.is_behind, after.is_unknown) == (HEAD, False, False)
        after.require()
        tables = {
            row[0]
            for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        }
        added = {*ADDED_BY_0002, *ADDED_BY_0003, *ADDED_BY_0004, *ADDED_BY_0005, *ADDED_BY_0006}
        assert tables == {*CONTRACT, *OURS, *added, "tandem_schema_version"}


async def test_a_session_gets_the_old_defaults(database):
    """Hour and weekday are computed, Sunday is 0, the user is `default`."""
    row = await database.fetchrow(
        "INSERT INTO sessions (date, time) VALUES ('2024-05-05', '23:59:59') RETURNING *, user_id"
    )
    assert (row["hour"], row["day_of_week"], row["user_id"]) == (23, 0, "default")
    assert (row["preset"], row["category"], row["duration_minutes"], row["completed"]) == (
        "deep_work", "Other", 52, True,
    )  # fmt: skip
    await database.execute("UPDATE sessions SET updated_at = '2000-01-01'")
    assert await database.fetchval("SELECT updated_at > now() - interval '1 hour' FROM sessions")
    with pytest.raises(asyncpg.CheckViolationError):
        await database.execute("INSERT INTO sessions (productivity_rating) VALUES (101)")


async def test_an_import_key_is_unique_for_its_user_and_optional(database):
    """The same file imported by two people is two imports."""
    insert = "INSERT INTO sessions (user_id, import_key) VALUES ($1, $2)"
    for user, key in (("a", "k"), ("b", "k"), ("a", None), ("a", None)):
        await database.execute(insert, user, key)
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute(insert, "a", "k")


async def test_the_vector_column_is_there_where_the_server_has_pgvector(database):
    """With its index; a server without it goes without."""
    offered = await database.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
    columns = await _columns(database, "sessions")
    assert ("notes_embedding" in columns) == bool(offered)
    if offered:
        assert columns["notes_embedding"] == "vector(384)"
        assert "hnsw" in await database.fetchval(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'tandem_sessions_embedding'"
        )


@pytest.mark.parametrize("variant", legacy.VARIANTS)
async def test_an_old_database_is_adopted_without_losing_anything(empty_database_url, database, variant):
    """Every old row, column, constraint, default, view and trigger is the same after as before."""
    async with Database(empty_database_url) as old:
        await old.execute(legacy.VARIANTS[variant])
        before = await _picture(old)
        await schema.upgrade(empty_database_url)
        assert await _picture(old, only=before) == before
        new = [(table, await _columns(database, table)) for table in (*CONTRACT, *OURS)]
        for table, expected in new:
            found = await _columns(old, table)
            assert expected.items() <= found.items(), table
        await _check_old_writer(old)
        assert await old.fetchval("SELECT count(*) FROM sessions WHERE user_id <> 'default'") == 0


async def test_an_adopted_database_starts_with_a_version_where_there_are_rows(empty_database_url):
    """And old programs' changes count from there."""
    async with Database(empty_database_url) as old:
        await old.execute(legacy.WITH_ALL)
        await schema.upgrade(empty_database_url)
        assert await _versions(old) == {"default": 1}
        await old.execute(legacy.OLD_WRITER)
        await old.execute("DELETE FROM sessions")
        assert await _versions(old) == {"default": 3}


async def test_going_back_gives_the_old_database_back(empty_database_url):
    """Column for column, with the rows written meanwhile; and forward again."""
    async with Database(empty_database_url) as old:
        await old.execute(legacy.WITH_ALL + legacy.WITHOUT_UPDATED_AT)
        before = await _picture(old)
        await schema.upgrade(empty_database_url)
        await schema.downgrade(empty_database_url)
        assert await _picture(old) == before
        assert (await schema.state(old)).is_behind
        await schema.upgrade(empty_database_url)
        await old.execute(legacy.OLD_WRITER)
        await schema.downgrade(empty_database_url)
        assert await old.fetchval("SELECT count(*) FROM sessions") == 501
        await schema.upgrade(empty_database_url)
        assert await old.fetchval("SELECT count(*) FROM sessions WHERE user_id = 'default'") == 501


async def test_going_back_drops_only_empty_tables_of_a_new_database(database_url):
    """What people entered is never dropped, and stays usable by the old service."""
    async with Database(database_url) as database:
        await database.execute(legacy.OLD_WRITER)
        await schema.downgrade(database_url)
        assert await database.fetchval("SELECT count(*) FROM sessions") == 1
        assert "user_id" not in await _columns(database, "sessions")
        left = {
            row[0]
            for row in await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname='public'")
        }
        assert left == {"sessions", "tandem_schema_version"}
        await database.execute("UPDATE sessions SET task = 'still written'")
        await schema.upgrade(database_url)
        assert (
            await database.fetchval("SELECT task FROM sessions WHERE user_id = 'default'") == "still written"
        )


async def test_going_back_is_refused_while_several_people_would_become_one(database_url):
    """Nothing is changed by the refusal."""
    async with Database(database_url) as database:
        await database.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
        with pytest.raises(ConfigurationError, match="1 more users"):
            await schema.downgrade(database_url)
        assert (await schema.state(database)).current == HEAD


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ("CREATE TABLE sessions (sid varchar PRIMARY KEY, sess json)", "not the one of the old service"),
        ("CREATE VIEW sessions AS SELECT 1 AS id", "no table"),
        (
            legacy.ONLY_SESSIONS + "ALTER TABLE sessions ADD COLUMN user_id integer",
            r"sessions\.user_id exists",
        ),
        ("CREATE TABLE user_settings (id integer)", "user_settings exists"),
    ],
    ids=["another sessions", "a view", "another user_id", "a taken name"],
)
async def test_what_is_not_ours_to_take_over_is_refused_and_left_alone(empty_database_url, there, words):
    """One transaction: nothing remains of the attempt."""
    async with Database(empty_database_url) as database:
        await database.execute(there)
        before = await _picture(database)
        with pytest.raises(ConfigurationError, match=words):
            await schema.upgrade(empty_database_url)
        assert await _picture(database) == before


async def test_a_role_that_owns_only_its_database_is_enough(postgres, empty_database_url):
    """No superuser, and no right to make extensions: search then works without the column."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    role = f"{name}_owner"
    async with postgres.admin() as admin:
        await admin.execute(f"CREATE ROLE {role} LOGIN")
    try:
        async with Database(empty_database_url) as superuser:
            await superuser.execute(f"GRANT CREATE ON SCHEMA public TO {role}")
            # As whoever migrates by `SET ROLE` on servers that give out logins sparingly.
            await superuser.execute(f"ALTER DATABASE {name} SET role TO {role}")
        await schema.upgrade(empty_database_url)
        async with Database(empty_database_url) as database:
            assert await database.fetchval("SELECT current_user") == role
            assert "notes_embedding" not in await _columns(database, "sessions")
            await _check_old_writer(database)
        async with postgres.admin() as admin:
            await admin.execute(f"ALTER DATABASE {name} RESET role")
        if await _offers_vector(empty_database_url):
            await schema.upgrade(empty_database_url)
            async with Database(empty_database_url) as database:
                assert "notes_embedding" in await _columns(database, "sessions")
    finally:
        await postgres.drop(name)
        async with postgres.admin() as admin:
            await admin.execute(f"DROP ROLE {role}")


async def test_a_role_without_the_tables_is_told_so(postgres, empty_database_url):
    """The message names the remedy."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    role = f"{name}_guest"
    async with postgres.admin() as admin:
        await admin.execute(f"CREATE ROLE {role} LOGIN")
    try:
        async with Database(empty_database_url) as superuser:
            await superuser.execute(legacy.ONLY_SESSIONS)
            await superuser.execute(f"GRANT ALL ON SCHEMA public TO {role}")
            await superuser.execute(f"ALTER DATABASE {name} SET role TO {role}")
        with pytest.raises(ConfigurationError, match="owner"):
            await schema.upgrade(empty_database_url)
    finally:
        await postgres.drop(name)
        async with postgres.admin() as admin:
            await admin.execute(f"DROP ROLE {role}")


async def test_a_program_that_may_only_write_sessions_goes_on(postgres, database, database_url):
    """The triggers act with their owner's rights on tables that the writer may not touch."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    role = f"{name}_web"
    try:
        async with database.connection() as connection:
            await connection.execute(f"CREATE ROLE {role}; GRANT ALL ON sessions TO {role}; SET ROLE {role}")
            await connection.execute(legacy.OLD_WRITER)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("SELECT * FROM data_versions")
            await connection.execute("RESET ROLE")
        assert await _versions(database) == {"default": 1}
    finally:
        await database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_tables_in_a_schema_of_their_own_are_found_there(empty_database_url):
    """The old database's search path decides, and writers with another one still count."""
    name = empty_database_url.partition("?")[0].rpartition("/")[2]
    async with Database(empty_database_url) as database:
        await database.execute("CREATE SCHEMA pomodoro")
        await database.execute(f"ALTER DATABASE {name} SET search_path TO extra, pomodoro, public")
    async with Database(empty_database_url) as database:
        await database.execute(legacy.WITH_ALL)
        await schema.upgrade(empty_database_url)
        assert (await schema.state(database)).current == HEAD
        async with database.transaction() as connection:
            await connection.execute("SET LOCAL search_path TO pg_catalog")
            await connection.execute("INSERT INTO pomodoro.sessions (id) VALUES (gen_random_uuid())")
        assert await _versions(database) == {"default": 2}
        assert await database.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_two_upgrades_at_once_do_not_collide(empty_database_url):
    """In one process and in two."""
    async with Database(empty_database_url) as database:
        await database.execute(legacy.WITH_ALL)
        other = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import asyncio, sys; from tandem.core.database import schema; asyncio.run(schema.upgrade(sys.argv[1]))",
            empty_database_url,
        )
        outcomes = await asyncio.gather(
            *(schema.upgrade(empty_database_url) for _ in range(3)), return_exceptions=True
        )
        assert (outcomes, await other.wait()) == ([None] * 3, 0)
        assert (await schema.state(database)).current == HEAD
        assert await database.fetchval("SELECT count(*) FROM sessions") == 500


async def test_an_upgrade_waits_for_writers_and_says_when_it_gives_up(empty_database_url, monkeypatch):
    """While it waits it lets others through; nothing is half done."""
    monkeypatch.setattr("tandem.core.database.migrations.runner.LOCK_TIMEOUT", 0.2)
    async with Database(empty_database_url) as database:
        await database.execute(legacy.WITH_ALL)
        async with database.transaction() as writer:
            await writer.execute(legacy.OLD_WRITER)
            upgrading = asyncio.create_task(schema.upgrade(empty_database_url))
            await asyncio.sleep(1.0)
            assert not upgrading.done()
            await asyncio.wait_for(database.execute(legacy.OLD_WRITER), 5)
        await upgrading
        assert await database.fetchval("SELECT count(*) FROM sessions WHERE user_id = 'default'") == 502
        monkeypatch.setattr("tandem.core.database.migrations.runner.PATIENCE", 0.0)
        async with database.transaction() as writer:
            await writer.execute(legacy.OLD_WRITER)
            with pytest.raises(DatabaseUnavailableError, match="locked"):
                await schema.downgrade(empty_database_url)
        assert (await schema.state(database)).current == HEAD


async def test_a_newer_database_is_left_alone(database_url):
    """A release next to it may still serve; only migrating is refused."""
    async with Database(database_url) as database:
        await database.execute("UPDATE tandem_schema_version SET version_num = '9999'")
        state = await schema.state(database)
        assert (state.is_unknown, state.is_behind) == (True, False)
        state.require()
        with pytest.raises(ConfigurationError, match="newer release"):
            await schema.upgrade(database_url)


async def test_no_server_and_no_such_version_are_told_apart():
    """Neither is a bug."""
    with pytest.raises(DatabaseUnavailableError):
        await schema.upgrade("postgresql://user:secret@127.0.0.1:9/db")
    with pytest.raises(ConfigurationError):
        await schema.upgrade("mysql://user:secret@127.0.0.1:9/db")


async def test_an_unknown_target_is_a_mistake_of_the_caller(database_url):
    """Alembic's own words tell which."""
    with pytest.raises(ConfigurationError, match="7777"):
        await schema.upgrade(database_url, "7777")


async def test_versions_survive_a_backup_and_are_renewed_after_it(database, database_url, empty_database_url):
    """Restored numbers are old ones; the renewal moves beyond every number that was ever used."""
    for _ in range(5):
        await database.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
    await database.execute("DELETE FROM sessions")
    dump = await _run(str(binaries().pg_dump), "--format=plain", "--no-owner", database_url)
    await _run(str(binaries().psql), "-v", "ON_ERROR_STOP=1", "-q", empty_database_url, given=dump)
    async with Database(empty_database_url) as restored:
        assert await _versions(restored) == {"eva": 6}
        assert (await schema.state(restored)).current == HEAD
        await restored.execute("INSERT INTO sessions (user_id) VALUES ('eva')")
        assert await _versions(restored) == {"eva": 7}
        assert await data_versions.renew(restored) == 1
        assert await _versions(restored) == {"eva": 1_000_000_000}


def test_the_known_versions_are_the_scripts_that_are_there():
    """A forgotten entry would leave a service content with an old schema."""
    scripts = sorted(
        path.name[:4] for path in (Path(migrations.__file__).parent / "versions").glob("[0-9]*.py")
    )
    assert scripts == list(KNOWN)


def test_serving_processes_do_not_load_the_migration_tools():
    """Asking for the state of the schema needs neither Alembic nor SQLAlchemy."""
    code = (
        "import sys, tandem.core.database.schema, tandem.core.database.events; "
        "print([m for m in ('alembic', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def _check_old_writer(database):
    before = await database.fetchval("SELECT count(*) FROM sessions")
    row = await database.fetchval(legacy.OLD_WRITER)
    assert await database.fetchval("SELECT user_id FROM sessions WHERE id = $1", row) == "default"
    await database.execute("UPDATE sessions SET category = 'Renamed' WHERE id = $1", row)
    await database.execute("DELETE FROM sessions WHERE id = $1", row)
    assert await database.fetchval("SELECT count(*) FROM sessions") == before


async def _versions(database):
    return {row[0]: row[1] for row in await database.fetch("SELECT user_id, version FROM data_versions")}


async def _offers_vector(dsn):
    async with Database(dsn) as database:
        return await database.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")


async def _columns(database, table):
    rows = await database.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS kind FROM pg_attribute "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        table,
    )
    return {row["attname"]: row["kind"] for row in rows}


async def _picture(database, only=None):
    """Everything that an owner could miss: definitions, and rows as text; ``only`` what another picture shows."""
    picture = {}
    for kind, query in {
        "column": (
            "SELECT c.relname || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attgenerated, "
            "pg_get_expr(adbin, adrelid)) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
            "LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped"
        ),
        "constraint": (
            "SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
        ),
        "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "view": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
        "trigger": "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "function": (
            "SELECT proname || oidvectortypes(proargtypes), prosrc FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace AND prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('sql', 'plpgsql'))"
        ),
    }.items():
        for name, definition in await database.fetch(query):
            picture[kind, name] = definition
    known = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in known:
        if table != "tandem_schema_version":
            rows = await database.fetch(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            picture["rows", table] = [json.loads(row[0]) for row in rows]
    version_table = ("column", "tandem_schema_version.version_num")
    picture = {
        key: value for key, value in picture.items() if key != version_table and "tandem_schema" not in key[1]
    }
    return picture if only is None else _narrowed(picture, only)


def _narrowed(picture, only):
    narrowed = {}
    for key, expected in only.items():
        found = picture.get(key)
        if key[0] == "rows" and found is not None:
            names = expected[0].keys() if expected else ()
            found = [{name: row[name] for name in names} for row in found]
        narrowed[key] = found
    return narrowed


async def _run(*command, given=b""):
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate(given)
    assert process.returncode == 0, err.decode()
    return out
