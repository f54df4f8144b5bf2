"""Kept comparisons."""

from uuid import UUID

from tandem.core.database.pool import Database
from tandem.core.database.storable import storable
from tandem.tokimeki.schemas.comparison import CompareAnswer, CompareAsk, KeptComparison


class ComparisonRepository:
    """Raises DatabaseUnavailableError when PostgreSQL is out of reach."""

    def __init__(self, database: Database) -> None:
        """Work through ``database``."""
        self._database = database

    async def put(self, user: str, comparison: KeptComparison) -> None:
        """Keep a comparison of ``user``."""
        await self._database.execute(
            "INSERT INTO comparisons (id, user_id, spec, result, created_at) VALUES ($1, $2, $3, $4, $5)",
            comparison.id, user, comparison.ask.model_dump(mode="json", exclude_none=True),
            storable(comparison.answer.model_dump(mode="json")), comparison.created_at,
        )  # fmt: skip

    async def get(self, user: str, comparison: UUID) -> KeptComparison | None:
        """Return a comparison of ``user``."""
        row = await self._database.fetchrow(
            "SELECT spec, result, created_at FROM comparisons WHERE user_id = $1 AND id = $2",
            user,
            comparison,
        )
        if row is None:
            return None
        return KeptComparison(
            id=comparison, created_at=row["created_at"], ask=CompareAsk.model_validate(row["spec"]),
            answer=CompareAnswer.model_validate(row["result"]),
        )  # fmt: skip
