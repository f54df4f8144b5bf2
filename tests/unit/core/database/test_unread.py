"""What has arrived on a connection is seen before the event loop has read it."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from tandem.core.database import unread
from tandem.core.database.unread import Unread


class Transport:
    """As much of a transport as is asked for."""

    def __init__(self, one):
        self.one = one

    def get_extra_info(self, name):
        """The socket."""
        assert name == "socket"
        return self.one


@pytest.fixture
def ends():
    """Our end of a connection and the other one."""
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


async def watching(ours):
    """A watch over the socket ``ours``."""
    return Unread(SimpleNamespace(_transport=Transport(ours)))


@pytest.mark.skipif(unread._POLL is None, reason="the C library's poll cannot be called here")
async def test_data_and_the_end_are_seen(ends):
    """Nothing, then a byte, then nothing again, then the end."""
    ours, theirs = ends
    watch = await watching(ours)
    assert not watch
    theirs.send(b"1")
    watch.forget()
    assert watch
    ours.recv(1)
    watch.forget()
    assert not watch
    theirs.close()
    watch.forget()
    assert watch


@pytest.mark.skipif(unread._POLL is None, reason="the C library's poll cannot be called here")
async def test_the_next_turn_looks_again_by_itself(ends):
    """What arrives while the loop sleeps is seen by whoever asks first."""
    ours, theirs = ends
    watch = await watching(ours)
    assert not watch
    theirs.send(b"1")
    await asyncio.sleep(0.01)
    assert watch


async def test_one_turn_asks_the_kernel_once(ends, monkeypatch):
    """A busy turn does not pay for each answer."""
    ours, _ = ends
    asked = []
    monkeypatch.setattr(unread, "_POLL", lambda *_: asked.append(1) or 0)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 7.0)
    watch = await watching(ours)
    assert [bool(watch) for _ in range(5)] == [False] * 5
    assert len(asked) == 1
    watch.forget()
    assert not watch
    assert len(asked) == 2


async def test_without_a_socket_nothing_is_ever_unread(ends):
    """A connection that shows none, one that is closed, a system without that call."""
    ours, theirs = ends
    theirs.send(b"1")
    assert not Unread(SimpleNamespace())
    assert not Unread(SimpleNamespace(_transport=Transport(None)))
    watch = await watching(ours)
    watch.close()
    assert not watch
