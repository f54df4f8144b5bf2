"""The calls that the old web service makes for AI answers: paths, methods, bodies and time, and the keys of the answers.

Typed from the contract, sections 1.3 to 1.5 and 4; no language model is configured, so rules write.
"""

import time
from typing import Any

import pytest

from contract.checks import (
    COUNT,
    ISO_DAY,
    PRESET,
    TIMESTAMP,
    check,
    flag,
    follow,
    integer,
    many,
    maybe,
    number,
    rating,
    share,
    text,
)
from contract.service import Service

WORDS = text()
MARKS = {"ai_generated": flag, "generated_at": TIMESTAMP, "from_cache": flag}
FALLBACK = MARKS | {
    "ai_available": flag, "fallback": flag, "error": text("no_model"), "message": WORDS, "timestamp": TIMESTAMP,
}  # fmt: skip
CLOCK = text(like=r"\d\d:\d\d")
IMPORTANCE = text("high", "medium", "low")
SUGGESTION = {"category": WORDS, "topic": WORDS, "preset": PRESET, "reason": WORDS, "confidence": share()}
FACTOR = {"score": integer(0, 100), "impact": text("positive", "neutral", "negative"), "reason": WORDS}

BRIEFING = FALLBACK | {
    "date": ISO_DAY, "greeting": WORDS, "insights": WORDS, "yesterday_summary": WORDS,
    "today_prediction": {
        "expected_sessions": COUNT, "interval_80": many(COUNT, least=2, most=2), "expected_productivity": rating(),
        "confidence": share(), "reasoning": WORDS,
    },
    "optimal_schedule": many({
        "time": CLOCK, "duration": integer(1), "preset": PRESET, "category": text(like=r"(?s).*"), "activity": WORDS, "reason": WORDS,
    }),
    "daily_challenge": {"title": WORDS, "description": WORDS, "target": integer(1), "xp_reward": COUNT},
    "wellness_micro_action": {"action": WORDS, "reason": WORDS, "when": WORDS},
    "risk_factors_detected": many({"factor": WORDS, "level": IMPORTANCE, "value": number(), "impact": WORDS}),
    "wellbeing_check": {
        "status": text("good", "warning", "concern", "rest_recommended"), "observation": WORDS, "suggestion": WORDS,
        "rest_day_consideration": flag,
    },
    "motivation": {"message": WORDS, "achievement_progress": {"name": WORDS, "progress": COUNT, "target": COUNT}},
    "notes_insights": many(WORDS), "using_preset_recommender": flag, "recommendation": WORDS, "recommended_preset": PRESET,
    "confidence": share(), "wellbeing": WORDS,
    "prediction": {
        "predicted_sessions": COUNT, "productivity_prediction": integer(0, 100),
        "best_hours": text(like=r"\d{1,2}:00 - \d{1,2}:00"),
    },
}  # fmt: skip
REVIEW = FALLBACK | {
    "date": ISO_DAY,
    "summary": {
        "sessions_completed": COUNT, "average_rating": rating(), "rated_sessions": COUNT, "total_time_focused": WORDS,
        "xp_earned": COUNT, "plan_vs_actual": WORDS,
    },
    "performance_analysis": {
        "what_went_well": many(WORDS), "what_could_improve": many(WORDS),
        "peak_moment": maybe({
            "session": integer(1), "time": CLOCK, "rating": rating(), "note_excerpt": text(like=r"(?s).*"),
        }),
    },
    "notes_analysis": {
        "sentiment": text("positive", "neutral", "negative", "mixed"), "themes_detected": many(WORDS), "mood_progression": WORDS,
    },
    "tomorrow_recommendations": many(WORDS, least=1),
    "streak_update": {"status": text("maintained", "broken", "extended"), "current": COUNT, "message": WORDS},
    "weekly_progress": {
        "sessions_so_far": COUNT, "weekly_goal": integer(1), "on_track": flag, "days_remaining": integer(0, 6),
    },
    "closing_thought": WORDS,
}  # fmt: skip
BURNOUT = FALLBACK | {
    "burnout_risk_score": integer(0, 100), "risk_level": text("low", "medium", "high", "critical", "unknown"),
    "early_warning_stage": text("none", "early_warning", "caution", "intervention_needed"),
    "early_warning_signals": many({"signal": WORDS, "severity": IMPORTANCE, "trend": WORDS, "duration": WORDS}),
    "primary_factors": many({
        "factor": WORDS, "contribution": integer(0, 100), "description": WORDS, "evidence": many(WORDS),
    }),
    "preventive_recommendations": many(WORDS),
    "notes_analysis": {
        "negative_signals": many(WORDS), "positive_signals": many(WORDS), "engagement_level": IMPORTANCE,
        "sentiment_trend": text("declining", "stable", "improving"),
    },
    "monitoring_advice": WORDS, "recommendations": many(WORDS),
    "recovery_plan": {"immediate": WORDS, "short_term": WORDS, "long_term": WORDS}, "confidence": share(),
    "sessions_analyzed": COUNT, "scope": WORDS,
}  # fmt: skip
ANOMALIES = FALLBACK | {
    "anomalies_detected": COUNT, "overall_status": text("healthy", "info", "warning", "alert", "critical"),
    "anomalies": many({
        "type": text("productivity_drop", "unusual_hours", "category_shift", "overwork_spike", "quality_decline",
                     "burnout_signals", "streak_break_risk"),
        "severity": text("low", "medium", "high", "critical"), "description": WORDS, "evidence": many(WORDS),
        "confidence": share(), "recommendation": WORDS,
    }),
    "proactive_tips": many({"type": text("suggestion", "positive"), "icon": WORDS, "message": WORDS}),
    "patterns_found": {
        "productivity_trend": text("improving", "stable", "declining"),
        "work_intensity": text("light", "normal", "heavy", "overloaded"),
        "schedule_regularity": text("consistent", "variable", "chaotic"),
    },
    "notes_sentiment_analysis": {
        "overall": text("positive", "neutral", "negative", "mixed"), "keywords_detected": many(WORDS), "mood_trend": WORDS,
    },
    "confidence": share(), "sessions_analyzed": COUNT,
}  # fmt: skip
QUALITY = FALLBACK | {
    "predicted_productivity": rating(), "interval_80": many(rating(), least=2, most=2), "confidence": share(),
    "factor_analysis": dict.fromkeys(("hour", "day", "preset", "category", "fatigue", "recovery"), FACTOR),
    "recommendation": {
        "type": text("positive", "warning", "suggestion"), "message": WORDS, "action": WORDS,
        "icon": text("rocket", "warning", "lightbulb"),
    },
    "notes_context": many(WORDS),
}  # fmt: skip
SCHEDULE = FALLBACK | {
    "for_day": WORDS,
    "optimal_schedule": many({
        "time_slot": text(like=r"\d\d:\d\d-\d\d:\d\d"), "recommended_preset": PRESET, "recommended_category": text(like=r"(?s).*"),
        "expected_productivity": rating(), "reason": WORDS, "tip": WORDS,
    }),
    "breaks_recommended": many({"after_session": integer(1), "duration": COUNT, "type": WORDS, "activity": WORDS}),
    "avoid_windows": many({"time": WORDS, "reason": WORDS}),
    "productivity_forecast": {
        "expected_total_productivity": rating(), "best_case": rating(), "worst_case": rating(), "confidence": share(),
    },
    "personalized_insights": many(WORDS),
}  # fmt: skip
INSIGHT = FALLBACK | {
    "integrated_status": {
        "overall": text("thriving", "stable", "attention_needed", "intervention_required"), "confidence": share(),
        "primary_focus": WORDS,
    },
    "priority_insight": {
        "type": text("wellbeing", "productivity", "optimization", "achievement"), "title": WORDS, "message": WORDS,
        "urgency": text("low", "medium", "high", "critical"),
    },
    "model_synthesis": {"agreements": many(WORDS), "conflicts": many(WORDS), "resolution": WORDS},
    "action_plan": {"immediate": WORDS, "today": WORDS, "this_week": WORDS},
    "notes_meta_insight": {"recurring_theme": WORDS, "actionable_pattern": WORDS}, "personalized_advice": WORDS,
    "confidence_explanation": WORDS, "models_integrated": many(WORDS, least=4, most=4),
}  # fmt: skip
LEARNING = FALLBACK | {
    "skill_gaps": many({
        "skill": text(like=r"(?s).*"), "current_level": WORDS, "target_level": WORDS, "job_market_demand": text("high", "medium", "low", "unknown"),
        "related_tools": many(WORDS), "priority_order": integer(1), "gap_description": WORDS, "importance": IMPORTANCE,
    }),
    "recommended_topics": many({
        "topic": WORDS, "category": text(like=r"(?s).*"), "reason": WORDS, "priority": IMPORTANCE,
        "job_market_relevance": text("high", "medium", "low", "unknown"), "estimated_sessions": integer(1, 20),
        "related_to": maybe(WORDS), "learning_path": many(WORDS),
    }),
    "category_balance": many({
        "category": text(like=r"(?s).*"), "current_percentage": rating(), "recommended_percentage": rating(),
        "status": text("too_much", "balanced", "too_little"), "advice": WORDS,
    }),
    "user_knowledge": {name: many(WORDS) for name in ("technologies", "concepts", "expertise_areas", "ready_to_learn")},
    "job_market_alignment": {"score": maybe(integer(0, 100)), "analysis": WORDS, "top_missing_skills": many(WORDS)},
    "personalized_tips": many(WORDS), "next_session_suggestion": SUGGESTION, "motivational_message": WORDS,
    "confidence_score": share(),
}  # fmt: skip
CHALLENGE = MARKS | {
    "id": text(like=r"dc_\d{8}"), "title": WORDS, "description": WORDS, "target": integer(1), "condition": WORDS,
    "difficulty": text("easy", "medium", "hard"), "xp_reward": integer(25, 75), "category": maybe(WORDS),
}  # fmt: skip
QUESTS = many(
    MARKS | {
        "id": text(like=r"wq_w\d+_\d"), "title": WORDS, "description": WORDS, "target": integer(1),
        "xp_reward": integer(100, 200), "category": maybe(text(like=r"(?s).*")),
    }, least=3, most=3,
)  # fmt: skip
RECOMMENDATIONS = MARKS | {
    "skill_gaps": many({
        "category": text(like=r"(?s).*"), "current_level": integer(1, 5), "recommended_level": integer(1, 5), "gap_description": WORDS,
        "importance": IMPORTANCE,
    }),
    "recommended_topics": many({
        "topic": WORDS, "category": text(like=r"(?s).*"), "reason": WORDS, "priority": IMPORTANCE, "estimated_sessions": integer(1, 20),
        "related_to": maybe(WORDS),
    }, least=1),
    "category_balance": many({
        "category": text(like=r"(?s).*"), "current_percentage": rating(), "recommended_percentage": rating(),
        "status": text("too_much", "balanced", "too_little"),
    }),
    "personalized_tips": many(WORDS), "next_session_suggestion": SUGGESTION,
    "user_knowledge": {name: many(WORDS) for name in ("technologies", "concepts", "expertise_areas")},
    "motivational_message": WORDS, "analysis_summary": WORDS, "confidence_score": share(),
}  # fmt: skip
NEXT = MARKS | SUGGESTION | {
    "category_corrected": flag, "diversity_reasoning": WORDS, "avoid_categories": many(WORDS),
    "recommended_alternatives": many(WORDS),
}  # fmt: skip
EXPANSION = MARKS | {
    "answer": WORDS, "type": text("resources", "steps", "time_estimate", "connection"), "icon": text("📚", "🎯", "⏱️", "🔗"),
    "confidence": share(), "original_suggestion": {"category": maybe(WORDS), "topic": WORDS},
    "used_user_context": flag, "fallback": flag,
}  # fmt: skip
TOPICS = MARKS | {name: many(WORDS) for name in ("technologies", "concepts", "expertise_areas")}
PATTERNS = MARKS | {
    "productivity": {
        "best_hours": many(integer(0, 23), most=3), "worst_hours": many(integer(0, 23), most=3), "best_day": WORDS,
        "avg_sessions_per_day": number(0), "consistency_score": share(),
    },
    "recommendations": many(WORDS), "warnings": many(WORDS),
}  # fmt: skip
FOCUS = MARKS | {
    "achievement_id": maybe(WORDS), "name": maybe(WORDS), "reason": WORDS, "progress": number(0),
    "target": maybe(COUNT),
}  # fmt: skip
CACHE = {
    "total_cached": COUNT, "valid": COUNT, "invalidated": COUNT,
    "caches": many({"type": WORDS, "key": WORDS, "generated_at": TIMESTAMP, "expires_at": TIMESTAMP, "valid": flag}),
}  # fmt: skip
HEALTH = {
    "ai_provider": WORDS, "configured_model": text(like=r".*"), "message": WORDS,
    "status": text("healthy", "model_missing", "disabled", "error", "unavailable", "not_configured"),
}  # fmt: skip

