"""How a process and its model's process speak: pickled tuples, each after its length, over a socket pair.

Pickle, because audio and vectors pass as they are, and because both ends are ours: nobody else can reach the sockets.
"""

import asyncio
import pickle
import socket
import struct
from typing import Any, Final

_LENGTH: Final = struct.Struct("!Q")

Frame = tuple[Any, ...]

# What a frame says, its first element.
CALL: Final = "call"
"""number, method, arguments"""
CANCEL: Final = "cancel"
"""number"""
READY: Final = "ready"
"""version of the model"""
PIECE: Final = "piece"
"""number, value: one of several from a method that yields"""
DONE: Final = "done"
"""number, value"""
FAILED: Final = "failed"
"""number (None while loading), error"""


def packed(frame: Frame) -> bytes:
    """Return ``frame`` as it is sent."""
    body = pickle.dumps(frame, protocol=5)
    return _LENGTH.pack(len(body)) + body


async def receive(reader: asyncio.StreamReader) -> Frame:
    """Return the next frame; raises EOFError (of which IncompleteReadError is one) when the other end is gone."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    frame: Frame = pickle.loads(await reader.readexactly(length))  # noqa: S301 - from our own child
    return frame


def receive_blocking(connection: socket.socket) -> Frame:
    """The same for the child, which has no event loop."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    frame: Frame = pickle.loads(_exactly(connection, length))  # noqa: S301 - from our own parent
    return frame


def _exactly(connection: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        count = connection.recv_into(view[got:])
        if count == 0:
            raise EOFError
        got += count
    return data
