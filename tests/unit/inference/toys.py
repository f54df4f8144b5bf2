"""Models for the tests of what runs models."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tandem.core.errors import InvalidInputError
from tandem.inference.errors import ModelMissingError


class Toy:
    version = "toy 1"

    def __init__(self, mark: str = "") -> None:
        self._mark = mark
        self.calls = 0

    def echo(self, value: object) -> object:
        self.calls += 1
        return value

    def pid(self) -> int:
        return os.getpid()

    def settings(self) -> dict[str, object]:
        return {"threads": os.environ["OMP_NUM_THREADS"], "nice": os.nice(0)}

    def nap(self, seconds: float) -> str:
        time.sleep(seconds)
        return "rested"

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_once(self) -> str:
        """Die, but not a second time."""
        mark = Path(self._mark)
        if not mark.exists():
            mark.touch()
            self.die()
        return "alive"

    def refuse(self) -> None:
        raise InvalidInputError("that is no sound", field="audio")

    def stumble(self) -> None:
        raise KeyError("inner detail")

    def count(self, last: int, seconds: float) -> Iterator[int]:
        for number in range(last):
            time.sleep(seconds)
            yield number


def absent() -> None:
    raise ModelMissingError("the model is not installed: pip install 'tandem[models]'")


def slow() -> None:
    time.sleep(30)


class Newer(Toy):
    version = "toy 2"


class Named(Toy):
    """Called as its file says."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.version = Path(file).read_text()
