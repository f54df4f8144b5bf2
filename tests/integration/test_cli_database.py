"""`tandem db`, `demo` and `user`: the commands that change the database as a whole."""

import asyncio
from pathlib import Path

import asyncpg
import psutil
import pytest

from e2e.processes import command, until
from integration.command import Tandem, one_line, process
from integration.servers import PrivateServer
from tandem.cli.database import without_password
from tandem.core.database.postgres_binaries import PostgresBinaries

pytestmark = pytest.mark.timeout(90)

LOG = """start,end,category,note,rating
2026-03-02 09:00,2026-03-02 09:52,Learning,Chapter 3,4
2026-03-02 10:00,2026-03-02 10:25,Learning,Chapter 4,
2026-03-02 11:00,2026-03-02 10:00,Learning,backwards,3
2026-03-03 22:00,2026-03-04 01:30,Other,late,5
"""


def test_status_and_upgrade(tandem: Tandem, empty_database_url: str) -> None:
    """An empty database is behind, refused, upgraded once, and then fits."""
    empty = {"DATABASE_URL": empty_database_url}
    assert "behind: run `tandem db upgrade`" in tandem("db", "status", **empty).stdout
    one_line(tandem("sessions", "export", expect=1, **empty), "tandem db upgrade")
    tandem("db", "upgrade", **empty)
    assert tandem("db", "status", **empty).stdout.strip().endswith("fits")
    tandem("db", "upgrade", **empty)


async def test_a_dump_is_restored_whole(tandem: Tandem, tmp_path: Path, database_url: str) -> None:
    """What was there comes back, what came later goes, and no version is ever used twice."""
    (tmp_path / "log.csv").write_text(LOG)
    tandem("sessions", "import", "log.csv", "--rating-scale", "1-5")
    before = tandem("sessions", "export").stdout
    tandem("db", "dump", "backup.dump")
    connection = await asyncpg.connect(database_url)
    await connection.execute("DELETE FROM sessions WHERE category = 'Other'")
    await connection.execute("INSERT INTO sessions (task) SELECT 'later' FROM generate_series(1, 5)")
    version = await connection.fetchval("SELECT version FROM data_versions")
    await connection.close()
    tandem("db", "restore", "backup.dump", stdin="n\n", expect=130)
    tandem("db", "restore", "backup.dump", "--yes")
    assert tandem("sessions", "export").stdout == before
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT version FROM data_versions") > version
    await connection.execute("INSERT INTO sessions (task) VALUES ('triggers are back')")
    await connection.close()

    (tmp_path / "broken.dump").write_text("no dump")
    tandem("db", "restore", "broken.dump", "--yes", expect=1)
    tandem("db", "dump", "missing/backup.dump", expect=1)


def test_a_dump_goes_into_an_older_server(tmp_path: Path) -> None:
    """PostgreSQL 15 knows fewer settings than the programs of the wheel; a restore that fails changes nothing."""
    older = PostgresBinaries(Path("/usr/lib/postgresql/15"), 15)
    if not older.postgres.is_file():
        pytest.skip("no PostgreSQL 15 on this machine")
    (tmp_path / "log.csv").write_text(LOG)
    server = PrivateServer(older)
    try:
        server.start()
        home = tmp_path / "home"

        def tandem(*words: str, expect: int = 0) -> str:
            done = process(*words, home=home, DATABASE_URL=server.dsn())
            assert done.returncode == expect, done.stderr
            return done.stdout if expect == 0 else done.stderr

        tandem("db", "upgrade")
        tandem("sessions", "import", "log.csv", "--rating-scale", "1-5")
        before = tandem("sessions", "export")
        tandem("db", "dump", "backup.dump")
        tandem("user", "erase", "default", "--yes")
        later = tandem("sessions", "export")
        whole = (tmp_path / "backup.dump").read_bytes()
        # The end of a dump is the data: everything before it would be applied by then.
        (tmp_path / "half.dump").write_bytes(whole[: len(whole) - 40])
        tandem("db", "restore", "half.dump", "--yes", expect=1)
        assert tandem("sessions", "export") == later != before
        tandem("db", "restore", "backup.dump", "--yes")
        assert tandem("sessions", "export") == before
    finally:
        server.remove()


