"""Keeps the history of this service's counters and makes the overview of it."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tandem import __version__
from tandem.core.clock import Clock
from tandem.core.errors import OperationalError
from tandem.core.monitoring import figures
from tandem.core.monitoring.history import BEAT, History
from tandem.core.monitoring.ranges import range_of
from tandem.core.monitoring.schemas import JobFigures, Overview, UsageFigures
from tandem.core.monitoring.watchers import Watchers
from tandem.core.monitoring.window import Window
from tandem.core.monitoring.workers import workers
from tandem.core.observability.health import Probe
from tandem.core.observability.logger import get_logger
from tandem.core.observability.metrics import Metrics
from tandem.core.observability.tally import Tally
from tandem.core.owned_tasks import OwnedTasks

log = get_logger(__name__)

T = TypeVar("T")

SHARED_SECONDS: Final = 1.0
"""How old the merged sums may be that an answer is made from: many watchers cost one reading a second."""

SECTION_SECONDS: Final = 3.0
"""How long a section that asks PostgreSQL may take before the overview is given without it."""


@dataclass(frozen=True, slots=True)
class Span:
    """What part of the past, and whose calls, a section is asked about."""

    start: dt.datetime
    end: dt.datetime
    user: str | None
    """Only this user's calls; None for everybody's."""


UsageSection = Callable[[Span], Awaitable[UsageFigures]]
JobsSection = Callable[[], Awaitable[JobFigures]]


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters at one moment: all workers' together, and each living worker's own."""

    at: dt.datetime
    elapsed: float
    together: Tally
    each: Mapping[str, Tally]


class Monitor:
    """One per process.

    Fail mode: a section that fails or is slow is null and named in ``unavailable``; everything else is told. A sample that
    cannot be taken is logged and left out. Nothing here ever delays or fails another request: sums are read in a thread.
    """

    def __init__(  # noqa: PLR0913 - what there is to be watched
        self, registry: Metrics, clock: Clock, probe: Probe, *, service: str, pool_limit: int,
        usage: UsageSection | None = None, jobs: JobsSection | None = None,
    ) -> None:  # fmt: skip
        """Watch ``registry``; ``pool_limit`` is what one worker may open, ``usage`` and ``jobs`` ask for those sections."""
        self._registry, self._clock, self._probe, self._service = registry, clock, probe, service
        self._pool_limit, self._usage, self._jobs = pool_limit, usage, jobs
        self.watchers = Watchers()
        """The open streams of this worker."""
        self._history = History()
        self._reading: asyncio.Task[Reading] | None = None
        self._read_at = float("-inf")
        self._tasks = OwnedTasks()

    async def open(self) -> None:
        """Begin to remember."""
        self._tasks = OwnedTasks(self._keep_sampling())
        await self._tasks.open()

    async def close(self) -> None:
        """Stop."""
        await self._tasks.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def ping(self) -> None:
        """Raise RuntimeError if nothing is remembered any more."""
        await self._tasks.ping()

    async def overview(self, text: str, user: str | None = None) -> Overview:
        """Return what happened in the range ``text``; ``user`` limits usage to one user's calls.

        Raises InvalidInputError for a range that is none, OSError when the counters cannot be read.
        """
        length = range_of(text)
        reading = await self._read()
        last = self._history.sample(reading.together, reading.at, reading.elapsed)
        first = self._history.before(reading.elapsed - length.total_seconds()) or last
        window = Window(self._history.index, first, last)
        span = Span(reading.at - length, reading.at, user)
        unavailable: dict[str, str] = {}
        usage, jobs, readiness = await asyncio.gather(
            self._section("usage", self._usage and self._usage(span), unavailable),
            self._section("jobs", self._jobs and self._jobs(), unavailable),
            self._probe.readiness(),
        )
        found = workers(reading.each)
        return Overview(
            service=self._service, version=__version__, status=readiness.status, parts=readiness.parts, range=text,
            start=window.start, end=window.end, seconds=round(window.seconds, 1),
            complete=window.seconds >= length.total_seconds() - 1,
            requests=figures.requests(window), cache=figures.cache(window, reading.together),
            limits=figures.limits(window), event_loop=figures.loop(window), workers=found,
            pool=figures.pool(window, reading.together, self._pool_limit * max(1, len(found))),
            usage=usage, jobs=jobs, unavailable=unavailable,
        )  # fmt: skip

    async def _section(self, name: str, asked: Awaitable[T] | None, unavailable: dict[str, str]) -> T | None:
        if asked is None:
            return None
        try:
            async with asyncio.timeout(SECTION_SECONDS):
                return await asked
        except TimeoutError:
            unavailable[name] = f"no answer within {SECTION_SECONDS:g} s"
        except OperationalError as error:
            unavailable[name] = error.message
        return None

    async def _read(self) -> Reading:
        """Return sums at most :data:`SHARED_SECONDS` old, read once for all who ask meanwhile; one who leaves harms nobody."""
        now = asyncio.get_running_loop().time()
        if self._reading is None or now - self._read_at >= SHARED_SECONDS:
            self._read_at = now
            self._reading = asyncio.create_task(self._read_now(), name="monitoring-read")
        return await asyncio.shield(self._reading)

    async def _read_now(self) -> Reading:
        together, each = await asyncio.to_thread(self._registry.merged_and_each)
        return Reading(self._clock.now(), asyncio.get_running_loop().time(), together, each)

    async def _keep_sampling(self) -> None:
        while True:
            try:
                reading = await self._read_now()
                sample = self._history.sample(reading.together, reading.at, reading.elapsed)
                self._history.keep(sample)
            except OSError as error:
                log.event("MONITORING_SAMPLE_LOST", str(error), level="WARNING")
            await asyncio.sleep(BEAT)
