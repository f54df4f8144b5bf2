"""Lists of sessions: newest first, page by page, without loss or repeats."""

import base64
import json

import asyncpg
import httpx2
import pytest

from contract.service import Service
from integration.pomodoro.test_sessions_api import PATH, refused

_FILL = """
    INSERT INTO sessions (user_id, date, time, category, duration_minutes)
    SELECT $1, DATE '2026-02-01' + (n / 40), TIME '08:00' + (n % 5) * interval '1 hour',
           CASE WHEN n % 3 = 0 THEN 'Learning' ELSE 'Other' END, n
    FROM generate_series(1, 120) n
"""


async def fill(service: Service, user: str) -> None:
    """120 sessions on four days; at each of five moments of a day there are eight."""
    connection = await asyncpg.connect(service.dsn)
    await connection.execute(_FILL, user)
    await connection.close()


def pages(client: httpx2.Client, **chosen: object) -> list[list[dict]]:
    """All pages of a list."""
    found, cursor = [], None
    while True:
        answer = client.get(PATH, params=chosen | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["sessions"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found
        assert len(found) < 200


@pytest.mark.parametrize("limit", [1, 7, 40, 119, 120, 121])
async def test_pages_hold_everything_once(
    service: Service, client: httpx2.Client, user: str, limit: int
) -> None:
    """Also where many sessions have the very same start, and where a page ends among them."""
    await fill(service, user)
    found = pages(client, limit=limit)
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert 1 <= len(found[-1]) <= limit
    rows = [row for page in found for row in page]
    assert sorted(row["duration_minutes"] for row in rows) == list(range(1, 121))
    starts = [(row["date"], row["time"], row["id"]) for row in rows]
    assert starts == sorted(starts, reverse=True)


async def test_filters_choose_and_pages_keep_them(service: Service, client: httpx2.Client, user: str) -> None:
    """Days include both ends; a category is compared whole."""
    await fill(service, user)
    chosen = {"from": "2026-02-02", "to": "2026-02-03", "category": "Learning"}
    rows = [row for page in pages(client, limit=4, **chosen) for row in page]
    assert sorted(row["duration_minutes"] for row in rows) == [n for n in range(40, 120) if n % 3 == 0]
    assert sum(map(len, pages(client, **{"from": "2026-02-04"}))) == 1
    assert sum(map(len, pages(client, to="2026-02-01"))) == 39
    for nothing in ({"from": "2026-02-05"}, {"to": "2026-01-31"}, {"category": "learning"}, {"category": ""}):
        assert pages(client, **nothing) == [[]]


async def test_a_session_between_two_pages_moves_none(
    service: Service, client: httpx2.Client, user: str
) -> None:
    """What is added or deleted while somebody reads on costs no other session its place."""
    await fill(service, user)
    first = client.get(PATH, params={"limit": 60}).json()
    client.post(PATH, json={"task": "newest"})
    client.delete(f"{PATH}/{first['sessions'][-1]['id']}")
    second = client.get(PATH, params={"limit": 60, "cursor": first["next_cursor"]}).json()
    numbers = [row["duration_minutes"] for row in first["sessions"] + second["sessions"]]
    assert sorted(numbers) == list(range(1, 121))


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"from": "2026-02-02", "to": "2026-02-01"}, "from"),
        ({"from": "yesterday"}, "from"), ({"to": "2026-02-30"}, "to"), ({"from": "20514"}, "from"),
        ({"from": "2026-W05-1"}, "from"), ({"from": ""}, "from"),
        ({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"limit": "many"}, "limit"), ({"limit": 10**30}, "limit"),
        ({"category": "x" * 101}, "category"), ({"category": "a\x00b"}, "category"),
        ({"cursor": "nonsense"}, "cursor"), ({"cursor": "é"}, "cursor"), ({"cursor": "x" * 301}, "cursor"),
        ({"cursor": _cursor("2026-02-01", "08:00:00")}, "cursor"), ({"cursor": _cursor(1, 2, 3)}, "cursor"),
        ({"cursor": _cursor("2026-02-01", "08:00:00", "not hex")}, "cursor"),
        ({"cursor": _cursor("2026-02-31", "08:00:00", "0" * 32)}, "cursor"),
        ({"cursor": base64.urlsafe_b64encode(b"7").decode()}, "cursor"),
        ({"cursor": base64.urlsafe_b64encode(b"null").decode()}, "cursor"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_question_is_400(client: httpx2.Client, query: dict, word: str) -> None:
    """It is said which parameter cannot be used; nothing is guessed."""
    refused(client.get(PATH, params=query), word)


def test_any_cursor_stays_within_the_users_own_sessions(client: httpx2.Client) -> None:
    """A cursor made by hand is a place in the caller's list, no door to anybody else's."""
    answer = client.get(PATH, params={"cursor": _cursor("9999-12-31", "23:59:59+05:00", "f" * 32)})
    assert answer.status_code in (200, 400)
    assert answer.json().get("sessions", []) == []
