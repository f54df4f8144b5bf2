"""Files that clients send, on their way to a part that wants a path."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import UploadFile

from tandem.core.errors import TooLargeError
from tandem.core.scratch import scratch


@asynccontextmanager
async def saved(file: UploadFile, directory: Path, most: int) -> AsyncIterator[Path]:
    """Give the path of a copy of ``file``, which is gone when the block is left; written off the event loop.

    The framework has put what is larger than 1 MiB on the disk already, so memory never holds a whole file.
    Raises TooLargeError beyond ``most`` bytes.
    """
    if (file.size or 0) > most:
        raise TooLargeError(f"the file is larger than the {most / 2**20:g} MiB that are accepted")
    async with scratch(directory) as place:
        path = place / "upload"
        await asyncio.to_thread(_copy, file, path)
        yield path


def _copy(file: UploadFile, path: Path) -> None:
    file.file.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)
