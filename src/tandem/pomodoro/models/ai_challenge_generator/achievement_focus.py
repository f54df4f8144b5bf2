"""Which achievement is nearest; told from what is stored, without a language model."""

from typing import Final

from pydantic import Field

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.schemas.ai import AIAnswer

_DONE: Final = 100


class AchievementFocus(AIAnswer):
    """The achievement to go for; ids null where nothing is locked."""

    achievement_id: str | None
    name: str | None
    reason: str
    progress: float = Field(ge=0)
    target: int | None = Field(description="Null where nobody told it: the table keeps progress only.")


def focus(facts: Facts) -> AchievementFocus:
    """Return the locked achievement with the most progress."""
    text = facts.text
    locked = [one for one in facts.person.achievements if not one.unlocked]
    if not facts.person.achievements:
        return AchievementFocus(
            achievement_id=None, name=None, progress=_DONE, target=_DONE,
            reason=text("No achievements are recorded yet."),
        )  # fmt: skip
    if not locked:
        return AchievementFocus(
            achievement_id=None, name=None, progress=_DONE, target=_DONE,
            reason=text("You have unlocked every achievement."),
        )  # fmt: skip
    nearest = max(locked, key=lambda one: (one.progress, one.key))
    name = " ".join(nearest.key.replace("_", " ").split()).capitalize()
    reason = (
        text("“{name}” has the most progress of what is still locked.", name=name)
        if nearest.progress
        else text("“{name}” is a good one to begin with.", name=name)
    )
    return AchievementFocus(
        achievement_id=nearest.key, name=name, reason=reason, progress=nearest.progress, target=None
    )
