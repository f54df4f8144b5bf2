"""Policy: the same question of the same user at temperature 0, or on request, is answered once.

Key: :mod:`~tandem.ai.policies.cache_key`. Lifetime: :data:`~tandem.ai.policies.answer_store.LIFETIME`. Only complete
answers are kept: no errors, nothing cut off by a limit or a filter, nothing that a provider answered in another's place
because that one failed. Identical calls that are under way at the same time share one upstream answer
(:mod:`~tandem.ai.policies.flight`), in this worker. What comes from here is marked, costs nothing and is recorded as
``cached``. Safe for one event loop, not for threads.
"""

from collections import Counter
from dataclasses import dataclass, replace

from tandem.ai.client import AIClient, Answer
from tandem.ai.errors import AIError
from tandem.ai.messages import ChatRequest, Origin
from tandem.ai.policies.answer_store import AnswerStore, StoredAnswer, decode, encode, joined
from tandem.ai.policies.cache_key import is_cacheable, key_of
from tandem.ai.policies.call import current_call
from tandem.ai.policies.flight import Flight
from tandem.ai.policies.owned import OwnedWork
from tandem.ai.policies.recorder import Recorder
from tandem.ai.policies.replay import FlightAnswer, ReplayedAnswer

FlightKey = tuple[bytes, bool, float | None]
"""Calls share an answer when they also agree on being streamed and on how long it may take."""


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Calls since the start, per worker."""

    hits: int
    shared: int
    """Calls that joined another one's answer."""
    misses: int
    bypassed: int
    """Calls that are not to be cached."""
    under_way: int


class CachePolicy:
    """The exact cache; see the module's text."""

    def __init__(self, inner: AIClient, store: AnswerStore, recorder: Recorder) -> None:
        """Keep answers of ``inner`` in ``store``."""
        self.inner = inner
        self._store = store
        self._recorder = recorder
        self._clock = recorder.clock
        self._flights: dict[FlightKey, Flight] = {}
        self._work = OwnedWork()
        self._counts: Counter[str] = Counter()

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises what the inner client raises, to all who share it."""
        key = key_of(request) if is_cacheable(request) else None
        if key is None:
            self._counts["bypassed"] += 1
            return await self.inner.open(request)
        if (found := await self._found(key)) is not None:
            return self._replayed(found, request)
        return await self._joined(key, request)

    def forget(self) -> None:
        """Forget all answers; those under way are kept when they are complete."""
        self._store.clear()

    async def close(self, seconds: float) -> None:
        """Wait at most ``seconds`` until answers under way have ended."""
        await self._work.close(seconds)

    def statistics(self) -> CacheStatistics:
        """Return one look."""
        counts = self._counts
        return CacheStatistics(
            counts["hits"], counts["shared"], counts["misses"], counts["bypassed"], len(self._flights)
        )

    async def _found(self, key: bytes) -> StoredAnswer | None:
        data = await self._store.get(key)
        return None if data is None else decode(data)

    def _replayed(self, found: StoredAnswer, request: ChatRequest) -> Answer:
        self._recorder.require_room()
        self._counts["hits"] += 1
        origin, outcome = found.origin, found.outcome
        self._recorder.write(
            request, "cached", provider=origin.provider, model=origin.model, usage=outcome.usage
        )
        return ReplayedAnswer(found, whole=not request.stream)

    async def _joined(self, key: bytes, request: ChatRequest) -> Answer:
        name = (key, request.stream, request.timeout)
        flight = self._flights.get(name)
        pays = flight is None or flight.abandoned
        if flight is None or flight.abandoned:
            flight = self._begun(key, name, request)
        self._counts["misses" if pays else "shared"] += 1
        flight.join()
        try:
            await flight.begun()
        except BaseException as error:
            flight.leave("cancelled")
            if not pays and isinstance(error, AIError):
                self._note_failure(request, error)
            raise
        return FlightAnswer(flight, request, self._recorder, pays=pays)

    def _begun(self, key: bytes, name: FlightKey, request: ChatRequest) -> Flight:
        async def landed(flight: Flight) -> None:
            await self._keep(key, flight)
            self._forget(name, flight)

        now = self._clock.now().timestamp()
        flight = self._flights[name] = Flight(current_call(self._clock.monotonic()), now, landed)
        flight.start(self.inner, request, self._work)
        flight.when_over(lambda: self._forget(name, flight))
        return flight

    def _forget(self, name: FlightKey, flight: Flight) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]

    async def _keep(self, key: bytes, flight: Flight) -> None:
        origin, outcome = flight.origin, flight.outcome
        if outcome.finish_reason not in {"stop", "tool_calls"} or (origin.fallback and flight.call.degraded):
            return
        dated: Origin = replace(origin, created=flight.created)
        try:
            value = encode(StoredAnswer(dated, outcome, joined(flight.pieces)))
        except TypeError:
            return  # a provider's extension that is not JSON
        await self._store.put(key, value)

    def _note_failure(self, request: ChatRequest, error: AIError) -> None:
        """Record a call that shared another one's attempt in vain: that attempt has a record of its own."""
        kind = self._recorder.kind_of(error)
        self._recorder.write(request, kind, provider=error.provider, model=error.model)
