"""When a session started, told with and without an offset, around midnight and around changes of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import httpx2
import pytest

from integration.pomodoro.test_sessions_api import PATH, refused

START = "started_at"

PLACED = {
    "with the zone's offset": ({START: "2026-03-02T09:15:00+01:00"}, "2026-03-02T09:15:00+01:00"),
    "in UTC, before midnight there": ({START: "2026-03-01T23:30:00Z"}, "2026-03-02T00:30:00+01:00"),
    "from the far side of the world": ({START: "2026-03-02T09:15:00-10:00"}, "2026-03-02T20:15:00+01:00"),
    "without an offset": ({START: "2026-03-02T09:15:00"}, "2026-03-02T09:15:00+01:00"),
    "with a space": ({START: "2026-03-02 09:15"}, "2026-03-02T09:15:00+01:00"),
    "in summer": ({START: "2025-07-02T09:15:00"}, "2025-07-02T09:15:00+02:00"),
    "day and time": ({"date": "2026-03-02", "time": "09:15"}, "2026-03-02T09:15:00+01:00"),
    "day and time with seconds": ({"date": "2026-03-02", "time": "09:15:59"}, "2026-03-02T09:15:59+01:00"),
    "midnight belongs to the day that begins": (
        {"date": "2026-03-02", "time": "00:00"},
        "2026-03-02T00:00:00+01:00",
    ),
    "the last minute of a day": ({"date": "2026-03-02", "time": "23:59"}, "2026-03-02T23:59:00+01:00"),
    "leap day": ({"date": "2024-02-29", "time": "12:00"}, "2024-02-29T12:00:00+01:00"),
    # 30 March 2025: two o'clock becomes three.
    "before the gap": ({START: "2025-03-30T01:59:00"}, "2025-03-30T01:59:00+01:00"),
    "in the gap": ({START: "2025-03-30T02:30:00"}, "2025-03-30T03:30:00+02:00"),
    "in the gap, day and time": ({"date": "2025-03-30", "time": "02:00"}, "2025-03-30T03:00:00+02:00"),
    "after the gap": ({START: "2025-03-30T03:00:00"}, "2025-03-30T03:00:00+02:00"),
    # 26 October 2025: three o'clock becomes two again.
    "in the hour that comes twice": ({START: "2025-10-26T02:30:00"}, "2025-10-26T02:30:00+02:00"),
    "its first time": ({START: "2025-10-26T02:30:00+02:00"}, "2025-10-26T02:30:00+02:00"),
    "its second time": ({START: "2025-10-26T02:30:00+01:00"}, "2025-10-26T02:30:00+01:00"),
    "a clock that is a little ahead": ({START: "2026-03-04T10:34:59+01:00"}, "2026-03-04T10:34:59+01:00"),
    "the first day there is": ({"date": "1970-01-01", "time": "00:00"}, "1970-01-01T00:00:00+01:00"),
}


@pytest.mark.parametrize("case", PLACED)
def test_a_start_is_placed_in_the_persons_zone(client: httpx2.Client, case: str) -> None:
    """Moment, day, time and hour agree, in the answer and when it is read again."""
    sent, moment = PLACED[case]
    made = client.post(PATH, json=sent)
    assert made.status_code == 201, made.text
    stored = made.json()
    assert stored["started_at"] == moment
    assert (stored["date"], stored["time"]) == (moment[:10], moment[11:16])
    assert stored["hour"] == int(moment[11:13])
    assert client.get(made.headers["location"]).json() == stored
    found = client.get(PATH, params={"from": moment[:10], "to": moment[:10]}).json()["sessions"]
    assert found == [stored]


def test_fractions_of_a_second_are_no_trouble(client: httpx2.Client) -> None:
    """Browsers send milliseconds."""
    stored = client.post(PATH, json={START: "2026-03-02T08:15:00.123Z"}).json()
    moment = dt.datetime.fromisoformat(stored["started_at"])
    assert moment.replace(microsecond=0) == dt.datetime(2026, 3, 2, 9, 15, tzinfo=ZoneInfo("Europe/Prague"))
    assert stored["time"] == "09:15"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({START: "2026-03-04T10:35:01+01:00"}, "future"),
        ({START: "2027-01-01T00:00:00Z"}, "future"),
        ({"date": "2026-03-05", "time": "00:00"}, "future"),
        ({START: "9999-12-31T23:59:59-12:00"}, START),
        ({START: "9999-12-31T23:59:59"}, "future"),
        ({START: "0001-01-01T00:00:00+14:00"}, START),
        ({START: "1969-12-31T12:00:00Z"}, "1970"),
        ({START: "0001-01-01"}, START),
        ({START: "0002-01-01"}, "1970"),
        ({START: 1_700_000_000}, START),
        ({START: "1700000000"}, START),
        ({START: "1700000000.5"}, START),
        ({START: True}, START),
        ({START: ["2026-03-02"]}, START),
        ({START: "yesterday"}, START),
        ({START: "2026-02-30T10:00:00"}, START),
        ({START: "2026-03-02T25:00:00"}, START),
        ({START: "2026-03-02T10:00:00+99:00"}, START),
        ({START: ""}, START),
        ({"date": "2026-03-02"}, "together"),
        ({"time": "10:00"}, "together"),
        ({"date": "2026-03-02", "time": "10:00", START: "2026-03-02T10:00:00Z"}, "not both"),
        ({"date": "2026-03-02", "time": "10:00+01:00"}, "offset"),
        ({"date": "2026-03-02", "time": "24:00"}, "time"),
        ({"date": "2026-03-02", "time": "3600"}, "time"),
        ({"date": "2026-03-02", "time": 3600}, "time"),
        ({"date": "20514", "time": "10:00"}, "date"),
        ({"date": 20514, "time": "10:00"}, "date"),
        ({"date": "2026-02-29", "time": "10:00"}, "date"),
        ({"date": "2.3.2026", "time": "10:00"}, "date"),
    ],
    ids=str,
)
def test_a_start_that_cannot_be_is_refused(client: httpx2.Client, body: dict, word: str) -> None:
    """400 with the reason; numbers are not taken for seconds since 1970."""
    refused(client.post(PATH, json=body), word)
    assert client.get(PATH).json()["sessions"] == []


def test_the_day_of_now_is_the_persons_day(start) -> None:
    """At half past midnight in Prague it is still yesterday in UTC, and the session is of today."""
    client = start(now=dt.datetime(2026, 3, 4, 0, 30, tzinfo=ZoneInfo("Europe/Prague"))).client
    stored = client.post(PATH, json={}).json()
    assert (stored["date"], stored["time"]) == ("2026-03-04", "00:30")
    assert client.get("/api/prediction/today").json()["completed_sessions"] == 1
