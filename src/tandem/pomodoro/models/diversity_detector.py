"""Whether the last two days were all of one kind: which categories to leave for a while, and what to do instead."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from tandem.core.i18n import Translator
from tandem.pomodoro.models.topics import most_repeated
from tandem.pomodoro.schemas.diversity import Diversity, DiversityDebug, RecentSession, RepeatedTopic
from tandem.pomodoro.snapshot import COMPLETED, SessionRow, Snapshot

DAYS: Final = 2
"""The window: today and yesterday."""

MOST_SESSIONS: Final = 20
"""Only so many of the newest sessions are looked at."""

OVERLOAD: Final = 0.70
"""A category with more than this share of the window is overloaded."""

ENOUGH_SESSIONS: Final = 4
"""A share says something from so many sessions on; a single session is always 100 %."""

IN_A_ROW: Final = 3

REPEATED: Final = 3
"""A word in the notes of so many sessions is a topic that keeps coming back."""

_ALTERNATIVES: Final = 3


def detect(snapshot: Snapshot, now: datetime, text: Translator, *, categories: Sequence[str]) -> Diversity:
    """Judge the completed sessions of today and yesterday; ``now`` is aware and in the user's zone.

    ``categories`` are the ones that the user configured: alternatives come from them alone. Names are compared
    without regard to case.
    """
    window = _window(snapshot, now)
    overloaded = _overloaded(window, categories)
    alternatives = _alternatives(snapshot, window, overloaded, categories)
    topic = _repeated_topic(window)
    return Diversity(
        overloaded_categories=overloaded,
        overload_reason=_reason(overloaded, window, text),
        avoid_categories=overloaded,
        recommended_alternatives=alternatives,
        confidence=0.9 if window else 0.0,
        reasoning=_reasoning(window, overloaded, alternatives, topic, text),
        category_distribution=dict(Counter(row.category for row in window)),
        total_sessions_analyzed=len(window),
        repeated_topic=topic,
    )


def debug(
    snapshot: Snapshot, now: datetime, text: Translator, *, categories: Sequence[str]
) -> DiversityDebug:
    """Return what the detector saw and what it made of it."""
    result = detect(snapshot, now, text, categories=categories)
    return DiversityDebug(
        cutoff_date=date.fromordinal(_first_day(now)),
        ai_generator_categories=list(categories),
        detector_categories=list(categories),
        recent_sessions=[
            RecentSession(date=row.date, category=row.category) for row in _newest(snapshot, now)[:10]
        ],
        total_sessions_in_db=round(float(snapshot.statistics.total()[COMPLETED])),
        total_sessions_analyzed=result.total_sessions_analyzed,
        diversity_result=result,
    )


def _first_day(now: datetime) -> int:
    return now.date().toordinal() - DAYS + 1


def _newest(snapshot: Snapshot, now: datetime) -> list[SessionRow]:
    today = now.date().toordinal()
    return [row for row in snapshot.recent if row.completed and row.day <= today][:MOST_SESSIONS]


def _window(snapshot: Snapshot, now: datetime) -> list[SessionRow]:
    first = _first_day(now)
    return [row for row in _newest(snapshot, now) if row.day >= first]


def _overloaded(window: Sequence[SessionRow], categories: Sequence[str]) -> list[str]:
    """Return the overloaded categories; none where the user has no other one to turn to."""
    found = dict.fromkeys([*_by_share(window), *_in_a_row(window)])
    return [name for name in found if any(_same(name) != _same(other) for other in categories)]


def _by_share(window: Sequence[SessionRow]) -> list[str]:
    if len(window) < ENOUGH_SESSIONS:
        return []
    counts = Counter(row.category for row in window)
    return [name for name, count in counts.items() if count / len(window) > OVERLOAD]


def _in_a_row(window: Sequence[SessionRow]) -> list[str]:
    """Return the categories of the last three sessions of a day where these are the same."""
    found = []
    for day in dict.fromkeys(row.day for row in window):
        last = [row.category for row in window if row.day == day][:IN_A_ROW]
        if len(last) == IN_A_ROW and len(set(last)) == 1:
            found.append(last[0])
    return found


def _alternatives(
    snapshot: Snapshot, window: Sequence[SessionRow], overloaded: Iterable[str], categories: Sequence[str]
) -> list[str]:
    """Return up to three configured categories: those not used in the window, the longest unused first."""
    avoided = {_same(name) for name in overloaded}
    used = Counter(_same(row.category) for row in window)
    age: dict[str, int] = {}
    for at, row in enumerate(snapshot.recent):
        age.setdefault(_same(row.category), at)
    never = len(snapshot.recent)
    free = [name for name in dict.fromkeys(categories) if _same(name) not in avoided]
    return sorted(free, key=lambda name: (used[_same(name)], -age.get(_same(name), never)))[:_ALTERNATIVES]


def _repeated_topic(window: Sequence[SessionRow]) -> RepeatedTopic | None:
    found = most_repeated(row.notes for row in window if row.notes)
    return RepeatedTopic(word=found[0], sessions=found[1]) if found and found[1] >= REPEATED else None


def _reason(overloaded: Sequence[str], window: Sequence[SessionRow], text: Translator) -> str:
    counts = Counter(row.category for row in window)
    share = set(_by_share(window))
    return " ".join(
        text(
            "{category} took {percent} % of your sessions today and yesterday.",
            category=name,
            percent=round(100 * counts[name] / len(window)),
        )
        if name in share
        else text("The last three sessions of a day were all {category}.", category=name)
        for name in overloaded
    )


def _reasoning(
    window: Sequence[SessionRow],
    overloaded: Sequence[str],
    alternatives: Sequence[str],
    topic: RepeatedTopic | None,
    text: Translator,
) -> str:
    if not window:
        return text("No session today or yesterday, so nothing is overloaded.")
    said = [
        _reason(overloaded, window, text)
        or text("Your sessions of today and yesterday are mixed well enough.")
    ]
    if topic is not None:
        said.append(
            text.count(
                "“{word}” stands in the notes of {n} session.",
                "“{word}” stands in the notes of {n} sessions.",
                topic.sessions,
                word=topic.word,
            )
        )
    if overloaded and alternatives:
        said.append(text("For a change: {categories}.", categories=", ".join(alternatives)))
    return " ".join(said)


def _same(name: str) -> str:
    return name.strip().casefold()
