"""Which themes (categories) a person works on, which goes best, and which fits a weekday."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from tandem.core.i18n import Translator
from tandem.pomodoro.models.ranking import ENOUGH
from tandem.pomodoro.models.shrinkage import own_mean, raw_mean, shrunk_all
from tandem.pomodoro.presets import WEEKDAYS_CS
from tandem.pomodoro.schemas.themes import Theme, ThemeProductivity, ThemeRecommendation
from tandem.pomodoro.snapshot import COMPLETED, RATED, Snapshot

FEWEST_SESSIONS: Final = 2
"""On a weekday, for a theme to be recommended."""

USUAL_SESSIONS: Final = 5
"""On a weekday, from which a theme counts as a habit."""

DayOfWeek = Literal["pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota", "neděle"]


def theme_productivity(snapshot: Snapshot) -> ThemeProductivity:
    """Return all themes with a completed session, most sessions first, and the best of them."""
    moments = snapshot.statistics.categories()
    names = snapshot.categories
    best = _best_theme(moments, own_mean(snapshot.statistics.total()))
    themes = [
        Theme(
            theme=name,
            sessions=round(float(cell[COMPLETED])),
            avg_rating=_shown_mean(cell),
            rated_count=round(float(cell[RATED])),
        )
        for name, cell in zip(names, moments, strict=False)
        if cell[COMPLETED] > 0.5
    ]
    return ThemeProductivity(
        themes=sorted(themes, key=lambda theme: (-theme.sessions, theme.theme)),
        best_theme=None if best is None else names[best],
        best_avg_rating=0.0 if best is None else _shown_mean(moments[best]),
    )


def recommend_theme(snapshot: Snapshot, day: date, text: Translator) -> ThemeRecommendation:
    """Return the theme that does best on the weekday of ``day``, of those done at least twice on it.

    Score: ``30 * min(sessions / 5, 1) + 0.7 * mean rating``, the mean pulled towards the person's own.
    """
    moments = snapshot.statistics.category_weekday[:, day.weekday()]
    best, score = _habit(moments, own_mean(snapshot.statistics.total()))
    name = WEEKDAYS_CS[day.weekday()].lower()
    return ThemeRecommendation(
        recommended_theme=None if best is None else snapshot.categories[best],
        reason=_reason(snapshot.categories, moments, best, text),
        confidence=min(round(score), 100),
        day_of_week=cast("DayOfWeek", name),
        sessions=0 if best is None else round(float(moments[best, COMPLETED])),
    )


def _best_theme(moments: NDArray[np.float64], prior: float) -> int | None:
    enough = moments[:, RATED] > ENOUGH - 0.5
    if not enough.any():
        return None
    return int(np.argmax(np.where(enough, shrunk_all(moments, prior), -1.0)))


def _habit(moments: NDArray[np.float64], prior: float) -> tuple[int | None, float]:
    done = moments[:, COMPLETED]
    often = done > FEWEST_SESSIONS - 0.5
    if not often.any():
        return None, 0.0
    scores = np.minimum(done / USUAL_SESSIONS, 1.0) * 30.0 + shrunk_all(moments, prior) * 0.7
    best = int(np.argmax(np.where(often, scores, -1.0)))
    return best, float(scores[best])


def _reason(names: Sequence[str], moments: NDArray[np.float64], best: int | None, text: Translator) -> str:
    if best is None:
        return text("There are too few sessions on this weekday for a recommendation.")
    n = round(float(moments[best, COMPLETED]))
    mean = raw_mean(moments[best])
    if mean is None:
        return text.count(
            "On this weekday you did {theme} {n} time.", "On this weekday you did {theme} {n} times.", n,
            theme=names[best],
        )  # fmt: skip
    return text.count(
        "On this weekday you did {theme} {n} time and rated it {rating} %.",
        "On this weekday you did {theme} {n} times and rated it {rating} % on average.",
        n, theme=names[best], rating=round(mean),
    )  # fmt: skip


def _shown_mean(moments: NDArray[np.float64]) -> float:
    mean = raw_mean(moments)
    return 0.0 if mean is None else round(min(max(mean, 0.0), 100.0), 1)
