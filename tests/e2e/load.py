"""Twenty clients at once, and what each of them was answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

WARM = "/api/analysis"
TEXT = {"notes": "under load", "productivity_rating": 50}


@dataclass(frozen=True)
class Answer:
    """One answered request of the load."""

    kind: str
    begun: float
    seconds: float
    status: int
    headers: httpx2.Headers
    body: str


class Load:
    """Twenty clients who ask without a pause for breath: warm users, new users, lists, writes, probes."""

    def __init__(self, url: str) -> None:
        self.answers: list[Answer] = []
        self.broken: list[str] = []
        self._url = url
        self._new = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        """Ask until the block ends."""
        async with httpx2.AsyncClient(
            base_url=self._url, timeout=40, trust_env=False, limits=httpx2.Limits(max_connections=40)
        ) as client:
            tasks = [asyncio.create_task(self._client(client, number)) for number in range(20)]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _client(self, client: httpx2.AsyncClient, number: int) -> None:
        kind = ("warm", "warm", "cold", "list", "write")[number % 5]
        while True:
            begun = time.monotonic()
            try:
                answer = await self._ask(client, kind)
            except httpx2.TransportError as error:
                self.broken.append(f"{kind}: {error!r}")
            else:
                self.answers.append(
                    Answer(
                        kind, begun, time.monotonic() - begun, answer.status_code, answer.headers, answer.text
                    )
                )
            await asyncio.sleep(0.05)

    async def _ask(self, client: httpx2.AsyncClient, kind: str) -> httpx2.Response:
        if kind == "warm":
            return await client.get(WARM, headers={"X-User-ID": "warm"})
        if kind == "list":
            return await client.get("/api/sessions", headers={"X-User-ID": "warm"})
        if kind == "write":
            return await client.post("/api/sessions", json=TEXT, headers={"X-User-ID": "writer"})
        self._new += 1
        return await client.get(WARM, headers={"X-User-ID": f"new-{self._new}"})

    def of(self, kind: str, since: float, until: float) -> list[Answer]:
        """The answers to requests that lay wholly between two moments."""
        return [
            a for a in self.answers if a.kind == kind and a.begun >= since and a.begun + a.seconds <= until
        ]

    def slowest(self, *kinds: str, since: float) -> float:
        """The longest request of these kinds begun after ``since``."""
        return max(a.seconds for a in self.answers if a.kind in kinds and a.begun >= since)
