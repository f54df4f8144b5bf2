"""The integrated insight: its parts are asked for at the same time, then brought together."""

import asyncio
from typing import Final

from tandem.pomodoro.models.ai_analyzer.anomalies import ANALYZE_ANOMALIES
from tandem.pomodoro.models.ai_analyzer.burnout import ANALYZE_BURNOUT
from tandem.pomodoro.models.ai_analyzer.integrated_insight import INTEGRATED_INSIGHT
from tandem.pomodoro.models.ai_analyzer.integrated_insight_parts import IntegratedInsight, Parts
from tandem.pomodoro.models.ai_analyzer.schedule import OPTIMAL_SCHEDULE, ScheduleQuestion
from tandem.pomodoro.services.ai_service import AIService, Asking

PART_SECONDS: Final = 32.0
"""For the parts together and then for the whole: both end well before the old web service gives up after 90 s."""
SESSIONS: Final = 6


class InsightService:
    """Asks for the parts through the same service, so each is kept and shared as if it was asked for alone."""

    def __init__(self, ai: AIService) -> None:
        """Ask ``ai``."""
        self._ai = ai

    async def integrated(self, asking: Asking) -> IntegratedInsight:
        """Return burnout, anomalies and schedule brought together."""
        facts = await self._ai.facts(asking, INTEGRATED_INSIGHT)
        question = ScheduleQuestion(weekday=facts.now.weekday(), sessions=SESSIONS)
        # All that the parts need is computed before anything is awaited: they stand on the same facts.
        facts.settle()
        ANALYZE_BURNOUT.rules(facts, None)
        ANALYZE_ANOMALIES.rules(facts, None)
        OPTIMAL_SCHEDULE.rules(facts, question)
        async with asyncio.TaskGroup() as together:
            burnout = together.create_task(
                self._ai.answer(asking, ANALYZE_BURNOUT, None, facts=facts, seconds=PART_SECONDS)
            )
            anomalies = together.create_task(
                self._ai.answer(asking, ANALYZE_ANOMALIES, None, facts=facts, seconds=PART_SECONDS)
            )
            schedule = together.create_task(
                self._ai.answer(asking, OPTIMAL_SCHEDULE, question, facts=facts, seconds=PART_SECONDS)
            )
        parts = Parts(burnout=burnout.result(), anomalies=anomalies.result(), schedule=schedule.result())
        return await self._ai.answer(asking, INTEGRATED_INSIGHT, parts, facts=facts, seconds=PART_SECONDS)
