"""The routes, one file per family."""

from typing import Final

from fastapi import APIRouter

from tandem.core import operation
from tandem.core.middleware.shortcuts import Way
from tandem.core.monitoring import routes as monitoring_routes
from tandem.tokimeki.api import health, openai, pages
from tandem.tokimeki.api.legacy import caching as legacy_caching
from tandem.tokimeki.api.legacy import chat as legacy_chat
from tandem.tokimeki.api.legacy import monitoring as legacy_monitoring
from tandem.tokimeki.api.legacy import sentiment as legacy_sentiment
from tandem.tokimeki.api.legacy import speech as legacy_speech
from tandem.tokimeki.api.legacy import stocks as legacy_stocks
from tandem.tokimeki.api.legacy import strategies as legacy_strategies
from tandem.tokimeki.api.v1.endpoints import budgets, chat, monitoring, sentiment, speech, stocks

ROUTERS: tuple[APIRouter, ...] = (
    chat.router, monitoring.router, stocks.router,
    budgets.router, openai.router, legacy_chat.router, legacy_monitoring.router, legacy_caching.router,
    legacy_speech.router, speech.router, legacy_sentiment.router, sentiment.router, legacy_stocks.router, legacy_strategies.router,
    health.router,
    operation.router, monitoring_routes.router, pages.router,
)  # fmt: skip

BUSIEST: Final[tuple[Way, ...]] = (
    ("POST", "/v1/chat/completions"), ("POST", "/chat"), ("POST", "/api/v1/chat"), ("POST", "/api/v1/chat/stream"),
)  # fmt: skip
"""Reached without the router."""

TAGS = [
    {"name": "chat", "description": "Ask models, compare them, keep conversations."},
    {
        "name": "stocks",
        "description": "Prices, indicators, volatility, back-tests; every answer names its source.",
    },
    {"name": "sentiment", "description": "Positive, neutral or negative, and which words mattered."},
    {"name": "speech", "description": "Transcribe recordings; ask by voice."},
    {"name": "monitoring", "description": "What was used, by whom, at what cost."},
    {"name": "openai", "description": "For OpenAI's own clients."},
    {"name": "old paths", "description": "The old service's routes, unchanged for its clients."},
    {"name": "health", "description": "Is it alive, is it ready, what has it counted."},
]
