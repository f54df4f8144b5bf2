"""Two anomalies of the ratings: a sudden drop, and a run of low ones."""

from typing import Final

import numpy as np

from tandem.core.i18n import Translator
from tandem.pomodoro.models.anomaly_baseline import Cut
from tandem.pomodoro.models.chance import FIRM, mean_drop_z
from tandem.pomodoro.schemas.anomaly_kinds import (
    AnomalySeverity,
    DeclineEvidence,
    DropEvidence,
    ProductivityDrop,
    QualityDecline,
)

_BANDS: Final[tuple[tuple[float, AnomalySeverity], ...]] = ((3.0, "critical"), (2.5, "high"), (2.0, "medium"))

_LEAST_Z: Final = 1.5

_LOW: Final = 0.75
"""A rating is low when it lies so many standard deviations below the mean; half of all lie below the mean itself."""

_RUN: Final = 3
_LONG_RUN: Final = 5


def productivity_drop(cut: Cut, text: Translator) -> ProductivityDrop | None:
    """Return a drop of the mean rating of the last 3 days by more than 1.5 standard deviations, beyond chance."""
    ratings = cut.recent.ratings
    if len(ratings) < 2 or not cut.rated:
        return None
    current, usual = float(ratings.mean()), cut.mean
    z = round((current - usual) / cut.deviation, 2)
    if z >= -_LEAST_Z or mean_drop_z(cut.usual.ratings, ratings) < FIRM:
        return None
    change = 100 * (current - usual) / usual
    return ProductivityDrop(
        name=text("Drop of productivity"),
        severity=next((severity for bound, severity in _BANDS if -z >= bound), "low"),
        description=text(
            "Your ratings of the last 3 days average {current}; usual for you is {usual}.",
            current=round(current),
            usual=round(usual),
        ),
        recommendation=text(
            "Take shorter sessions today and look for what is different from the weeks before."
        ),
        z_score=z,
        current_value=round(current, 1),
        baseline_value=round(usual, 1),
        change_percent=round(change, 1),
        evidence=DropEvidence(data_points=ratings[-5:].round(1).tolist(), sessions=len(ratings)),
    )


def quality_decline(cut: Cut, text: Translator) -> QualityDecline | None:
    """Return the newest ratings of the last 7 days when three or more in a row are low."""
    ratings = cut.recent.ratings
    if not cut.rated:
        return None
    threshold = cut.mean - _LOW * cut.deviation
    others = np.flatnonzero(ratings >= threshold)
    low = ratings[int(others[-1]) + 1 :] if len(others) else ratings
    if len(low) < _RUN:
        return None
    return QualityDecline(
        name=text("Run of low ratings"),
        severity="medium" if len(low) >= _LONG_RUN else "low",
        description=text.count(
            "Your last {n} rating is clearly below what is usual for you ({usual}).",
            "Your last {n} ratings are all clearly below what is usual for you ({usual}).",
            len(low),
            usual=round(cut.mean),
        ),
        recommendation=text(
            "Change something small: the place, the kind of task or the length of the session."
        ),
        consecutive_count=len(low),
        avg_recent=round(float(low.mean()), 1),
        baseline_avg=round(cut.mean, 1),
        evidence=DeclineEvidence(
            consecutive_ratings=low.round(1).tolist(), baseline_threshold=round(max(0.0, threshold), 1)
        ),
    )
