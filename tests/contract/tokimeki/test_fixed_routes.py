"""Contract 2.3-2.7, 2.18-2.20: what hardly changes, and what the monitoring page reads."""

import pytest

from contract.checks import (
    PROBLEM,
    TIMESTAMP,
    check,
    exactly,
    flag,
    integer,
    many,
    number,
    one_of,
    table,
    text,
)

KEYS = {
    "mistral-small": "mistralai/mistral-small-3.2-24b-instruct:free",
    "deepseek-r1": "deepseek/deepseek-r1-0528:free",
    "deepseek-chat": "deepseek/deepseek-chat-v3-0324:free",
    "qwen3-8b": "qwen/qwen3-8b:free",
    "gemma-3n": "google/gemma-3n-e2b-it:free",
    "hunyuan": "tencent/hunyuan-a13b-instruct:free",
}
SYMBOLS = {
    "Technology": "AAPL MSFT GOOGL AMZN TSLA NVDA META NFLX AMD INTC ORCL CRM ADBE PYPL ZM",
    "Finance": "V MA JPM BAC WFC",
    "Consumer": "KO PEP MCD SBUX WMT TGT HD",
    "Entertainment": "DIS WBD SONY SPOT",
    "Transportation": "UBER LYFT ABNB",
}
MODEL = {
    "name": text(), "provider": text(), "context_window": text(like=r"\d+K tokens"), "max_tokens": text("4000"),
    "performance": text("Very High", "High", "Good", "Experimental"), "cost": text("Free"),
    "strengths": many(text(), least=2, most=3), "weaknesses": many(text(), least=1, most=3),
    "best_for": exactly(3, text()), "model_size": text(), "release_date": text("2024"), "license": text("Commercial"),
    "api_compatibility": text("OpenAI-compatible"), "note?": text(),
}  # fmt: skip
ROWS = {
    "mistral-small": ("Mistral Small 3.2 24B Instruct", "Mistral AI", "32K tokens", "High", "24B parameters"),
    "deepseek-r1": ("DeepSeek R1 0528", "DeepSeek", "128K tokens", "Very High", "undisclosed"),
    "deepseek-chat": ("DeepSeek Chat V3 0324", "DeepSeek", "128K tokens", "Very High", "undisclosed"),
    "qwen3-8b": ("Qwen3 8B", "Alibaba", "32K tokens", "Good", "8B parameters"),
    "gemma-3n": ("Gemma 3N E2B IT", "Google", "8K tokens", "Good", "2B parameters"),
    "kimi-k2": ("Kimi K2", "Moonshot AI", "200K tokens", "High", "undisclosed"),
    "llama-maverick": ("Llama 4 Maverick", "Meta", "32K tokens", "Good", "undisclosed"),
    "hunyuan": ("Hunyuan A13B Instruct", "Tencent", "32K tokens", "Good", "13B parameters"),
    "quasar-alpha": ("Quasar Alpha", "OpenRouter", "32K tokens", "Experimental", "Unknown"),
}
CATEGORIES = {
    "high_context": ["deepseek-r1", "deepseek-chat", "kimi-k2"],
    "fast_inference": ["qwen3-8b", "gemma-3n"],
    "multilingual": ["mistral-small", "kimi-k2", "hunyuan"],
    "code_focused": ["mistral-small", "deepseek-r1"],
    "chat_optimized": ["deepseek-chat"],
    "experimental": ["quasar-alpha"],
}
STATS = {
    "success": one_of(True), "requests_today": integer(0), "requests_hour": integer(0), "requests_month": integer(0),
    "successful_requests": integer(0), "failed_requests": integer(0), "avg_response_time": number(0, decimals=3),
    "total_cost": number(0, decimals=4), "memory_usage": number(0, 100, decimals=1), "uptime": text(like=r"\d+h [0-5]?\dm"),
    "model_usage": table(text(), integer(0)), "model_costs": table(text(), number(0)),
}  # fmt: skip
LIMITS = {
    "daily_limit": one_of(1000), "hourly_limit": one_of(100), "monthly_limit": one_of(10_000),
    "daily_used": integer(0), "hourly_used": integer(0), "monthly_used": integer(0),
    "daily_exceeded": flag, "hourly_exceeded": flag, "monthly_exceeded": flag,
}  # fmt: skip


