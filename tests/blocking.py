"""No test may block an event loop that runs Tandem's code: a file, a lock, a socket or a sleep there is an error of that test.

blockbuster stands in for the interpreter's blocking calls and raises where one is made beneath our code on a thread that runs a
loop. The interpreter's own audit events (PEP 578) tell of what it leaves out: files being opened, processes, name look-ups. What
may block all the same is listed here, each with its reason.
"""

import asyncio
import sys
import traceback
from pathlib import Path
from typing import Any, ClassVar, Final

import blockbuster.blockbuster
from blockbuster import BlockBuster, BlockingError

import tandem

OURS: Final = str(Path(tandem.__file__).parent)
BENCH: Final = f"{OURS}/bench/"

_EVENTS: Final = frozenset({
    "open", "os.scandir", "shutil.rmtree", "tempfile.mkstemp", "tempfile.mkdtemp", "subprocess.Popen", "os.system",
    "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request", "sqlite3.connect",
})  # fmt: skip

_IN_MEMORY: Final = ("/proc/", "/sys/", "/dev/")
"""What the kernel answers from memory never waits."""

_EVERYWHERE: Final = (
    # Modules that are loaded late cost their first request only, once per process.
    ("<frozen importlib._bootstrap>", {"_find_and_load", "_find_and_load_unlocked"}),
    # Start and end: nobody is served yet, or any more.
    ("tandem/core/resources.py", {"add", "__aexit__"}),
    ("tandem/tokimeki/app.py", {"lifespan"}),
    ("tandem/pomodoro/app.py", {"lifespan"}),
    ("tandem/core/http/client.py", {"open"}),
    ("tandem/core/observability/metrics.py", {"_open"}),
    ("tandem/core/clock.py", {"zone_named", "machine_zone_name"}),
    ("tandem/core/i18n.py", {"_catalog"}),
    ("tandem/core/redis_link.py", {"_driver"}),
    ("tandem/usage/spill.py", {"open", "close"}),
    # A usage record is on disk before its answer's last byte: one write to a local file that is never synced, some ten microseconds.
    ("tandem/usage/segments.py", {"append", "__init__"}),
    # The kernel's memory.
    ("tandem/usage/machine.py", {"memory_percent"}),
    # Commands and migrations run a loop of their own, on which nobody else waits.
    ("tandem/cli/runtime.py", {"run"}),
    ("tandem/core/database/migrations/runner.py", {"run", "_run", "_migrate"}),
    ("tandem/core/database/embedded.py", {"acquire"}),
    # The driver looks for a password file at each new connection; only its places are looked at.
    ("asyncpg/connect_utils.py", {"_read_password_file", "_dot_postgresql_path", "_parse_connect_dsn_and_args"}),
    # The framework looks up where an endpoint stands, once for each.
    ("fastapi/routing.py", {"_extract_endpoint_context"}),
    # Tests write their log at once; a served process has a writer thread (tests/integration/tokimeki/test_log_lines.py).
    ("logging/__init__.py", {"emit", "flush"}),
    # Tests that look at the disk themselves.
    ("usage/test_recorder.py", {"_on_disk", "_spilled"}),
    # What fails in a test is told with the lines around it.
    ("linecache.py", {"updatecache", "checkcache"}),
)  # fmt: skip


class BlockedError(BlockingError):
    """A blocking call, which is remembered though the code above it should catch all errors."""

    calls: ClassVar[list[str]] = []

    def __init__(self, func: str) -> None:
        super().__init__(func)
        ours = [frame for frame in traceback.extract_stack() if OURS in frame.filename]
        self.calls.append(f"{func} beneath {ours[-1].filename}:{ours[-1].lineno} {ours[-1].name}")


class Watch:
    """blockbuster, and the audit events of what it does not look at."""

    def __init__(self) -> None:
        blockbuster.blockbuster.BlockingError = BlockedError  # type: ignore[misc] # raised by name there
        self._active = False
        self._buster = BlockBuster("tandem", excluded_modules=["tandem.bench"])
        for function in self._buster.functions.values():
            for file, names in _EVERYWHERE:
                function.can_block_in(file, names)
        sys.addaudithook(self._listen)  # for good: there is no way to remove one

    def start(self) -> None:
        """Raise from now on where our code blocks a loop."""
        self._active = True
        self._buster.activate()

    def stop(self) -> None:
        """Let everything pass, as while times are measured."""
        self._active = False
        self._buster.deactivate()

    def _listen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active or event not in _EVENTS or asyncio._get_running_loop() is None:
            return
        if event == "open" and str(arguments[0]).startswith(_IN_MEMORY):
            return
        ours, frame = False, sys._getframe(1)
        while frame is not None:
            file, name = frame.f_code.co_filename, frame.f_code.co_name
            if any(file.endswith(end) and name in names for end, names in _EVERYWHERE):
                return
            ours = ours or (OURS in file and BENCH not in file)
            frame = frame.f_back
        if ours:
            raise BlockedError(f"{event} {arguments[:1]}")
