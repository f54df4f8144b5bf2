"""The process of a model: ``python -m tandem.inference.child``, started by :mod:`tandem.inference.process`.

Works through one call at a time, in its main thread. A second thread reads, so that a call which yields can be told to stop,
and so that the process ends as soon as its parent is gone, whatever it is doing.
"""

import contextlib
import os
import pickle
import queue
import signal
import socket
import sys
import threading
from collections.abc import Generator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tandem.core.errors import TandemError
from tandem.inference.errors import ModelFailedError
from tandem.inference.frames import CALL, DONE, FAILED, PIECE, READY, Frame, packed, receive_blocking


class Child:
    """One loaded model and the connection to who asks."""

    def __init__(self, connection: socket.socket) -> None:
        """Speak over ``connection``."""
        self._connection = connection
        self._calls: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def run(self, factory: str, arguments: dict[str, Any]) -> None:
        """Load the model and answer until the parent is gone."""
        try:
            model = _load(factory, arguments)
        except Exception as error:  # noqa: BLE001 - the parent tells whoever waits
            self._send(FAILED, None, _passable(error))
            return
        self._send(READY, str(getattr(model, "version", "")))
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            _, number, method, values = self._calls.get()
            self._answer(model, number, method, values)

    def _read(self) -> None:
        try:
            while True:
                frame = receive_blocking(self._connection)
                if frame[0] == CALL:
                    self._calls.put(frame)
                else:
                    self._cancelled.add(frame[1])
        finally:
            # Without a parent there is nobody to work for; the main thread may be deep in native code.
            os._exit(0)

    def _answer(self, model: object, number: int, method: str, values: tuple[Any, ...]) -> None:
        try:
            result = None if number in self._cancelled else getattr(model, method)(*values)
            if isinstance(result, Iterator):
                self._pieces(number, result)
                result = None
        except Exception as error:  # noqa: BLE001 - it belongs to who called
            self._send(FAILED, number, _passable(error))
        else:
            self._send(DONE, number, result)
        self._cancelled.discard(number)

    def _pieces(self, number: int, pieces: Iterator[Any]) -> None:
        for piece in pieces:
            if number in self._cancelled:
                break
            self._send(PIECE, number, piece)
        if isinstance(pieces, Generator):
            pieces.close()

    def _send(self, *frame: Any) -> None:
        self._connection.sendall(packed(frame))


def _load(factory: str, arguments: dict[str, Any]) -> object:
    module, _, name = factory.partition(":")
    made: object = getattr(import_module(module), name)(**arguments)
    return made


def _passable(error: Exception) -> Exception:
    """Return an error that the parent can raise: our own as they are, others by their name and text."""
    if isinstance(error, TandemError):
        with contextlib.suppress(Exception):
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object
            return error
    return ModelFailedError(f"{type(error).__name__}: {error}")


def _step_back(niceness: int) -> None:
    """Let everybody else go first, by ``niceness`` (0-19).

    Where Linux shares the CPU between sessions first (autogroup, the default of most distributions) niceness alone counts
    within a session only: the model would take as much as all servers in other sessions together. So the process has a
    session of its own, started by its parent, whose group is made nice as well.
    """
    with contextlib.suppress(OSError):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def main() -> None:
    """Run with the descriptor of the connection and the niceness as arguments."""
    # Ctrl-C reaches the whole terminal; the parent decides when this process has done its work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _step_back(int(sys.argv[2]))
    connection = socket.socket(fileno=int(sys.argv[1]))
    with contextlib.suppress(EOFError, OSError):
        _, factory, arguments = receive_blocking(connection)
        Child(connection).run(factory, arguments)


if __name__ == "__main__":
    main()
