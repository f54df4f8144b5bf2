"""How a service gets a person's snapshot: timed, counted, and marked when it may be out of date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from tandem.core import annotations
from tandem.core.clock import Clock
from tandem.core.i18n import Translator
from tandem.pomodoro.metrics import PomodoroMetrics
from tandem.pomodoro.services.snapshot_store import SnapshotStore
from tandem.pomodoro.snapshot import Snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the language of the texts in the answer."""

    user: str
    text: Translator


class SnapshotReader:
    """Runs pure models on the snapshot of one user."""

    def __init__(self, store: SnapshotStore, clock: Clock, metrics: PomodoroMetrics) -> None:
        """Read from ``store``, tell the models the time of ``clock``, count in ``metrics``."""
        self._store = store
        self._clock = clock
        self._metrics = metrics

    async def run(self, kind: str, user: str, model: Callable[[Snapshot, datetime], T]) -> T:
        """Return ``model(snapshot, now)``, counted as a prediction of ``kind``.

        Raises DatabaseUnavailableError when there is neither a database nor a warm snapshot. A stale
        snapshot is named in the headers of the answer.
        """
        started = self._clock.monotonic()
        self._metrics.prediction_requests.labels(kind).inc()
        try:
            snapshot = await self.snapshot(user)
            answer = model(snapshot, self._clock.now())
        except Exception as error:
            self._metrics.prediction_errors.labels(kind, type(error).__name__).inc()
            raise
        self._metrics.prediction_duration.labels(kind).observe(self._clock.monotonic() - started)
        self._metrics.sessions_analyzed.labels().set(len(snapshot))
        return answer

    async def snapshot(self, user: str) -> Snapshot:
        """Return the user's snapshot when it is the caller's turn to compute with it; mark the answer if it is stale."""
        reading = await self._store.read(user)
        if reading.stale:
            age = self._clock.now() - reading.as_of
            annotations.note("X-Cache", "stale")
            annotations.note("Age", str(max(0, int(age.total_seconds()))))
            annotations.note("X-Data-As-Of", reading.as_of.astimezone(UTC).isoformat(timespec="seconds"))
        await self._store.turns.mine()
        return reading.snapshot
