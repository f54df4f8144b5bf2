"""The key by which a second import is recognised."""

import random
from zoneinfo import ZoneInfo

from unit.pomodoro.sources.reading import read

HEADER = "start,minutes,category,task,rating"
ROWS = [
    "2024-03-01T09:00:00+01:00,25,A,x,4",
    "2024-03-01T09:00:00+01:00,25,A,x,5",
    "2024-03-01T10:00:00+01:00,25,A,x,",
    "2024-03-01T10:00:00+01:00,25,B,x,",
    "2024-03-01T10:00:00+01:00,26,A,x,",
    "2024-03-01T10:00:00+01:00,25,A,y,",
]


def keys(rows, header=HEADER, **options):
    """Return the keys of ``rows`` in their order."""
    return [
        one.import_key
        for one in read("\n".join([header, *rows]), **({"rating_scale": "1-5"} | options)).sessions
    ]


def test_every_row_has_its_own_key():
    """Twins in one file are both kept; every difference counts."""
    found = keys(ROWS)
    assert len(set(found)) == len(ROWS)
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in found)


def test_the_same_file_has_the_same_keys():
    """Whatever scale, zone and order of rows it is read with."""
    wanted = sorted(keys(ROWS))
    shuffled = ROWS[:]
    random.Random(3).shuffle(shuffled)
    assert sorted(keys(shuffled)) == wanted
    assert sorted(keys(ROWS, rating_scale="1-10")) == wanted
    assert sorted(keys(ROWS, zone=ZoneInfo("Asia/Tokyo"), default_category="Unsorted")) == wanted
    assert sorted(keys([row.replace("+01:00", "+0100") for row in ROWS])) == wanted


def test_rejected_rows_do_not_disturb_the_keys_of_others():
    """A broken row elsewhere in the file changes nothing."""
    assert keys(["nonsense,25,A,x,4", *ROWS]) == keys(ROWS)


def test_texts_cannot_be_shifted_between_columns():
    """ "ab" + "c" and "a" + "bc" are different rows."""
    header = "start,minutes,category,task"
    first = keys(["2024-03-01T09:00:00Z,25,ab,c"], header)
    second = keys(["2024-03-01T09:00:00Z,25,a,bc"], header)
    assert first != second
