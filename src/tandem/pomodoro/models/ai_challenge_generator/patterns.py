"""When the work is done, from what the client sends or from what is stored; without a language model."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.schemas.common import Answer, Hour, UnitInterval

DEFAULT_BEST: Final = (9, 10, 14)
DEFAULT_WORST: Final = (12, 13, 22)
UNKNOWN: Final = "Unknown"
_STEADY_PER_DAY: Final = 5.0


class HourCount(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sessions: Annotated[float, Field(ge=0)] = 0


class DayCount(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sessions: Annotated[float, Field(ge=0)] = 0
    minutes: Annotated[float, Field(ge=0)] = 0


class PatternsBody(BaseModel):
    """Counts by hour ("0".."23") and by date; everything may be left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hourly_productivity: Annotated[dict[str, HourCount], Field(max_length=48)] | None = None
    daily_stats: Annotated[dict[str, DayCount], Field(max_length=4000)] | None = None


class ProductivityPattern(Answer):
    best_hours: list[Hour] = Field(max_length=3)
    worst_hours: list[Hour] = Field(max_length=3)
    best_day: str = Field(description="The date with the most sessions, or `Unknown`.")
    avg_sessions_per_day: float = Field(ge=0)
    consistency_score: UnitInterval = Field(description="Sessions a day, of five at most.")


class PatternAnalysis(AIAnswer):
    """The whole answer."""

    productivity: ProductivityPattern
    recommendations: list[str] = Field(max_length=3)
    warnings: list[str]


def analyze(facts: Facts, body: PatternsBody) -> PatternAnalysis:
    """Count, and say what follows."""
    hours, days = _hours(facts, body), _days(facts, body)
    worked = sorted((hour for hour in hours if hours[hour] > 0), key=lambda hour: (-hours[hour], hour))
    best = worked[:3] or list(DEFAULT_BEST)
    # No hour is among the best and the worst at once.
    worst = worked[3:][-3:][::-1] if worked else list(DEFAULT_WORST)
    mean = sum(days.values()) / len(days) if days else 0.0
    top = max(days, key=lambda day: (days[day], day)) if days else UNKNOWN
    pattern = ProductivityPattern(
        best_hours=best, worst_hours=worst, best_day=top, avg_sessions_per_day=round(mean, 1),
        consistency_score=round(min(1.0, mean / _STEADY_PER_DAY), 2),
    )  # fmt: skip
    return PatternAnalysis(
        productivity=pattern,
        recommendations=_advice(facts, pattern, known=bool(worked)),
        warnings=_warnings(facts),
    )


def _hours(facts: Facts, body: PatternsBody) -> dict[int, float]:
    if body.hourly_productivity:
        told = {int(hour): one.sessions for hour, one in body.hourly_productivity.items() if hour.isdecimal()}
        return {hour: count for hour, count in told.items() if 0 <= hour <= 23}
    return facts.sessions_by_hour


def _days(facts: Facts, body: PatternsBody) -> dict[str, float]:
    if body.daily_stats:
        return {day[:40]: one.sessions for day, one in body.daily_stats.items() if one.sessions}
    return {day.isoformat(): count for day, count in facts.sessions_by_day.items()}


def _advice(facts: Facts, pattern: ProductivityPattern, *, known: bool) -> list[str]:
    text = facts.text
    if not known:
        return [text("Complete a few sessions first; then there will be something to tell.")]
    said = [
        text("You work most at {hours}; protect that time.", hours=facts.say.names([f"{hour}:00" for hour in pattern.best_hours]))
    ]  # fmt: skip
    if pattern.avg_sessions_per_day:
        said.append(
            text("On days with work you do {number} sessions on average.", number=facts.say.number(pattern.avg_sessions_per_day))
        )  # fmt: skip
    if pattern.consistency_score < 0.5:
        said.append(text("A fixed hour for the first session makes the days steadier."))
    return said


def _warnings(facts: Facts) -> list[str]:
    return [one.message for one in facts.burnout.risk_factors if one.severity == "high"]
