"""The board says a version only while it is certain."""

import asyncio
import datetime as dt

from tandem.core.clock import FixedClock
from tandem.core.database.change_event import ChangeEvent
from tandem.core.database.version_board import VersionBoard

NOW = dt.datetime(2026, 3, 4, tzinfo=dt.UTC)


class World:
    """A database whose versions are read slowly, and a line that can be lost."""

    def __init__(self, most: int = 100) -> None:
        self.stored: dict[str, int] = {}
        self.hears = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.board = VersionBoard(
            listening=lambda: self.hears, read=self.read, clock=FixedClock(NOW), most=most
        )

    async def read(self, user: str) -> int:
        version = self.stored.get(user, 0)
        await self.gate.wait()
        return version


async def test_all_users_are_known_while_they_are_few() -> None:
    """Who has no version has 0; changes come in any order; a lost line makes everything uncertain."""
    world = World()
    board = world.board
    assert board.current("a") is None
    board.on_versions({"a": 3})
    assert (board.current("a"), board.current("nobody")) == (3, 0)
    board.on_change(ChangeEvent("a", 5, None))
    board.on_change(ChangeEvent("a", 4, None))
    board.on_change(ChangeEvent("new", 1, ()))
    assert (board.current("a"), board.current("new")) == (5, 1)
    world.hears = False
    board.on_lost()
    assert (board.current("a"), board.last("a"), board.lost_at, await board.learn("a")) == (
        None,
        5,
        NOW,
        None,
    )


async def test_many_users_are_asked_for_one_by_one() -> None:
    """Beyond the bound a version is read once, and a change that comes while it is read is not lost."""
    world = World(most=10)
    board = world.board
    world.stored = {f"u{number}": number for number in range(50)}
    board.on_versions(world.stored)
    assert board.current("u7") is None
    world.gate.clear()
    learning = asyncio.create_task(board.learn("u7"))
    await asyncio.sleep(0)
    board.on_change(ChangeEvent("u7", 8, None))
    world.gate.set()
    assert await learning == 8
    assert board.current("u7") == 8
    for number in range(50):
        await board.learn(f"u{number}")
    assert len(board) <= 10


async def test_a_line_lost_while_reading_leaves_nothing_certain() -> None:
    """What was read before the loss may be old afterwards."""
    world = World(most=0)
    world.board.on_versions({"a": 1})
    world.gate.clear()
    learning = asyncio.create_task(world.board.learn("a"))
    await asyncio.sleep(0)
    world.board.on_lost()
    world.board.on_versions({"a": 2})
    world.gate.set()
    assert await learning is None
    assert world.board.current("a") is None


async def test_tags_are_told_apart_from_users() -> None:
    """A raised tag is noted once and told; it is nobody's version."""
    world, told = World(), []
    board = world.board
    board.on_tags = lambda: told.append(dict(board.tags))
    board.on_versions({"#all": 2, "a": 1})
    board.on_change(ChangeEvent("#all", 3, ()))
    board.on_change(ChangeEvent("#all", 3, ()))
    assert told == [{"all": 2}, {"all": 3}]
    assert len(board) == 1
