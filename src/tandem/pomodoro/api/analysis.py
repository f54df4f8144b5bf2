"""What the past looks like."""

from uuid import UUID

from fastapi import APIRouter

from tandem.core.caller import UserDep
from tandem.core.middleware.cached_routes import cached
from tandem.core.problems import responses
from tandem.pomodoro.api.parameters import iso_day
from tandem.pomodoro.dependencies import CallerDep, FactoryDep
from tandem.pomodoro.schemas.analysis import AnalysisAnswer, NothingToTrain, TrainAnswer
from tandem.pomodoro.schemas.anomalies import AnomalyReport
from tandem.pomodoro.schemas.burnout import BurnoutRisk
from tandem.pomodoro.schemas.common import local_timestamp
from tandem.pomodoro.schemas.diversity import DiversityDebug
from tandem.pomodoro.schemas.insights import InsightsSummary
from tandem.pomodoro.schemas.themes import ThemeProductivity, WeeklyInsights
from tandem.pomodoro.schemas.training import TrainingStatus

router = APIRouter(prefix="/api", tags=["analysis"], responses=responses(503))


@router.get("/analysis", summary="Productivity by hour, day, category and preset")
@cached("day")
async def analysis(factory: FactoryDep, caller: CallerDep) -> AnalysisAnswer:
    """Give means, best and worst times and a heat map."""
    return await factory.analysis.analysis(caller)


@router.get("/burnout-risk", summary="Workload-change signal")
@cached("day")
async def burnout_risk(factory: FactoryDep, caller: CallerDep) -> BurnoutRisk:
    """Compare the last two weeks with the person's own habit. Not a diagnosis."""
    return await factory.analysis.burnout(caller)


@router.get("/detect-anomalies", summary="What is unlike this person")
@cached("day", shows={"timestamp": local_timestamp})
async def detect_anomalies(factory: FactoryDep, caller: CallerDep) -> AnomalyReport:
    """Find drops, unusual hours, shifts, broken streaks and spikes."""
    return await factory.analysis.anomalies(caller)


@router.get("/insights/summary", summary="The heads of four answers")
@cached("hour")
async def insights_summary(factory: FactoryDep, caller: CallerDep) -> InsightsSummary:
    """Give analysis, recommendation, prediction, trends and workload signal in short."""
    return await factory.analysis.summary(caller)


@router.get("/theme-productivity", summary="How each theme went")
@cached("day")
async def theme_productivity(factory: FactoryDep, caller: CallerDep) -> ThemeProductivity:
    """Sum up each theme (category)."""
    return await factory.analysis.themes(caller)


@router.get("/weekly-insights/{week_start}", summary="Seven days in short", responses=responses(400))
@cached("hour")
async def weekly_insights(factory: FactoryDep, caller: CallerDep, week_start: str) -> WeeklyInsights:
    """Sum up the seven days from a date (YYYY-MM-DD) and forecast the coming ones."""
    return await factory.analysis.week(caller, iso_day(week_start, "week_start"))


@router.get("/debug/diversity", summary="What the diversity detector sees")
@cached("day")
async def debug_diversity(factory: FactoryDep, caller: CallerDep) -> DiversityDebug:
    """Say which categories took too much of the last two days."""
    return await factory.analysis.diversity(caller)


@router.post("/train", summary="Fit all models anew")
async def train(factory: FactoryDep, caller: CallerDep) -> TrainAnswer | NothingToTrain:
    """Report the sessions that the models use, and have everything fitted to them anew in the background.

    Models learn with each session; this reads all of them again, in every worker, and scores the fit on the past: see `job.status_url`.
    """
    answer = await factory.analysis.train(caller)
    if isinstance(answer, NothingToTrain):
        return answer
    return answer.model_copy(update={"job": await factory.training.begin(caller.user)})


@router.get("/train/{job}", summary="How a fit stands", responses=responses(400, 404))
async def training_status(factory: FactoryDep, user: UserDep, job: UUID) -> TrainingStatus:
    """Tell how far it is, and when it is done what was fitted and how good it would have been."""
    return await factory.training.get(user, job)
