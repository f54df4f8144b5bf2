"""The morning briefing: what was yesterday, what to expect of today, when to work at what, and how to stay well."""

from typing import Final

from tandem.pomodoro.ai import wellbeing
from tandem.pomodoro.ai.day_schedule import Slot, day_slots, reason
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines, notes_insights
from tandem.pomodoro.models.ai_analyzer.morning_briefing_parts import (
    ActionDraft,
    BriefingChallenge,
    BriefingDraft,
    Expectation,
    FlatPrediction,
    HighlightDraft,
    MicroAction,
    MorningBriefing,
    Motivation,
    MotivationDraft,
    Progress,
    ReasoningDraft,
    RiskFactor,
    ScheduledActivity,
    SlotDraft,
    WellbeingCheck,
    WellbeingDraft,
    Yesterday,
)
from tandem.pomodoro.models.ai_challenge_generator import challenge_pool

TASK: Final = (
    "Write a morning briefing. greeting: one short friendly line. highlight: what yesterday was like. reasoning: what to expect "
    "of today and why. optimal_schedule: for each planned session in the given order, an activity and a reason. "
    "wellness_micro_action: one small thing to do for oneself. wellbeing_check: what the check-in and the workload say, and "
    "one suggestion; never advise more work to somebody who is strained. motivation: one honest sentence. notes_insights: "
    "what the notes tell, an empty list without notes."
)


def rules(facts: Facts, _: None) -> BriefingDraft:
    """Write without a model."""
    action, why, when = wellbeing.micro_action(facts)
    return BriefingDraft(
        greeting=greeting(facts),
        yesterday_summary=HighlightDraft(highlight=_yesterday(facts)),
        today_prediction=ReasoningDraft(reasoning=_today(facts)),
        optimal_schedule=[_activity(facts, slot) for slot in day_slots(facts)],
        wellness_micro_action=ActionDraft(action=action, reason=why, when=when),
        wellbeing_check=WellbeingDraft(
            observation=wellbeing.observation(facts), suggestion=wellbeing.suggestion(facts)
        ),
        motivation=MotivationDraft(message=motivation(facts)),
        notes_insights=notes_insights(facts),
    )


def greeting(facts: Facts) -> str:
    """Greet by the hour."""
    if 4 <= facts.now.hour < 10:
        return facts.text("Good morning!")
    return facts.text("Hello!") if facts.now.hour < 18 else facts.text("Good evening!")


def _yesterday(facts: Facts) -> str:
    text, day = facts.text, facts.yesterday
    if not day.sessions:
        return text("You completed no session yesterday; today you start afresh.")
    said = text.count(
        "Yesterday you completed {n} session ({time}).", "Yesterday you completed {n} sessions ({time}).",
        day.sessions, time=facts.say.duration(day.minutes),
    )  # fmt: skip
    if day.rating is not None:
        said += " " + text("The average rating was {rating} %.", rating=round(day.rating))
    if day.top_category and len(day.categories) > 1:
        said += " " + text("Most of them went to {category}.", category=day.top_category)
    elif day.top_category:
        said += " " + text("All of it was {category}.", category=day.top_category)
    return said


def _today(facts: Facts) -> str:
    text, forecast = facts.text, facts.forecast
    if forecast.basis == "default":
        return text.count(
            "There is no history to learn from yet, so a usual day of {n} session is assumed.",
            "There is no history to learn from yet, so a usual day of {n} sessions is assumed.",
            forecast.predicted_sessions,
        )
    low, high = forecast.interval_80
    said = text.count(
        "The forecast for the whole day is {n} session.", "The forecast for the whole day is {n} sessions.",
        forecast.predicted_sessions,
    )  # fmt: skip
    if low != high:
        said += " " + text("Most likely it will be {range}.", range=facts.say.between(low, high))
    if forecast.completed_sessions:
        said += " " + text.count(
            "{n} of them is done already.", "{n} of them are done already.", forecast.completed_sessions
        )
    if forecast.productivity_basis == "history":
        said += " " + text(
            "Ratings {on_day} usually reach about {rating} %.",
            on_day=facts.say.on_weekday(facts.now.weekday()), rating=round(forecast.predicted_productivity),
        )  # fmt: skip
    return said


def _activity(facts: Facts, slot: Slot) -> SlotDraft:
    return SlotDraft(
        activity=f"{slot.category} ({slot.session.preset_name})",
        reason=reason(facts, slot),
    )


def motivation(facts: Facts) -> str:
    """Say something that is true and encouraging."""
    text = facts.text
    if facts.light_day:
        return text("A lighter day is part of the work: rest today, and you will be back sooner.")
    if facts.streak >= 3:
        return text.count(
            "You have kept it up for {n} day in a row. Just take the next step.",
            "You have kept it up for {n} days in a row. Just take the next step.",
            facts.streak,
        )
    if facts.trends.productivity_trend == "improving":
        return text("Your ratings have been rising over the last two weeks. What you do works.")
    if not facts.total:
        return text("Begin with one short session; the rest follows.")
    return text("The beginning is the hardest part; one session is enough to get going.")


