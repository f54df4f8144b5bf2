"""What a model is told: who the person is, which slots there are, and that numbers are not its business."""

from collections.abc import Mapping
from typing import Any, Final

from tandem.ai.messages import Message
from tandem.core.i18n import Language
from tandem.pomodoro.ai.facts import Facts
from tandem.pomodoro.ai.kind import AnyKind

REVISION: Final = 1
"""Raise it with every change of what models are told: kept answers of earlier prompts are then asked anew."""

_LANGUAGES: Final[Mapping[Language, str]] = {
    "cs": "Czech, with diacritics, addressing the person politely (vykání)", "en": "English",
}  # fmt: skip

_RULES: Final = """\
You write short texts for a person who works in focus sessions. Answer with one JSON object of the given schema and nothing else.
Write in {language}.
Never write a number: no digit, no number word, no ordinal ("first"), no fraction ("half"), no percent sign, no Roman numeral.
Where a figure or a name belongs, write the name of a slot in braces exactly as listed, with blanks around it, for example
{example}. A slot is replaced by the phrase beside it. Use only listed slots, in a sentence that is true for them.
Do not contradict the facts, do not diagnose, and do not advise more work to a strained person. No markup, no addresses.\
"""


def messages(
    kind: AnyKind, facts: Facts, question: Any, slots: Mapping[str, str], choices: Mapping[str, tuple[str, ...]]
) -> tuple[Message, ...]:  # fmt: skip
    """Return the conversation that asks for a draft."""
    example = next(iter(slots), "streak")
    rules = _RULES.format(language=_LANGUAGES[facts.text.language], example=f"{{{example}}}")
    hidden = frozenset() if facts.share_notes else kind.private
    offered = [
        f"{{{name}}} = {'(words of the person)' if name in hidden else phrase}"
        for name, phrase in slots.items()
    ]
    parts = [kind.task, _about(facts), "Slots:", *(offered or ["(none)"])]
    parts += [f"Allowed values of {name}: {', '.join(values)}" for name, values in choices.items()]
    parts += [_mood(facts), kind.material(facts, question)]
    return (Message("system", rules), Message("user", "\n".join(part for part in parts if part)))


def repair(conversation: tuple[Message, ...], said: str, problems: str) -> tuple[Message, ...]:
    """Return the conversation that asks once more, telling what was wrong."""
    complaint = f"This cannot be used: {problems}. Answer again with the whole JSON object, corrected."
    return (*conversation, Message("assistant", said[:4000] or "{}"), Message("user", complaint))


def _about(facts: Facts) -> str:
    person = facts.person
    about = f"The person: {person.about}." if person.about else ""
    return f"{about} Categories of work: {', '.join(person.categories)}.".strip()


def _mood(facts: Facts) -> str:
    """Tell in words what shapes the advice; no figure."""
    strained = "is strained: keep it light" if facts.light_day else "shows no strain"
    hour = facts.now.hour
    part = "morning" if hour < 11 else "midday" if hour < 14 else "afternoon" if hour < 18 else "evening"
    return f"It is {part}. The person {strained}. Ratings over two weeks: {facts.trends.productivity_trend}."
