"""Which version of a model answers now, and how the next one takes over.

A new version is loaded beside the old one; calls go to it from the moment it is ready; the old one is dropped when its last call
is over. Every answer tells the version that gave it.

Fail mode: a version that cannot be loaded changes nothing. The old one goes on, the failure is logged once for each change of
its files, and ``ping`` stays well.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Final

from tandem.core.errors import TandemError
from tandem.core.observability.logger import get_logger
from tandem.core.owned_tasks import OwnedTasks
from tandem.inference.runner import ModelRunner
from tandem.inference.spec import ModelSpec

log = get_logger(__name__)

LOOK_SECONDS: Final = 5.0
"""How often a model's files are looked at."""

Stamp = Callable[[], Hashable]


class _Lease:
    """A runner and how many calls it has."""

    def __init__(self, runner: ModelRunner) -> None:
        self.runner, self.calls = runner, 0
        self.over = asyncio.Event()
        self.over.set()


class Registered:
    """One model, whatever its version. A resource of one event loop."""

    def __init__(self, spec: ModelSpec, stamp: Stamp | None = None, look: float = LOOK_SECONDS) -> None:
        """Serve ``spec``, loaded at the first call; load it anew when what ``stamp`` returns has changed."""
        self.spec = spec
        self._lease = _Lease(ModelRunner(spec))
        self._old: set[asyncio.Task[None]] = set()
        self._stamp, self._look = stamp, look
        self._watching: OwnedTasks | None = None

    @property
    def version(self) -> str:
        """The version that answers now; empty before it is loaded."""
        return self._lease.runner.version

    @property
    def runner(self) -> ModelRunner:
        """Who runs the version that answers now."""
        return self._lease.runner

    async def open(self) -> None:
        """Begin to look at the files."""
        if self._stamp is not None:
            self._watching = OwnedTasks(self._watch(self._stamp))
            await self._watching.open()

    async def close(self) -> None:
        """End every version."""
        if self._watching is not None:
            await self._watching.close()
        await self._lease.runner.close()
        await asyncio.gather(*self._old, return_exceptions=True)

    async def ping(self) -> None:
        """Raise if nothing could answer."""
        await self._lease.runner.ping()

    @asynccontextmanager
    async def current(self) -> AsyncIterator[ModelRunner]:
        """Give the version of this moment, which stays loaded until the caller is done."""
        lease = self._lease
        lease.calls += 1
        lease.over.clear()
        try:
            yield lease.runner
        finally:
            lease.calls -= 1
            if lease.calls == 0:
                lease.over.set()

    async def replace(self, spec: ModelSpec | None = None) -> str:
        """Load ``spec``, by default the same anew, let it take over and return its version.

        Raises what loading raises; then everything stays as it was.
        """
        runner = ModelRunner(spec or self.spec)
        try:
            version = await runner.load()
        except BaseException:
            await runner.close()
            raise
        self.spec, old, self._lease = runner.spec, self._lease, _Lease(runner)
        task = asyncio.create_task(_drop(old), name=f"drop:{self.spec.name}")
        self._old.add(task)
        task.add_done_callback(self._old.discard)
        log.event("MODEL_REPLACED", "%s has a new version", self.spec.name,
                  context={"old": old.runner.version, "new": version})  # fmt: skip
        return version

    async def _watch(self, stamp: Stamp) -> None:
        seen = await asyncio.to_thread(stamp)
        while True:
            await asyncio.sleep(self._look)
            now = await asyncio.to_thread(stamp)
            if now == seen:
                continue
            # A file that is still being written changes again: wait until it does not.
            await asyncio.sleep(min(1.0, self._look))
            if now != await asyncio.to_thread(stamp):
                continue
            seen = now
            if not self.version:
                continue  # nothing is loaded yet, so nothing is old
            try:
                await self.replace()
            except TandemError as error:
                log.warning("%s stays at %s: %s", self.spec.name, self.version, error.message)


async def _drop(lease: _Lease) -> None:
    await lease.over.wait()
    await lease.runner.close()
