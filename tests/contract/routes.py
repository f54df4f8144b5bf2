"""The routes of the contract that need no language model."""

READS = (
    "/api/analysis",
    "/api/recommendation",
    "/api/prediction/today",
    "/api/prediction/week",
    "/api/trends",
    "/api/preset-stats",
    "/api/burnout-risk",
    "/api/optimal-schedule",
    "/api/predict-quality",
    "/api/detect-anomalies",
    "/api/debug/diversity",
    "/api/insights/summary",
    "/api/theme-productivity",
    "/api/weekly-insights/2026-03-02",
    "/api/theme-recommendation/2026-03-04",
)
"""Every one that reads sessions."""

ALL = (*READS, "/api/health", "/api/train", "/api/config/categories", "/metrics")
