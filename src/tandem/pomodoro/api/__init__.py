"""The routes, one file per family."""

from typing import Final

from fastapi import APIRouter

from tandem.core import operation
from tandem.core.middleware.shortcuts import Way
from tandem.core.monitoring import routes as monitoring
from tandem.pomodoro.api import (
    ai,
    ai_generator,
    ai_operation,
    analysis,
    cache,
    configuration,
    health,
    predictions,
    recommendations,
    search,
    sessions,
)

ROUTERS: tuple[APIRouter, ...] = (
    predictions.router, recommendations.router, analysis.router, ai.router, ai_generator.router, ai_operation.router,
    search.router, sessions.router, configuration.router, cache.router,
    health.router,
    operation.router, monitoring.router,
)  # fmt: skip

BUSIEST: Final[tuple[Way, ...]] = tuple(("GET", f"/api/{read}") for read in (
    "recommendation", "prediction/today", "prediction/week", "trends", "preset-stats", "analysis", "burnout-risk",
    "optimal-schedule", "predict-quality", "detect-anomalies",
))  # fmt: skip
"""Reached without the router when they are asked without parameters."""

TAGS = [
    {"name": "predictions", "description": "How many sessions, and where it is going."},
    {"name": "recommendations", "description": "What to do next, when, and how well it will go."},
    {"name": "analysis", "description": "What the past looks like."},
    {
        "name": "ai",
        "description": "Briefings, reviews, challenges and suggestions; every figure in them is ours.",
    },
    {"name": "search", "description": "Notes found by meaning and by words, in both languages."},
    {"name": "sessions", "description": "Sessions in and out."},
    {"name": "configuration", "description": "What a client tells the service about itself."},
    {"name": "cache", "description": "What is kept, and how to make it unusable."},
    {"name": "monitoring", "description": "What has been going on, over all workers."},
    {"name": "health", "description": "Is it alive, is it ready, what has it counted."},
]
