"""A day's schedule in words: which hours, for what, with which breaks, and which hours to leave alone."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.day_schedule import categories_for
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.phrases import hour
from tandem.pomodoro.ai.prose import Draft, Prose
from tandem.pomodoro.presets import WEEKDAYS_EN, PresetKey
from tandem.pomodoro.schemas.ai import AnalyzerAnswer
from tandem.pomodoro.schemas.common import Answer, Percent, UnitInterval
from tandem.pomodoro.schemas.focus import OptimalSchedule, PlannedSession

LETTERS: Final = "abcdefghijkl"
_LONG_BREAK: Final = 15
_AVOIDED: Final = 3


class ScheduleQuestion(BaseModel):
    """Which day, and how many sessions."""

    model_config = ConfigDict(frozen=True)

    weekday: int = Field(ge=0, le=6)
    sessions: int = Field(ge=1, le=12)


class SlotDraft(Draft):
    reason: Prose
    tip: Prose


class BreakDraft(Draft):
    activity: Prose


class WindowDraft(Draft):
    reason: Prose


class ScheduleDraft(Draft):
    """What the model writes."""

    optimal_schedule: Annotated[list[SlotDraft], Field(max_length=12)]
    breaks_recommended: Annotated[list[BreakDraft], Field(max_length=12)]
    avoid_windows: Annotated[list[WindowDraft], Field(max_length=5)]
    personalized_insights: Annotated[list[Prose], Field(min_length=1, max_length=5)]


class ScheduledSlot(Answer):
    time_slot: str = Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$", examples=["09:00-09:52"])
    recommended_preset: PresetKey
    recommended_category: str
    expected_productivity: Percent
    reason: str
    tip: str


class RecommendedBreak(Answer):
    after_session: int = Field(ge=1)
    duration: int = Field(ge=0, description="Minutes.")
    type: str = Field(examples=["long"])
    activity: str


class AvoidWindow(Answer):
    time: str = Field(pattern=r"^\d\d:00-\d\d:00$")
    reason: str


class ProductivityForecast(Answer):
    """Ratings to expect of the planned sessions."""

    expected_total_productivity: Percent = Field(description="Their mean.")
    best_case: Percent = Field(description="The best of them.")
    worst_case: Percent = Field(description="The worst of them.")
    confidence: UnitInterval


class ScheduleAnalysis(AnalyzerAnswer):
    """The whole schedule."""

    for_day: str = Field(examples=["Wednesday"])
    optimal_schedule: list[ScheduledSlot] = Field(max_length=12)
    breaks_recommended: list[RecommendedBreak]
    avoid_windows: list[AvoidWindow]
    productivity_forecast: ProductivityForecast
    personalized_insights: list[str]


TASK: Final = (
    "Explain a day's schedule. optimal_schedule: for each planned session in the given order a reason and a tip. "
    "breaks_recommended: for each session something to do in the break after it. avoid_windows: for each listed window why it is "
    "weak. personalized_insights: what this person's rhythm looks like."
)


def rules(facts: Facts, question: ScheduleQuestion) -> ScheduleDraft:
    """Write without a model."""
    plan = _plan(facts, question)
    sessions = plan.optimal_schedule.sessions
    return ScheduleDraft(
        optimal_schedule=[
            SlotDraft(reason=_reason(facts, plan, one), tip=_tip(facts, at)) for at, one in enumerate(sessions)
        ],
        breaks_recommended=[BreakDraft(activity=_activity(facts, at)) for at in range(len(sessions))],
        avoid_windows=[WindowDraft(reason=one.reason) for one in plan.avoid_hours[:_AVOIDED]],
        personalized_insights=_insights(facts, question, plan),
    )  # fmt: skip


def _plan(facts: Facts, question: ScheduleQuestion) -> OptimalSchedule:
    return facts.schedule(question.sessions, question.weekday)


def _reason(facts: Facts, plan: OptimalSchedule, one: PlannedSession) -> str:
    if plan.hourly_breakdown[str(one.hour)].data_source == "historical":
        return facts.text(
            "Your sessions at this hour reach about {rating} %.", rating=round(one.expected_productivity)
        )
    if facts.forecast.productivity_basis == "default":
        return facts.text("A good hour by the usual course of a day; you have no ratings yet.")
    return facts.text(
        "There are no ratings of this hour on this weekday; other days and the usual course of a day suggest about {rating} %.",
        rating=round(one.expected_productivity),
    )


def _tip(facts: Facts, at: int) -> str:
    text = facts.text
    tips = (
        text("Write down the goal of the session before it begins."), text("Turn notifications off."),
        text("Work at a single thing."), text("Finish with a note on where to go on."),
    )  # fmt: skip
    return tips[at % len(tips)]


def _activity(facts: Facts, at: int) -> str:
    text = facts.text
    return (
        text("stretch and drink some water"), text("a short walk"), text("look out of the window, no screen"),
        text("a proper meal or fresh air"),
    )[at % 4]  # fmt: skip


def _insights(facts: Facts, question: ScheduleQuestion, plan: OptimalSchedule) -> list[str]:
    text = facts.text
    first, last = plan.summary.best_time_range.split(" - ")
    said = [
        text(
            "The best time {on_day} is from {first} to {last}.",
            on_day=facts.say.on_weekday(question.weekday), first=first.lstrip("0"), last=last.lstrip("0"),
        )
    ]  # fmt: skip
    fit = plan.optimal_schedule.sessions_count
    if fit < question.sessions:
        said.append(
            text.count(
                "Only {n} session fits into the day with its breaks.",
                "Only {n} sessions fit into the day with their breaks.", fit,
            )
        )  # fmt: skip
    if facts.light_day and question.weekday == facts.now.weekday():
        said.append(text("A lighter day is called for; leave out what can wait."))
    said.append(plan.recommendation_basis)
    return said


def assemble(facts: Facts, question: ScheduleQuestion, draft: ScheduleDraft) -> ScheduleAnalysis:
    """Put facts and texts together."""
    plan, own = _plan(facts, question), rules(facts, question)
    sessions, names = plan.optimal_schedule.sessions, categories_for(facts)
    said = [*draft.optimal_schedule[: len(sessions)], *own.optimal_schedule[len(draft.optimal_schedule) :]]
    rest = [
        *draft.breaks_recommended[: len(sessions)],
        *own.breaks_recommended[len(draft.breaks_recommended) :],
    ]
    windows = [*draft.avoid_windows[:_AVOIDED], *own.avoid_windows[len(draft.avoid_windows) :]]
    ratings = [one.expected_productivity for one in sessions] or [0.0]
    return ScheduleAnalysis(
        for_day=WEEKDAYS_EN[question.weekday],
        optimal_schedule=[
            ScheduledSlot(
                time_slot=f"{one.time}-{_clock(60 * one.hour + one.work_minutes)}", recommended_preset=one.preset,
                recommended_category=names[at % len(names)], expected_productivity=one.expected_productivity,
                reason=said[at].reason, tip=said[at].tip,
            )
            for at, one in enumerate(sessions)
        ],
        breaks_recommended=[
            RecommendedBreak(
                after_session=one.slot, duration=one.break_minutes, activity=rest[at].activity,
                type="long" if one.break_minutes >= _LONG_BREAK else "short",
            )
            for at, one in enumerate(sessions)
        ],
        avoid_windows=[
            AvoidWindow(time=f"{one.hour:02d}:00-{one.hour + 1:02d}:00", reason=windows[at].reason)
            for at, one in enumerate(plan.avoid_hours[:_AVOIDED])
        ],
        productivity_forecast=ProductivityForecast(
            expected_total_productivity=plan.optimal_schedule.avg_expected_productivity, best_case=max(ratings),
            worst_case=min(ratings), confidence=plan.confidence,
        ),
        personalized_insights=draft.personalized_insights,
    )  # fmt: skip


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _slots(facts: Facts, question: ScheduleQuestion) -> dict[str, str]:
    names = categories_for(facts)
    found = {}
    for at, one in enumerate(_plan(facts, question).optimal_schedule.sessions):
        found[f"time_{LETTERS[at]}"] = hour(one.hour)
        found[f"category_{LETTERS[at]}"] = names[at % len(names)]
    return found


def _material(facts: Facts, question: ScheduleQuestion) -> str:
    plan, names = _plan(facts, question), categories_for(facts)
    sessions = [
        f"- session {LETTERS[at]}: {names[at % len(names)]}, preset {one.preset}"
        for at, one in enumerate(plan.optimal_schedule.sessions)
    ]
    windows = [f"- weak window: {one.reason}" for one in plan.avoid_hours[:_AVOIDED]]
    return "\n".join(["Planned sessions:", *sessions, "Windows:", *windows, *note_lines(facts, 20)])


OPTIMAL_SCHEDULE: Final = Kind[ScheduleQuestion, ScheduleDraft, ScheduleAnalysis](
    name="optimal_schedule", hours=4, patience=45, draft=ScheduleDraft, answer=ScheduleAnalysis, task=TASK,
    slots=("best_hours", "usual_sessions", "rating_last_month", "expected_sessions", "top_category", "energy", "sleep"),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.month.sessions >= 10, more_slots=_slots, material=_material,
    tokens=1500,
)  # fmt: skip
