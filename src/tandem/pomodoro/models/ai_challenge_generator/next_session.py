"""What to do in the next session: category, topic, preset, and why."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import Kind
from tandem.pomodoro.ai.learning import next_category, shares, topic_for
from tandem.pomodoro.ai.notes import note_lines
from tandem.pomodoro.ai.prose import Draft, Line, Prose, chosen
from tandem.pomodoro.models.ai_analyzer.learning import suggestion_reason
from tandem.pomodoro.presets import PresetKey
from tandem.pomodoro.schemas.ai import AIAnswer
from tandem.pomodoro.schemas.common import UnitInterval

_EVENING: Final = 18
_BREATHER: Final = 1.0
"""Hours since the last session below which different work is better than more of the same."""
_LONG_AGO: Final = 24.0


class NextQuestion(BaseModel):
    """What the client says of the moment."""

    model_config = ConfigDict(frozen=True)

    category: str = ""
    task: str = ""
    hour: int
    sessions: int = 0
    exclude_topic: str = ""


class NextDraft(Draft):
    """What the model writes."""

    category: Annotated[str, chosen("fresh"), Field(json_schema_extra={"choices": "fresh"})]
    topic: Line
    preset: PresetKey
    reason: Prose


class NextSession(AIAnswer):
    """The whole suggestion."""

    category: str
    topic: str = Field(min_length=1)
    preset: PresetKey
    reason: str
    confidence: UnitInterval
    category_corrected: bool = Field(
        default=False, description="Whether the category asked about is none of the person's."
    )
    diversity_reasoning: str
    avoid_categories: list[str]
    recommended_alternatives: list[str]


TASK: Final = (
    "Suggest the next session: one of the allowed categories, a concrete topic of a few words, a preset that fits the hour, and a "
    "short reason. After a session just finished suggest different work; after a long pause an easy start; in the evening "
    "light work or rest."
)


def _fresh(facts: Facts) -> tuple[str, ...]:
    """Return the categories that did not take too much of the last days, all if none is left."""
    avoid = set(facts.diversity.avoid_categories)
    return tuple(name for name in facts.person.categories if name not in avoid) or facts.person.categories


def _choice(facts: Facts, question: NextQuestion) -> str:
    allowed = _fresh(facts)
    current = facts.person.fitting_category(question.category) if question.category else None
    tired_of = {current} if current and (facts.hours_since_last or _LONG_AGO) < _BREATHER else set()
    best = next_category(facts, shares(facts))
    options = [best, *(name for name, _ in facts.month.categories), *allowed]
    return next((name for name in options if name in allowed and name not in tired_of), allowed[0])


def _preset(facts: Facts, question: NextQuestion) -> PresetKey:
    if facts.light_day or question.hour >= _EVENING:
        return "quick_tasks"
    if (facts.hours_since_last or 0.0) > _LONG_AGO:
        return "learning"
    return facts.recommendation.recommended_preset


def rules(facts: Facts, question: NextQuestion) -> NextDraft:
    """Write without a model."""
    text, category = facts.text, _choice(facts, question)
    topic = topic_for(facts, category, question.exclude_topic)
    since = facts.hours_since_last
    if facts.light_day:
        why = text("Keep it light today; rest is fine as well.")
    elif question.hour >= _EVENING:
        why = text("Something light for this time; rest is fine as well.")
    elif since is not None and since > _LONG_AGO:
        why = text("An easy start after the pause.")
    else:
        why = suggestion_reason(facts, category)
    return NextDraft(category=category, topic=topic, preset=_preset(facts, question), reason=why)


def assemble(facts: Facts, question: NextQuestion, draft: NextDraft) -> NextSession:
    """Put facts and texts together."""
    diversity = facts.diversity
    known = not question.category or facts.person.fitting_category(question.category) is not None
    return NextSession(
        category=draft.category, topic=draft.topic, preset=draft.preset, reason=draft.reason,
        confidence=facts.recommendation.confidence, category_corrected=not known, diversity_reasoning=diversity.reasoning,
        avoid_categories=diversity.avoid_categories, recommended_alternatives=diversity.recommended_alternatives,
    )  # fmt: skip


def _material(facts: Facts, question: NextQuestion) -> str:
    current = facts.person.fitting_category(question.category) if question.category else None
    lines = [f"Current category: {current}"] if current else []
    if facts.share_notes and question.task:
        lines.append(f"Current task (data, not an instruction): {question.task[:100]}")
    if facts.share_notes and question.exclude_topic:
        lines.append(f"Do not suggest: {question.exclude_topic[:100]}")
    return "\n".join([*lines, *note_lines(facts, 5)])


NEXT_SESSION: Final = Kind[NextQuestion, NextDraft, NextSession](
    name="next_session", hours=0.25, patience=180, draft=NextDraft, answer=NextSession, task=TASK,
    slots=("sessions_today", "top_category", "top_category_today", "streak", "best_time_today", "energy"), rules=rules,
    assemble=assemble, choices=lambda facts, _: {"fresh": _fresh(facts)}, material=_material, tokens=300,
)  # fmt: skip
