"""A load generator that costs far less than what it measures: requests as ready bytes, answers barely looked at.

Closed loop: so many connections, each asks again as soon as it is answered. Open loop: requests at fixed times,
whether or not earlier ones are answered, and latency counted from the time at which a request was due.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import orjson

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as bytes, and what must stand in its answer for it to count as answered."""

    data: bytes
    expected: bytes
    times: int = 1

    @classmethod
    def post(cls, path: str, body: dict[str, object], expected: bytes, times: int = 1) -> "Ask":
        """Return a POST of JSON whose answer holds ``expected`` at least ``times`` times."""
        payload = orjson.dumps(body)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer sk-bench\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        return cls(head.encode() + payload, expected, times)


@dataclass(slots=True)
class Result:
    """What a run saw; latencies in seconds, of good answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Return the latency that ``share`` of the answers did not exceed, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Wire(asyncio.Protocol):
    """One keep-alive connection with one request under way at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._done: Callable[[bytes | None], None] | None = None
        self._parts: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def ask(self, data: bytes, done: Callable[[bytes | None], None]) -> None:
        """Send ``data``; ``done`` gets the whole answer, None when the connection broke."""
        assert self.transport is not None
        self._done, self._parts, self._missing = done, [], -1
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0 and not self._begun():
            return
        if self._missing:
            # Length known; with chunks it is 0 and the last chunk tells the end.
            have = sum(map(len, self._parts))
            if have >= self._missing:
                self._finish(b"".join(self._parts))
        elif self._ends():
            self._finish(b"".join(self._parts))

    def _ends(self) -> bool:
        last = self._parts[-1]
        if len(last) < len(LAST_CHUNK) and len(self._parts) > 1:
            last = b"".join(self._parts)
        return last.endswith(LAST_CHUNK)

    def _begun(self) -> bool:
        whole = b"".join(self._parts)
        head, separator, _ = whole.partition(HEAD_END)
        if not separator:
            return False
        self._parts = [whole]
        lower = head.lower()
        at = lower.find(b"content-length:")
        self._missing = 0
        if at >= 0:
            self._missing = len(head) + 4 + int(lower[at + 15 :].partition(b"\r\n")[0])
        return True

    def _finish(self, answer: bytes | None) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(answer)

    def connection_lost(self, _: Exception | None) -> None:
        self.transport = None
        self._finish(None)


def fault(answer: bytes | None, ask: Ask) -> str:
    """Return what is wrong with an answer, empty for nothing."""
    if answer is None:
        return "connection lost"
    if not answer.startswith(b"HTTP/1.1 200"):
        return answer[:160].decode("latin-1").partition("\r\n")[0]
    return "" if answer.count(ask.expected) >= ask.times else "the answer is not what was asked for"


async def connect(port: int) -> Wire:
    """Return an open connection to a port of this machine."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    return wire


async def closed(port: int, ask: Ask, connections: int, seconds: float) -> Result:
    """Keep ``connections`` requests under way for ``seconds``; only answers within that time count."""
    result = Result()
    end = time.perf_counter() + seconds
    began = time.perf_counter()

    async def client() -> None:
        wire = await connect(port)
        loop = asyncio.get_running_loop()
        while (sent := time.perf_counter()) < end:
            answered: asyncio.Future[bytes | None] = loop.create_future()
            wire.ask(ask.data, answered.set_result)
            answer = await answered
            now = time.perf_counter()
            problem = fault(answer, ask)
            if problem:
                result.errors.append(problem)
            elif now <= end:
                result.latencies.append(now - sent)
            if answer is None or wire.transport is None:
                await asyncio.sleep(0.01)
                wire = await connect(port)
        if wire.transport is not None:
            wire.transport.close()

    await _all([client() for _ in range(connections)], result, seconds + ANSWER_SECONDS)
    result.seconds = end - began
    return result


async def paced(port: int, ask: Ask, rate: float, seconds: float) -> Result:
    """Send ``rate`` requests a second for ``seconds``; latency counts from when each was due."""
    result = Result(seconds=seconds)
    loop = asyncio.get_running_loop()
    idle: deque[Wire] = deque()
    began = loop.time() + 0.1

    async def one(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        wire = idle.pop() if idle else await connect(port)
        answered: asyncio.Future[bytes | None] = loop.create_future()
        wire.ask(ask.data, answered.set_result)
        answer = await answered
        problem = fault(answer, ask)
        if problem:
            result.errors.append(problem)
        else:
            result.latencies.append(loop.time() - due)
        if wire.transport is not None:
            idle.append(wire)

    await _all([one(number) for number in range(int(rate * seconds))], result, seconds + ANSWER_SECONDS)
    for wire in idle:
        if wire.transport is not None:
            wire.transport.close()
    return result


async def _all(work: list[Coroutine[Any, Any, None]], result: Result, seconds: float) -> None:
    """Do all of it within ``seconds``; what fails or is not done by then is an error of the result."""
    tasks = [asyncio.create_task(one) for one in work]
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    result.errors += [repr(one) for one in done if isinstance(one, BaseException)]
