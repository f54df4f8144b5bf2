"""Sessions one at a time over HTTP: every field and its limits, other people's sessions, Idempotency-Key."""

import asyncio
import uuid

import asyncpg
import httpx2
import pytest

from contract.service import Service

PATH = "/api/sessions"
FULL = {
    "preset": "learning",
    "category": "Sociální sítě",
    "task": "Kapitola 3 🍅",
    "notes": "šlo to",
    "duration_minutes": 45,
    "completed": False,
    "productivity_rating": 72.25,
    "started_at": "2026-03-02T09:15:00+01:00",
}


def refused(answer: httpx2.Response, *words: str, status: int = 400) -> None:
    """The answer is a JSON error with a reason that holds ``words``."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["error"]
    assert body["code"]
    assert body["request_id"] == answer.headers["x-request-id"]
    for word in words:
        assert word in body["error"], body


def test_a_session_keeps_all_that_was_sent(client: httpx2.Client) -> None:
    """201, a Location that answers the same session, and each field as it was sent."""
    made = client.post(PATH, json=FULL)
    assert made.status_code == 201, made.text
    stored = made.json()
    assert {name: stored[name] for name in FULL} == FULL
    assert (stored["date"], stored["time"], stored["hour"], stored["flags"]) == ("2026-03-02", "09:15", 9, [])
    assert made.headers["location"] == f"{PATH}/{stored['id']}"
    assert client.get(made.headers["location"]).json() == stored
    assert client.get(PATH).json() == {"sessions": [stored], "next_cursor": None}


def test_an_empty_body_is_a_finished_session_of_now(client: httpx2.Client) -> None:
    """Every field has a default: deep work of 52 minutes in Other, begun now."""
    stored = client.post(PATH, json={}).json()
    assert stored["started_at"] == "2026-03-04T10:30:00+01:00"
    assert (stored["preset"], stored["category"], stored["duration_minutes"]) == ("deep_work", "Other", 52)
    assert (stored["completed"], stored["productivity_rating"], stored["task"]) == (True, None, None)
    assert client.post(PATH, json={"preset": "flow_mode"}).json()["duration_minutes"] == 90


@pytest.mark.parametrize(
    "fields",
    [
        {"duration_minutes": 1}, {"duration_minutes": 1440}, {"productivity_rating": 0},
        {"productivity_rating": 100}, {"productivity_rating": 33.33}, {"task": "x" * 200},
        {"notes": "ř" * 10_000}, {"category": "ž" * 100}, {"productivity_rating": None}, {"task": None},
    ],
    ids=str,
)  # fmt: skip
def test_values_at_their_limits_are_taken(client: httpx2.Client, fields: dict) -> None:
    """The limits belong to the allowed values."""
    made = client.post(PATH, json=fields)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in fields} == fields


def test_long_sessions_are_kept_and_flagged(client: httpx2.Client) -> None:
    """More than three hours is probably a forgotten timer, but it is the person's session."""
    assert client.post(PATH, json={"duration_minutes": 180}).json()["flags"] == []
    assert client.post(PATH, json={"duration_minutes": 181}).json()["flags"] == ["long"]


