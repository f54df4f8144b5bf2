"""Notices calls that block an event loop: files, sleeps, processes and name look-ups on the thread that runs one.

By the interpreter's own audit events (PEP 578), so nothing is patched. What the kernel answers from memory (``/proc``, ``/sys``,
``/dev``) never waits and is let through, and so is importing: a module that is loaded late costs its first request only.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

BLOCKING: Final = frozenset({
    "open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "shutil.rmtree", "tempfile.mkstemp",
    "tempfile.mkdtemp", "time.sleep", "subprocess.Popen", "os.system", "socket.getaddrinfo", "socket.gethostbyname",
    "urllib.Request", "sqlite3.connect",
})  # fmt: skip

IN_MEMORY: Final = ("/proc/", "/sys/", "/dev/")

_watching: list[list[str]] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in BLOCKING or asyncio._get_running_loop() is None:
        return
    if event == "open" and str(arguments[0]).startswith(IN_MEMORY):
        return
    ours, frame = "", sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib" in file:
            return
        if not ours and "tandem/" in file:
            ours = f"{file}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    if ours:
        _watching[-1].append(f"{event} {arguments[:1]} from {ours}")


sys.addaudithook(_listen)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Collect what blocks any event loop of this process meanwhile."""
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()
