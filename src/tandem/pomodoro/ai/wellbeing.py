"""How the person is, as far as check-ins, the streak and the workload signal tell; and what may help."""

from typing import Final, Literal

from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.person import HIGH_ENERGY

WellbeingStatus = Literal["good", "warning", "concern", "rest_recommended"]

LONG_STREAK: Final = 7
_WORST_FIRST: Final = ("stress", "sleep", "energy", "mood")


def status(facts: Facts) -> WellbeingStatus:
    """Judge by signs: a strained check-in, a long streak, a workload that rose. Never a diagnosis."""
    signs = len(strains(facts)) + (facts.streak > LONG_STREAK)
    heavy = facts.burnout.risk_level in {"high", "critical"}
    if heavy and signs:
        return "rest_recommended"
    if heavy or signs >= 2:
        return "concern"
    return "warning" if signs or facts.burnout.risk_level == "medium" else "good"


def strains(facts: Facts) -> list[str]:
    """Return what today's check-in strains at, the gravest first."""
    found = facts.check_in.strains if facts.check_in else []
    return [name for name in _WORST_FIRST if name in found]


def observation(facts: Facts) -> str:
    """Say what was seen."""
    text, seen = facts.text, strains(facts)
    if seen:
        named = {
            "stress": text("high stress"), "sleep": text("poor sleep"), "energy": text("low energy"), "mood": text("low mood"),
        }  # fmt: skip
        return text("Today's check-in shows {signs}.", signs=facts.say.names([named[name] for name in seen]))
    if facts.burnout.risk_level in {"medium", "high", "critical"}:
        return facts.burnout.risk_factors[0].message
    if facts.streak > LONG_STREAK:
        return text.count(
            "You have worked {n} day in a row without a day off.",
            "You have worked {n} days in a row without a day off.",
            facts.streak,
        )
    if facts.check_in is None and not facts.total:
        return text("There are no sessions and no check-in yet to judge by.")
    if facts.check_in is None:
        return text("No check-in today; judging by your sessions alone, nothing stands out.")
    return text("Today's check-in looks good.")


def suggestion(facts: Facts) -> str:
    """Suggest one thing; never one that raises the load of somebody who is strained."""
    text = facts.text
    match status(facts):
        case "rest_recommended":
            return text("Take today off, or leave it at the most necessary.")
        case "concern":
            return text("Plan about half of your usual day and leave demanding work for another time.")
        case "warning":
            return text("Begin gently and keep your breaks.")
        case "good":
            energy = facts.check_in.values.energy_level if facts.check_in else None
            if energy is not None and energy >= HIGH_ENERGY:
                return text("You have plenty of energy: put the most demanding work first.")
            if not facts.total:
                return text("Begin with one session, and take the break that belongs to it.")
            return text("Keep your usual rhythm, breaks included.")


def micro_action(facts: Facts) -> tuple[str, str, str]:
    """Return a small thing to do for oneself, why, and when."""
    text, seen = facts.text, strains(facts)
    rest = facts.streak > LONG_STREAK or facts.burnout.risk_level in {"high", "critical"}
    first = seen[0] if seen else "streak" if rest else ""
    match first:
        case "stress":
            return (
                text("Breathe slowly for a minute, exhaling longer than inhaling."),
                text("A slow breath calms down sooner than another coffee."), text("before the first session"),
            )  # fmt: skip
        case "sleep":
            return (
                text("Go to bed half an hour earlier tonight."),
                text("After a poor night, work costs more effort."), text("in the evening"),
            )  # fmt: skip
        case "energy":
            return (
                text("Drink a glass of water and take a short walk."),
                text("Movement and daylight lift energy for a while."), text("before the first session"),
            )  # fmt: skip
        case "mood":
            return (
                text("Begin with a task that you like."),
                text("A small success at the start makes the next step easier."), text("in the first session"),
            )  # fmt: skip
        case "streak":
            return (
                text("Choose a day off this week and write it into the calendar."),
                text("Rest keeps work from becoming a burden."), text("today"),
            )  # fmt: skip
        case _:
            return (
                text("Get up from the screen in every break."),
                text("A change of posture keeps attention fresh."), text("in the breaks"),
            )  # fmt: skip
