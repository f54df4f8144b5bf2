"""The challenge of the day: rules choose what is to be done, a model may say it more nicely."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.models.ai_challenge_generator.challenge_pool import Challenge, Difficulty, choose
from tandem.pomodoro.schemas.ai import AIAnswer


class ChallengeQuestion(BaseModel):
    """What the client says of the person; None where it says nothing."""

    model_config = ConfigDict(frozen=True)

    level: int | None = None
    avg_sessions: float | None = None
    top_category: str | None = None
    streak: int | None = None
    weak_areas: str | None = None


class ChallengeDraft(Draft):
    """What the model writes."""

    title: Line
    description: Prose


class DailyChallenge(AIAnswer):
    """The whole challenge."""

    id: str = Field(pattern=r"^dc_\d{8}$")
    title: str
    description: str
    target: int = Field(ge=1)
    condition: str = Field(
        description="What makes a session count.", examples=["before_12", "category_Learning"]
    )
    difficulty: Difficulty
    xp_reward: int
    category: str | None


TASK: Final = (
    "Word the challenge of the day: a short catchy title, and a description that says exactly what the slot {challenge} says, "
    "using that slot."
)


def challenge_for(facts: Facts, question: ChallengeQuestion) -> Challenge:
    """Return today's challenge of this person."""
    categories = facts.person.categories
    told = facts.person.fitting_category(question.top_category) if question.top_category else None
    usual = facts.usual_per_day if question.avg_sessions is None else question.avg_sessions
    return choose(
        facts.day, level=question.level or facts.person.level or 1,
        category=told or facts.month.top_category or categories[0], categories=categories, light=facts.light_day,
        hour=facts.now.hour, usual=usual,
    )  # fmt: skip


def rules(facts: Facts, question: ChallengeQuestion) -> ChallengeDraft:
    """Write without a model."""
    found = challenge_for(facts, question)
    return ChallengeDraft(title=found.title(facts.text), description=found.description(facts.text))


def assemble(facts: Facts, question: ChallengeQuestion, draft: ChallengeDraft) -> DailyChallenge:
    """Put facts and texts together."""
    found = challenge_for(facts, question)
    return DailyChallenge(
        id=f"dc_{facts.day:%Y%m%d}", title=draft.title, description=draft.description, target=found.target,
        condition=found.condition, difficulty=found.difficulty, xp_reward=found.xp, category=found.category,
    )  # fmt: skip


def _slots(facts: Facts, question: ChallengeQuestion) -> dict[str, str]:
    found = challenge_for(facts, question)
    said = found.description(facts.text).rstrip(".")
    return {"challenge": said} | ({"category": found.category} if found.category else {})


DAILY_CHALLENGE: Final = Kind[ChallengeQuestion, ChallengeDraft, DailyChallenge](
    name="daily_challenge", hours=12, patience=10, draft=ChallengeDraft, answer=DailyChallenge, task=TASK,
    slots=("streak", "best_time_today"), rules=rules, assemble=assemble, more_slots=_slots, tokens=200,
)  # fmt: skip
