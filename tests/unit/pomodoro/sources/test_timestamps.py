"""Lists of times become sessions."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from unit.pomodoro.sources.reading import codes, one, read, refusal

LOG = """\
# git log --format=%aI
2024-03-01T11:00:00+01:00

2024-03-01T09:00:00+01:00
2024-03-01T09:59:59+01:00
2024-03-01T10:30:00+01:00
2024-03-01T14:00:00+01:00
"""


def test_near_times_are_joined():
    """Gaps under an hour join, in any order of the lines; a time alone is a minute."""
    parsed = read(LOG)
    assert parsed.format == "timestamps"
    assert [(one.local_time.hour, one.duration_seconds, one.line) for one in parsed.sessions] == [
        (9, 7200, 4),
        (14, 0, 7),
    ]
    counts = parsed.counts
    assert (counts.rows_read, counts.joined, counts.zero_length) == (5, 3, 1)


def test_the_gap_itself_separates():
    """Times exactly one gap apart are two sessions; the gap can be chosen."""
    lines = "2024-03-01 09:00\n2024-03-01 09:30\n"
    assert len(read(lines, gap_minutes=30).sessions) == 2
    assert one(lines, gap_minutes=31).duration_seconds == 1800


def test_a_chain_over_twelve_hours_is_rejected_whole():
    """It is named by the line of its first time; other sessions stay."""
    start = datetime(2024, 3, 1, 6, tzinfo=UTC)
    lines = [(start + timedelta(minutes=50 * i)).isoformat() for i in range(16)]
    parsed = read("\n".join([*lines, "2024-05-01T09:00:00Z"]))
    assert codes(parsed) == {1: "too_long"}
    assert len(parsed.sessions) == 1
    counts = parsed.counts
    assert counts.rows_read == len(parsed.sessions) + counts.rejected + counts.joined == 17


def test_a_time_in_the_future_is_alone_in_being_rejected():
    """One wrong clock does not take the good times near it along."""
    parsed = read("2026-11-23T12:30:00Z\n2026-11-23T11:50:00Z\nnonsense\n2026-11-23T11:40:00Z\n")
    assert codes(parsed) == {1: "in_future", 3: "time_unreadable"}
    assert [one.duration_seconds for one in parsed.sessions] == [600]


def test_a_grown_log_brings_nothing_twice():
    """A session that went on since the last import keeps its key, because its start is the same."""
    before, after = read(LOG), read(LOG + "2024-03-01T14:30:00+01:00\n2024-03-02T09:00:00+01:00\n")
    keys = [one.import_key for one in after.sessions]
    assert [one.import_key for one in before.sessions] == keys[:2]
    assert len(set(keys)) == 3


def test_a_file_without_any_time_is_refused():
    """A list of something else is refused with its first lines' reasons."""
    error = refusal("alpha\nbeta\n", format="timestamps")
    assert error.extra["problem"] == "no_times"
    assert error.extra["rejected"][0]["line"] == 1


def test_formats_are_recognised():
    """A table with a start is a table, a list of times is a list."""
    assert read("1709280000\n1709283600\n").format == "timestamps"
    assert read("start,minutes\n1709280000,25\n").format == "csv"
    assert read("Fri, 1 Mar 2024 09:00:00 +0100\n").format == "timestamps"
    error = refusal("x", format="ical")
    assert error.extra == {"problem": "unknown_format", "choices": ["auto", "csv", "toggl", "timestamps"]}
    assert refusal("x", gap_minutes=0).extra["problem"] == "gap_out_of_range"


@given(st.lists(st.integers(1_600_000_000, 1_600_400_000), min_size=1, max_size=60), st.integers(1, 300))
def test_every_time_is_in_exactly_one_session_or_rejected_chain(seconds, gap):
    """Sessions are apart by at least the gap, and the rows add up."""
    parsed = read("\n".join(map(str, seconds)), format="timestamps", gap_minutes=gap)
    counts = parsed.counts
    assert counts.rows_read == len(seconds) == len(parsed.sessions) + counts.rejected + counts.joined
    ordered = sorted(parsed.sessions, key=lambda one: one.started_at)
    for earlier, later in pairwise(ordered):
        end = earlier.started_at + timedelta(seconds=earlier.duration_seconds)
        assert later.started_at - end >= timedelta(minutes=gap)
