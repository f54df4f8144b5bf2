"""The models of the contract's section 2, rebuilt from the sessions on every request. Ratings are 0-100, Monday is 0."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask_twin.sessions import Session

PRESETS = {
    "deep_work": (52, 17, "Deep Work"), "learning": (45, 15, "Learning"),
    "quick_tasks": (25, 5, "Quick Tasks"), "flow_mode": (90, 20, "Flow Mode"),
}  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CZECH_DAYS = ("Pondělí", "Úterý", "Středa", "Čtvrtek", "Pátek", "Sobota", "Neděle")
UNRATED, FEW = 3.0, 5


def default_preset(hour: int) -> str:
    if 6 <= hour <= 11:
        return "deep_work"
    if 14 <= hour <= 16:
        return "learning"
    return "quick_tasks" if 12 <= hour <= 19 else "learning"


def grouped(rows: Iterable[Session], key: Callable[[Session], Any]) -> dict[Any, list[float]]:
    """Return the ratings of each group."""
    groups: dict[Any, list[float]] = defaultdict(list)
    for row in rows:
        if row["productivity_rating"]:
            groups[key(row)].append(row["productivity_rating"])
    return groups


def means(groups: dict[Any, list[float]]) -> dict[Any, float]:
    return {key: sum(values) / len(values) for key, values in groups.items()}


def since(rows: list[Session], days: int) -> list[Session]:
    """Return the sessions from ``days`` ago until today."""
    first = (date.today() - timedelta(days)).isoformat()
    return [row for row in rows if row["date"] >= first]


def recommendation(rows: list[Session], category: str | None) -> dict[str, Any]:
    now = datetime.now()
    if not rows:
        return {
            "current_time": f"{now:%H:%M}", "recommended_preset": default_preset(now.hour),
            "reason": "Zatím málo dat.", "alternative": None, "confidence": 0.3,
        }  # fmt: skip
    by_hour = means(grouped(rows, lambda row: (row["preset"], row["hour"])))
    by_category = means(grouped(rows, lambda row: (row["preset"], row["category"])))
    overall = means(grouped(rows, lambda row: row["preset"]))
    scores = {}
    for preset in PRESETS:
        found = [(by_hour.get((preset, now.hour)), 0.4), (overall.get(preset), 0.2)]
        if category:
            found.append((by_category.get((preset, category)), 0.4))
        known = [(mean, weight) for mean, weight in found if mean is not None]
        weights = sum(weight for _, weight in known)
        scores[preset] = (
            round(sum(mean * weight for mean, weight in known) / weights, 2) if known else UNRATED
        )
    best, second = sorted(scores, key=lambda preset: -scores[preset])[:2]
    return {
        "current_time": f"{now:%H:%M}", "recommended_preset": best, "alternative": second, "all_scores": scores,
        "reason": f"Průměrné hodnocení {scores[best]:.1f}.", "confidence": round(min(scores[best] / 100, 1), 2),
    }  # fmt: skip


def preset_stats(rows: list[Session]) -> dict[str, Any]:
    overall = grouped(rows, lambda row: row["preset"])
    by_hour = means(grouped(rows, lambda row: (row["preset"], row["hour"])))
    by_category = means(grouped(rows, lambda row: (row["preset"], row["category"])))

    def best(preset: str, table: dict[Any, float]) -> Any:
        return max((key[1] for key in table if key[0] == preset), key=lambda one: table[preset, one])

    return {
        preset: {
            "avg_rating": round(sum(ratings) / len(ratings), 2), "session_count": len(ratings),
            "best_hour": best(preset, by_hour), "best_category": best(preset, by_category),
        }
        for preset, ratings in overall.items()
    }  # fmt: skip


def _per_weekday(rows: list[Session], weekday: int) -> tuple[int, float]:
    """Return sessions and productivity to be expected on a weekday."""
    per_date = Counter(row["date"] for row in rows)
    counts = [count for day, count in per_date.items() if date.fromisoformat(day).weekday() == weekday]
    rated = means(grouped(rows, lambda row: row["day_of_week"]))
    if not rows:
        return 6, 70.0
    sessions = round(statistics.fmean(counts)) if counts else round(len(rows) / len(per_date))
    productivity = rated.get(weekday)
    if productivity is None:
        productivity = statistics.fmean(rated.values()) if rated else 70.0
    return sessions, round(productivity, 1)


def today(rows: list[Session]) -> dict[str, Any]:
    now = datetime.now()
    done = sum(row["date"] == now.date().isoformat() for row in rows)
    predicted, productivity = _per_weekday(rows, now.weekday())
    same_day = [row for row in rows if row["day_of_week"] == now.weekday()]
    by_hour = means(grouped(same_day, lambda row: row["hour"]))
    best = sorted(by_hour, key=lambda hour: -by_hour[hour])[:5] or [8, 9, 10, 11, 14, 15]
    schedule = [
        {"hour": hour, "recommended_preset": default_preset(hour) if hour in best else "quick_tasks",
         "priority": "high" if hour in best else "medium"}
        for hour in range(now.hour, 19) if hour in best or 12 <= hour <= 14
    ]  # fmt: skip
    level = (
        "declining"
        if now.hour >= 15
        else "low"
        if now.hour >= 12
        else "high"
        if now.hour >= 8
        else "moderate"
    )
    return {
        "date": now.date().isoformat(), "current_hour": now.hour, "completed_sessions": done,
        "predicted_sessions": predicted, "remaining_sessions": max(0, predicted - done),
        "predicted_productivity": productivity, "recommended_schedule": schedule[:6],
        "confidence": _confidence(len(rows)), "energy_forecast": {"level": level, "message": "Energie během dne."},
    }  # fmt: skip


def _confidence(count: int) -> float:
    return 0.3 if count < 10 else 0.5 if count < 30 else 0.7 if count < 100 else 0.85


def week(rows: list[Session]) -> dict[str, Any]:
    days = [date.today() + timedelta(number) for number in range(7)]
    predictions = []
    for day in days:
        sessions, productivity = _per_weekday(rows, day.weekday())
        predictions.append({
            "date": day.isoformat(), "day_name": DAYS[day.weekday()], "predicted_sessions": sessions,
            "predicted_productivity": productivity,
        })  # fmt: skip
    return {
        "predictions": predictions, "total_predicted_sessions": sum(one["predicted_sessions"] for one in predictions),
        "avg_predicted_productivity": round(statistics.fmean(one["predicted_productivity"] for one in predictions), 2),
    }  # fmt: skip


def trends(rows: list[Session], days: int = 14) -> dict[str, Any]:
    rated = [row["productivity_rating"] for row in reversed(since(rows, days)) if row["productivity_rating"]]
    if len(rated) < 3:
        trend, session_trend, mean = "insufficient_data", "insufficient_data", 0.0
    else:
        half = len(rated) // 2
        change = statistics.fmean(rated[half:]) - statistics.fmean(rated[:half])
        trend = "improving" if change > 5 else "declining" if change < -5 else "stable"
        session_trend, mean = "stable", round(statistics.fmean(rated), 2)
    return {
        "session_trend": session_trend, "productivity_trend": trend, "total_sessions": len(rated), "avg_productivity": mean,
    }  # fmt: skip


def analysis(rows: list[Session]) -> dict[str, Any]:
    rated = [row for row in rows if row["productivity_rating"]]
    by_hour = means(grouped(rated, lambda row: row["hour"]))
    by_day = means(grouped(rated, lambda row: DAYS[row["day_of_week"]]))
    order = sorted(by_hour, key=lambda hour: -by_hour[hour])
    cells: dict[tuple[int, int], list[float]] = defaultdict(list)
    for row in rated:
        cells[row["day_of_week"], row["hour"]].append(row["productivity_rating"])
    heatmap = {
        name: {
            str(hour): {
                "sessions": len(cells.get((day, hour), ())),
                "avg_rating": round(statistics.fmean(cells[day, hour]), 2) if (day, hour) in cells else 0,
            }
            for hour in range(24)
        }
        for day, name in enumerate(DAYS)
    }  # fmt: skip
    border = (date.today() - timedelta(7)).isoformat()
    new = [row["productivity_rating"] for row in rated if row["date"] >= border]
    old = [row["productivity_rating"] for row in rated if row["date"] < border]
    change = statistics.fmean(new) - statistics.fmean(old) if new and old else 0.0
    return {
        "analysis": {
            "best_hours": order[:3], "worst_hours": order[::-1][:3],
            "best_day": max(by_day, key=lambda day: by_day[day]) if by_day else None,
            "productivity_by_hour": {str(hour): round(mean, 2) for hour, mean in by_hour.items()},
            "productivity_by_day": {day: round(mean, 2) for day, mean in by_day.items()},
            "productivity_by_category": _summary(grouped(rated, lambda row: row["category"])),
            "productivity_by_preset": _summary(grouped(rated, lambda row: row["preset"])),
            "trend": "up" if change > 5 else "down" if change < -5 else "stable",
            "total_sessions_analyzed": len(rated),
        },
        "heatmap": heatmap,
    }  # fmt: skip


def _summary(groups: dict[str, list[float]]) -> dict[str, Any]:
    return {
        name: {"avg_rating": round(sum(values) / len(values), 2), "session_count": len(values)}
        for name, values in groups.items()
    }


def burnout(rows: list[Session]) -> dict[str, Any]:
    window = since(rows, 14)
    if len(window) < FEW:
        return {
            "risk_score": 0, "risk_level": "unknown", "risk_factors": [], "recommendations": ["Potřebuji více dat."],
            "confidence": 0.0, "analyzed_period": "14 days", "total_sessions_analyzed": len(window),
            "message": "Málo dat.",
        }  # fmt: skip
    border = (date.today() - timedelta(7)).isoformat()
    rated = [row for row in window if row["productivity_rating"]]
    new = [row["productivity_rating"] for row in rated if row["date"] >= border]
    old = [row["productivity_rating"] for row in rated if row["date"] < border]
    decline = 1 - statistics.fmean(new) / statistics.fmean(old) if new and old else 0.0
    recent = [row["date"] for row in window if row["date"] >= border]
    whole = len(rows) / len({row["date"] for row in rows})
    overwork = (len(recent) / len(set(recent))) / whole if recent and len(rows) >= 10 else 1.0
    night = sum(row["hour"] >= 21 for row in window) / len(window)
    weekend = sum(row["day_of_week"] >= 5 for row in window) / len(window)
    ratings = [row["productivity_rating"] for row in rated]
    spread = statistics.stdev(ratings) if len(ratings) >= 3 else 0.0
    run = _longest_run({row["date"] for row in window})
    factors = [
        _factor(
            "declining_productivity", decline, ((0.20, 25), (0.10, 15), (0.05, 8)), round(100 * decline, 1)
        ),
        _factor("overwork", overwork, ((2.0, 20), (1.5, 12), (1.2, 6)), round(overwork, 2)),
        _factor("night_sessions", night, ((0.30, 15), (0.20, 10), (0.10, 5)), round(100 * night, 1)),
        _factor("weekend_work", weekend, ((0.40, 15), (0.25, 10), (0.10, 5)), round(100 * weekend, 1)),
        _factor("variability", spread, ((25, 15), (15, 10), (8, 5)), round(spread, 1)),
        _factor("continuous_days", run, ((14, 10), (10, 7), (7, 4)), run),
    ]
    found = sorted((one for one in factors if one["score"]), key=lambda one: -one["score"])
    score = min(100, sum(one["score"] for one in found))
    level = "low" if score <= 25 else "medium" if score <= 50 else "high" if score <= 75 else "critical"
    return {
        "risk_score": score, "risk_level": level, "risk_factors": found,
        "recommendations": [one["message"] for one in found[:3]] or ["Jen tak dál."],
        "confidence": 0.3 if len(window) < 15 else 0.5 if len(window) < 30 else 0.7 if len(window) < 50 else 0.85,
        "analyzed_period": "14 days", "total_sessions_analyzed": len(window),
    }  # fmt: skip


def _factor(name: str, measure: float, bounds: tuple[tuple[float, int], ...], value: float) -> dict[str, Any]:
    steps = zip(bounds, ("high", "medium", "low"), strict=True)
    points, severity = next(
        ((score, severity) for (bound, score), severity in steps if measure > bound), (0, "none")
    )
    return {
        "factor": name, "name": name, "severity": severity, "score": points, "value": value, "message": f"{name}: {value}",
    }  # fmt: skip


def _longest_run(days: set[str]) -> int:
    longest = run = 0
    before: date | None = None
    for day in sorted(date.fromisoformat(one) for one in days):
        run = run + 1 if before is not None and day - before == timedelta(1) else 1
        longest, before = max(longest, run), day
    return longest


def schedule(rows: list[Session], wanted: int) -> dict[str, Any]:
    now = datetime.now()
    hours = [_hour(rows, now.weekday(), hour) for hour in range(24)]
    ranked = sorted(hours[6:23], key=lambda one: -one["score"])
    chosen: list[dict[str, Any]] = []
    for one in sorted(hours[6:22], key=lambda one: -one["score"]):
        gap = 2 if PRESETS[one["recommended_preset"]][0] > 30 else 1
        if len(chosen) < wanted and all(abs(one["hour"] - other["hour"]) >= gap for other in chosen):
            chosen.append(one)
    chosen.sort(key=lambda one: one["hour"])
    work = sum(PRESETS[one["recommended_preset"]][0] for one in chosen)
    rest = sum(PRESETS[one["recommended_preset"]][1] for one in chosen)
    mean = round(statistics.fmean(one["expected_productivity"] for one in chosen), 1) if chosen else 0
    slots = [
        {
            "slot": number, "hour": one["hour"], "time": one["time"], "preset": one["recommended_preset"],
            "preset_name": one["preset_name"], "work_minutes": PRESETS[one["recommended_preset"]][0],
            "break_minutes": PRESETS[one["recommended_preset"]][1],
            "expected_productivity": one["expected_productivity"], "confidence": one["confidence"],
        }
        for number, one in enumerate(chosen, 1)
    ]  # fmt: skip
    rated = sum(1 for row in rows if row["productivity_rating"])
    top = [one["hour"] for one in ranked[:3]]
    known = sum(one["data_source"] == "historical" for one in hours[6:23])
    totals = {"total_work_minutes": work, "total_break_minutes": rest, "total_time_minutes": work + rest}
    return {
        "date": now.date().isoformat(), "day_of_week": CZECH_DAYS[now.weekday()],
        "day_of_week_en": DAYS[now.weekday()], "day_of_week_num": now.weekday(),
        "peak_hours": ranked[:5], "avoid_hours": [one | {"reason": "Slabší hodina."} for one in ranked[::-1][:5]],
        "hourly_breakdown": {str(one["hour"]): one for one in hours},
        "optimal_schedule": {"sessions": slots, "avg_expected_productivity": mean, "sessions_count": len(slots), **totals},
        "summary": {
            "best_time_range": f"{min(top):02d}:00 - {max(top) + 1:02d}:00",
            "recommended_break_times": [one["hour"] for one in ranked[::-1][:2]],
            "recommended_sessions": wanted, "expected_avg_productivity": mean, **totals,
        },
        "confidence": round(0.7 * min(1, rated / 50) + 0.3 * known / 17, 2), "total_sessions_analyzed": rated,
        "recommendation_basis": "Historie sezení.",
    }  # fmt: skip


def _hour(rows: list[Session], weekday: int, hour: int) -> dict[str, Any]:
    """Return what is known of one hour of the weekday: one pass over all sessions, as in the old optimizer's cells."""
    cell = [row for row in rows if row["day_of_week"] == weekday and row["hour"] == hour]
    ratings = [row["productivity_rating"] for row in cell if row["productivity_rating"]]
    by_preset = means(grouped(cell, lambda row: row["preset"]))
    preset = max(by_preset, key=lambda one: by_preset[one]) if by_preset else default_preset(hour)
    if preset not in PRESETS:
        preset = default_preset(hour)
    mean = round(statistics.fmean(ratings), 1) if ratings else None
    confidence = 0.1 if not ratings else 0.4 if len(ratings) < 3 else 0.7 if len(ratings) < 6 else 1.0
    default = (
        75
        if 8 <= hour <= 12
        else 55
        if 13 <= hour <= 15
        else 70
        if 16 <= hour <= 18
        else 60
        if 19 <= hour <= 21
        else 45
    )
    score = round(0.6 * mean + 30 + 10 * confidence, 1) if mean is not None else float(default)
    return {
        "hour": hour, "time": f"{hour:02d}:00", "productivity": mean, "score": score,
        "expected_productivity": mean or score, "recommended_preset": preset, "preset_name": PRESETS[preset][2],
        "preset_rating": round(by_preset[preset], 1) if preset in by_preset else None, "session_count": len(cell),
        "completion_rate": 100.0 if cell else None, "confidence": confidence,
        "data_source": "historical" if ratings else "default",
    }  # fmt: skip