SUGGESTED = {
    "suggestion": {"category": "Learning", "topic": "pytest", "reason": "proto"},
    "question_type": "steps",
}
WEB_LEARNING = {
    "recent_sessions": [{"id": "1"}], "category_distribution": {"Learning": {"percentage": "62.5", "sessions": 5}},
    "skill_levels": [{"category": "Learning", "level": 2, "xp": 120}], "recent_tasks": [{"task": "pytest a Docker"}],
    "user_profile": {"level": 3, "total_xp_earned": "450", "streak": 4}, "streak_data": {}, "productivity_by_time": {},
    "achievements_progress": [],
}  # fmt: skip
WEB_PATTERNS = {
    "today_stats": {"sessions": 1}, "weekly_stats": {}, "streak_data": {}, "current_hour": 10, "day_of_week": 2,
}  # fmt: skip

CALLS: list[tuple[str, str, Any, Any, float]] = [
    ("POST", "/api/ai/invalidate-cache", None, {"status": text("invalidated"), "invalidated_count": COUNT, "message": WORDS}, 2),
    ("POST", "/api/ai/invalidate-cache", {"type": "morning_briefing"}, None, 2),
    ("GET", "/api/ai/daily-challenge?sessions_today=2&level=3", None, CHALLENGE, 10),
    ("GET", "/api/ai/weekly-quest?level=3&weekly_sessions=9", None, QUESTS, 10),
    ("GET", "/api/ai/motivation?sessions_today=2&streak=5", None, MARKS | {"message": WORDS}, 10),
    ("GET", "/api/ai/health", None, HEALTH, 5),
    ("GET", "/api/ai/morning-briefing", None, BRIEFING, 60),
    ("POST", "/api/ai/morning-briefing", {"date": "2026-03-05"}, BRIEFING, 60),
    ("GET", "/api/ai/evening-review", None, REVIEW, 45),
    ("GET", "/api/ai/analyze-burnout", None, BURNOUT, 45),
    ("GET", "/api/ai/analyze-anomalies", None, ANOMALIES, 45),
    ("GET", "/api/ai/optimal-schedule-ai", None, SCHEDULE, 45),
    ("GET", "/api/ai/optimal-schedule-ai?day=streda&sessions=99", None, SCHEDULE, 45),
    ("GET", "/api/ai/optimal-schedule-ai?sessions=many", None, SCHEDULE, 45),
    ("POST", "/api/ai/analyze-quality", {"preset": "deep_work", "category": "Learning"}, QUALITY, 45),
    ("GET", "/api/ai/analyze-quality?preset=learning", None, QUALITY, 45),
    ("GET", "/api/ai/integrated-insight", None, INSIGHT, 90),
    ("GET", "/api/ai/learning-v2", None, LEARNING, 60),
    ("GET", "/api/ai/cache-status", None, CACHE, 5),
    ("POST", "/api/ai/learning-recommendations", WEB_LEARNING, RECOMMENDATIONS, 60),
    ("POST", "/api/ai/learning-recommendations", {}, RECOMMENDATIONS, 60),
    ("GET", "/api/ai/next-session-suggestion?category=Coding&task=x&hour=9&sessions=1", None, NEXT, 180),
    ("GET", "/api/ai/next-session-suggestion?exclude_topic=x&bypass_cache=true&categories=A,B", None, NEXT, 180),
    ("POST", "/api/ai/expand-suggestion", SUGGESTED, EXPANSION, 180),
    ("POST", "/api/ai/extract-topics", {"tasks": [{"task": "pytest a Docker", "category": "Learning"}]}, TOPICS, 180),
    ("POST", "/api/ai/extract-topics", {"tasks": ["pytest a Docker"]}, TOPICS, 180),
    ("POST", "/api/ai/extract-topics", {}, TOPICS, 180),
    ("POST", "/api/ai/analyze-patterns", WEB_PATTERNS, PATTERNS, 180),
    ("POST", "/api/ai/analyze-patterns", {"hourly_productivity": {"9": {"sessions": 4}}, "daily_stats": {}}, PATTERNS, 180),
    ("POST", "/api/ai/analyze-patterns", None, PATTERNS, 180),
    ("GET", "/api/ai/achievement-focus", None, FOCUS, 10),
    ("GET", "/api/ai/v2/health", None, HEALTH | {"cache_status": CACHE}, 10),
]  # fmt: skip
"""Method, path, JSON body, shape of the answer, and how many seconds the old web service waits."""


