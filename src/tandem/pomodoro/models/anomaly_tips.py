"""Hints that go with anomalies, or one kind word when there are none."""

from collections.abc import Sequence
from typing import Final

from tandem.core.i18n import Translator
from tandem.pomodoro.schemas.anomalies import PositiveTip, SuggestionTip
from tandem.pomodoro.schemas.anomaly_kinds import AnomalyType

_MOST: Final = 3


def tips_for(
    types: Sequence[AnomalyType], text: Translator, *, seen: bool = True
) -> list[SuggestionTip | PositiveTip]:
    """Return at most three hints for these anomalies, first one for each, then the second ones.

    Without any: one kind word, or where no session was ``seen`` that there was nothing to judge by.
    """
    if not types and not seen:
        # The contract knows no third type of tip.
        return [
            PositiveTip(
                message=text("The last three weeks hold no session, so there was nothing to look at.")
            )
        ]
    if not types:
        return [PositiveTip(message=text("Nothing unusual in the last days. Keep going as you do."))]
    hints = [(kind, _hints(kind, text)) for kind in types]
    ordered = [(kind, pair[rank]) for rank in (0, 1) for kind, pair in hints]
    return [SuggestionTip(message=message, related_anomaly=kind) for kind, message in ordered[:_MOST]]


def _hints(kind: AnomalyType, text: Translator) -> tuple[str, str]:
    return {
        "productivity_drop": (
            text("Begin with the easiest task and rate it honestly."),
            text("A short walk before the next session may help."),
        ),
        "unusual_hours": (
            text("Set a fixed hour for the end of work."),
            text("If the new hours suit you better, keep them: in two weeks they will count as usual."),
        ),
        "category_shift": (
            text("Reserve one session a day for what came off badly."),
            text("A change of project is fine; the new mix will soon count as usual."),
        ),
        "streak_break": (
            text("Put the first session of tomorrow into the calendar now."),
            text("A planned day off each week makes long streaks easier."),
        ),
        "overwork_spike": (
            text("Do not add sessions today; finish what is open."),
            text("After a hard stretch, plan a day with half of your usual sessions."),
        ),
        "quality_decline": (
            text("Write one line on why the last sessions went badly."),
            text("Try another length of session for a day."),
        ),
    }[kind]
