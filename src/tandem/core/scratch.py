"""Directories for files that must not outlive the work they are for."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def scratch(parent: Path) -> AsyncIterator[Path]:
    """Give a new directory below ``parent``, which is gone when the block is left, however that happens; made and removed in a thread.

    Fail mode: a process that is killed, or a caller that is cancelled while it is made, leaves it behind, empty in the
    latter case; :func:`sweep` removes it once the process is gone.
    """
    place = await asyncio.to_thread(_made, parent)
    try:
        yield place
    finally:
        # Begun before anything is awaited: a second cancellation ends the waiting, not the work.
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


def _made(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


def sweep(parent: Path) -> None:
    """Remove what processes that are gone have left below ``parent``."""
    for place in parent.glob("*-*"):
        owner = place.name.partition("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            shutil.rmtree(place, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