def test_health(tokimeki):
    """The page enables its button by `api_configured`."""
    answer = tokimeki.ask("/health", {"api_configured": one_of(True), "timestamp": TIMESTAMP})
    assert set(answer) == {"api_configured", "timestamp"}


def test_models(tokimeki):
    """The map of the six keys, and the one that is used when none is named."""
    answer = tokimeki.ask("/models", {"default_model": text("mistral-small"), "api_configured": one_of(True)})
    assert answer["models"] == KEYS


def test_stock_symbols(tokimeki):
    """All 34 symbols by category, in the order of the contract."""
    answer = tokimeki.ask(
        "/stock_symbols", {"available_symbols": table(text(*SYMBOLS), table(text(), text()))}
    )
    assert {category: " ".join(group) for category, group in answer["available_symbols"].items()} == SYMBOLS
    assert (answer["total_symbols"], answer["categories"]) == (34, list(SYMBOLS))


def test_model_comparison(tokimeki):
    """A map of models, with the chart's `context_window` and `performance`, and the categories."""
    answer = tokimeki.ask("/api/model-comparison", {"models": table(text(*ROWS), MODEL)})
    assert answer["categories"] == CATEGORIES
    told = {
        key: (m["name"], m["provider"], m["context_window"], m["performance"], m["model_size"])
        for key, m in answer["models"].items()
    }
    assert told == ROWS
    noted = {key for key, m in answer["models"].items() if "note" in m}
    assert noted == {"deepseek-chat", "llama-maverick", "quasar-alpha"}


def test_debug_qwen_is_gone(tokimeki, upstream):
    """410, and no quota is spent."""
    assert tokimeki.ask("/debug-qwen", PROBLEM, method="POST", status=410)["code"] == "gone"
    assert not upstream.seen


def test_greeting(tokimeki):
    """Plain text."""
    response = tokimeki.client.get("/test")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert response.text.strip()


def test_unknown_routes_are_json(tokimeki):
    """404 as JSON, the routes that the old service never registered among them."""
    for path in ("/nothing", "/static/../app.py", "/static/unknown.js", "/pay"):
        check(PROBLEM, tokimeki.ask(path, status=404))


@pytest.mark.parametrize(
    ("path", "words"),
    [("/", "<textarea"), ("/monitoring", "Monitoring"), ("/ai-platform-comparison", "OpenRouter")],
)
def test_pages(tokimeki, path, words):
    """HTML that lets nothing foreign in."""
    response = tokimeki.client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert words in response.text
    assert "script-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("period", ["today", "hour", "month", "fortnight", ""])
def test_usage_stats(tokimeki, period):
    """All keys, for every period; an unknown one means today."""
    tokimeki.ask(f"/api/usage-stats?period={period}", STATS)


def test_a_chat_is_counted_once(tokimeki, upstream):
    """Counted under its key, successes apart from failures; a client's invented name is not a model."""
    before = tokimeki.ask("/api/usage-stats", STATS)
    tokimeki.post("/chat", {"message": "Hello", "model": "gemma-3n"})
    tokimeki.post("/chat", {"message": "Hello", "model": "invented"}, status=400)
    upstream.answers(fault="status", status=400)
    tokimeki.post("/chat", {"message": "Hello", "model": "gemma-3n"}, status=502)
    after = tokimeki.ask("/api/usage-stats", STATS)
    assert after["requests_today"] - before["requests_today"] == 2
    assert after["successful_requests"] - before["successful_requests"] == 1
    assert after["failed_requests"] - before["failed_requests"] == 1
    assert after["model_usage"]["gemma-3n"] - before["model_usage"].get("gemma-3n", 0) == 2
    assert "invented" not in after["model_usage"]


def test_usage_limits(tokimeki):
    """Informational: nothing is exceeded at a handful of requests."""
    answer = tokimeki.ask("/api/usage-limits", LIMITS)
    assert answer["daily_used"] == tokimeki.ask("/api/usage-stats?period=today")["requests_today"]


def test_reset(tokimeki):
    """The figures begin anew, the uptime too."""
    tokimeki.post("/chat", {"message": "Hello"})
    tokimeki.ask("/api/reset-stats", {"success": one_of(True), "message": text()}, method="POST")
    stats = tokimeki.ask("/api/usage-stats", STATS)
    assert (stats["requests_today"], stats["model_usage"], stats["uptime"]) == (0, {}, "0h 0m")
