"""What the old service asked of others: blocking calls with requests, 30 seconds at most, never repeated."""

import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

LLM_URL = os.environ.get("TWIN_LLM_URL", "http://127.0.0.1:9")
YAHOO_URL = os.environ.get("TWIN_YAHOO_URL", "http://127.0.0.1:9")
SECONDS = float(os.environ.get("TWIN_TIMEOUT", "30"))
LANES = 5
KEPT_SECONDS = 3600
CACHE = Path(tempfile.mkdtemp(prefix="twin-"))

# The old service opened a connection per call; keeping them is what anybody would do first.
_session = requests.Session()
_session.mount("http://", HTTPAdapter(pool_maxsize=1000))
_session.trust_env = False


class UpstreamError(Exception):
    """Why there is no answer."""


def completion(
    model: str, messages: list[dict[str, str]], temperature: float, max_tokens: int
) -> dict[str, Any]:
    """Return ``{response, usage}``; raises UpstreamError."""
    body = {
        "model": model,
        "messages": messages,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "stream": False,
    }
    try:
        answer = _session.post(
            f"{LLM_URL}/chat/completions",
            json=body,
            headers={"Authorization": "Bearer sk-bench"},
            timeout=SECONDS,
        )
        told = answer.json()
        if answer.status_code != 200:
            raise UpstreamError(f"status {answer.status_code}")
        return {"response": told["choices"][0]["message"]["content"], "usage": told.get("usage", {})}
    except (requests.RequestException, ValueError, KeyError, IndexError) as error:
        raise UpstreamError(f"{type(error).__name__}: {error}") from error


def compared(prompt: str, names: list[str], temperature: float, max_tokens: int) -> list[dict[str, Any]]:
    """Ask each model, five at a time, in a pool made for this request."""

    def lane(model: str) -> dict[str, Any]:
        began = time.time()
        try:
            told = completion(model, [{"role": "user", "content": prompt}], temperature, max_tokens)
        except UpstreamError as error:
            return {"model": model, "success": False, "response_time": time.time() - began, "response": None, "error": str(error),
                    "token_count": 0, "word_count": 0, "avg_word_length": 0}  # fmt: skip
        words = told["response"].split()
        return {
            "model": model, "success": True, "response_time": time.time() - began, "response": told["response"],
            "token_count": told["usage"].get("completion_tokens", len(words)), "word_count": len(words),
            "avg_word_length": sum(map(len, words)) / max(1, len(words)), "usage": told["usage"],
        }  # fmt: skip

    with ThreadPoolExecutor(LANES) as pool:
        return sorted(pool.map(lane, names), key=lambda one: one["response_time"])


def history(symbol: str, days: int) -> dict[str, Any]:
    """Return one symbol's closes, or why there are none; kept in a file for an hour, as the old service did."""
    kept = CACHE / f"{symbol}_{days}.json"
    try:
        if time.time() - kept.stat().st_mtime < KEPT_SECONDS:
            return json.loads(kept.read_bytes())
    except (OSError, ValueError):
        pass
    found = _asked(symbol, days)
    if "closes" in found:
        kept.write_text(json.dumps(found))
    return found


def _asked(symbol: str, days: int) -> dict[str, Any]:
    end = datetime.now(UTC)
    span = {
        "period1": int((end - timedelta(days=days)).timestamp()),
        "period2": int(end.timestamp()),
        "interval": "1d",
    }
    try:
        answer = _session.get(f"{YAHOO_URL}/v8/finance/chart/{symbol}", params=span, timeout=SECONDS)
        result = answer.json()["chart"]["result"][0]
        closes = result["indicators"]["adjclose"][0]["adjclose"]
        dates = [datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in result["timestamp"]]
    except (requests.RequestException, ValueError, KeyError, IndexError, TypeError) as error:
        return {"symbol": symbol, "error": f"no data: {type(error).__name__}"}
    return {"symbol": symbol, "dates": dates, "closes": closes}
