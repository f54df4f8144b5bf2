"""/api/health, /health, /metrics and /api/config/categories."""

import re

import pytest

from contract.checks import PROBLEM, exactly, integer, many, text
from contract.routes import READS

HEALTH = {
    "status": text("healthy"),
    "service": text("pomodoro-ml"),
    "database": text("connected", "disconnected"),
}
STORED = {
    "status": text("ok"), "categories_count": integer(0), "categories": many(text()),
    "updated_components": exactly(2, text("ai_analyzer", "ai_generator")),
}  # fmt: skip
METRICS = {
    "flask_http_request_duration_seconds": "histogram", "flask_http_request_total": "counter",
    "flask_http_request_exceptions_total": "counter", "flask_exporter_info": "gauge", "pomodoro_ml_info": "gauge",
    "ml_prediction_requests_total": "counter", "ml_prediction_errors_total": "counter",
    "ml_prediction_duration_seconds": "histogram", "ml_sessions_analyzed_count": "gauge",
    "ml_ai_requests_total": "counter", "ml_ai_errors_total": "counter", "ml_ai_request_duration_seconds": "histogram",
    "ml_ai_tokens_input_total": "counter", "ml_ai_tokens_output_total": "counter", "ml_ai_cost_usd_total": "counter",
    "ml_cache_hits_total": "counter", "ml_cache_misses_total": "counter",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/api/health", "/health"])
def test_health(service, path):
    """The service says that it runs and that its database is connected."""
    assert service.ask(path, HEALTH)["database"] == "connected"


def test_liveness_and_readiness(running):
    """A started service is alive and ready."""
    assert running("empty").client.get("/livez").status_code == 200
    assert running("empty").ask("/readyz", {"status": text("ready")})


def test_metrics_have_their_names(running):
    """Dashboards and alerts find every metric under its name, with the type that they expect."""
    service = running("large")
    for path in READS:
        service.ask(path)
    answer = service.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", answer.text, re.MULTILINE))
    for name, kind in METRICS.items():
        # Some scrapers' formats name a counter in its TYPE line without the suffix.
        assert types.get(name) or types.get(name.removesuffix("_total")) == kind, name
    assert 'service="pomodoro-ml"' in answer.text
    assert re.search(r'^pomodoro_ml_info\{[^}]*version="1\.0"[^}]*\} 1(\.0)?$', answer.text, re.MULTILINE)


def test_requests_are_counted_under_their_labels(running):
    """Requests are counted by method, path and status; health checks are not."""
    service = running("small")
    service.ask("/api/health")
    service.ask("/api/recommendation")
    service.ask("/api/prediction/today")
    service.ask("/api/theme-recommendation/2026-03-04")
    page = service.client.get("/metrics").text
    series = re.findall(r"^flask_http_request_duration_seconds_count\{([^}]*)\} (\S+)$", page, re.MULTILINE)
    paths = {dict(re.findall(r'(\w+)="([^"]*)"', labels))["path"] for labels, _ in series}
    assert {"/api/recommendation", "/api/prediction/today"} <= paths
    assert "/api/health" not in paths
    assert not any("2026" in path for path in paths)
    assert re.search(r'^flask_http_request_total\{method="GET",status="200"\} [1-9]', page, re.MULTILINE)
    for kind in ("recommendation", "today"):
        assert re.search(
            rf'^ml_prediction_requests_total\{{prediction_type="{kind}"\}} [1-9]', page, re.MULTILINE
        )
        pattern = rf'^ml_prediction_duration_seconds_bucket\{{.*prediction_type="{kind}".*\}} '
        assert re.search(pattern, page, re.MULTILINE)


def test_prediction_buckets_are_those_of_the_dashboards(running):
    """Quantiles on dashboards are computed from these bounds."""
    running("small").ask("/api/recommendation")
    page = running("small").client.get("/metrics").text
    bounds = re.findall(r'^ml_prediction_duration_seconds_bucket\{[^}]*le="([\d.]+)"', page, re.MULTILINE)
    assert {float(bound) for bound in bounds} == {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}


def test_categories_are_kept(person):
    """Configured categories come back, are used by the diversity detector and replace the earlier ones."""
    service = person()
    names = ["Žluťoučký kůň", "REST API", "Learning"]
    stored = service.ask("/api/config/categories", STORED, method="POST", json={"categories": names})
    assert (stored["categories"], stored["categories_count"]) == (names, 3)
    assert set(stored["updated_components"]) == {"ai_analyzer", "ai_generator"}
    assert service.ask("/api/debug/diversity")["detector_categories"] == names
    service.ask("/api/config/categories", STORED, method="POST", json={"categories": ["Other"]})
    assert service.ask("/api/debug/diversity")["detector_categories"] == ["Other"]


def test_no_categories_mean_an_empty_list(person):
    """The key may be missing; unknown keys are ignored."""
    for body in ({}, {"categories": []}, {"names": ["a"]}):
        stored = person().ask("/api/config/categories", STORED, method="POST", json=body)
        assert (stored["categories"], stored["categories_count"]) == ([], 0)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"categories": "one"}', b'{"categories": [1]}', b"[]", b'"text"']
)
def test_malformed_categories_are_refused(running, content):
    """A body that is no JSON or no list of texts: 400 with the reason."""
    sent = {"content": content, "headers": {"content-type": "application/json"}}
    running("empty").ask("/api/config/categories", PROBLEM, method="POST", status=400, **sent)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_categories_must_be_json(running, kind):
    """Another media type: 415, as JSON."""
    headers = {"content-type": kind} if kind else {}
    answer = running("empty").ask(
        "/api/config/categories",
        PROBLEM,
        method="POST",
        status=415,
        content=b'{"categories": []}',
        headers=headers,
    )
    assert answer["code"] == "unsupported_media_type"
