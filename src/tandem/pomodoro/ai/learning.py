"""What a person works at and how it is spread: the facts under all advice on learning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tandem.core.i18n import Translator
from tandem.pomodoro.ai.facts import Facts

Balance = Literal["too_much", "balanced", "too_little"]
Importance = Literal["high", "medium", "low"]

_TOLERANCE: Final = 10.0
"""Percentage points."""
_LEVELS: Final = (5, 15, 30, 60)
"""Sessions from which levels 2 to 5 are reached."""
MOST: Final = 6


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """One category: its share of the sessions, %, and its level 1-5."""

    name: str
    sessions: int
    share: float
    recommended: float
    level: int

    @property
    def status(self) -> Balance:
        """Whether it takes more or less than recommended."""
        if self.share - self.recommended > _TOLERANCE:
            return "too_much"
        return "too_little" if self.recommended - self.share > _TOLERANCE else "balanced"

    @property
    def importance(self) -> Importance:
        """How much it asks for attention."""
        return {"too_little": "high", "balanced": "medium", "too_much": "low"}[self.status]  # type: ignore[return-value]

    def advice(self, text: Translator) -> str:
        """Say what to do about its share."""
        match self.status:
            case "too_much":
                return text(
                    "{category} takes {share} % of your sessions; give some of them to something else.",
                    category=self.name, share=round(self.share),
                )  # fmt: skip
            case "too_little":
                return text(
                    "{category} comes off badly with {share} %; plan a session for it.",
                    category=self.name, share=round(self.share),
                )  # fmt: skip
            case "balanced":
                return text("The share of {category} is fine.", category=self.name)


def shares(
    facts: Facts, told: Mapping[str, float] | None = None, levels: Mapping[str, int] | None = None
) -> list[CategoryShare]:
    """Return the categories of the last 30 days, or those ``told`` with their percentages, the largest first.

    What is recommended lies half way between a category's share and an even spread over those in use. Levels come from
    ``levels``, the stored skills, or else the number of sessions.
    """
    month = facts.month
    used = dict(told) if told else {name: month.share(name) for name, _ in month.categories}
    if not used:
        return []
    stored = {one.category: one.level for one in facts.person.skills} | dict(levels or {})
    even = 100 / len(used)
    sessions = dict(month.categories)
    found = [
        CategoryShare(
            name=name, sessions=sessions.get(name, 0), share=round(share, 1), recommended=round((share + even) / 2, 1),
            level=_level(stored.get(name), sessions.get(name, 0)),
        )
        for name, share in used.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: -one.share)[:MOST]


def _level(stored: int | None, sessions: int) -> int:
    if stored:
        return min(5, max(1, stored))
    return 1 + sum(sessions >= least for least in _LEVELS)


def next_category(facts: Facts, found: Sequence[CategoryShare]) -> str:
    """Return what to learn next: what comes off badly, else what the diversity of the last days calls for."""
    neglected = [one.name for one in reversed(found) if one.status == "too_little"]
    avoid = set(facts.diversity.avoid_categories)
    change = facts.diversity.recommended_alternatives if avoid else []
    # What takes too much already comes last.
    used = sorted(found, key=lambda one: one.status == "too_much")
    options = [*neglected, *change, *(one.name for one in used)]
    known = [name for name in options if name not in avoid and facts.person.fitting_category(name)]
    return known[0] if known else facts.person.categories[0]


def topic_for(facts: Facts, category: str, exclude: str = "") -> str:
    """Return something to work at: the newest task of ``category`` that is not excluded, else a next step in it."""
    low = exclude.strip().casefold()
    for row in facts.recent:
        if row.category == category and row.task and row.task.strip() and row.task.strip().casefold() != low:
            return _cut(facts.text("Go on with: {task}", task=" ".join(row.task.split())))
    first = facts.text("The next step in {category}", category=category)
    if first.casefold() != low:
        return _cut(first)
    return _cut(facts.text("Something new in {category}", category=category))


def _cut(topic: str) -> str:
    return topic if len(topic) <= 50 else topic[:49].rstrip() + "…"
