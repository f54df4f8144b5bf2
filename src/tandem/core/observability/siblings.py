"""Reads what all workers of one server counted, and folds the files of dead ones into one.

``retired.json`` holds the sums of dead workers and the names of the files that they came from. A fold writes
it anew under another name and renames it, in one step the only truth: from then on the files it names are
ignored, whether they are deleted already or not. So a fold that is killed anywhere loses nothing and counts
nothing twice, and the next one deletes what was left. File names are never used a second time.

Readers take no lock. They read ``retired.json``, then the files, then look whether it was replaced meanwhile
or a file vanished, and if so start again.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from tandem.core.observability.shared_values import SUFFIX, AreaContent, read_area
from tandem.core.observability.tally import Tally, tally_of

MANY_DEAD: Final = 16
"""Files of dead workers that are left lying before they are folded into one."""

_RETIRED = "retired.json"
_LOCK = "retired.lock"
_ATTEMPTS = 10


class Found(NamedTuple):
    """One consistent look at the directory."""

    retired: Tally
    folded: frozenset[str]
    living: dict[str, Tally]
    dead: dict[str, Tally]


class Others(NamedTuple):
    """All other workers: their sums, and the living ones' own counts by ``worker-pid``."""

    sums: Tally
    living: dict[str, Tally]


def merged(directory: Path, *, without: str) -> Tally:
    """Return the sums of :func:`others`."""
    return others(directory, without=without).sums


def others(directory: Path, *, without: str) -> Others:
    """Return the sums over all other workers: everything of the living, what outlives its worker of the dead.

    ``without`` names the asker's own file. Folds the dead when there are many. Raises OSError if the files
    cannot be read, also when somebody removed them: then nobody can tell the sums until the server restarts.
    """
    found = _look(directory)
    if not (directory / without).exists():
        raise FileNotFoundError(f"{directory} was cleared while the server was counting there; restart it")
    if len(found.dead) > MANY_DEAD:
        fold(directory)
    total = Tally()
    for name, tally in found.living.items():
        if name != without:
            total.update(tally)
    for name, tally in found.dead.items():
        if name != without:
            total.update(tally, only_lasting=True)
    total.update(found.retired)
    # A file is called worker-pid-random.
    living = {name.rpartition("-")[0]: tally for name, tally in found.living.items() if name != without}
    return Others(total, living)


def fold(directory: Path) -> int:
    """Fold all dead workers' files into ``retired.json``; return how many, 0 also while a sibling does it."""
    with _lock(directory) as ours:
        if not ours:
            return 0
        found = _look(directory)
        for name in found.folded:
            (directory / name).unlink(missing_ok=True)
        if not found.dead:
            return 0
        retired = found.retired
        for tally in found.dead.values():
            retired.update(tally, only_lasting=True)
        content = {"folded": sorted(found.dead), "sums": retired.to_json()}
        fresh = directory / f".{_RETIRED}.new"
        fresh.write_bytes(orjson.dumps(content))
        fresh.replace(directory / _RETIRED)
        for name in found.dead:
            (directory / name).unlink(missing_ok=True)
        return len(found.dead)


def fold_if_many(directory: Path) -> None:
    """Fold when more than :data:`MANY_DEAD` dead workers have left a file; cheap while there are few files."""
    if sum(1 for _ in directory.glob(f"*{SUFFIX}")) > MANY_DEAD and len(_look(directory).dead) > MANY_DEAD:
        fold(directory)


def clear(directory: Path) -> None:
    """Make ``directory`` ready for a new server: its parent calls this before the first worker starts."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for pattern in (f"*{SUFFIX}", f".*{SUFFIX}.new", f"*{_RETIRED}", f".{_RETIRED}.new", _LOCK):
        for path in directory.glob(pattern):
            path.unlink(missing_ok=True)


def _look(directory: Path) -> Found:
    for _ in range(_ATTEMPTS):
        found = _try_to_look(directory)
        if found is not None:
            return found
    raise OSError(f"the metrics in {directory} keep changing while they are read")


def _try_to_look(directory: Path) -> Found | None:
    """Read everything once; ``None`` when a fold came in between."""
    with contextlib.ExitStack() as stack:
        # Kept open, so that its inode cannot come back as another file's.
        before = stack.enter_context(_opened(directory / _RETIRED))
        retired, folded = _read_retired(before)
        contents: dict[str, AreaContent] = {}
        for path in sorted(directory.glob(f"*{SUFFIX}")):
            if path.name in folded:
                continue
            try:
                content = read_area(path)
            except FileNotFoundError:
                return None
            if content is not None:
                contents[path.name] = content
        if _identity(directory / _RETIRED) != (None if before is None else _inode(os.fstat(before))):
            return None
    tallies = {name: tally_of(content.values, content.records) for name, content in contents.items()}
    return Found(
        retired,
        folded,
        {name: tally for name, tally in tallies.items() if contents[name].alive},
        {name: tally for name, tally in tallies.items() if not contents[name].alive},
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_retired(descriptor: int | None) -> tuple[Tally, frozenset[str]]:
    if descriptor is None:
        return Tally(), frozenset()
    content = orjson.loads(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    return Tally.from_json(content["sums"]), frozenset(content["folded"])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        return _inode(path.stat())
    except FileNotFoundError:
        return None


def _inode(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def _lock(directory: Path) -> Iterator[bool]:
    """Hold the right to fold, or say that another process has it."""
    descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
