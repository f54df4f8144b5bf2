"""Directories for files that must not outlive the work they are for."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Give a new directory below ``parent``, which is gone when the block is left, however that happens.

    Fail mode: a process that is killed leaves it behind; :func:`sweep` removes it.
    """
    parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


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
