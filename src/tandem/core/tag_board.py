"""The board of a service whose kept answers have lifetimes: it hears of the tags that operators invalidate, no more."""

from tandem.core.clock import Clock
from tandem.core.database import data_versions
from tandem.core.database.events import ChangeListener
from tandem.core.database.pool import Database
from tandem.core.database.version_board import VersionBoard


def tag_board(database: Database, clock: Clock) -> tuple[VersionBoard, ChangeListener]:
    """Return a board and the listener that feeds it, which is to be opened.

    Fail mode: while changes are not heard, tags stay as they were last known; answers go on by their lifetimes.
    """

    async def read(user: str) -> int:
        return await data_versions.read_one(database, user)

    board = VersionBoard(listening=lambda: listener.listening, read=read, clock=clock)
    listener = ChangeListener(
        database, on_versions=board.on_versions, on_change=board.on_change, on_lost=board.on_lost
    )
    return board, listener
