"""Quality and anomalies (sections 2.6 and 2.7), the two that scan the sessions most often."""

import statistics
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from flask_twin.models import DAYS, grouped, means, since
from flask_twin.sessions import Session

WEIGHTS = {
    "hour": 0.22, "day": 0.13, "preset": 0.17, "category": 0.13, "fatigue": 0.12, "recovery": 0.08, "wellness": 0.15,
}  # fmt: skip


def quality(rows: list[Session], preset: str, category: str | None, hour: int, done: int) -> dict[str, Any]:
    """Predict how productive the next session would be."""
    now = datetime.now()
    place: Counter[str] = Counter()
    ordered: list[tuple[int, float]] = []
    for row in sorted(rows, key=lambda one: (one["date"], one["hour"])):
        place[row["date"]] += 1
        if row["productivity_rating"]:
            ordered.append((place[row["date"]], row["productivity_rating"]))
    kth = [rating for number, rating in ordered if number == done + 1]
    tables = {
        "hour": (grouped(rows, lambda row: row["hour"]).get(hour), 10, 65.0),
        "day": (grouped(rows, lambda row: row["day_of_week"]).get(now.weekday()), 15, 70.0),
        "preset": (grouped(rows, lambda row: (row["preset"], row["hour"])).get((preset, hour)), 5, 70.0),
        "category": (grouped(rows, lambda row: (row["category"], row["hour"])).get((category, hour)), 5, 70.0),
        "fatigue": (kth, 5, max(45.0, 80.0 - 5 * done)), "recovery": (None, 1, 75.0), "wellness": (None, 1, 70.0),
    }  # fmt: skip
    scores = {
        name: {
            "score": round(statistics.fmean(values), 1) if values else default,
            "confidence": round(min(1, len(values) / full), 2) if values else 0.1, "weight": WEIGHTS[name],
        }
        for name, (values, full, default) in tables.items()
    }  # fmt: skip
    predicted = round(sum(one["score"] * one["weight"] for one in scores.values()), 1)
    return {
        "predicted_productivity": predicted,
        "confidence": round(sum(one["confidence"] * one["weight"] for one in scores.values()), 2),
        "context": {"hour": hour, "day_of_week": now.weekday(), "day_name": DAYS[now.weekday()], "preset": preset,
                    "preset_name": preset, "category": category, "sessions_today": done, "minutes_since_last": None,
                    "has_wellness_data": False},
        "factor_scores": scores, "factors": [],
        "recommendation": {"type": "positive" if predicted >= 75 else "neutral", "message": "Dobrý čas.", "action": None,
                           "icon": "👍"},
        "metadata": {"model_version": "1.1", "total_sessions_analyzed": len(rows), "wellness_integrated": False,
                     "timestamp": now.isoformat()},
    }  # fmt: skip


