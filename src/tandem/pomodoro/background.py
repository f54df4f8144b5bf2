"""The background jobs of the Pomodoro ML service."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from tandem.core.jobs import RunningJob
from tandem.core.jobs.contribution import Contribution, Workshop
from tandem.core.jobs.kinds import Handler, JobKind
from tandem.core.jobs.scheduler import Planner
from tandem.core.observability.logger import get_logger
from tandem.pomodoro import ai_model
from tandem.pomodoro.briefings import Briefings
from tandem.pomodoro.embedding import open_embedder
from tandem.pomodoro.jobs import BRIEF, EMBED, FIT
from tandem.pomodoro.services.index_watch import IndexWatch
from tandem.pomodoro.services.indexing_service import IndexingService
from tandem.pomodoro.services.training_service import FitService

log = get_logger(__name__)

AGAIN_SECONDS: Final = 2.0
"""After which notes are looked at again that another worker is embedding right now."""


async def contribute(workshop: Workshop) -> Contribution:
    """Return what this service wants done in the background."""
    handlers: dict[JobKind, Handler] = {FIT: FitService(workshop.database, workshop.clock).fit}
    handlers |= await _search(workshop)
    briefing, planners = await _briefings(workshop)
    return Contribution(handlers | briefing, planners)


async def _search(workshop: Workshop) -> dict[JobKind, Handler]:
    embedder = await open_embedder(workshop.settings, workshop.resources, asked=False)
    if embedder is None:
        log.event("EMBEDDING_MISSING", "no embedding model is installed; search goes by words alone")
        return {}
    indexing = IndexingService(workshop.database, embedder)
    watch = IndexWatch(workshop.database, workshop.jobs, indexing)
    await workshop.resources.add("index_watch", open=watch.open, close=watch.close, ping=watch.ping)

    async def embed(job: RunningJob) -> dict[str, Any]:
        done = await indexing.embed(job)
        if not done.complete:
            delay = 0.0 if done.embedded else AGAIN_SECONDS
            await workshop.jobs.enqueue(EMBED, key=job.key, user=job.user, delay=delay)
        return asdict(done)

    return {EMBED: embed}


async def _briefings(workshop: Workshop) -> tuple[dict[JobKind, Handler], Sequence[Planner]]:
    settings = workshop.settings
    if settings.briefing_at == "off" or ai_model.choose(settings) is None:
        return {}, ()
    briefings = Briefings(workshop, dt.time.fromisoformat(settings.briefing_at))
    await workshop.resources.add("briefings", open=briefings.open, close=briefings.close, ping=briefings.ping)
    return {BRIEF: briefings.prepare}, (briefings.plan,)
