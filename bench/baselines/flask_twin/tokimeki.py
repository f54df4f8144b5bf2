"""Tokimeki on Flask: ``gunicorn flask_twin.tokimeki:app``. No limits, no accounts: what is measured is the way of working."""

import time
from collections import deque
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask_cors import CORS

from flask_twin import sentiment, upstreams

app = Flask(__name__)
CORS(app)

SYSTEM = {"role": "system", "content": "You are a stock-market assistant."}
COMPANIES = [
    {"name": name, "symbol": symbol}
    for name, symbol in (("Google", "GOOGL"), ("Nvidia", "NVDA"), ("Apple", "AAPL"), ("Microsoft", "MSFT"), ("Amazon", "AMZN"),
                         ("Meta", "META"), ("Tesla", "TSLA"), ("Netflix", "NFLX"), ("AMD", "AMD"), ("Intel", "INTC"))
]  # fmt: skip
calls: deque[tuple[str, float, bool]] = deque(maxlen=10_000)
"""Endpoint, seconds, success: the old service's usage tracking."""


@app.before_request
def begin() -> None:
    g.began = time.time()


@app.after_request
def track(response: Response) -> Response:
    calls.append((request.endpoint or "", time.time() - g.began, response.status_code < 400))
    return response


@app.post("/chat")
def chat() -> Any:
    body = request.get_json()
    message = str(body.get("message", "")).strip()
    if not message:
        return jsonify({"error": "message is required"}), 400
    history = [turn for turn in body.get("history", [])[-10:] if "role" in turn and "content" in turn]
    model = body.get("model", "mistral-small")
    try:
        told = upstreams.completion(
            model, [SYSTEM, *history, {"role": "user", "content": message}], float(body.get("temperature", 0.7)),
            int(body.get("max_tokens", 1000)),
        )  # fmt: skip
    except upstreams.UpstreamError as error:
        return jsonify({"error": str(error)}), 500
    return jsonify({"success": True, "model": model, "timestamp": datetime.now().isoformat(), **told})


@app.post("/compare_models")
def compare() -> Any:
    body = request.get_json()
    prompt, names = str(body.get("prompt", "")).strip(), body.get("models", [])
    if not prompt:
        return jsonify({"error": "prompt is required"}), 400
    results = upstreams.compared(
        prompt, names, float(body.get("temperature", 0.7)), int(body.get("max_tokens", 1000))
    )
    good = [one for one in results if one["success"]]
    return jsonify({
        "success": True, "prompt": prompt, "results": results, "timestamp": datetime.now().isoformat(),
        "summary": {
            "total_models": len(results), "successful_models": len(good),
            "avg_response_time": sum(one["response_time"] for one in good) / max(1, len(good)),
            "avg_token_count": sum(one["token_count"] for one in good) / max(1, len(good)),
            "fastest_model": results[0]["model"] if results else None,
            "slowest_model": results[-1]["model"] if results else None,
        },
    })  # fmt: skip


@app.get("/stocks/history")
def stocks() -> Any:
    """Give closes, one symbol after the other."""
    symbols = [one.strip().upper() for one in request.args.get("symbols", "AAPL").split(",") if one.strip()]
    days = request.args.get("days", 31, int)
    return jsonify({symbol: upstreams.history(symbol, days) for symbol in dict.fromkeys(symbols)})


@app.get("/available_companies")
def companies() -> Any:
    return jsonify(COMPANIES)


@app.post("/analyze_tweet")
def analyze_tweet() -> Any:
    text = str(request.get_json().get("text", "")).strip()
    if not text:
        return jsonify({"error": "text is required"}), 400
    return jsonify(sentiment.in_a_process(text))


@app.get("/health")
def health() -> Any:
    return jsonify({"api_configured": True, "timestamp": datetime.now().isoformat()})
