"""Whole logs over HTTP: reports, repeats, scales, limits, other users, the way out and back in."""

import asyncio
import csv
import io

import asyncpg
import httpx2
import pytest

from contract.service import Service
from integration.pomodoro.test_sessions_api import FULL, PATH, refused
from tandem.core.database.erasure import erase
from tandem.core.database.pool import Database

IMPORT = f"{PATH}/import"
LOG = """start,end,category,note,rating
2026-03-02 09:00,2026-03-02 09:52,Learning,Chapter 3,4
2026-03-02 10:00,2026-03-02 10:25,Learning,Chapter 4,
2026-03-02 11:00,2026-03-02 10:00,Learning,backwards,3
2026-03-03 22:00,2026-03-04 01:30,Other,late,5
"""
PLAIN = "\n".join(line.rpartition(",")[0] for line in LOG.splitlines())


def send(client: httpx2.Client, text: str | bytes, **form: str) -> httpx2.Response:
    """Import ``text``."""
    return client.post(IMPORT, files={"file": ("log.csv", text, "text/csv")}, data=form)


def sessions(client: httpx2.Client) -> list[dict]:
    """What is stored, oldest first."""
    return client.get(PATH).json()["sessions"][::-1]


def test_the_report_accounts_for_every_row(client: httpx2.Client) -> None:
    """What was stored, what was not and why; ratings are brought to 0-100."""
    answer = send(client, LOG, rating_scale="1-5")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["rows_read"], report["imported"], report["rejected"], report["already_present"]) == (
        4,
        3,
        1,
        0,
    )
    assert [(one["line"], bool(one["reason"])) for one in report["rejections"]] == [(4, True)]
    assert (report["first_day"], report["last_day"], report["long_sessions"]) == (
        "2026-03-02",
        "2026-03-03",
        1,
    )
    assert report["categories"] == {"Learning": 2, "Other": 1}
    stored = sessions(client)
    assert [row["productivity_rating"] for row in stored] == [80, None, 100]
    assert [row["duration_minutes"] for row in stored] == [52, 25, 210]
    assert stored[2]["flags"] == ["long"]


def test_a_second_import_adds_nothing(client: httpx2.Client) -> None:
    """Also when it comes under another name or twice at a time."""
    assert send(client, PLAIN).json()["imported"] == 3
    again = client.post(IMPORT, files={"file": ("other name.txt", PLAIN)}).json()
    assert (again["imported"], again["already_present"]) == (0, 3)
    assert len(sessions(client)) == 3


async def test_the_same_import_at_once_adds_each_session_once(service: Service, user: str) -> None:
    """Five requests race; together they add what one would."""
    async with httpx2.AsyncClient(base_url=service.url, timeout=30, headers={"X-User-ID": user}) as client:
        asks = (client.post(IMPORT, files={"file": ("log.csv", PLAIN)}) for _ in range(5))
        answers = await asyncio.gather(*asks)
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        assert sum(answer.json()["imported"] for answer in answers) == 3
        assert len((await client.get(PATH)).json()["sessions"]) == 3


def test_ratings_without_a_scale_are_refused(client: httpx2.Client) -> None:
    """Nobody can tell four of five from four of a hundred: the three choices are named."""
    refused(send(client, LOG), "1-5", "1-10", "0-100")
    refused(send(client, LOG, rating_scale="1-7"), "rating_scale")
    assert sessions(client) == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", {}), ("\n\n", {}), ("just words", {"format": "csv"}), (b"\x00\x01\x02" * 100, {}),
        (PLAIN, {"format": "xlsx"}), (PLAIN, {"gap_minutes": "0"}), (PLAIN, {"gap_minutes": "721"}),
        (PLAIN, {"gap_minutes": "x"}), (b"PK\x03\x04" + b"\x00" * 50, {}),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_what_is_no_log_is_refused(client: httpx2.Client, text: str | bytes, form: dict) -> None:
    """400 with a reason."""
    refused(send(client, text, **form))
    assert sessions(client) == []


def test_a_request_without_a_file(client: httpx2.Client) -> None:
    """400 when the form lacks it, 415 when there is no form at all."""
    refused(client.post(IMPORT, data={"format": "csv"}, files={"other": ("x", "y")}), "file")
    refused(client.post(IMPORT, json={}), "multipart/form-data", status=415)