def test_every_call_is_answered_in_both_languages(service: Service, case: str):
    for method, path, body, shape, patience in CALLS:
        for language in ("cs", "en") if case in {"large", "empty"} else ("cs",):
            more = {} if body is None else {"json": body}
            began = time.perf_counter()
            answer = service.ask(
                path, method=method, headers={"Accept-Language": language, "X-Request-ID": "web-1"}, **more
            )
            assert time.perf_counter() - began < patience
            if shape is not None:
                check(shape, answer, f"{case}: {path}")
            if isinstance(answer, dict) and "ai_generated" in answer:
                assert answer["ai_generated"] is False


READ_BY_THE_PAGE = (
    "fallback", "using_preset_recommender", "recommendation", "yesterday_summary", "prediction.predicted_sessions",
    "prediction.productivity_prediction", "today_prediction.expected_sessions", "today_prediction.expected_productivity",
    "today_prediction.reasoning", "optimal_schedule[0].activity", "optimal_schedule[0].preset", "optimal_schedule[0].reason",
    "wellbeing", "wellbeing_check.suggestion",
)  # fmt: skip


def test_the_page_finds_what_it_reads_of_a_briefing(running):
    answer = running("large").ask("/api/ai/morning-briefing")
    for path in READ_BY_THE_PAGE:
        follow(answer, path)
    assert isinstance(answer["yesterday_summary"], str)


@pytest.mark.parametrize(
    "body", [{}, {"suggestion": {}}, {"suggestion": {"topic": "  "}}, {"question_type": "steps"}]
)
def test_a_suggestion_without_a_topic_is_refused(running, body: dict[str, Any]):
    answer = running("small").ask("/api/ai/expand-suggestion", method="POST", status=400, json=body)
    assert answer["error"]
    assert (answer["answer"], answer["confidence"]) == ("", 0)


@pytest.mark.parametrize(
    "path",
    [
        "morning-briefing",
        "learning-recommendations",
        "expand-suggestion",
        "extract-topics",
        "analyze-patterns",
        "analyze-quality",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1]",
        b'"x"',
        b'{"date": 5, "tasks": 5, "daily_stats": 5, "recent_sessions": 5, "suggestion": 5, "preset": 5}',
    ],
)
def test_a_body_that_cannot_be_read_is_400(running, path: str, body: bytes):
    answer = running("small").ask(
        f"/api/ai/{path}",
        method="POST",
        status=400,
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer["error"]
