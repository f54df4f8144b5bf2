"""The rest of the day as a plan: hours from the optimizer, as many as the forecast expects, fewer on a light day."""

from dataclasses import dataclass
from typing import Final

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.schemas.focus import PlannedSession

MOST: Final = 6
LIGHT: Final = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned session and the category that it is for."""

    session: PlannedSession
    category: str


def day_slots(facts: Facts) -> list[Slot]:
    """Return up to six sessions from the current hour on, at most three on a light day."""
    wanted = min(MOST, max(1, facts.forecast.remaining_sessions))
    if facts.light_day:
        wanted = min(wanted, LIGHT)
    planned = [one for one in facts.plan.optimal_schedule.sessions if one.hour >= facts.now.hour]
    best = sorted(planned, key=lambda one: -one.expected_productivity)[:wanted]
    names = categories_for(facts)
    chosen = sorted(best, key=lambda one: one.hour)
    return [Slot(session, names[at % len(names)]) for at, session in enumerate(chosen)]


def categories_for(facts: Facts) -> list[str]:
    """Return what to work at, the usual first; what took too much lately is left out while there is anything else."""
    recent = [name for name, _ in facts.month.categories[:3]]
    avoid = set(facts.diversity.avoid_categories)
    names = [name for name in recent if name not in avoid] or facts.diversity.recommended_alternatives
    return names or recent or [facts.person.categories[0]]


def reason(facts: Facts, slot: Slot) -> str:
    """Say why this hour."""
    rating = round(slot.session.expected_productivity)
    outlook = facts.plan.hourly_breakdown[str(slot.session.hour)]
    if outlook.data_source == "historical":
        return facts.text("Your sessions at this hour reach about {rating} %.", rating=rating)
    if facts.forecast.productivity_basis == "default":
        return facts.text("A good hour by the usual course of a day; you have no ratings yet.")
    return facts.text(
        "There are no ratings of this hour on this weekday; other days and the usual course of a day suggest about {rating} %.",
        rating=rating,
    )