def anomalies(rows: list[Session]) -> dict[str, Any]:
    """Compare the last days with the two weeks before, by the six rules."""
    days = Counter(row["date"] for row in rows)
    meta = {
        "model_version": "1.0",
        "total_sessions_analyzed": len(rows),
        "timestamp": datetime.now().isoformat(),
    }
    if len(days) < 7:
        return {
            "anomalies_detected": 0, "overall_status": "insufficient_data", "anomalies": [], "proactive_tips": [],
            "baseline_summary": None, "patterns": None, "confidence": 0.0, "message": "Potřebuji alespoň 7 dní.",
            "metadata": meta | {"unique_days": len(days), "required_days": 7},
        }  # fmt: skip
    base, recent, last_week = since(rows, 14), since(rows, 3), since(rows, 7)
    found = []
    if len(base) >= 5:
        found = [one for one in (_drop(base, recent), _odd_hours(base, recent), _shift(base, last_week),
                                 _spike(base, recent), _decline(base, last_week)) if one]  # fmt: skip
    ratings = [row["productivity_rating"] for row in base if row["productivity_rating"]]
    hours = sorted(row["hour"] for row in base) or [9, 17]
    tops = Counter(row["category"] for row in base).most_common(1)
    return {
        "anomalies_detected": len(found), "overall_status": "warning" if found else "healthy", "anomalies": found,
        "proactive_tips": [{"type": "positive", "icon": "✨", "message": "Vše v pořádku."}],
        "baseline_summary": {
            "avg_productivity": round(statistics.fmean(ratings), 1) if ratings else 70.0,
            "typical_hours": {"start": hours[len(hours) // 4], "end": hours[3 * len(hours) // 4]},
            "top_category": tops[0][0] if tops else None, "avg_sessions_per_day": round(_per_day(base), 1),
            "current_streak": _streak(set(days)), "analysis_period_days": 14,
        },
        "patterns": {"productivity_trend": "stable", "work_intensity": "normal", "schedule_regularity": "moderate"},
        "confidence": round(min(0.9, 0.3 + 0.4 * len(days) / 30 + 0.2 * len(rows) / 100), 2),
        "metadata": meta | {"analysis_period": "14 days"},
    }  # fmt: skip


def _found(kind: str, **evidence: Any) -> dict[str, Any]:
    return {
        "type": kind, "name": kind, "severity": "low", "description": kind, "recommendation": kind, "icon": "📉",
        "evidence": evidence,
    }  # fmt: skip


def _drop(base: list[Session], recent: list[Session]) -> dict[str, Any] | None:
    before = [row["productivity_rating"] for row in base if row["productivity_rating"]]
    now = [row["productivity_rating"] for row in recent if row["productivity_rating"]]
    spread = statistics.stdev(before) if len(before) > 1 else 10.0
    if (
        len(now) < 2
        or not spread
        or (z := (statistics.fmean(now) - statistics.fmean(before)) / spread) >= -1.5
    ):
        return None
    return _found("productivity_drop", period="last_3_days", data_points=now[:5]) | {"z_score": round(z, 2)}


def _odd_hours(base: list[Session], recent: list[Session]) -> dict[str, Any] | None:
    hours = sorted(row["hour"] for row in base)
    low, high = hours[len(hours) // 4], hours[3 * len(hours) // 4]
    reach = 1.5 * (high - low)
    odd = [row["time"] for row in recent if not max(0, low - reach) <= row["hour"] <= min(23, high + reach)]
    return _found("unusual_hours", unusual_sessions=odd[:5]) if len(odd) >= 2 else None


def _shift(base: list[Session], last_week: list[Session]) -> dict[str, Any] | None:
    before, now = Counter(row["category"] for row in base), Counter(row["category"] for row in last_week)
    if len(last_week) < 3:
        return None
    changes = {name: now[name] / len(last_week) - before[name] / len(base) for name in before | now}
    name = max(changes, key=lambda one: abs(changes[one]))
    if abs(changes[name]) <= 0.3:
        return None
    return _found("category_shift", baseline_top=before.most_common(1)[0][0]) | {"category": name}


def _per_day(rows: list[Session]) -> float:
    return len(rows) / len({row["date"] for row in rows}) if rows else 3.0


def _spike(base: list[Session], recent: list[Session]) -> dict[str, Any] | None:
    ratio = _per_day(recent) / _per_day(base) if recent else 0.0
    return _found("overwork_spike", ratio=round(100 * ratio)) if ratio > 1.5 else None


def _decline(base: list[Session], last_week: list[Session]) -> dict[str, Any] | None:
    mean = means(grouped(base, lambda _: 0)).get(0, 70.0)
    run = 0
    for row in last_week:
        if row["productivity_rating"]:
            if row["productivity_rating"] >= mean:
                break
            run += 1
    return (
        _found("quality_decline", baseline_threshold=mean) | {"consecutive_count": run} if run >= 3 else None
    )


def _streak(days: set[str]) -> int:
    day, streak = date.today(), 0
    if day.isoformat() not in days:
        day -= timedelta(1)
    while day.isoformat() in days:
        day, streak = day - timedelta(1), streak + 1
    return streak
