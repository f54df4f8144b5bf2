"""The daily challenges that rules choose from."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from tandem.core.i18n import Translator

Difficulty = Literal["easy", "medium", "hard"]

XP: Final[dict[Difficulty, int]] = {"easy": 25, "medium": 50, "hard": 75}
_HARD_FROM_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: ``target`` sessions that fulfil ``condition``."""

    target: int
    condition: str
    difficulty: Difficulty
    category: str | None = None

    @property
    def xp(self) -> int:
        """What it is worth."""
        return XP[self.difficulty]

    def title(self, text: Translator) -> str:
        """Name it."""
        match self.condition:
            case "before_12":
                return text("Early bird")
            case "preset_deep_work":
                return text("Deep dive")
            case "rating_80plus":
                return text("A day to be proud of")
            case "preset_learning":
                return text("Something new")
            case "any":
                return text("Steady and easy")
            case _:
                return text("Focus on {category}", category=self.category)

    def description(self, text: Translator) -> str:
        """Say what to do."""
        match self.condition:
            case "before_12":
                return text.count(
                    "Complete {n} session before noon.", "Complete {n} sessions before noon.", self.target
                )
            case "preset_deep_work":
                return text.count(
                    "Complete {n} Deep Work session.", "Complete {n} Deep Work sessions.", self.target
                )
            case "rating_80plus":
                return text.count(
                    "Complete {n} session rated 80 % or better.",
                    "Complete {n} sessions rated 80 % or better.",
                    self.target,
                )
            case "preset_learning":
                return text.count(
                    "Complete {n} Learning session.", "Complete {n} Learning sessions.", self.target
                )
            case "any":
                return text.count(
                    "Complete {n} session and take every break.",
                    "Complete {n} sessions and take every break.",
                    self.target,
                )
            case _:
                return text.count(
                    "Complete {n} session in the category {category}.",
                    "Complete {n} sessions in the category {category}.",
                    self.target, category=self.category,
                )  # fmt: skip


def choose(  # noqa: PLR0913 - what a challenge depends on
    day: dt.date,
    *,
    level: int,
    category: str,
    categories: Sequence[str],
    light: bool,
    hour: int,
    usual: float | None = None,
) -> Challenge:
    """Return the challenge of ``day``: the same all day long for the same person.

    Hard ones come from level 5 on, none but an easy one on a ``light`` day, and nothing "before noon" late in the morning.
    A challenge asks for at most one session more than is ``usual`` a day.
    """
    if light:
        return Challenge(1, "any", "easy")
    pool = [
        Challenge(3, "before_12", "easy"), Challenge(2, "preset_deep_work", "medium"),
        Challenge(4, f"category_{category}", "medium", category), Challenge(5, "rating_80plus", "hard"),
        Challenge(3, "preset_learning", "medium", "Learning" if "Learning" in categories else None),
    ]  # fmt: skip
    fitting = [
        one for one in pool
        if (one.difficulty != "hard" or level >= _HARD_FROM_LEVEL) and (one.condition != "before_12" or hour < 10)
    ]  # fmt: skip
    chosen = fitting[day.timetuple().tm_yday % len(fitting)]
    most = 5 if usual is None else max(1, round(usual) + 1)
    return replace(chosen, target=min(chosen.target, most))
