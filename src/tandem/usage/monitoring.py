"""The model calls of a span of time, as a section of the monitoring overview."""

from typing import Final

from tandem.core.monitoring.monitor import Span
from tandem.core.monitoring.schemas import UsageFigures, UsageRow
from tandem.usage.recorder import UsageRecorder
from tandem.usage.repository import Line, Selection, UsageRepository

FLUSH_SECONDS: Final = 0.5
"""How long the section waits for this worker's own records."""

MOST_ROWS: Final = 100
"""Models and keys told, the most expensive first."""


class UsageSection:
    """Sums by model and by key. Raises DatabaseUnavailableError or PoolExhaustedError when PostgreSQL is out of reach."""

    def __init__(self, repository: UsageRepository, recorder: UsageRecorder) -> None:
        """Read from ``repository``, after what ``recorder`` holds was stored."""
        self._repository, self._recorder = repository, recorder

    async def __call__(self, span: Span) -> UsageFigures:
        """Return the calls that began within ``span``."""
        await self._recorder.flush(FLUSH_SECONDS)
        starts = (span.start, span.end)
        models = await self._repository.report(Selection(by="model", starts=starts, user=span.user))
        keys = await self._repository.report(Selection(by="key", starts=starts, user=span.user))
        return UsageFigures(
            by_model=[_row(line, provider=line.provider) for line in models[:MOST_ROWS]],
            by_key=[_row(line) for line in keys[:MOST_ROWS]], whose="all" if span.user is None else span.user,
        )  # fmt: skip


def _row(line: Line, *, provider: str | None = None) -> UsageRow:
    return UsageRow(
        name=line.name, provider=provider, requests=line.requests, failed=line.failed,
        prompt_tokens=line.prompt_tokens, completion_tokens=line.completion_tokens, cost_micro_usd=line.cost,
    )  # fmt: skip
