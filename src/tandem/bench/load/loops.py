"""Closed loop: so many connections, each asks again as soon as it is answered. Open loop: requests at fixed times,
whether or not earlier ones are answered, and latency counted from the moment at which a request was due. What an open loop
is late (see `alarm`) is part of the latency.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Final

from tandem.bench.limits import run_loop
from tandem.bench.load.alarm import Alarm
from tandem.bench.load.arrivals import steady
from tandem.bench.load.asks import Ask
from tandem.bench.load.result import Result
from tandem.bench.load.wire import Wire, connect

ANSWER_SECONDS: Final = 30.0
"""How long an open loop waits for an answer; later than that it is an error."""

KEEP_SECONDS: Final = 15.0
"""An open loop closes connections that nobody needed for so long, as HTTP clients do: before the server does it in the
moment in which the next request is sent."""

LINGER_SECONDS: Final = 0.5
"""How long a closed loop waits for answers after its end; they count no more."""

Arrival = tuple[float, int, Ask]
"""When it is due (s from the start), the port, the request."""

OnTick = Callable[[float], Awaitable[None]]


def closed(
    port: int, asks: Ask | Sequence[Ask], connections: int, seconds: float, *, linger: float = LINGER_SECONDS
) -> Result:  # fmt: skip
    """Keep ``connections`` requests under way for ``seconds``; only answers within that time count.

    Several ``asks`` are sent in turn. Then wait up to ``linger`` seconds for what is under way: a server that queues
    requests would otherwise work on those that nobody waits for while it is measured again.
    """
    ring = [asks] if isinstance(asks, Ask) else list(asks)
    return run_loop(_closed(Callers(port, ring, connections), seconds, linger))


def paced(port: int, asks: Ask | Sequence[Ask], rate: float, seconds: float) -> Result:
    """Send ``rate`` requests a second at equal distances for ``seconds``."""
    ring = [asks] if isinstance(asks, Ask) else list(asks)
    due = steady(rate, seconds) or [0.0]
    arrivals = [(moment, port, ring[number % len(ring)]) for number, moment in enumerate(due)]
    return scheduled(arrivals, seconds)


def scheduled(arrivals: Iterable[Arrival], seconds: float, *, patience: float = ANSWER_SECONDS) -> Result:
    """Send each request when it is due; ``arrivals`` are in order of time."""
    return run_loop(OpenLoop(patience).run(arrivals, seconds))


@dataclass(frozen=True, slots=True)
class Callers:
    """So many connections to a port that ask in turn, each pausing after an answer."""

    port: int
    asks: Sequence[Ask]
    connections: int
    pause: float = 0.0
    """Seconds."""


def together(callers: Sequence[Callers], seconds: float) -> list[Result]:
    """Let several groups ask at the same time, each in a closed loop."""

    async def all_of_them() -> list[Result]:
        work = [_closed(one, seconds) for one in callers]
        return list(await asyncio.gather(*work))

    return run_loop(all_of_them())


async def _closed(callers: Callers, seconds: float, linger: float = LINGER_SECONDS) -> Result:
    port, asks = callers.port, callers.asks
    result = Result(seconds=seconds)
    began = perf_counter()
    end = began + seconds

    async def client(number: int) -> None:
        wire = await connect(port)
        loop = asyncio.get_running_loop()
        turn = number
        while (sent := perf_counter()) < end:
            answered: asyncio.Future[bytes | None] = loop.create_future()
            ask = asks[turn % len(asks)]
            turn += 1
            wire.ask(ask.data, partial(_told, answered))
            try:
                answer = await answered
            except asyncio.CancelledError:
                wire.forget()
                raise
            now = perf_counter()
            if problem := ask.fault(answer):
                result.errors.append(problem)
            elif now <= end:
                result.latencies.append(now - sent)
            else:
                result.late += 1
            if wire.transport is None:
                wire = await connect(port)
            if callers.pause:
                await asyncio.sleep(callers.pause)
        wire.close()

    tasks = [asyncio.create_task(client(number)) for number in range(callers.connections)]
    _, late = await asyncio.wait(tasks, timeout=seconds + linger)
    # Who is still waiting was not answered in time: that lowers the rate and is no error.
    for task in late:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    result.errors += [
        repr(one)
        for one in done
        if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError)
    ]
    return result


def _told(answered: asyncio.Future[bytes | None], answer: bytes | None) -> None:
    """Hand over an answer, unless its caller was given up in this very moment."""
    if not answered.done():
        answered.set_result(answer)


class OpenLoop:
    """Sends requests when they are due, over as many connections as are needed."""

    def __init__(self, patience: float = ANSWER_SECONDS) -> None:
        """Take answers that come later than ``patience`` (s) after they were due for errors."""
        self.result = Result()
        self._patience = patience
        self._idle: dict[int, list[tuple[float, Wire]]] = {}
        self._open = 0
        self._all_sent = False
        self._began = 0.0
        self._over = asyncio.Event()
        self._waiting: dict[int, tuple[float, Wire]] = {}
        self._connecting: set[asyncio.Task[None]] = set()

    async def run(self, arrivals: Iterable[Arrival], seconds: float) -> Result:
        """Send everything, wait for what is under way, and return what came back."""
        self.result.seconds = seconds
        began = self._began = perf_counter() + 0.05
        with Alarm() as alarm:
            for due, port, ask in arrivals:
                await alarm.at(began + due)
                self._send(began + due, port, ask)
        self._all_sent = True
        await self._last_answers()
        return self.result

    def _send(self, due: float, port: int, ask: Ask) -> None:
        self._open += 1
        wire = self._kept(port)
        if wire is not None:
            self._over_wire(wire, due, port, ask)
            return
        task = asyncio.create_task(self._connect(due, port, ask))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _kept(self, port: int) -> Wire | None:
        """Return an open connection that was used a moment ago; closes those that were not."""
        idle, oldest = self._idle.setdefault(port, []), perf_counter() - KEEP_SECONDS
        while idle:
            since, wire = idle.pop()
            if wire.transport is not None and since > oldest:
                return wire
            wire.close()
        return None

    async def _connect(self, due: float, port: int, ask: Ask) -> None:
        try:
            wire = await asyncio.wait_for(connect(port), self._patience)
        except (OSError, TimeoutError) as error:
            self._settle(due, ask, None, f"no connection: {type(error).__name__}")
        else:
            self._over_wire(wire, due, port, ask)

    def _over_wire(self, wire: Wire, due: float, port: int, ask: Ask) -> None:
        # Not before its time is over: a timer per request would cost more than the request.
        self._waiting[id(wire)] = (due, wire)

        def done(answer: bytes | None) -> None:
            self._waiting.pop(id(wire), None)
            if answer is not None and wire.transport is not None:
                self._idle[port].append((perf_counter(), wire))
            self._settle(due, ask, answer, ask.fault(answer))

        wire.ask(ask.data, done)

    def _settle(self, due: float, ask: Ask, answer: bytes | None, problem: str) -> None:
        took = perf_counter() - due
        if not problem and took > self._patience:
            problem = "answered too late"
        if problem:
            self.result.errors.append(f"{ask.route}: {problem}" if ask.route else problem)
        else:
            self.result.latencies.append(took)
            if ask.route:
                self.result.routes.setdefault(ask.route, []).append(took)
                self.result.moments.setdefault(ask.route, []).append(due - self._began)
        if answer is not None and (at := answer.find(b"\r\nx-cache: ", 0, 2048)) > 0:
            self.result.states[answer[at + 11 : at + 17].partition(b"\r")[0].decode("latin-1")] += 1
        self._open -= 1
        if self._all_sent and not self._open:
            self._over.set()

    async def _last_answers(self) -> None:
        if self._open:
            try:
                await asyncio.wait_for(self._over.wait(), self._patience)
            except TimeoutError:
                self.result.errors += ["no answer"] * self._open
        for wires in self._idle.values():
            for _, wire in wires:
                wire.close()
        for _, wire in self._waiting.values():
            wire.forget()
