"""The embedded PostgreSQL, with real servers, real kills and real directories."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from tandem.core.database import embedded_socket
from tandem.core.database.embedded import MAJOR, EmbeddedPostgres, binaries, status
from tandem.core.database.embedded_layout import Layout
from tandem.core.database.postgres_processes import processes_of
from tandem.core.errors import EmbeddedDatabaseError

pytestmark = pytest.mark.timeout(60)

BRIEF = 0.2  # seconds a server lingers where the test does not look at that

# A process that uses the server until its input ends. Its arguments: home, linger.
USER = """
import os, sys, time
from pathlib import Path
from tandem.core.database.embedded import EmbeddedPostgres, status
home = Path(sys.argv[1])
server = EmbeddedPostgres.acquire(home, linger=float(sys.argv[2]))
now = status(home)
if "fork" in sys.argv and os.fork() == 0:
    while not (home / "use").exists():
        time.sleep(0.05)
    server.ensure()
    (home / "use").unlink()
    time.sleep(60)
    os._exit(0)
print(now.server_pid, now.supervisor_pid, now.identity, sep="|", flush=True)
sys.stdin.read()
"""


class User:
    """A process of its own that uses the server of ``home``."""

    def __init__(
        self, home: Path, linger: float = BRIEF, *, prefix: tuple[str, ...] = (), extra: tuple[str, ...] = ()
    ):
        command = [*prefix, sys.executable, "-c", USER, str(home), str(linger), *extra]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> "User":
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        server, supervisor, self.identity = line.strip().split("|")
        self.server, self.supervisor = int(server), int(supervisor)
        return self

    def error(self) -> str:
        _, errors = self.process.communicate(timeout=30)
        return errors.strip().splitlines()[-1]

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # a forked child of this test's own user


def within(seconds: float, condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def kill_and_wait(pid: int) -> None:
    """Kill a process that is not our child and return when it is dead, its locks let go of (Linux only).

    The signal alone proves nothing yet: for a moment the killed process and its locks are still there.
    """
    watch = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGKILL)
        assert select.select([watch], [], [], 10)[0], f"process {pid} outlives SIGKILL"
    finally:
        os.close(watch)


def is_gone(home: Path) -> bool:
    """Neither a process of PostgreSQL nor a supervisor is left."""
    layout = Layout.of(home)
    return not processes_of(layout.cluster_name) and status(home).phase in {"absent", "stopped", "failed"}


@contextmanager
def leaving_nothing(home: Path) -> Iterator[Path]:
    try:
        yield home
    finally:
        if Layout.of(home).area.is_dir():
            assert within(15, lambda: is_gone(home)), processes_of(Layout.of(home).cluster_name)


@contextmanager
def using(home: Path, linger: float = BRIEF, **options) -> Iterator[User]:
    user = User(home, linger, **options)
    try:
        yield user.ready()
    finally:
        user.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A home whose data directory is made once and serves several tests, one after another."""
    return tmp_path_factory.mktemp("kept") / "home"


@pytest.fixture
def home(kept: Path) -> Iterator[Path]:
    with leaving_nothing(kept):
        yield kept


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    with leaving_nothing(tmp_path / "home") as made:
        yield made


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def answers(server: EmbeddedPostgres) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, EmbeddedDatabaseError):
        return asyncio.run(ask(server.dsn, "SELECT 1")) == 1
    return False


def test_a_database_in_utf8_answers_and_is_kept(home):
    """The database is there, sorts without a locale of the system, is durable, and keeps its rows."""
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        asyncio.run(ask(server.dsn, "CREATE TABLE IF NOT EXISTS kept AS SELECT 'Příliš žluťoučký' AS words"))
        assert asyncio.run(ask(server.dsn, "SELECT current_database()")) == "tandem"
        assert asyncio.run(ask(server.dsn, "SHOW server_encoding")) == "UTF8"
        assert asyncio.run(ask(server.dsn, "SELECT upper('š')")) == "Š"
        for setting, value in {"fsync": "on", "synchronous_commit": "on", "listen_addresses": ""}.items():
            assert asyncio.run(ask(server.dsn, f"SHOW {setting}")) == value
        assert asyncio.run(ask(server.dsn, "CREATE EXTENSION IF NOT EXISTS vector")) is None
    assert within(10, lambda: is_gone(home))
    begin = time.monotonic()
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        assert time.monotonic() - begin < 5  # about 0.3 s on an idle machine
        assert asyncio.run(ask(server.dsn, "SELECT words FROM kept")) == "Příliš žluťoučký"


