"""What a model's process is to be."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_THREADS: Final = 4
"""More do not make models of this size faster."""


def usable_cores() -> int:
    """Return how many cores this process may run on; at least 1."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def default_threads() -> int:
    """Return the threads of a model whose number nobody set: all cores, at most :data:`MOST_THREADS`."""
    return min(MOST_THREADS, usable_cores())


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """How a model is loaded, and how much of the machine it gets."""

    name: str
    """For people, logs and metrics."""
    factory: str
    """``package.module:function``, called in the process with ``arguments``; returns an object with the methods that are
    called and, if it likes, an attribute ``version``. Raises ModelMissingError when something is not installed."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What can be pickled."""
    threads: int = 1
    """Threads of one process, for OpenMP and BLAS as well."""
    processes: int = 1
    """Copies that work at the same time."""
    niceness: int = 10
    """0-19; what serves requests has 0 and goes first."""
    start_seconds: float = 60.0
    """How long loading may take."""
    queue: int = 64
    """Calls that may wait for a process; more are refused."""
