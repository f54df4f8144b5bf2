"""Why a preset is recommended, in a sentence that quotes what the person rated."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tandem.core.i18n import Translator
from tandem.pomodoro.models.preset_advantage import Context
from tandem.pomodoro.models.shrinkage import raw_mean
from tandem.pomodoro.presets import PRESETS, PresetKey
from tandem.pomodoro.snapshot import RATED, Snapshot

SURE: Final = 0.5
"""Below this confidence the sentence says that there is little data."""


def reason_for(
    snapshot: Snapshot, preset: PresetKey, confidence: float, context: Context, text: Translator
) -> str:
    """Quote the mean in the category, else at the hour, else altogether; or say that little is known."""
    name = PRESETS[preset].name
    code = snapshot.preset_code(preset)
    if code is None or confidence == 0:
        return _untried(snapshot, name, text)
    if confidence < SURE:
        return text("There is little data yet; {preset} looks best so far.", preset=name)
    return _quote(snapshot, code, name, context, text)


def _untried(snapshot: Snapshot, name: str, text: Translator) -> str:
    if snapshot.statistics.total()[RATED] < 0.5:
        return text(
            "There is too little data for a personal recommendation; {preset} is the usual choice at this hour.",
            preset=name,
        )
    return text("The presets you rated go worse than usual here; {preset} is worth a try.", preset=name)


def _quote(snapshot: Snapshot, code: int, name: str, context: Context, text: Translator) -> str:
    statistics = snapshot.statistics
    category = None if context.category is None else snapshot.category_code(context.category)
    if category is not None:
        found = _mean_and_n(statistics.category_preset[category, code])
        if found is not None:
            return text.count(
                "In {category}, {preset} earned {rating} % ({n} rated session).",
                "In {category}, {preset} earned {rating} % on average ({n} rated sessions).",
                found[1], category=context.category, preset=name, rating=found[0],
            )  # fmt: skip
    found = _mean_and_n(statistics.slot[:, context.hour, code].sum(axis=0))
    if found is not None:
        return text.count(
            "Around {hour}:00, {preset} earned {rating} % ({n} rated session).",
            "Around {hour}:00, {preset} earned {rating} % on average ({n} rated sessions).",
            found[1], hour=context.hour, preset=name, rating=found[0],
        )  # fmt: skip
    rating, n = _mean_and_n(statistics.slot[:, :, code].sum(axis=(0, 1))) or (0, 0)
    return text.count(
        "{preset} earned {rating} % ({n} rated session).",
        "{preset} earned {rating} % on average ({n} rated sessions).",
        n, preset=name, rating=rating,
    )  # fmt: skip


def _mean_and_n(moments: NDArray[np.float64]) -> tuple[int, int] | None:
    mean = raw_mean(moments)
    return None if mean is None else (round(mean), round(float(moments[RATED])))