def test_processes_that_start_together_share_one_server(home):
    """Three users at the same moment get one server, which outlives all but the last of them."""
    users = [User(home) for _ in range(3)]
    try:
        assert len({user.ready().server for user in users}) == 1
        seen = status(home)
        assert seen.running
        assert seen.major == str(MAJOR)
        assert seen.users is None or set(seen.users) == {user.process.pid for user in users}
        users.pop().close()
        users.pop().close()
        time.sleep(BRIEF + 1.5)
        assert status(home).server_pid == users[0].server
    finally:
        for user in users:
            user.close()


def test_kill_9_of_the_only_user_ends_the_server_within_ten_seconds(home):
    """The kernel tells that the user is gone; nothing of the server is left, nor its socket."""
    user = User(home, linger=2.0).ready()
    socket_dir = status(home).socket_dir
    user.kill()
    killed = time.monotonic()
    assert within(10, lambda: not processes_of(Layout.of(home).cluster_name))
    assert time.monotonic() - killed > 1.5  # it lingers, for the next command
    assert within(2, lambda: is_gone(home))
    assert not socket_dir.exists()


def test_a_forked_child_keeps_the_server_only_when_it_asked(home):
    """A child forked from a user is none itself, until it calls ensure()."""
    user = User(home, extra=("fork",)).ready()
    os.kill(user.process.pid, signal.SIGKILL)
    try:
        assert within(10, lambda: is_gone(home))
        (home / "use").touch()  # the child lives still, and asks
        assert within(20, lambda: not (home / "use").exists())
        assert status(home).running
    finally:
        user.close()


def test_kill_9_of_the_server_brings_another(home):
    """The supervisor starts the server again under the same address, with all that was committed."""
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        asyncio.run(ask(server.dsn, "CREATE TABLE IF NOT EXISTS survived (x int)"))
        asyncio.run(ask(server.dsn, "INSERT INTO survived VALUES (1)"))
        before, dsn = status(home), server.dsn
        os.kill(before.server_pid, signal.SIGKILL)
        assert within(15, lambda: status(home).running and status(home).server_pid != before.server_pid)
        server.ensure()
        assert server.dsn == dsn
        assert asyncio.run(ask(dsn, "SELECT count(*) >= 1 FROM survived")) is True
        assert status(home).supervisor_pid == before.supervisor_pid


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
def test_kill_9_of_the_supervisor_is_mended_for_the_living(home):
    """A living user starts another supervisor by itself; the old server does not stay beside the new one."""
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        before = status(home)
        kill_and_wait(before.supervisor_pid)
        assert within(20, lambda: status(home).running and answers(server))
        after = status(home)
        assert after.supervisor_pid != before.supervisor_pid
        assert before.server_pid not in processes_of(Layout.of(home).cluster_name)
        assert after.socket_dir == before.socket_dir
        kill_and_wait(after.supervisor_pid)
        server.ensure()
        assert answers(server)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
def test_nothing_stays_when_user_and_supervisor_are_killed(home):
    """With nobody left to care, the kernel ends the server."""
    user = User(home, linger=30).ready()
    os.kill(user.supervisor, signal.SIGKILL)
    user.kill()
    assert within(10, lambda: is_gone(home))


def test_misleading_pid_files_do_not_stop_a_start(home):
    """A broken postmaster.pid, or one naming a living process that is no PostgreSQL, is seen through."""
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        data = server.data_dir
    for content in ("garbage\n", f"{os.getpid()}\n{data}\n1\n5432\n/tmp\n\n1 1\nready\n"):
        assert within(10, lambda: is_gone(home))
        (data / "postmaster.pid").write_text(content)
        with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
            assert answers(server)


async def test_a_cancelled_opening_leaves_no_use_behind(home):
    """Cancelling the coroutine releases what its thread gets later."""
    opening = asyncio.create_task(EmbeddedPostgres.open(home, linger=BRIEF))
    await asyncio.sleep(0.1)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    gone = await asyncio.to_thread(within, 15, lambda: is_gone(home) and not status(home).users)
    assert gone


