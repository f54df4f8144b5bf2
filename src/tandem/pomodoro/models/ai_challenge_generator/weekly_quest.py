"""Three quests for the week: how much, of what, and how steadily."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tandem.core.i18n import Translator
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.prose import Draft, Line, Prose
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.schemas.common import Answer

QUESTS: Final = 3
_MOST: Final = 60


class QuestQuestion(BaseModel):
    """What the client says of the person; None where it says nothing."""

    model_config = ConfigDict(frozen=True)

    level: int | None = None
    xp: int | None = None
    weekly_avg: float | None = None
    best_categories: tuple[str, ...] = ()


class QuestDraft(Draft):
    title: Line
    description: Prose


class QuestsDraft(Draft):
    """What the model writes."""

    quests: Annotated[list[QuestDraft], Field(min_length=QUESTS, max_length=QUESTS)]


class WeeklyQuest(Answer):
    """One quest."""

    id: str = Field(pattern=r"^wq_w\d{1,2}_[0-2]$")
    title: str
    description: str
    target: int = Field(ge=1)
    xp_reward: int = Field(ge=100, le=200)
    category: str | None


class WeeklyQuests(AIAnswer):
    """The three of them; the route gives them as a list, each with the marks of this answer."""

    quests: list[WeeklyQuest] = Field(min_length=QUESTS, max_length=QUESTS)


class MarkedQuest(WeeklyQuest):
    """One quest as the route gives it."""

    ai_generated: bool
    from_cache: bool
    generated_at: str


TASK: Final = (
    "Word three weekly quests: for each of the slots {quest_a}, {quest_b} and {quest_c}, in this order, a short title and a "
    "description that says exactly what the slot says, using it."
)


@dataclass(frozen=True, slots=True)
class Quest:
    """What is to be done: ``kind`` is total, category or days."""

    kind: str
    target: int
    xp: int
    category: str | None = None

    def title(self, text: Translator) -> str:
        """Name it."""
        match self.kind:
            case "total":
                return text("A full week")
            case "category":
                return text("A week of {category}", category=self.category)
            case _:
                return text("Day by day")

    def description(self, text: Translator) -> str:
        """Say what to do."""
        n = self.target
        match self.kind:
            case "total":
                return text.count("Complete {n} session this week.", "Complete {n} sessions this week.", n)
            case "category":
                return text.count(
                    "Complete {n} session of {category} this week.", "Complete {n} sessions of {category} this week.",
                    n, category=self.category,
                )  # fmt: skip
            case _:
                return text.count(
                    "Have a session on {n} day this week.",
                    "Have a session on {n} different days this week.",
                    n,
                )


def quests_for(facts: Facts, question: QuestQuestion) -> list[Quest]:
    """Return this week's quests: a tenth above a usual week, and below it while the person is strained."""
    usual = facts.weekly_goal if question.weekly_avg is None else question.weekly_avg
    total = min(_MOST, max(2, round(usual * (0.7 if facts.light_day else 1.1))))
    told = [name for one in question.best_categories if (name := facts.person.fitting_category(one))]
    category = (told or [facts.month.top_category or facts.person.categories[0]])[0]
    days = 4 if facts.light_day else 5
    return [
        Quest("total", total, 150), Quest("category", max(1, total // 2), 150, category),
        Quest("days", min(days, total), 200),
    ]  # fmt: skip


def rules(facts: Facts, question: QuestQuestion) -> QuestsDraft:
    """Write without a model."""
    return QuestsDraft(
        quests=[
            QuestDraft(title=one.title(facts.text), description=one.description(facts.text))
            for one in quests_for(facts, question)
        ]
    )


def assemble(facts: Facts, question: QuestQuestion, draft: QuestsDraft) -> WeeklyQuests:
    """Put facts and texts together."""
    week = facts.day.isocalendar().week
    return WeeklyQuests(
        quests=[
            WeeklyQuest(
                id=f"wq_w{week}_{at}", title=said.title, description=said.description, target=one.target, xp_reward=one.xp,
                category=one.category,
            )
            for at, (one, said) in enumerate(zip(quests_for(facts, question), draft.quests, strict=True))
        ]
    )  # fmt: skip


def _slots(facts: Facts, question: QuestQuestion) -> dict[str, str]:
    found = quests_for(facts, question)
    said = {f"quest_{'abc'[at]}": one.description(facts.text).rstrip(".") for at, one in enumerate(found)}
    return said | {"category": found[1].category or ""}


WEEKLY_QUEST: Final = Kind[QuestQuestion, QuestsDraft, WeeklyQuests](
    name="weekly_quest", hours=24, patience=10, draft=QuestsDraft, answer=WeeklyQuests, task=TASK, slots=("usual_week",),
    rules=rules, assemble=assemble, more_slots=_slots, tokens=400,
)  # fmt: skip
