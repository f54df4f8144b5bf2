"""What a serving process does about memory that it no longer needs."""

import ctypes
import gc
import sys
from contextlib import suppress
from typing import Final

YOUNG_OBJECTS: Final = 10_000
"""Objects after which the collector looks at the young ones. Python's own 700 are reached by two or three requests:
it then spends a third of a busy gateway's time on looking at requests that are still under way."""

YOUNG_TIMES: Final = 2
"""Such looks after which it looks at those again that were there before. With 10 it walked through up to 200,000 in one go, and nobody
was answered for 50 ms; with 2 the longest turns of a loop under 500 users are of 46 to 50 ms (docs/benchmarks/repeats.md)."""


def spare_what_stays() -> None:
    """Take everything that exists now out of the collector's sight, and have it look less often from now on.

    For a process that has imported all that it serves with: some 100 MB of modules and routes that live as long
    as it does would else be walked through again and again. What requests leave behind is still collected.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_TIMES, 10)


def give_back() -> None:
    """Give memory that was freed back to the system; takes some milliseconds, without the interpreter's lock.

    glibc keeps what lies below anything still in use, 20 MB after 200,000 sessions were read. Other C libraries keep less
    and have no such call: nothing happens there.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
