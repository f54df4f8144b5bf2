"""The other side of the policies' own protocol: providers that do as they are told, a sink, a ledger."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from tandem.ai.client import AIClient, Answer
from tandem.ai.errors import AIError
from tandem.ai.gateway import Gateway
from tandem.ai.messages import Asker, ChatRequest, Delta, Message, Origin, Outcome, TokenUsage
from tandem.ai.metrics import AIMetrics
from tandem.ai.policies.fallback import Candidate
from tandem.ai.policies.recorder import Recorder
from tandem.ai.pricing import Price, PriceTable
from tandem.ai.stack import Parts, Policies, build
from tandem.core.clock import Clock, FixedClock, SystemClock
from tandem.core.observability.metrics import Metrics
from tandem.usage.errors import BudgetExceededError, PriceUnknownError
from tandem.usage.events import UsageEvent

NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
PRICES = PriceTable(
    dt.date(2026, 11, 1),
    {"m-one": Price(1_000_000, 2_000_000), "m-two": Price(3_000_000, 3_000_000)},
    frozenset({"local"}),
)
"""One and two micro-dollars per token of `m-one`, three of `m-two`."""


def asked(
    text: str = "Hello", *, user: str = "u", model: str = "key", stream: bool = True, **more: object
) -> ChatRequest:
    """A request of one turn."""
    asker = Asker(user, None, "/chat", uuid4().hex)
    return ChatRequest((Message("user", text),), model, asker, stream=stream, **more)


@dataclass
class Script:
    """One answer: its pieces, and what goes wrong where. Gates are waited for before the first piece, or each."""

    pieces: Sequence[str] = ("one ", "two ", "three")
    error: Exception | None = None
    broken: AIError | None = None
    usage: TokenUsage = field(default_factory=lambda: TokenUsage(10, 3))
    finish: str = "stop"
    cost: int | None = None
    gate: asyncio.Event | None = None
    gates: Mapping[int, asyncio.Event] = field(default_factory=dict)


class Scripted:
    """A provider; the last script is used again and again."""

    def __init__(self, *scripts: Script, name: str = "one", model: str = "m-one") -> None:
        self.scripts = list(scripts) or [Script()]
        self.name, self.model = name, model
        self.asked: list[ChatRequest] = []
        self.live = 0
        self.closed: list[str | None] = []

    async def open(self, request: ChatRequest) -> Answer:
        script = self.scripts[min(len(self.asked), len(self.scripts) - 1)]
        self.asked.append(request)
        self.live += 1
        try:
            if script.gate is not None:
                await script.gate.wait()
            if script.error is not None:
                raise script.error
        except BaseException:
            self.live -= 1
            raise
        return ScriptedAnswer(self, script, request)


class ScriptedAnswer(Answer):
    """Gives the pieces of a script; its close really suspends, as one over a network may."""

    def __init__(self, client: Scripted, script: Script, request: ChatRequest) -> None:
        self._client, self._script = client, script
        self._pieces = list(script.pieces) if request.stream else ["".join(script.pieces)]
        self._asked = request.model
        self._said: list[str] = []
        self._finish: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self._asked, self._client.name, self._client.model)

    @property
    def outcome(self) -> Outcome:
        script = self._script
        text = "".join(self._said)
        usage = script.usage if self._finish == script.finish else TokenUsage(0, 0)
        message = {"role": "assistant", "content": text}
        return Outcome(text, self._finish or "cancelled", usage, script.cost, 0.1, 0.01, message)

    async def next(self) -> Delta | None:
        if self._finish is not None:
            return None
        at = len(self._said)
        while at in self._script.gates and not self._script.gates[at].is_set():
            await asyncio.sleep(0.001)
            if self._finish is not None:
                return None
        if at < len(self._pieces):
            self._said.append(self._pieces[at])
            return Delta(self._pieces[at])
        if self._script.broken is not None:
            self._end("error")
            raise self._script.broken
        self._end(self._script.finish)
        return None

    async def close(self, reason: str | None = None) -> None:
        if self._finish is None:
            self._end(reason or "cancelled")
            self._client.closed.append(reason)
        await asyncio.sleep(0)

    def _end(self, finish: str) -> None:
        self._finish = finish
        self._client.live -= 1


class Sink:
    """Keeps records in a list."""

    def __init__(self) -> None:
        self.events: list[UsageEvent] = []
        self.full: Exception | None = None
        self.broken: Exception | None = None

    def put(self, event: UsageEvent) -> None:
        if self.broken is not None:
            raise self.broken
        self.events.append(event)

    def require_room(self) -> None:
        if self.full is not None:
            raise self.full

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.events]


class Ledger:
    """One budget for user ``u``; others have none. Waits at its gates where it has some."""

    def __init__(self, limit: int = 10_000_000) -> None:
        self.limit = limit
        self.spent = self.refunded = self.reserved_ever = 0
        self.open: dict[int, int] = {}
        self.settled: list[tuple[int, int | None]] = []
        self.reserve_gate: asyncio.Event | None = None
        self.settle_gate: asyncio.Event | None = None

    def exempts(self, asker: Asker) -> bool:
        return asker.user == "nobody"

    async def reserve(self, asker: Asker, estimate: int | None) -> int | None:
        if asker.user != "u":
            return None
        if estimate is None:
            raise PriceUnknownError("unknown price")
        if self.spent + sum(self.open.values()) + estimate > self.limit:
            raise BudgetExceededError("spent")
        handle = len(self.open) + len(self.settled) + 1
        self.open[handle] = estimate
        self.reserved_ever += estimate
        if self.reserve_gate is not None:
            await self.reserve_gate.wait()
        await asyncio.sleep(0)
        return handle

    async def settle(self, handle: int, actual: int | None) -> None:
        if self.settle_gate is not None:
            await self.settle_gate.wait()
        await asyncio.sleep(0)
        self.settled.append((handle, actual))
        estimate = self.open.pop(handle)
        paid = estimate if actual is None else actual
        self.spent += paid
        self.refunded += estimate - paid


class Kit:
    """A whole gateway over scripted providers."""

    def __init__(
        self, *clients: Scripted, ledger: Ledger | None = None, policies: Policies | None = None,
        clock: Clock | None = None, prices: PriceTable = PRICES, chain: Sequence[Candidate] | None = None,
        draining: bool = False,
    ) -> None:  # fmt: skip
        self.clients = {client.name: client for client in clients}
        self.sink, self.ledger = Sink(), ledger
        self.registry = Metrics()
        self.clock = clock or SystemClock(dt.UTC)
        self.chain = chain or [Candidate(client.name, client.model) for client in clients]
        self.metrics = AIMetrics.declare(self.registry)
        self.gateway: Gateway = build(Parts(
            providers=self.clients, route=lambda _: self.chain, sink=self.sink, ledger=ledger, prices=prices,
            clock=self.clock, metrics=self.metrics, policies=policies or Policies(), draining=lambda: draining,
        ))  # fmt: skip
        self.client: AIClient = self.gateway.chat

    def slots_taken(self) -> int:
        return sum(one.slots.taken for one in self.gateway.providers().values())


def fixed() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(NOON)


def recorder_for(sink: Sink, clock: Clock | None = None, *, draining: bool = False) -> Recorder:
    """A recorder of its own."""
    return Recorder(sink, PRICES, clock or fixed(), AIMetrics.declare(Metrics()), lambda: draining)


async def read(answer: Answer) -> str:
    """The whole text of an answer, which is then closed."""
    async with answer:
        return "".join([piece.text async for piece in answer])


async def until(condition: object, seconds: float = 5.0) -> None:
    """Let other tasks run until ``condition()`` holds."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)
