"""Pomodoro ML on Flask: ``gunicorn flask_twin.pomodoro:app``; with REDIS_URL, answers are cached by Flask-Caching."""

import os
from datetime import datetime
from typing import Any

from flask import Flask, jsonify, request
from flask_caching import Cache
from flask_cors import CORS

from flask_twin import anomalies, models, sessions

app = Flask(__name__)
CORS(app)
REDIS = os.environ.get("REDIS_URL", "")
cache = Cache(
    app,
    config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": REDIS} if REDIS else {"CACHE_TYPE": "NullCache"},
)
SECONDS = 300


def user() -> str:
    """Whose data are asked for."""
    return request.headers.get("X-User-ID", "default")


def cache_key() -> str:
    """Return the key of Flask-Caching's entry: without the user, people would see each other's answers."""
    return f"{user()}:{request.full_path}"


cached = cache.cached(timeout=SECONDS, make_cache_key=lambda *_, **__: cache_key())


@app.get("/api/recommendation")
@cached
def recommendation() -> Any:
    return jsonify(models.recommendation(sessions.completed(user()), request.args.get("category")))


@app.get("/api/preset-stats")
@cached
def preset_stats() -> Any:
    return jsonify(models.preset_stats(sessions.completed(user())))


@app.get("/api/prediction/today")
@cached
def today() -> Any:
    return jsonify(models.today(sessions.completed(user())))


@app.get("/api/prediction/week")
@cached
def week() -> Any:
    return jsonify(models.week(sessions.completed(user())))


@app.get("/api/trends")
@cached
def trends() -> Any:
    return jsonify(models.trends(sessions.completed(user()), request.args.get("days", 14, int)))


@app.get("/api/analysis")
@cached
def analysis() -> Any:
    return jsonify(models.analysis(sessions.completed(user())))


@app.get("/api/burnout-risk")
@cached
def burnout() -> Any:
    return jsonify(models.burnout(sessions.completed(user())))


@app.get("/api/optimal-schedule")
@cached
def schedule() -> Any:
    wanted = min(12, max(1, request.args.get("sessions", 6, int)))
    return jsonify(models.schedule(sessions.completed(user()), wanted))


@app.get("/api/predict-quality")
@cached
def quality() -> Any:
    return jsonify(
        anomalies.quality(
            sessions.completed(user()), request.args.get("preset", "deep_work"), request.args.get("category"),
            request.args.get("hour", datetime.now().hour, int), request.args.get("sessions_today", 0, int),
        )
    )  # fmt: skip


@app.get("/api/detect-anomalies")
@cached
def detect() -> Any:
    return jsonify(anomalies.anomalies(sessions.completed(user())))


@app.post("/api/sessions")
def add() -> Any:
    """Keep a session, as the old web service's POST /api/log did."""
    return jsonify({"status": "ok", "session_id": sessions.add(user(), request.get_json())}), 201


@app.get("/api/health")
def health() -> Any:
    return jsonify({"status": "healthy", "service": "pomodoro-ml", "database": "connected"})
