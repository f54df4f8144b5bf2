"""The evening review: the day against its forecast, what went well, and how tomorrow may begin."""

from typing import Final, Literal

from tandem.pomodoro.ai import wellbeing
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.models.ai_analyzer.evening_review_parts import (
    DaySummary,
    EveningReview,
    NotesAnalysis,
    NotesDraft,
    PeakMoment,
    Performance,
    PerformanceDraft,
    PlanDraft,
    ReviewDraft,
    StreakDraft,
    StreakUpdate,
    WeeklyProgress,
)
from tandem.pomodoro.models.topics import words

_GOOD: Final = 75
_POOR: Final = 60


TASK: Final = (
    "Write an evening review. plan_vs_actual: the day against its forecast. what_went_well and what_could_improve: short "
    "honest sentences. notes_analysis: mood and themes of today's notes; neutral and empty without notes. "
    "tomorrow_recommendations: a few concrete steps. streak_update.message and closing_thought: one sentence each."
)


def rules(facts: Facts, _: None) -> ReviewDraft:
    """Write without a model."""
    return ReviewDraft(
        summary=PlanDraft(plan_vs_actual=_plan(facts)),
        performance_analysis=PerformanceDraft(
            what_went_well=_well(facts), what_could_improve=_improve(facts)
        ),
        notes_analysis=NotesDraft(
            sentiment="neutral", themes_detected=_themes(facts), mood_progression=_mood(facts)
        ),
        tomorrow_recommendations=_tomorrow(facts),
        streak_update=StreakDraft(message=_streak(facts)),
        closing_thought=_closing(facts),
    )


def _plan(facts: Facts) -> str:
    text, done = facts.text, facts.today.sessions
    if not done and facts.forecast_before.basis == "default":
        return text("There was no forecast yet, and no session today.")
    if facts.forecast_before.basis == "default":
        return text.count(
            "You completed {n} session; there was no forecast yet to compare it with.",
            "You completed {n} sessions; there was no forecast yet to compare them with.",
            done,
        )
    low, high = facts.forecast_before.interval_80
    said = text(
        "The forecast was {range}, you completed {done}.",
        range=facts.say.between(low, high), done=facts.say.sessions(done),
    )  # fmt: skip
    if done > high:
        return f"{said} {text('That is more than expected.')}"
    return f"{said} {text('That is as expected.') if done >= low else text('That is less than expected.')}"


def _well(facts: Facts) -> list[str]:
    text, day = facts.text, facts.today
    if not day.sessions:
        return [text("You had a day without sessions; rest counts as well.")]
    said = [text("You focused for {time}.", time=facts.say.duration(day.minutes))]
    if day.rating is not None and day.rating >= _GOOD:
        said.append(text("You rated the day {rating} % on average.", rating=round(day.rating)))
    if len(day.categories) > 1:
        said.append(
            text(
                "You moved several things along: {categories}.",
                categories=facts.say.names([n for n, _ in day.categories[:3]]),
            )
        )
    return said


def _improve(facts: Facts) -> list[str]:
    text, day = facts.text, facts.today
    said = []
    if day.rating is not None and day.rating < _POOR:
        said.append(
            text(
                "The average rating was only {rating} %; look at which session pulled it down.",
                rating=round(day.rating),
            )
        )
    if day.last_hour is not None and day.last_hour >= 21:
        said.append(text("The last session began after 21:00; an earlier end leaves time to rest."))
    if day.sessions > day.rated:
        said.append(
            text.count(
                "{n} session is not rated; a rating makes tomorrow's advice better.",
                "{n} sessions are not rated; ratings make tomorrow's advice better.",
                day.sessions - day.rated,
            )
        )
    return said


def _themes(facts: Facts) -> list[str]:
    found = {word: None for row in facts.notes_today for word in sorted(words(row.notes or ""))}
    return list(found)[:5]


def _mood(facts: Facts) -> str:
    text, day = facts.text, facts.today
    if day.rated < 2 or day.first_rating is None or day.last_rating is None:
        return text("There are too few ratings today to tell how the day went on.")
    first, last = round(day.first_rating), round(day.last_rating)
    if abs(first - last) <= 5:
        return text("Your ratings stayed about the same through the day.")
    return text(
        "Your ratings went from {first} % in the first session to {last} % in the last one.",
        first=first,
        last=last,
    )


