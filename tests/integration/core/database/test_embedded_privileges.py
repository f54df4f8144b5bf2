"""As whom the embedded PostgreSQL runs: as root with all, some and no powers, and as a normal user."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tandem.core.database import embedded
from tandem.core.database.embedded_layout import Layout
from tandem.core.database.postgres_capabilities import CAP_DAC_READ_SEARCH, held_capabilities
from tandem.core.database.postgres_processes import processes_of

NOBODY = 65534
CONTAINER = (
    "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,+setfcap"  # what root has in Docker
)

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can try what root and others may do"),
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="capabilities and namespaces are Linux's"
    ),
    pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) is not installed"),
]

# Prints one JSON object a home: what the server ran as, or the error.
TRY = """
import asyncio, json, sys
from pathlib import Path
import asyncpg
from tandem.core.database.embedded import EmbeddedPostgres, status
from tandem.core.errors import EmbeddedDatabaseError
async def ask(dsn):
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await connection.fetchval("SELECT current_database()")
    finally:
        await connection.close()
for home in map(Path, sys.argv[1:]):
    try:
        with EmbeddedPostgres.acquire(home, linger=0.1) as server:
            told = {"database": asyncio.run(ask(server.dsn)), "identity": status(home).identity}
            told["owner"] = server.data_dir.stat().st_uid
    except EmbeddedDatabaseError as error:
        told = {"error": str(error)}
    print(json.dumps(told), flush=True)
"""

# Shows a normal user the interpreter and the checkout although they lie below a closed directory: in a mount
# namespace of its own, so no directory of the machine changes.
SHOWN = """
set -e
mount -t tmpfs -o mode=755 none /mnt
number=0
for wanted in $WANTED; do
    mkdir -p /mnt/$number; mount --bind "$wanted" /mnt/$number; number=$((number + 1))
done
for closed in $CLOSED; do mount -t tmpfs -o mode=755 none "$closed"; done
number=0
for wanted in $WANTED; do
    [ -e "$wanted/." ] && [ -n "$(ls "$wanted")" ] || { mkdir -p "$wanted"; mount --bind /mnt/$number "$wanted"; }
    number=$((number + 1))
done
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
"""


def tell(command: list[str], homes: list[Path], **options) -> list[dict]:
    """Run TRY by ``command`` on ``homes`` and wait until each of its servers has gone."""
    words = [*command, sys.executable, "-c", TRY, *map(str, homes)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=50, check=False, **options)
    deadline = time.monotonic() + 10
    while any(Layout.of(home).area.exists() and processes_of(Layout.of(home).cluster_name) for home in homes):
        assert time.monotonic() < deadline, "a server stayed"
        time.sleep(0.05)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory that anybody can reach, which pytest's own are not; it belongs to `nobody`."""
    made = Path(tempfile.mkdtemp(prefix="tandem-tests-", dir="/tmp"))
    os.chown(made, NOBODY, NOBODY)
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_root_gives_the_server_no_more_power_than_the_directories_ask_for(tmp_path):
    """Below a closed directory the server may pass it, read-only; its files belong to `nobody`."""
    if CAP_DAC_READ_SEARCH not in held_capabilities():
        pytest.skip("root lacks CAP_DAC_READ_SEARCH here")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (told,) = tell([], [closed / "home"])
    assert told == {
        "database": "tandem",
        "identity": f"uid {NOBODY} with CAP_DAC_READ_SEARCH",
        "owner": NOBODY,
    }


def test_root_of_a_container_runs_it(tmp_path):
    """Root with a container's usual capabilities runs it below a closed directory too."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (told,) = tell(_bounded(CONTAINER), [closed / "home"])
    assert told["database"] == "tandem"
    assert told["identity"] == f"uid {NOBODY} with CAP_DAC_OVERRIDE"


def test_root_that_may_not_change_its_user_runs_it_in_a_namespace(tmp_path):
    """Without CAP_SETUID the server calls root `nobody` in its own user namespace; files stay root's."""
    if subprocess.run(["unshare", "--user", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel allows no user namespaces")
    (told,) = tell(_bounded("-setuid"), [tmp_path / "home"])
    assert told == {"database": "tandem", "identity": "uid 0 in its own user namespace", "owner": 0}


def test_root_without_any_power_is_told_what_to_do(tmp_path):
    """When nothing works the error says what was tried and names both remedies."""
    (told,) = tell(_bounded("-all"), [tmp_path / "home"])
    assert "normal user" in told["error"]
    assert "DATABASE_URL" in told["error"]
    assert "user namespace" in told["error"]


def test_a_normal_user_runs_it_as_himself_and_not_on_the_data_of_root(elsewhere):
    """A normal user needs nothing special; a home of root's, or one he may not write, is refused by name."""
    (of_root, closed) = (elsewhere / "root", elsewhere / "closed")
    of_root.mkdir()
    closed.mkdir()
    tell([], [of_root])
    homes = [elsewhere / "own" / "home", of_root, closed / "home"]
    own, others, refused = tell([*_shown(), "--"], homes, env=_shown_environment())
    assert own == {"database": "tandem", "identity": f"uid {NOBODY}", "owner": NOBODY}
    assert "belongs to root" in others["error"]
    assert "Permission denied" in refused["error"]
    assert "TANDEM_HOME" in refused["error"]
    (reverse,) = tell([], [elsewhere / "own" / "home"])
    assert "belongs to nobody" in reverse["error"]


@pytest.mark.parametrize(("options", "words"), [("size=40m", "Free at least"), ("size=40m,ro", "read-only")])
def test_a_disk_that_is_full_or_read_only_is_named(tmp_path, options, words):
    """Nothing is begun on a disk that cannot hold it; the error says which remedy fits."""
    mounted = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    (told,) = tell([*_private_mounts(), "sh", "-c", mounted, str(tmp_path)], [tmp_path / "home"])
    assert words in told["error"]
    assert str(tmp_path) in told["error"]


def _private_mounts() -> list[str]:
    command = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("there are no mount namespaces here")
    return command


def _bounded(capabilities: str) -> list[str]:
    command = ["setpriv", "--bounding-set", capabilities]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("root may not give up capabilities here")
    return command


def _shown() -> list[str]:
    command = _private_mounts()
    if not Path("/mnt").is_dir() or " " in f"{sys.base_prefix}{sys.prefix}{embedded.__file__}":
        pytest.skip("a normal user cannot be shown the interpreter here")
    return [*command, "sh", "-c", SHOWN, "sh"]


def _shown_environment() -> dict[str, str]:
    source = Path(embedded.__file__).parents[4]
    wanted = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), source.resolve()}
    closed = [_outermost_closed(path) for path in wanted]
    hidden = [str(path) for path, by in zip(wanted, closed, strict=True) if by]
    return {**os.environ, "WANTED": " ".join(hidden), "CLOSED": " ".join({str(by) for by in closed if by})}


def _outermost_closed(path: Path) -> Path | None:
    return next((above for above in reversed(path.parents) if not above.stat().st_mode & 0o001), None)
