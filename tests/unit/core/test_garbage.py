"""What a serving process spares the collector, and what it does not."""

import subprocess
import sys

SERVING = """
import gc, weakref
from tandem.core import garbage
class Thing: pass
garbage.spare_what_is_ready()
assert gc.get_freeze_count() == 0, "a process that does more than serve is left alone"
kept = [Thing() for _ in range(1000)]
garbage.spare_what_stays()
assert gc.get_freeze_count() > 1000
made = [Thing() for _ in range(1000)]
before = gc.get_freeze_count()
garbage.spare_what_is_ready()
assert gc.get_freeze_count() >= before + 1000
# What is spared still goes when nobody holds it.
seen = weakref.ref(made[0])
del made
assert seen() is None
# What comes later is collected, in circles too, while it is young and when it has grown older.
for age in range(3):
    circle = Thing()
    circle.self, seen = circle, weakref.ref(circle)
    for generation in range(age):
        gc.collect(generation)
    del circle
    # Not asked with each object: newer Pythons collect when a call returns, and then the answer would hold what is asked for.
    objects = []
    while seen() is not None and len(objects) < 1_000_000:
        for _ in range(1_000):
            objects.append([])
    assert seen() is None, age
    del objects
"""


def test_a_serving_process():
    """Looks less often and at less, and loses nothing."""
    done = subprocess.run(
        [sys.executable, "-c", SERVING], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