def test_the_supervisor_keeps_no_secret_of_its_starter(home, monkeypatch):
    """The environment of processes that outlive their starter holds what they need and nothing else."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "do-not-keep-this")
    monkeypatch.setenv("PGPORT", "1")
    with EmbeddedPostgres.acquire(home, linger=BRIEF) as server:
        assert answers(server)
        for pid in (status(home).supervisor_pid, status(home).server_pid):
            environment = Path(f"/proc/{pid}/environ")
            if environment.exists():
                assert b"do-not-keep-this" not in environment.read_bytes()


def test_no_existing_directory_changes_wherever_home_lies(tmp_path):
    """A closed parent, a path of over 150 bytes, spaces and letters: it works, and modes and owners stay."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    odd = closed.joinpath(*(f'žluťoučký kůň\'s "{number}", 100%' for number in range(8)))
    odd.mkdir(parents=True)
    assert len(os.fsencode(odd)) > 150
    above = [odd, *odd.parents]
    before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above]
    with leaving_nothing(odd / "my home"), EmbeddedPostgres.acquire(odd / "my home", linger=BRIEF) as server:
        assert answers(server)
        dumped = subprocess.run(
            [binaries().pg_dump, "-d", server.dsn], capture_output=True, text=True, check=False
        )
        assert "PostgreSQL database dump complete" in dumped.stdout, dumped.stderr
    assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above] == before


def test_data_that_were_half_made_are_made_again(fresh):
    """A kill in the middle of the first start leaves nothing that the next one takes for a database."""
    layout = Layout.of(fresh)
    user = User(fresh)
    assert within(20, lambda: list(layout.area.glob("data.unfinished-*/base")))
    os.kill(status(fresh).supervisor_pid, signal.SIGKILL)
    user.kill()
    assert not layout.data.exists()
    with EmbeddedPostgres.acquire(fresh, linger=BRIEF) as server:
        assert answers(server)
        assert not list(layout.area.glob("data.unfinished-*"))


def test_data_of_another_major_version_are_refused_untouched(fresh):
    """The error names both versions and the way out; no byte below the home changes."""
    data = Layout.of(fresh).data
    (data / "base").mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    before = sorted((str(path), path.stat().st_mode, path.stat().st_mtime_ns) for path in fresh.rglob("*"))
    with pytest.raises(EmbeddedDatabaseError, match=rf"PostgreSQL 16.*PostgreSQL {MAJOR}") as refused:
        EmbeddedPostgres.acquire(fresh)
    assert "tandem db dump" in refused.value.remedy
    assert "DATABASE_URL" in refused.value.remedy
    assert (
        sorted((str(path), path.stat().st_mode, path.stat().st_mtime_ns) for path in fresh.rglob("*"))
        == before
    )


def test_files_that_are_no_database_are_refused_untouched(fresh):
    """A directory with somebody's files in it is never filled or emptied."""
    data = Layout.of(fresh).data
    data.mkdir(parents=True)
    (data / "thesis.txt").write_text("my only copy")
    with pytest.raises(EmbeddedDatabaseError, match="no PostgreSQL database"):
        EmbeddedPostgres.acquire(fresh)
    assert [path.name for path in data.iterdir()] == ["thesis.txt"]


def test_a_home_that_cannot_be_a_directory_is_named(tmp_path):
    """An impossible TANDEM_HOME gives one error with the path and a remedy."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedDatabaseError, match="TANDEM_HOME") as refused:
        EmbeddedPostgres.acquire(tmp_path / "file" / "home")
    assert str(tmp_path) in str(refused.value)


def test_a_server_that_cannot_start_says_why(fresh):
    """An unusable configuration ends in an error with the server's own words, and in no process."""
    with EmbeddedPostgres.acquire(fresh, linger=BRIEF) as server:
        data = server.data_dir
    assert within(10, lambda: is_gone(fresh))
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write("max_connections = many\n")
    with pytest.raises(EmbeddedDatabaseError, match="max_connections"):
        EmbeddedPostgres.acquire(fresh, linger=BRIEF)
    assert status(fresh).phase == "failed"


def test_a_removed_home_ends_its_server(fresh):
    """A server whose directory was taken from under it is found by nobody again, so it goes."""
    with using(fresh, linger=30):
        name = Layout.of(fresh).cluster_name
        fresh.rename(fresh.with_name("moved away"))
        assert within(10, lambda: not processes_of(name))
    with EmbeddedPostgres.acquire(fresh, linger=BRIEF) as server:
        assert answers(server)


def test_a_squatted_socket_directory_is_passed_over():
    """What somebody else put under our name in /tmp, a link or an open directory, is not used."""
    name = f"tandem-test-{os.getpid()}"
    link, opened, ours = Path("/tmp", name), Path("/tmp", f"{name}-1"), Path("/tmp", f"{name}-2")
    link.symlink_to("/tmp")
    opened.mkdir()
    opened.chmod(0o777)
    try:
        assert embedded_socket.socket_directory(name, os.geteuid(), os.getegid()) == ours
        assert ours.stat().st_mode & 0o777 == 0o700
        embedded_socket.remove_socket_directory(ours)
        assert not ours.exists()
    finally:
        link.unlink()
        opened.rmdir()