def _tomorrow(facts: Facts) -> list[str]:
    text, tomorrow = facts.text, facts.tomorrow
    if facts.light_day:
        return [
            text("Begin tomorrow later and with an easy task."), wellbeing.suggestion(facts),
        ]  # fmt: skip
    if facts.forecast.basis == "default":
        return [text("Begin with one session tomorrow, and take the break that belongs to it.")]
    said = [
        text.count(
            "Tomorrow's forecast is {n} session; plan for that many and no more.",
            "Tomorrow's forecast is {n} sessions; plan for that many and no more.",
            tomorrow.predicted_sessions,
        )
        if tomorrow.predicted_sessions
        else text("Tomorrow is usually a day off; keep it free if you can.")
    ]
    if facts.analysis.best_hours:
        said.append(
            text(
                "Keep {hour}:00 for the hardest task: it is your best rated hour.",
                hour=facts.analysis.best_hours[0],
            )
        )
    said.append(text("Write down tonight what the first session will be about."))
    return said


def _streak(facts: Facts) -> str:
    text = facts.text
    if facts.today.sessions:
        return text.count("Your streak is {n} day long.", "Your streak is {n} days long.", facts.streak)
    if facts.streak_before_today:
        return text.count(
            "Your streak of {n} day holds until midnight; it is also fine to let it go.",
            "Your streak of {n} days holds until midnight; it is also fine to let it go.",
            facts.streak_before_today,
        )
    return text("There is no streak at the moment; a new one begins with the next session.")


def _closing(facts: Facts) -> str:
    if not facts.today.sessions:
        return facts.text("Tomorrow is a new day. Good night.")
    return facts.text("Close the day and leave the rest for tomorrow. Well done.")


def assemble(facts: Facts, _: None, draft: ReviewDraft) -> EveningReview:
    """Put facts and texts together."""
    day, weekday = facts.today, facts.now.weekday()
    before = facts.streak_before_today
    status: Literal["maintained", "broken", "extended"] = (
        "extended" if day.sessions else "maintained" if before else "broken"
    )
    return EveningReview(
        date=facts.day,
        summary=DaySummary(
            sessions_completed=day.sessions, average_rating=day.rating or 0.0, rated_sessions=day.rated,
            total_time_focused=facts.say.duration(day.minutes), xp_earned=day.xp,
            plan_vs_actual=draft.summary.plan_vs_actual,
        ),
        performance_analysis=Performance(
            what_went_well=draft.performance_analysis.what_went_well,
            what_could_improve=draft.performance_analysis.what_could_improve, peak_moment=_peak(facts),
        ),
        notes_analysis=NotesAnalysis(**draft.notes_analysis.model_dump()),
        tomorrow_recommendations=draft.tomorrow_recommendations,
        streak_update=StreakUpdate(status=status, current=facts.streak, message=draft.streak_update.message),
        weekly_progress=WeeklyProgress(
            sessions_so_far=facts.week.sessions, weekly_goal=facts.weekly_goal,
            on_track=7 * facts.week.sessions >= facts.weekly_goal * (weekday + 1), days_remaining=6 - weekday,
        ),
        closing_thought=draft.closing_thought,
    )  # fmt: skip


def _peak(facts: Facts) -> PeakMoment | None:
    peak = facts.today.peak
    if peak is None:
        return None
    noted = [row for row in facts.notes_today if f"{row.hour:02d}" == peak.time[:2]]
    excerpt = " ".join((noted[0].notes or "").split())[:200] if noted else ""
    return PeakMoment(session=peak.session, time=peak.time, rating=peak.rating, note_excerpt=excerpt)


EVENING_REVIEW: Final = Kind[None, ReviewDraft, EveningReview](
    name="evening_review", hours=12, patience=45, draft=ReviewDraft, answer=EveningReview, task=TASK,
    slots=(
        "sessions_today", "time_today", "rating_today", "top_category_today", "expected_sessions", "expected_tomorrow",
        "streak", "usual_sessions", "usual_week", "sessions_this_week", "rating_this_week", "best_hours", "xp_today",
    ),
    rules=rules, assemble=assemble, enough=lambda facts, _: facts.today.sessions >= 1,
    material=lambda facts, _: "\n".join(note_lines(facts)),
)  # fmt: skip
