"""What the past looks like: productivity, load, anomalies, themes."""

import datetime as dt

from tandem.core.observability.logger import get_logger
from tandem.pomodoro.models import (
    anomaly_detector,
    burnout_predictor,
    diversity_detector,
    preset_recommender,
    productivity_analyzer,
    session_predictor,
    session_trends,
    themes,
)
from tandem.pomodoro.models.weekly_insights import weekly_insights
from tandem.pomodoro.schemas.analysis import AnalysisAnswer, NothingToTrain, TrainAnswer
from tandem.pomodoro.schemas.anomalies import AnomalyReport
from tandem.pomodoro.schemas.burnout import BurnoutRisk
from tandem.pomodoro.schemas.diversity import DiversityDebug
from tandem.pomodoro.schemas.insights import (
    AnalysisHead,
    BurnoutHead,
    InsightsSummary,
    PredictionHead,
    RecommendationHead,
)
from tandem.pomodoro.schemas.themes import ThemeProductivity, WeeklyInsights
from tandem.pomodoro.services.category_service import CategoryService
from tandem.pomodoro.services.snapshot_reader import Caller, SnapshotReader
from tandem.pomodoro.snapshot import Snapshot

log = get_logger(__name__)


class AnalysisService:
    """Looks back; every method raises DatabaseUnavailableError without a warm snapshot."""

    def __init__(self, reader: SnapshotReader, categories: CategoryService) -> None:
        """Look at the snapshots of ``reader``."""
        self._reader = reader
        self._categories = categories

    async def analysis(self, caller: Caller) -> AnalysisAnswer:
        """Means, best and worst times, heat map."""
        return await self._reader.run("analysis", caller.user, productivity_analyzer.analyze)

    async def train(self, caller: Caller) -> TrainAnswer | NothingToTrain:
        """Say what the models stand on."""
        return await self._reader.run(
            "train", caller.user, lambda snapshot, _: productivity_analyzer.train(snapshot, caller.text)
        )

    async def burnout(self, caller: Caller) -> BurnoutRisk:
        """Compare the last two weeks' load with the person's own baseline."""
        answer = await self._reader.run(
            "burnout", caller.user, lambda snapshot, now: burnout_predictor.assess(snapshot, now, caller.text)
        )
        if answer.risk_level in ("high", "critical"):
            log.event(
                "BURNOUT_RISK", "workload changed", level="WARNING",
                context={"risk_level": answer.risk_level, "top_factors": [f.factor for f in answer.risk_factors[:3]]},
                metrics={"risk_score": answer.risk_score, "factors_count": len(answer.risk_factors)},
            )  # fmt: skip
        return answer

    async def anomalies(self, caller: Caller) -> AnomalyReport:
        """Find what is unlike this person."""
        answer = await self._reader.run(
            "anomalies",
            caller.user,
            lambda snapshot, now: anomaly_detector.detect(snapshot, now, caller.text),
        )
        for anomaly in answer.anomalies:
            log.event(
                "ANOMALY_DETECTED", "unlike this person's habit", level="DEBUG",
                context={"anomaly_type": anomaly.type, "severity": anomaly.severity},
            )  # fmt: skip
        return answer

    async def themes(self, caller: Caller) -> ThemeProductivity:
        """Sum up each theme."""
        return await self._reader.run(
            "themes", caller.user, lambda snapshot, _: themes.theme_productivity(snapshot)
        )

    async def week(self, caller: Caller, start: dt.date) -> WeeklyInsights:
        """Sum up the seven days from ``start``."""
        return await self._reader.run(
            "weekly_insights", caller.user,
            lambda snapshot, now: weekly_insights(snapshot, now, caller.text, start),
        )  # fmt: skip

    async def diversity(self, caller: Caller) -> DiversityDebug:
        """Say what the diversity detector sees."""
        categories = await self._categories.of(caller.user)
        return await self._reader.run(
            "diversity", caller.user,
            lambda snapshot, now: diversity_detector.debug(snapshot, now, caller.text, categories=categories),
        )  # fmt: skip

    async def summary(self, caller: Caller) -> InsightsSummary:
        """Give the heads of four other answers, all of one snapshot."""
        return await self._reader.run(
            "summary", caller.user, lambda snapshot, now: _summary(snapshot, now, caller)
        )


def _summary(snapshot: Snapshot, now: dt.datetime, caller: Caller) -> InsightsSummary:
    analysis = productivity_analyzer.analyze(snapshot, now).analysis
    recommendation = preset_recommender.recommend(snapshot, now, caller.text)
    today = session_predictor.predict_today(snapshot, now, caller.text)
    burnout = burnout_predictor.assess(snapshot, now, caller.text)
    return InsightsSummary(
        analysis=AnalysisHead(best_hours=analysis.best_hours, best_day=analysis.best_day, trend=analysis.trend),
        recommendation=RecommendationHead(
            preset=recommendation.recommended_preset, reason=recommendation.reason,
            confidence=recommendation.confidence,
        ),
        prediction=PredictionHead(
            sessions=today.predicted_sessions, productivity=today.predicted_productivity,
            remaining=today.remaining_sessions,
        ),
        trends=session_trends.trends(snapshot, now),
        burnout=BurnoutHead(
            risk_score=burnout.risk_score, risk_level=burnout.risk_level,
            top_factor=burnout.risk_factors[0] if burnout.risk_factors else None,
        ),
    )  # fmt: skip
