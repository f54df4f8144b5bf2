"""What is known of each preset that was ever rated."""

from tandem.pomodoro.models.ranking import best_of
from tandem.pomodoro.models.shrinkage import own_mean, raw_mean, shrunk
from tandem.pomodoro.schemas.recommendations import PresetStats, PresetStatsAnswer
from tandem.pomodoro.snapshot import RATED, Snapshot


def preset_stats(snapshot: Snapshot) -> PresetStatsAnswer:
    """Return mean, sample size, best hour and best category by preset; presets without a rating are left out."""
    statistics = snapshot.statistics
    prior = own_mean(statistics.total())
    answer: dict[str, PresetStats] = {}
    for code, name in enumerate(snapshot.presets):
        by_hour = statistics.slot[:, :, code].sum(axis=0)
        moments = by_hour.sum(axis=0)
        mean = raw_mean(moments)
        if mean is None:
            continue
        own = shrunk(moments, prior).value
        answer[name] = PresetStats(
            avg_rating=round(min(max(mean, 0.0), 100.0), 2),
            session_count=round(float(moments[RATED])),
            best_hour=best_of(range(24), by_hour, own),
            best_category=best_of(snapshot.categories, statistics.category_preset[:, code], own),
        )
    return PresetStatsAnswer(answer)
