"""The four session presets, and the small vocabulary of days that the contract uses."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

PresetKey = Literal["deep_work", "learning", "quick_tasks", "flow_mode"]

PRESET_KEYS: Final[tuple[PresetKey, ...]] = get_args(PresetKey)
"""In the contract's order, which also breaks ties."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of session: how long it works and how long it rests, in minutes."""

    key: PresetKey
    name: str
    work_minutes: int
    break_minutes: int


PRESETS: Final[dict[str, Preset]] = {
    preset.key: preset
    for preset in (
        Preset("deep_work", "Deep Work", 52, 17),
        Preset("learning", "Learning", 45, 15),
        Preset("quick_tasks", "Quick Tasks", 25, 5),
        Preset("flow_mode", "Flow Mode", 90, 20),
    )
}

DEFAULT_PRESET: Final[PresetKey] = "deep_work"
DEFAULT_CATEGORY: Final = "Other"

WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_CS: Final = ("Pondělí", "Úterý", "Středa", "Čtvrtek", "Pátek", "Sobota", "Neděle")
WEEKDAYS_CS_PLAIN: Final = ("Pondeli", "Utery", "Streda", "Ctvrtek", "Patek", "Sobota", "Nedele")
"""Without diacritics, as one old answer spells them."""


def default_preset_at(hour: int) -> PresetKey:
    """Return the preset that the contract names for an ``hour`` (0-23) of which nothing is known."""
    if 6 <= hour <= 11:
        return "deep_work"
    if 14 <= hour <= 16:
        return "learning"
    if 12 <= hour <= 19:
        return "quick_tasks"
    return "learning"


def nearest_preset(minutes: float) -> PresetKey:
    """Return the preset whose working time is closest to ``minutes``; the shorter one on a tie."""
    return min(PRESETS.values(), key=lambda p: (abs(p.work_minutes - minutes), p.work_minutes)).key