@pytest.mark.timeout(120)
def test_a_log_of_25_mib_is_the_most(client: httpx2.Client) -> None:
    """A larger one is refused with 413 whether it says so beforehand or not, and the service lives on."""
    client.timeout = 50
    limit = 25 * 1024 * 1024
    refused(send(client, b"x" * (limit + 1)), status=413)
    refused(send(client, b"x" * (limit + 100_000)), status=413)

    def endless():
        for _ in range(27):
            yield b"x" * 1024 * 1024

    chunked = client.post(
        IMPORT, content=endless(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert chunked.status_code in (400, 413), chunked.text
    line = "2026-03-02 09:00,2026-03-02 09:52,Learning," + "x" * 5000 + "\n"
    full = ("start,end,category,note\n" + line * (limit // len(line))).encode()
    accepted = send(client, full)
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["rows_read"] == limit // len(line)


def test_what_goes_out_comes_back_in(client: httpx2.Client, user: str) -> None:
    """An export read by another user gives the same sessions; read by the owner it adds nothing."""
    for extra in (
        {},
        {"notes": '"quoted", and\nin two lines'},
        {"category": "=1+1"},
        {"task": None, "notes": None},
    ):
        assert client.post(PATH, json=FULL | extra).status_code == 201
    send(client, LOG, rating_scale="1-5")
    answer = client.get(f"{PATH}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert len(list(csv.reader(io.StringIO(answer.text)))) == 1 + 7
    assert send(client, answer.content).json()["imported"] == 0

    other = {"X-User-ID": f"{user}-copy"}
    report = client.post(IMPORT, files={"file": ("sessions.csv", answer.content)}, headers=other).json()
    assert (report["imported"], report["rejected"]) == (7, 0)
    copied = client.get(PATH, headers=other).json()["sessions"][::-1]

    def plain(row: dict) -> dict:
        return {name: value for name, value in row.items() if name not in ("id", "created_at", "updated_at")}

    assert sorted(map(plain, copied), key=str) == sorted(map(plain, sessions(client)), key=str)
    assert client.get(f"{PATH}/export", headers=other).text.count("\n") == answer.text.count("\n")


def test_an_import_changes_its_users_answers_and_nobody_elses(client: httpx2.Client, user: str) -> None:
    """The models of u2 know the log at once, those of the others stay as they were."""
    asked = ("/api/recommendation", "/api/analysis", "/api/preset-stats", "/api/prediction/week")
    other = {"X-User-ID": f"{user}-u2"}
    before = {path: client.get(path).json() for path in asked}
    before_other = {path: client.get(path, headers=other).json() for path in asked}
    assert (
        client.post(
            IMPORT, files={"file": ("l", LOG)}, data={"rating_scale": "1-5"}, headers=other
        ).status_code
        == 200
    )
    assert {path: client.get(path).json() for path in asked} == before
    after = {path: client.get(path, headers=other).json() for path in asked}
    assert after["/api/analysis"] != before_other["/api/analysis"]
    assert after["/api/analysis"]["analysis"]["total_sessions_analyzed"] == 2


def test_an_import_speaks_the_callers_language(client: httpx2.Client) -> None:
    """Reasons for people come in Czech or English; their codes stay."""
    english = send(client, LOG, rating_scale="1-5").json()["rejections"][0]
    answer = client.post(
        IMPORT, files={"file": ("l", LOG)}, data={"rating_scale": "1-5"}, headers={"Accept-Language": "en"}
    )
    assert answer.headers["content-language"] == "en"
    assert answer.json()["rejections"][0]["code"] == english["code"]


_DEMO = """
    INSERT INTO sessions (origin, date, time, productivity_rating, category)
    SELECT 'demo', DATE '2026-03-01', TIME '08:00' + n * interval '1 hour', 50, 'Demo' FROM generate_series(1, $1) n
"""


async def test_demonstration_sessions_give_way_to_a_real_one(start) -> None:
    """They are shown until the first own session, left out as long as there is one, and come back after it."""
    service = start()
    client = service.client

    def known() -> int:
        return client.get("/api/analysis").json()["analysis"]["total_sessions_analyzed"]

    assert known() == 0
    connection = await asyncpg.connect(service.dsn)
    await connection.execute(_DEMO, 9)
    await asyncio.sleep(0.5)
    assert known() == 9
    assert {row["flags"][0] for row in client.get(PATH).json()["sessions"]} == {"demo"}
    assert client.get(f"{PATH}/export").text.count("\n") == 1
    place = client.post(PATH, json={"productivity_rating": 80}).headers["location"]
    assert known() == 1
    await connection.execute(_DEMO, 2)
    await asyncio.sleep(0.5)
    assert known() == 1
    client.delete(place)
    assert known() == 11
    await connection.close()


async def test_erasing_a_user_leaves_nothing_of_them(
    service: Service, client: httpx2.Client, user: str
) -> None:
    """Sessions, kept answers and settings go; their models know nothing any more, other users keep all."""
    other = {"X-User-ID": f"{user}-other"}
    for headers in ({}, other):
        client.post(PATH, json=FULL, headers=headers | {"Idempotency-Key": "k"})
        client.post("/api/config/categories", json={"categories": ["Own"]}, headers=headers)
    client.post(PATH, json={"productivity_rating": 50})
    assert client.get("/api/prediction/today").json()["completed_sessions"] == 1
    async with Database(service.dsn) as database:
        erased = await erase(database, user)
        assert {table: rows for table, rows in erased.items() if rows} == {
            "sessions": 2, "idempotency_keys": 1, "user_settings": 1,
        }  # fmt: skip
        assert {"usage_events", "conversations", "budgets"} <= set(erased)
        for table in set(erased) - {"budgets", "ai_cache"}:
            assert await database.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", user) == 0
    await asyncio.sleep(0.5)
    assert sessions(client) == []
    assert client.get("/api/prediction/today").json()["completed_sessions"] == 0
    assert len(client.get(PATH, headers=other).json()["sessions"]) == 1
