"""Whoever is killed, the record of every answer that reached its caller is kept, once."""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from e2e.gateway import client, provider, tokimeki
from e2e.processes import Server, until
from integration.servers import PrivateServer
from tandem.core.database import schema

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

COMPLETED = 1_000
CALLERS = 12
SECONDS = 60
MODEL = "openai/gpt-4o-mini"
MESSAGES = [{"role": "user", "content": "How are you?"}]
LIMITS = {"TANDEM_DB_COMMAND_TIMEOUT": "3", "TANDEM_DB_ACQUIRE_TIMEOUT": "1"}


@pytest.fixture
def postgres() -> Iterator[PrivateServer]:
    """A migrated server of the test's own."""
    server = PrivateServer()
    try:
        server.start()
        asyncio.run(schema.upgrade(server.dsn()))
        yield server
    finally:
        server.remove()


@pytest.fixture
def served(tmp_path: Path, postgres: PrivateServer) -> Iterator[Server]:
    """The service with two workers and a quick provider."""
    with (
        provider("--tokens", "20", "--latency", "0.01") as upstream,
        tokimeki(tmp_path, upstream, "gpt-4o-mini", postgres.dsn(tcp=True), workers=2, **LIMITS) as running,
    ):
        yield running


class Callers:
    """A dozen clients that call until :data:`COMPLETED` answers have come, each under an id of its own."""

    def __init__(self, served: Server) -> None:
        self._served = served
        self._numbers = itertools.count(1)
        self.completed: list[str] = []
        self.failed: Counter[str] = Counter()

    @asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Call beside the block, and after it until all answers are there."""
        async with client(self._served) as session:
            tasks = [asyncio.create_task(self._call_on(session)) for _ in range(CALLERS)]
            try:
                yield
                async with asyncio.timeout(SECONDS):
                    await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def reach(self, count: int) -> None:
        """Wait until ``count`` answers have come."""
        async with asyncio.timeout(SECONDS):
            while len(self.completed) < count:
                await asyncio.sleep(0.005)

    async def _call_on(self, session: aiohttp.ClientSession) -> None:
        while len(self.completed) < COMPLETED:
            number = next(self._numbers)
            try:
                if await self._call(session, f"call-{number}", stream=bool(number % 2)):
                    self.completed.append(f"call-{number}")
            except aiohttp.ClientError as error:
                self.failed[type(error).__name__] += 1
                await asyncio.sleep(0.05)

    async def _call(self, session: aiohttp.ClientSession, name: str, *, stream: bool) -> bool:
        ask = {"model": MODEL, "messages": MESSAGES, "stream": stream, "temperature": 0.7}
        async with session.post("/v1/chat/completions", json=ask, headers={"X-Request-ID": name}) as answer:
            body = await answer.read()
            if answer.status != 200:
                self.failed[str(answer.status)] += 1
                return False
            return body.endswith(b"data: [DONE]\n\n") if stream else b'"finish_reason":"stop"' in body


async def _recorded(postgres: PrivateServer, wanted: Collection[str], seconds: float) -> Counter[str]:
    """How many records each answered call has, as soon as all that are ``wanted`` have one."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            connection = await asyncpg.connect(postgres.dsn())
            rows = await connection.fetch("SELECT request_id FROM usage_events WHERE outcome = 'ok'")
            await connection.close()
            found = Counter(row["request_id"] for row in rows)
            if set(wanted) <= set(found) or time.monotonic() > deadline:
                return found
        assert time.monotonic() < deadline, "PostgreSQL does not come back"
        await asyncio.sleep(0.2)


def _kill_a_worker(served: Server) -> None:
    victim, *_ = served.workers()
    victim.kill()


async def test_no_record_of_a_completed_answer_is_lost(postgres: PrivateServer, served: Server) -> None:
    """Killed one after another while 1,000 answers are given: a worker, PostgreSQL, the other worker, PostgreSQL again."""
    callers = Callers(served)
    began = time.monotonic()
    async with callers.calling():
        await callers.reach(200)
        await asyncio.to_thread(_kill_a_worker, served)
        await callers.reach(400)
        await asyncio.to_thread(postgres.kill)
        await callers.reach(550)
        await asyncio.to_thread(_kill_a_worker, served)
        await callers.reach(650)
        await asyncio.to_thread(postgres.start)
        await callers.reach(850)
        await asyncio.to_thread(postgres.kill)
        await callers.reach(950)
        await asyncio.to_thread(postgres.start)
    took = time.monotonic() - began
    records = await _recorded(postgres, callers.completed, 30)
    lost = [name for name in callers.completed if not records[name]]
    twice = [name for name, count in records.items() if count > 1]
    print(
        f"{len(callers.completed)} answers in {took:.1f} s, recorded {time.monotonic() - began - took:.1f} s later; "
        f"failed calls: {dict(callers.failed)}; records of calls whose answer was cut: {len(records) - len(set(callers.completed))}"
    )
    assert len(callers.completed) >= COMPLETED
    assert not lost, f"{len(lost)} of {len(callers.completed)} records are lost"
    assert not twice, f"{len(twice)} are there twice"
    # What a killed worker left is taken over, so nothing remains to be stored.
    until(lambda: not list((served.home / "usage").glob("*/*.jsonl")), 20, "something is left in the spill")


async def test_without_postgresql_only_budgets_refuse(postgres: PrivateServer, served: Server) -> None:
    """Who has no budget is served and his record spilled; who has one gets 503, and is served again afterwards."""
    connection = await asyncpg.connect(postgres.dsn())
    await connection.execute(
        "INSERT INTO budgets (scope, name, limit_micro, period, period_start) "
        "VALUES ('user', 'careful', 1000000, 'total', '2000-01-01Z')"
    )
    await connection.close()
    await asyncio.sleep(2.6)
    names = ["known"]
    assert (await _asked(served, "careful", name="known"))[0] == 200
    await asyncio.to_thread(postgres.kill)
    for path in ("/chat", "/v1/chat/completions"):
        for _ in range(3):
            names.append(f"spilled-{len(names)}")
            assert (await _asked(served, "default", path, names[-1]))[0] == 200
            status, headers, code = await _asked(served, "careful", path)
            assert (status, code) == (503, "database_unavailable")
            assert int(headers["Retry-After"]) >= 1
    spilled = sum(file.read_bytes().count(b"\n") for file in (served.home / "usage").glob("*/*.jsonl"))
    assert spilled >= 6
    assert served.client.get("/readyz").json()["status"] == "degraded"
    await asyncio.to_thread(postgres.start)
    deadline = time.monotonic() + 20
    while (await _asked(served, "careful"))[0] != 200:
        assert time.monotonic() < deadline, "a caller with a budget is not served again"
        await asyncio.sleep(0.2)
    until(lambda: served.client.get("/readyz").json()["status"] == "ready", 20)
    records = await _recorded(postgres, names, 20)
    assert set(names) < set(records)
    assert set(records.values()) == {1}


async def _asked(
    served: Server, user: str, path: str = "/chat", name: str = ""
) -> tuple[int, dict[str, str], str]:
    """Status, headers and code of one call on a connection of its own."""
    ask = {"model": MODEL, "max_tokens": 50} | (
        {"message": "How are you?"} if path == "/chat" else {"messages": MESSAGES}
    )
    headers = {"X-User-ID": user} | ({"X-Request-ID": name} if name else {})
    async with client(served) as session, session.post(path, json=ask, headers=headers) as answer:
        body = await answer.json()
        error = body.get("error")
        code = error["code"] if isinstance(error, dict) else body.get("code", "")
        return answer.status, dict(answer.headers), code