async def test_the_demonstration_is_removed_for_good(tandem: Tandem, database_url: str) -> None:
    """Its sessions go and are not put back; own ones stay."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO sessions (origin) SELECT 'demo' FROM generate_series(1, 9)")
    await connection.execute("INSERT INTO sessions (origin, user_id) VALUES ('rest', 'ann')")
    assert tandem("demo", "remove").stdout.startswith("9 ")
    assert tandem("demo", "remove").stdout.startswith("0 ")
    assert await connection.fetchval("SELECT count(*) FROM sessions") == 1
    assert (
        await connection.fetchval("SELECT settings -> 'demo' FROM user_settings WHERE user_id = 'default'")
        == "false"
    )
    await connection.close()


async def test_a_user_is_erased_only_when_meant(tandem: Tandem, database_url: str) -> None:
    """It asks first; then nothing of that user is left, and everything of the others."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO sessions (user_id) VALUES ('ann'), ('ann'), ('bob')")
    # What the old web service keeps beside sessions belongs to the default user, and may not be there at all.
    await connection.execute("CREATE TABLE weekly_reviews (week date, what_went_well text)")
    await connection.execute("INSERT INTO weekly_reviews VALUES ('2026-03-02', 'private')")
    await connection.execute("INSERT INTO wellness_checkins (notes) VALUES ('private')")
    tandem("user", "erase", "ann", stdin="n\n", expect=130)
    assert await connection.fetchval("SELECT count(*) FROM sessions") == 3
    assert "2 in sessions" in tandem("user", "erase", "ann", "--yes").stdout
    assert await connection.fetchval("SELECT string_agg(user_id, '') FROM sessions") == "bob"
    assert await connection.fetchval("SELECT count(*) FROM weekly_reviews") == 1
    assert tandem("user", "erase", "nobody", "--yes").stdout == "nothing is kept about the user nobody\n"
    assert "1 in weekly_reviews" in tandem("user", "erase", "default", "--yes").stdout
    for table in ("weekly_reviews", "wellness_checkins"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    await connection.close()


@pytest.mark.slow
def test_the_embedded_database_needs_no_setup(tmp_path: Path) -> None:
    """Without DATABASE_URL a command starts the embedded server and leaves nothing running."""
    home = tmp_path / "home"
    for words, text in (
        (("db", "status"), "none, needed"),
        (("db", "status"), "made when it is first used"),
        (("sessions", "export"), "session_id"),
        (("db", "status"), "fits"),
    ):
        done = process(*words, home=home)
        assert (done.returncode, done.stderr) == (0, "")
        assert text in done.stdout
    until(lambda: not any(str(home) in " ".join(command(one)) for one in psutil.process_iter()), 10)


def test_a_password_is_no_argument() -> None:
    """What pg_dump is given as an argument can be seen by every user of the machine; a password cannot."""
    for dsn, place, password in (
        ("postgresql://me:p%40ss@host:5/db", "postgresql://me@host:5/db", "p@ss"),
        ("postgresql://me@host/db?password=secret", "postgresql://me@host/db", "secret"),
        ("postgresql://me@/db?host=/run&port=5", "postgresql://me@/db?host=/run&port=5", None),
        ("postgresql://host/db", "postgresql://host/db", None),
    ):
        address, environment_of_it = without_password(dsn)
        assert address == place
        assert environment_of_it.get("PGPASSWORD") == password


def test_a_dump_with_a_password(tmp_path: Path) -> None:
    """pg_dump logs in with the password of DATABASE_URL, also one with characters that URLs escape."""
    server = PrivateServer()
    try:
        server.start()
        rules = server.data / "pg_hba.conf"
        rules.write_text("local all owner trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        server.kill()
        server.start()

        def sql(text: str) -> None:
            async def work() -> None:
                connection = await asyncpg.connect(server.dsn())
                await connection.execute(text)
                await connection.close()

            asyncio.run(work())

        sql("CREATE ROLE me SUPERUSER LOGIN PASSWORD 'p@ss/w:rd'")
        url = f"postgresql://me:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}/postgres"
        for words in (("db", "dump", "x.dump"), ("db", "status")):
            done = process(*words, home=tmp_path / "home", DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
    finally:
        server.remove()