BAD = {
    "duration zero": (b'{"duration_minutes": 0}', "duration_minutes"),
    "duration beyond a day": (b'{"duration_minutes": 1441}', "duration_minutes"),
    "duration half": (b'{"duration_minutes": 25.5}', "duration_minutes"),
    "duration huge": (b'{"duration_minutes": 1' + b"0" * 400 + b"}", "duration_minutes"),
    "duration text": (b'{"duration_minutes": "ten"}', "duration_minutes"),
    "duration boolean": (b'{"duration_minutes": true}', "duration_minutes"),
    "a number of ten thousand digits": (b'{"duration_minutes": 1' + b"0" * 10_000 + b"}", ""),
    "rating below": (b'{"productivity_rating": -0.01}', "productivity_rating"),
    "rating above": (b'{"productivity_rating": 100.01}', "productivity_rating"),
    "rating huge": (b'{"productivity_rating": 1' + b"0" * 400 + b"}", "productivity_rating"),
    "rating NaN": (b'{"productivity_rating": NaN}', "productivity_rating"),
    "rating Infinity": (b'{"productivity_rating": Infinity}', "productivity_rating"),
    "rating 1e999": (b'{"productivity_rating": 1e999}', "productivity_rating"),
    "rating boolean": (b'{"productivity_rating": true}', "productivity_rating"),
    "preset unknown": (b'{"preset": "standard"}', "preset"),
    "preset null": (b'{"preset": null}', "preset"),
    "category empty": (b'{"category": ""}', "category"),
    "category too long": (b'{"category": "' + b"x" * 101 + b'"}', "category"),
    "category number": (b'{"category": 5}', "category"),
    "category NUL": (b'{"category": "a\\u0000b"}', "NUL"),
    "task too long": (b'{"task": "' + b"x" * 201 + b'"}', "task"),
    "task NUL": (b'{"task": "\\u0000"}', "NUL"),
    "task half a surrogate pair": (b'{"task": "\\ud83c"}', "Unicode"),
    "notes too long": (b'{"notes": "' + b"x" * 10_001 + b'"}', "notes"),
    "notes half a surrogate pair": (b'{"notes": "a\\udf45"}', "Unicode"),
    "completed text": (b'{"completed": "maybe"}', "completed"),
    "completed null": (b'{"completed": null}', "completed"),
    "completed number": (b'{"completed": 2}', "completed"),
    "an unknown key": (b'{"categry": "x"}', "categry"),
    "an id": (b'{"id": "5f0c0c7e-8a52-4b7e-9f3e-2a6d1b9f4c11"}', "id"),
    "a list": (b"[]", ""),
    "a text": (b'"x"', ""),
    "null": (b"null", ""),
    "nothing": (b"", ""),
    "half an object": (b'{"task": "x"', "not valid JSON"),
    "not UTF-8": (b'{"task": "\xff\xfe"}', ""),
    "deep nesting": (b'{"task": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_meant_is_refused_with_the_reason(client: httpx2.Client, case: str) -> None:
    """400 naming the field, and nothing is stored."""
    body, word = BAD[case]
    refused(client.post(PATH, content=body, headers={"Content-Type": "application/json"}), word)
    assert client.get(PATH).json()["sessions"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_another_media_type_is_415(client: httpx2.Client, kind: str | None) -> None:
    """JSON that does not say so is not guessed at."""
    headers = {"Content-Type": kind} if kind else {}
    refused(client.post(PATH, content=b'{"task": "x"}', headers=headers), "application/json", status=415)


def test_each_field_can_be_changed_alone(client: httpx2.Client) -> None:
    """PATCH changes what it names, and only that; null empties what may be empty."""
    stored = client.post(PATH, json=FULL).json()
    changes = [
        {"preset": "flow_mode"}, {"category": "Learning"}, {"task": "new"}, {"notes": None}, {"task": None},
        {"duration_minutes": 20}, {"completed": True}, {"productivity_rating": 0}, {"productivity_rating": None},
    ]  # fmt: skip
    for change in changes:
        answer = client.patch(f"{PATH}/{stored['id']}", json=change)
        assert answer.status_code == 200, answer.text
        now = answer.json()
        assert now["updated_at"] > stored["updated_at"]
        stored |= change | {"updated_at": now["updated_at"]}
        assert now == stored
    assert client.get(f"{PATH}/{stored['id']}").json() == stored


def test_a_changed_start_moves_day_and_time(client: httpx2.Client) -> None:
    """Day, time and moment stay one and the same start, however it is told."""
    place = f"{PATH}/{client.post(PATH, json=FULL).json()['id']}"
    moved = client.patch(place, json={"started_at": "2026-03-01T23:30:00Z"}).json()
    assert (moved["date"], moved["time"], moved["started_at"]) == (
        "2026-03-02",
        "00:30",
        "2026-03-02T00:30:00+01:00",
    )
    moved = client.patch(place, json={"date": "2026-02-28", "time": "07:05"}).json()
    assert (moved["date"], moved["time"], moved["started_at"]) == (
        "2026-02-28",
        "07:05",
        "2026-02-28T07:05:00+01:00",
    )
    assert client.patch(place, json={}).json() == moved


@pytest.mark.parametrize(
    "change",
    [{"preset": None}, {"category": None}, {"completed": None}, {"duration_minutes": None}, {"date": "2026-03-01"},
     {"started_at": "2026-03-09T10:00:00Z"}, {"unknown": 1}, {"task": "\x00"}],
    ids=str,
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(client: httpx2.Client, change: dict) -> None:
    """400, and the session stays as it was."""
    stored = client.post(PATH, json=FULL).json()
    refused(client.patch(f"{PATH}/{stored['id']}", json=change))
    assert client.get(f"{PATH}/{stored['id']}").json() == stored


def test_delete_takes_it_away(client: httpx2.Client) -> None:
    """204 without a body once, 404 after that."""
    place = f"{PATH}/{client.post(PATH, json={}).json()['id']}"
    gone = client.delete(place)
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (client.delete(place), client.get(place), client.patch(place, json={"task": "x"})):
        refused(answer, "no such session", status=404)


def test_other_peoples_sessions_do_not_exist(client: httpx2.Client) -> None:
    """Whoever asks for a session of somebody else hears what they would hear of none."""
    place = f"{PATH}/{client.post(PATH, json=FULL).json()['id']}"
    nowhere = f"{PATH}/{uuid.uuid4()}"
    other = {"X-User-ID": "somebody-else"}
    for target in (place, nowhere):
        refused(client.get(target, headers=other), "no such session", status=404)
        refused(client.patch(target, json={"task": "mine"}, headers=other), "no such session", status=404)
        refused(client.delete(target, headers=other), "no such session", status=404)
    assert client.get(PATH, headers=other).json()["sessions"] == []
    assert client.get(place).json()["task"] == FULL["task"]


@pytest.mark.parametrize("place", ["not-a-uuid", "5f0c0c7e", "%00", "5f0c0c7e-8a52-4b7e-9f3e-2a6d1b9f4c1g"])
def test_an_id_that_is_none_is_400(client: httpx2.Client, place: str) -> None:
    """It is said what an id looks like."""
    refused(client.get(f"{PATH}/{place}"), "session_id")


@pytest.mark.parametrize("name", ["", "a b", "x" * 101, "a/b", "é", "a\tb"])
def test_a_user_that_cannot_be_is_400(client: httpx2.Client, name: str) -> None:
    """The header takes plain names only."""
    refused(client.get(PATH, headers={"X-User-ID": name.encode()}), "X-User-ID")


def test_methods_and_paths_that_do_not_exist(client: httpx2.Client) -> None:
    """405 and 404 are JSON too."""
    refused(client.put(PATH, json={}), status=405)
    refused(client.get("/api/session"), status=404)
    assert client.get("/api/session").json()["code"] == "not_found"


def test_a_model_sees_a_write_at_once(client: httpx2.Client) -> None:
    """The answer after each write already knows it: POST, PATCH, DELETE."""

    def completed() -> int:
        return client.get("/api/prediction/today").json()["completed_sessions"]

    def known() -> int:
        return client.get("/api/recommendation").json()["sessions"]

    assert (completed(), known()) == (0, 0)
    places = []
    for number in range(1, 6):
        made = client.post(
            PATH, json={"productivity_rating": 80, "date": "2026-03-04", "time": f"0{number}:00"}
        )
        places.append(made.headers["location"])
        assert (completed(), known()) == (number, number)
    client.patch(places[0], json={"completed": False})
    assert completed() == 4
    client.patch(places[1], json={"date": "2026-03-03", "time": "10:00"})
    assert completed() == 3
    client.delete(places[2])
    assert completed() == 2


def test_the_same_key_stores_once(client: httpx2.Client) -> None:
    """A repeated request is answered alike, a different one under the same key is refused."""
    key = {"Idempotency-Key": "timer-1"}
    first = client.post(PATH, json=FULL, headers=key)
    again = client.post(PATH, json=dict(reversed(FULL.items())), headers=key)
    assert (again.status_code, again.json(), again.headers["location"]) == (
        201,
        first.json(),
        first.headers["location"],
    )
    refused(client.post(PATH, json=FULL | {"task": "other"}, headers=key), "Idempotency-Key", status=409)
    elsewhere = client.post(PATH, json=FULL, headers=key | {"X-User-ID": "somebody-else"})
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]
    assert len(client.get(PATH).json()["sessions"]) == 1
    for bad in ("", "x" * 201, "a b"):
        refused(client.post(PATH, json=FULL, headers={"Idempotency-Key": bad}), "dempotency")


def test_a_refused_body_does_not_use_its_key_up(client: httpx2.Client) -> None:
    """Whoever corrects a request may send it under the same key."""
    key = {"Idempotency-Key": "k"}
    refused(client.post(PATH, json={"started_at": "2027-01-01T00:00:00Z"}, headers=key))
    assert client.post(PATH, json={"task": "corrected"}, headers=key).status_code == 201


async def test_a_key_is_forgotten_after_a_day(service: Service, client: httpx2.Client, user: str) -> None:
    """The same key then means another session, and the old answer is not kept."""
    first = client.post(PATH, json={}, headers={"Idempotency-Key": "k"})
    connection = await asyncpg.connect(service.dsn)
    await connection.execute(
        "UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE user_id = $1", user
    )
    second = client.post(PATH, json={}, headers={"Idempotency-Key": "k"})
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys WHERE user_id = $1", user) == 1
    await connection.close()


async def test_twenty_at_once_with_one_key_are_one_session(service: Service, user: str) -> None:
    """However they race, one row is stored and all hear the same."""
    async with httpx2.AsyncClient(base_url=service.url, timeout=15, headers={"X-User-ID": user}) as client:
        asks = (client.post(PATH, json=FULL, headers={"Idempotency-Key": "same"}) for _ in range(20))
        answers = await asyncio.gather(*asks)
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        assert len({answer.text for answer in answers}) == 1
        assert len((await client.get(PATH)).json()["sessions"]) == 1


@pytest.mark.parametrize("blank", [" ", "\t\n", "\u2003"])
def test_a_blank_category_is_refused(client: httpx2.Client, blank: str) -> None:
    """When it is stored, changed or configured; blanks around a name are not part of it."""
    refused(client.post(PATH, json={"category": blank}), "category: must not be blank")
    stored = client.post(PATH, json={"category": f" Learning{blank}"}).json()
    assert stored["category"] == "Learning"
    refused(client.patch(f"{PATH}/{stored['id']}", json={"category": blank}), "category")
    refused(client.post("/api/config/categories", json={"categories": ["A", blank]}), "category")
    kept = client.post("/api/config/categories", json={"categories": ["B", " A ", "B", "A"]}).json()
    assert (kept["categories"], kept["categories_count"]) == (["B", "A"], 2)


def test_an_empty_text_is_none_and_survives_an_export(client: httpx2.Client) -> None:
    """POST and PATCH store nothing instead of an empty text, so a copy is equal to what was copied."""
    stored = client.post(PATH, json={"task": "", "notes": ""}).json()
    assert (stored["task"], stored["notes"]) == (None, None)
    path = f"{PATH}/{stored['id']}"
    client.patch(path, json={"task": "x", "notes": "y"})
    changed = client.patch(path, json={"task": "", "notes": ""}).json()
    assert (changed["task"], changed["notes"]) == (None, None)
    export = client.get(f"{PATH}/export").content
    assert client.delete(path).status_code == 204
    assert client.post(f"{PATH}/import", files={"file": ("s.csv", export)}).json()["imported"] == 1
    copy = client.get(path).json()
    for moment in ("created_at", "updated_at"):
        changed.pop(moment), copy.pop(moment)
    assert copy == changed


def test_refusals_speak_of_the_request_alone(client: httpx2.Client) -> None:
    """Not of the classes and stages that the service is made of."""
    refused(client.post(f"{PATH}/import", data={"file": "text"}, files={"x": b""}), "file: must be a file")
