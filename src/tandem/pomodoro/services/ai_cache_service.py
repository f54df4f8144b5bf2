"""The kept AI answers of one user: what there is, and making it unusable."""

from datetime import datetime, tzinfo

from tandem.core.clock import Clock
from tandem.core.errors import OperationalError
from tandem.core.observability.logger import get_logger
from tandem.pomodoro.repositories.ai_answer_repository import AIAnswerRepository
from tandem.pomodoro.schemas.ai_operation import AICacheStatus, KeptAnswer
from tandem.pomodoro.schemas.common import local_timestamp

log = get_logger(__name__)


class AICacheService:
    """Raises DatabaseUnavailableError while PostgreSQL is out of reach."""

    def __init__(self, repository: AIAnswerRepository, clock: Clock) -> None:
        """Look into ``repository``; moments are told in the zone of ``clock``."""
        self._repository = repository
        self._clock = clock

    async def status(self, user: str) -> AICacheStatus:
        """Return what is kept for ``user``, newest first."""
        zone = self._clock.now().tzinfo
        rows = await self._repository.listed(user)
        kept = [
            KeptAnswer(
                type=row.type, key=row.key, valid=row.valid, generated_at=_told(row.created, zone),
                expires_at=_told(row.expires, zone),
            )
            for row in rows
        ]  # fmt: skip
        valid = sum(one.valid for one in kept)
        return AICacheStatus(total_cached=len(kept), valid=valid, invalidated=len(kept) - valid, caches=kept)

    async def status_or_nothing(self, user: str) -> AICacheStatus:
        """Return the same, nothing while PostgreSQL is out of reach: for health, which always answers."""
        try:
            return await self.status(user)
        except OperationalError:
            return AICacheStatus(total_cached=0, valid=0, invalidated=0, caches=[])

    async def invalidate(self, user: str) -> int:
        """Make all kept answers of ``user`` unusable and return how many there were."""
        count = await self._repository.invalidate(user)
        log.event("CACHE_INVALIDATED", "AI answers made unusable", metrics={"invalidated_count": count})
        return count


def _told(moment: datetime, zone: tzinfo | None) -> str:
    return local_timestamp(moment.astimezone(zone))
