"""What Tokimeki's routes cost, and what the old service allowed (contract 1.1-1.2)."""

from typing import Final

from tandem.core.limits.classes import RouteClasses
from tandem.core.limits.quota import Quota

HOUR: Final = 3600.0
DAY: Final = 86_400.0

_DEFAULT: Final = (Quota("day", 200, DAY, window=True), Quota("hour", 50, HOUR, window=True))
_WATCHED: Final = (Quota("minute", 10, 60.0, window=True),)
_CHANGING: Final = (Quota("hour", 5, HOUR, window=True),)

LIMITS: Final = RouteClasses(
    free=("GET /static/*",),
    model=(
        "POST /chat",
        "POST /compare_models",
        "POST /api/v1/chat",
        "POST /api/v1/compare",
        "POST /api/v1/compare/{id}/run",
        # Streams only when asked to; then the endpoint takes the place.
        "POST /v1/chat/completions",
        "POST /analyze_speech_request",
        "POST /analyze_tweet",
        "POST /api/v1/sentiment",
        "POST /api/v1/sentiment/jobs",
        "POST /api/v1/speech/transcribe",
        "POST /api/v1/speech/ask",
    ),
    stream=(
        "POST /api/v1/chat/stream",
        "POST /api/v1/compare/stream",
        "GET /api/v1/speech/jobs/{id}/events",
    ),
    legacy={
        "POST /chat": (Quota("hour", 50, HOUR, window=True),),
        "POST /compare_models": (Quota("hour", 10, HOUR, window=True),),
        "GET /api/usage-stats": _WATCHED,
        "GET /api/usage-limits": _WATCHED,
        "GET /api/cache-status": _WATCHED,
        "POST /api/cache-clear": _CHANGING,
        "POST /api/reset-stats": _CHANGING,
        "GET /api/test-redis": (Quota("minute", 5, 60.0, window=True),),
    } | dict.fromkeys(
        (
            "GET /models", "GET /stock_symbols", "POST /debug-qwen", "GET /ai-platform-comparison",
            "GET /api/model-comparison", "GET /stocks/history", "GET /available_companies", "GET /available_tickers",
            "GET /volatility_event_correlation", "POST /analyze", "GET /playbooks", "POST /analyze_playbook",
            "POST /analyze_speech_request", "POST /analyze_tweet", "GET /hf_tweeteval_sample", "GET /monitoring", "GET /",
            "GET /test",
        ),
        _DEFAULT,
    ),
)  # fmt: skip
"""`/health` was limited too, and told a balancer that a busy service was dead: it is free now."""