def assemble(facts: Facts, _: None, draft: BriefingDraft) -> MorningBriefing:
    """Put facts and texts together."""
    slots = day_slots(facts)
    schedule = [
        ScheduledActivity(
            time=slot.session.time, duration=slot.session.work_minutes, preset=slot.session.preset,
            category=slot.category, activity=said.activity, reason=said.reason,
        )
        for slot, said in zip(slots, _said(facts, slots, draft), strict=True)
    ]  # fmt: skip
    challenge, goal = challenge_of(facts), facts.weekly_goal
    made = MorningBriefing(
        date=facts.day, greeting=draft.greeting, insights="",
        yesterday_summary=Yesterday(
            sessions=facts.yesterday.sessions, rating=facts.yesterday.rating or 0.0, rated_sessions=facts.yesterday.rated,
            highlight=draft.yesterday_summary.highlight,
        ),
        today_prediction=Expectation(
            expected_sessions=facts.forecast.predicted_sessions, interval_80=facts.forecast.interval_80,
            expected_productivity=facts.forecast.predicted_productivity, confidence=facts.forecast.confidence,
            reasoning=draft.today_prediction.reasoning,
        ),
        optimal_schedule=schedule, daily_challenge=challenge,
        wellness_micro_action=MicroAction(**draft.wellness_micro_action.model_dump()),
        risk_factors_detected=[
            RiskFactor(factor=one.name, level=one.severity, value=one.value, impact=one.message)
            for one in facts.burnout.risk_factors
        ],
        wellbeing_check=WellbeingCheck(
            status=wellbeing.status(facts), observation=draft.wellbeing_check.observation,
            suggestion=draft.wellbeing_check.suggestion,
            rest_day_consideration=facts.streak > wellbeing.LONG_STREAK or wellbeing.status(facts) == "rest_recommended",
        ),
        motivation=Motivation(
            message=draft.motivation.message,
            achievement_progress=Progress(name=facts.text("A usual week"), progress=min(facts.week.sessions, goal), target=goal),
        ),
        notes_insights=draft.notes_insights, using_preset_recommender=False,
        recommendation=facts.recommendation.reason, recommended_preset=facts.recommendation.recommended_preset,
        confidence=facts.recommendation.confidence,
        prediction=FlatPrediction(
            predicted_sessions=facts.forecast.predicted_sessions,
            productivity_prediction=round(facts.forecast.predicted_productivity),
            best_hours=_clock_range(facts.plan.summary.best_time_range),
        ),
        wellbeing=f"{draft.wellbeing_check.observation} {draft.wellbeing_check.suggestion}",
    )  # fmt: skip
    return made.model_copy(update={"insights": _readable(facts, made, draft)})


def challenge_of(facts: Facts) -> BriefingChallenge:
    """Return today's challenge."""
    categories = facts.person.categories
    found = challenge_pool.choose(
        facts.day, level=facts.person.level or 1, category=facts.month.top_category or categories[0],
        categories=categories, light=facts.light_day, hour=facts.now.hour, usual=facts.usual_per_day,
    )  # fmt: skip
    return BriefingChallenge(
        title=found.title(facts.text), description=found.description(facts.text), target=found.target, xp_reward=found.xp
    )  # fmt: skip


def _said(facts: Facts, slots: list[Slot], draft: BriefingDraft) -> list[SlotDraft]:
    """Return one text per slot: the draft's in order, ours where it has too few."""
    return [
        draft.optimal_schedule[at] if at < len(draft.optimal_schedule) else _activity(facts, slot)
        for at, slot in enumerate(slots)
    ]


def _clock_range(padded: str) -> str:
    return " - ".join(part.lstrip("0") if part != "00:00" else "0:00" for part in padded.split(" - "))


def _readable(facts: Facts, made: MorningBriefing, draft: BriefingDraft) -> str:
    text = facts.text
    lines = [f"{one.time} {one.activity}" for one in made.optimal_schedule]
    plan = (
        text("Plan: {lines}.", lines="; ".join(lines))
        if lines
        else text("Nothing more is planned for today.")
    )
    parts = [
        f"{draft.greeting} {draft.yesterday_summary.highlight}", draft.today_prediction.reasoning, plan,
        text("Challenge: {title}. {description}", title=made.daily_challenge.title,
             description=made.daily_challenge.description),
        made.wellbeing, *draft.notes_insights, draft.motivation.message,
    ]  # fmt: skip
    return "\n\n".join(parts)


def material(facts: Facts, _: None) -> str:
    """Return the plan in words, and yesterday's notes where they may be shared."""
    slots = day_slots(facts)
    planned = [f"- planned session in category {slot.category} with {slot.session.preset}" for slot in slots]
    return "\n".join(["Planned sessions:", *planned, *note_lines(facts)])


def slot_names(facts: Facts, _: None) -> dict[str, str]:
    """Offer the planned times and categories as slots."""
    found = {}
    for at, slot in enumerate(day_slots(facts)):
        letter = "abcdef"[at]
        found[f"time_{letter}"] = slot.session.time
        found[f"category_{letter}"] = slot.category
    return found


MORNING_BRIEFING: Final = Kind[None, BriefingDraft, MorningBriefing](
    name="morning_briefing", hours=4, patience=60, draft=BriefingDraft, answer=MorningBriefing, task=TASK,
    slots=(
        "sessions_yesterday", "time_yesterday", "rating_yesterday", "top_category_yesterday", "sessions_today",
        "expected_sessions", "expected_range", "expected_rating", "best_time_today", "recommended_preset", "streak",
        "usual_sessions", "top_category", "risk_score", "stress", "energy", "mood", "sleep",
    ),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.month.sessions >= 1, more_slots=slot_names,
    material=material, tokens=1200,
)  # fmt: skip
