"""Which routes need another key than their method says; GET needs ``read``."""

from typing import Final

from tandem.core.auth.access import Access

ACCESS: Final = Access(
    # Pages hold no data; what they ask for needs a key.
    open=("GET /", "GET /stocks", "GET /monitoring", "GET /ai-platform-comparison", "GET /static/{name}"),
    read=(
        "POST /api/v1/chat/estimate",
        "POST /volatility_regime/analyze",
        "POST /analyze",
        "POST /analyze_playbook",
        "POST /api/v1/stocks/backtest",
        "POST /api/v1/stocks/playbook",
    ),
    # Asking a model costs money; it is no reading.
    write=(
        "POST /chat",
        "POST /compare_models",
        "POST /debug-qwen",
        "POST /analyze*",
        "POST /v1/chat/completions",
        "POST /api/v1/chat",
        "POST /api/v1/chat/stream",
        "DELETE /api/v1/chat/streams/{id}",
        "DELETE /api/v1/chat/streams/{id}/lanes/{lane}",
        "POST /api/v1/compare",
        "POST /api/v1/compare/stream",
        "POST /api/v1/compare/{id}/run",
        "POST /api/v1/conversations",
        "POST /api/v1/sentiment",
        "POST /api/v1/sentiment/jobs",
        "DELETE /api/v1/sentiment/jobs/{job_id}",
        "POST /api/v1/speech/transcribe",
        "POST /api/v1/speech/ask",
        "DELETE /api/v1/speech/jobs/{job_id}",
        "DELETE /api/v1/conversations/{id}",
    ),
    admin=(
        "POST /api/reset-stats",
        "POST /api/cache-clear",
        "GET /api/v1/budgets",
        "PUT /api/v1/budgets/{scope}/{name}/{period}",
        "DELETE /api/v1/budgets/{scope}/{name}/{period}",
    ),
)
