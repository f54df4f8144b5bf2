"""What a serving process does about memory that it no longer needs."""

import ctypes
import gc
import sys
from contextlib import suppress
from typing import Final

YOUNG_OBJECTS: Final = 10_000
"""Objects after which the collector looks at the young ones. Python's own 700 are reached by two or three requests:
it then spends a third of a busy gateway's time on looking at requests that are still under way."""

MIDDLE_TIMES: Final = 20
"""Looks at the middle-aged after which it looks at everything that was not spared, if that has grown by a quarter."""


def spare_what_stays() -> None:
    """Take everything that exists now out of the collector's sight, and have it look less often from now on.

    For a process that has imported all that it serves with: some 100 MB of modules and routes that live as long
    as it does would else be walked through again and again. What requests leave behind is still collected.
    """
    gc.collect()
    gc.freeze()
    # Every second look is at the middle-aged as well: at 20,000 objects at most, and at each of them twice in its life.
    gc.set_threshold(YOUNG_OBJECTS, 0, MIDDLE_TIMES)


def spare_what_is_ready() -> None:
    """Take what a worker made before its first request out of the collector's sight as well, without a look at it.

    Does nothing in a process that does not only serve (:func:`spare_what_stays` tells): there, it may well have to be collected.
    """
    if gc.get_freeze_count():
        gc.freeze()


def give_back() -> None:
    """Give memory that was freed back to the system; takes some milliseconds, without the interpreter's lock.

    glibc keeps what lies below anything still in use, 20 MB after 200,000 sessions were read. Other C libraries keep less
    and have no such call: nothing happens there.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
