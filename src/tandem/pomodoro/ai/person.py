"""What is known of a person beside the sessions: check-ins, profile, skills, achievements, and how they are described."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tandem.pomodoro.schemas.quality import Wellness

STRESS_HIGH: Final = 70.0
STRESS_RAISED: Final = 60.0
LOW_ENERGY: Final = 40.0
HIGH_ENERGY: Final = 80.0
LOW_MOOD: Final = 50.0
LOW_SLEEP: Final = 50.0
LOW_FOCUS: Final = 50.0


@dataclass(frozen=True, slots=True)
class CheckIn:
    """How the person said they were on one day, each value 0-100 or None."""

    day: date
    values: Wellness
    notes: str | None = None

    @property
    def strains(self) -> list[str]:
        """What speaks for a lighter day, by name: stress, energy, mood, sleep."""
        seen = self.values
        found = []
        if seen.stress_level is not None and seen.stress_level > STRESS_RAISED:
            found.append("stress")
        if seen.energy_level is not None and seen.energy_level < LOW_ENERGY:
            found.append("energy")
        if seen.mood is not None and seen.mood < LOW_MOOD:
            found.append("mood")
        if seen.sleep_quality is not None and seen.sleep_quality < LOW_SLEEP:
            found.append("sleep")
        return found


@dataclass(frozen=True, slots=True)
class Achievement:
    """One achievement and how far it is: ``progress`` counts towards ``target``, None where nobody told it."""

    key: str
    progress: int
    unlocked: bool


@dataclass(frozen=True, slots=True)
class Skill:
    """What was gathered in one category; ``level`` 0 and up."""

    category: str
    xp: int
    level: int


@dataclass(frozen=True, slots=True)
class PersonData:
    """Beside the sessions; all of it may be missing."""

    categories: tuple[str, ...]
    """The ones that the person works with, in their order; never empty."""
    check_ins: tuple[CheckIn, ...] = ()
    """Of the last 7 days, newest first."""
    level: int | None = None
    total_xp: int | None = None
    achievements: tuple[Achievement, ...] = ()
    skills: tuple[Skill, ...] = ()
    about: str = ""
    """How the person is described to a model; nothing unless configured."""

    def check_in(self, day: date) -> CheckIn | None:
        """Return the check-in of ``day``."""
        return next((one for one in self.check_ins if one.day == day), None)

    def mean(self, name: str, *, least: int = 3) -> float | None:
        """Return the mean of one value over the check-ins, None for fewer than ``least``."""
        values = [value for one in self.check_ins if (value := getattr(one.values, name)) is not None]
        return sum(values) / len(values) if len(values) >= least else None

    def fitting_category(self, wanted: str) -> str | None:
        """Return the person's category that ``wanted`` means, without regard to case; None if there is none."""
        low = wanted.strip().casefold()
        return next((name for name in self.categories if name.casefold() == low), None)


def first_of(categories: Sequence[str], wanted: Sequence[str]) -> str:
    """Return the first of ``wanted`` that is a category, else the first category."""
    known = {name.casefold(): name for name in categories}
    return next((known[name.casefold()] for name in wanted if name.casefold() in known), categories[0])
