"""What Pomodoro's routes cost. The old service limited nothing."""

from typing import Final

from tandem.core.limits.classes import RouteClasses

LIMITS: Final = RouteClasses(
    model=(
        "GET /api/ai/daily-challenge",
        "GET /api/ai/weekly-quest",
        "GET /api/ai/motivation",
        "GET /api/ai/next-session-suggestion",
        "GET /api/ai/morning-briefing",
        "POST /api/ai/morning-briefing",
        "GET /api/ai/achievement-focus",
        "POST /api/ai/analyze-patterns",
        "GET /api/ai/evening-review",
        "GET /api/ai/integrated-insight",
        "GET /api/ai/analyze-burnout",
        "GET /api/ai/analyze-anomalies",
        "GET /api/ai/analyze-quality",
        "GET /api/ai/optimal-schedule-ai",
        "GET /api/ai/learning-v2",
        "POST /api/ai/learning-recommendations",
        "POST /api/ai/expand-suggestion",
        "POST /api/ai/extract-topics",
        "POST /api/ai/analyze-quality",
        "GET /api/semantic-search",
    ),
)
