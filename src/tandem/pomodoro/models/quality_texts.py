"""What stands out in a predicted session, and what to do about it."""

from typing import Final, Literal

from tandem.core.i18n import Translator
from tandem.pomodoro.models.quality_factors import Score
from tandem.pomodoro.schemas.quality import QualityAdvice, QualityFactor, QualityQuery

Impact = Literal["high", "medium", "low"]

SHORT_PAUSE: Final = 15
"""Minutes below which a longer pause is advised; a pause of hours never needs to be longer."""

_ORDER: Final = {"high": 0, "medium": 1, "low": 2}


def standing_out(scores: dict[str, Score], query: QualityQuery, text: Translator) -> list[QualityFactor]:
    """Return up to five factors that help or hinder, the weightiest first."""
    found = [*_helping(scores, text), *_hindering(scores, query, text), *_wellness(scores, query, text)]
    return sorted(found, key=lambda factor: _ORDER[factor.impact])[:5]


def _good(impact: Impact, name: str, description: str) -> QualityFactor:
    return QualityFactor(type="positive", name=name, description=description, impact=impact)


def _bad(impact: Impact, name: str, description: str) -> QualityFactor:
    return QualityFactor(type="negative", name=name, description=description, impact=impact)


def _helping(scores: dict[str, Score], text: Translator) -> list[QualityFactor]:
    found = []
    hour, preset, recovery = (scores[name].value for name in ("hour", "preset", "recovery"))
    if hour >= 75:
        description = text("Sessions at this hour reach about {score} %.", score=round(hour))
        found.append(_good("high" if hour >= 80 else "medium", text("A good hour"), description))
    if preset >= 75:
        description = text("Sessions with this preset reach about {score} %.", score=round(preset))
        found.append(_good("medium", text("A fitting preset"), description))
    if recovery >= 80:
        found.append(_good("medium", text("A good pause"), text("You had a pause of the right length.")))
    return found


def _hindering(scores: dict[str, Score], query: QualityQuery, text: Translator) -> list[QualityFactor]:
    found = []
    hour, fatigue, recovery, day = (scores[name].value for name in ("hour", "fatigue", "recovery", "day"))
    if hour < 60:
        description = text("Sessions at this hour reach only about {score} %.", score=round(hour))
        found.append(_bad("high", text("A weak hour"), description))
    if fatigue < 65:
        description = text.count(
            "You have {n} session behind you today.", "You have {n} sessions behind you today.",
            max(0, query.sessions_today),
        )  # fmt: skip
        found.append(_bad("high" if fatigue < 55 else "medium", text("Tiredness"), description))
    if recovery < 65 and query.minutes_since_last is not None:
        description = text("The pause after the last session was very short.")
        found.append(_bad("medium", text("Little rest"), description))
    if day < 60:
        description = text("Sessions on this weekday reach only about {score} %.", score=round(day))
        found.append(_bad("low", text("A weak day"), description))
    return found


def _wellness(scores: dict[str, Score], query: QualityQuery, text: Translator) -> list[QualityFactor]:
    if not has_wellness(query):
        return []
    score = scores["wellness"].value
    description = text("Your check-in of today comes to {score} %.", score=round(score))
    if score >= 75:
        return [_good("high" if score >= 85 else "medium", text("You feel well"), description)]
    if score < 65:
        return [_bad("high" if score < 50 else "medium", text("You do not feel well"), description)]
    return []


def has_wellness(query: QualityQuery) -> bool:
    """Whether the check-in holds any value."""
    return query.wellness is not None and any(value is not None for _, value in query.wellness)


def advice(
    prediction: float,
    scores: dict[str, Score],
    query: QualityQuery,
    better_preset: str | None,
    text: Translator,
) -> QualityAdvice:
    """Say what to do with a ``prediction`` (0-100); ``better_preset`` is the name of one that promises more."""
    if prediction >= 75:
        message = text("Everything speaks for a productive session. Go for it!")
        return QualityAdvice(type="positive", message=message, action=None, icon="🚀")
    if prediction >= 60:
        return _fair(scores, query, text)
    return _poor(scores, query, better_preset, text)


def _fair(scores: dict[str, Score], query: QualityQuery, text: Translator) -> QualityAdvice:
    if scores["fatigue"].value < 65:
        return QualityAdvice(
            type="warning", icon="💪",
            message=text("You have done a lot today; the next session may be harder."),
            action=text("Choose a shorter session or lighter work."),
        )  # fmt: skip
    minutes = query.minutes_since_last
    if minutes is not None and minutes < SHORT_PAUSE and scores["recovery"].value < 70:
        return QualityAdvice(
            type="warning", icon="☕",
            message=text("A slightly longer pause would help."),
            action=text("Wait 10-15 more minutes."),
        )  # fmt: skip
    message = text("A normal session can be expected.")
    return QualityAdvice(type="neutral", message=message, action=None, icon="👍")


def _poor(
    scores: dict[str, Score], query: QualityQuery, better_preset: str | None, text: Translator
) -> QualityAdvice:
    if scores["hour"].value < 60:
        return QualityAdvice(
            type="negative", icon="⚠️",
            message=text("This hour is usually not a good one for you."),
            action=text("Keep demanding work for a better hour."),
        )  # fmt: skip
    if query.sessions_today >= 6:
        return QualityAdvice(
            type="negative", icon="🛑",
            message=text("You have done enough for today."),
            action=text("Stop here and rest."),
        )  # fmt: skip
    if scores["preset"].value < 60 and better_preset is not None:
        return QualityAdvice(
            type="suggestion", icon="💡",
            message=text("Another preset promises more at this hour."),
            action=text("Try {preset}.", preset=better_preset),
        )  # fmt: skip
    return QualityAdvice(
        type="neutral", icon="📊",
        message=text("The session may be below your usual."),
        action=text("Begin with something easy."),
    )  # fmt: skip
