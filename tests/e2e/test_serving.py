"""`tandem serve pomodoro` on both servers, with one and two workers: probes, correlation, counts, logs, loss."""

import concurrent.futures
import http.client
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from e2e.processes import Server, fetch, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SINGLE = pytest.mark.soak
"""One worker promises nothing that two do not keep; the tests of stopping and of faults start single ones anyway."""
LAYOUTS = [
    pytest.param(("granian", 1), marks=SINGLE), ("granian", 2), pytest.param(("uvicorn", 1), marks=SINGLE), ("uvicorn", 2),
]  # fmt: skip
SECRET = "sk-live-51HxSECRETnote"


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: f"{layout[0]}-{layout[1]}")
def served(request: pytest.FixtureRequest, shared_database: str, tmp_path_factory) -> Iterator[Server]:
    """One running service of each layout."""
    server, workers = request.param
    with Server.pomodoro(
        tmp_path_factory.mktemp("home"), server, workers, DATABASE_URL=shared_database
    ) as started:
        yield started


def log_of(served: Server, request_id: str) -> list[dict]:
    """The log lines of one request; they are written a moment after its answer."""
    return until(
        lambda: [line for line in served.lines() if line.get("trace_id") == request_id], 5, "no log line"
    )


def test_the_probes_answer(served: Server) -> None:
    """Alive, ready with every part well, healthy and connected."""
    assert served.client.get("/livez").json() == {"status": "alive"}
    ready = served.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert set(ready.json()["parts"].values()) == {"ok"}
    assert {"database", "changes", "schema"} <= set(ready.json()["parts"])
    for path in ("/health", "/api/health"):
        health = served.client.get(path).json()
        assert (health["status"], health["service"], health["database"]) == (
            "healthy",
            "pomodoro-ml",
            "connected",
        )


def test_a_callers_identifiers_come_back_and_stand_in_the_log(served: Server) -> None:
    """X-Request-ID as it was sent; the trace goes on under a span of ours."""
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    sent = {"X-Request-ID": f"timer-{served.port}", "traceparent": f"00-{trace}-{span}-01"}
    answer = served.client.get("/api/recommendation", headers=sent)
    assert answer.headers["x-request-id"] == sent["X-Request-ID"]
    found = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01", answer.headers["traceparent"])
    assert found[1] == trace
    assert found[2] != span
    (line,) = log_of(served, sent["X-Request-ID"])
    assert (line["event_type"], line["level"], line["service"]) == (
        "request_completed",
        "INFO",
        "pomodoro-ml",
    )
    assert (line["w3c_trace_id"], line["span_id"]) == (trace, found[2])
    assert line["context"] == {"method": "GET", "path": "/api/recommendation", "status": 200}
    assert line["metrics"]["duration_ms"] > 0


def test_identifiers_are_made_where_they_are_missing_or_unusable(served: Server) -> None:
    """One of ours on every answer, errors included, and in the error's body."""
    for path, headers in (
        ("/livez", {}),
        ("/nowhere", {"X-Request-ID": "a b"}),
        ("/api/sessions/x", {"traceparent": "00-x"}),
    ):
        answer = served.client.get(path, headers=headers)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.status_code == 200 or answer.json()["request_id"] == answer.headers["x-request-id"]


def test_neither_texts_nor_passwords_reach_the_log(served: Server, user: str) -> None:
    """Whatever people write into sessions, and however it fails, the log tells of requests only."""
    headers = {"X-User-ID": user, "X-Request-ID": f"secret-{served.port}"}
    body = {"task": f"task {SECRET}", "notes": f"note {SECRET}", "category": f"category {SECRET}"}
    assert served.client.post("/api/sessions", json=body, headers=headers).status_code == 201
    for bad in (body | {"duration_minutes": SECRET}, body | {SECRET: 1}, body | {"preset": SECRET}):
        assert served.client.post("/api/sessions", json=bad, headers=headers).status_code == 400
    assert served.client.get("/api/sessions", params={"category": SECRET}, headers=headers).status_code == 200
    file = {"file": ("log.csv", f"start,end,note\n2026-03-02 09:00,x,{SECRET}\n")}
    served.client.post("/api/sessions/import", files=file, headers=headers)
    until(lambda: len(log_of(served, headers["X-Request-ID"])) == 6, 5, "the access lines are missing")
    text = served.output() + served.errors()
    assert SECRET not in text
    assert "pass-word-of-the-database" not in text
    assert served.errors() == ""


def test_every_line_is_json_with_the_same_keys(served: Server) -> None:
    """What collects logs need not guess."""
    served.client.get("/nowhere")
    lines = until(
        lambda: [line for line in served.lines() if line["level"] == "WARNING"] and served.lines(), 5
    )
    assert all({"timestamp", "level", "service", "event_type", "message"} <= set(line) for line in lines)
    assert sum(line["event_type"] == "ML_SERVICE_READY" for line in lines) >= 1


def counted(text: str, path: str) -> float:
    """How many requests of one path all workers together have counted."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "flask_http_request_duration_seconds_count" and sample.labels["path"] == path
    )


def test_the_counts_of_all_workers_are_one(served: Server) -> None:
    """N requests are N in the next scrape whichever worker is asked, and N again in the one after."""
    path, number = "/api/preset-stats", 120
    before = counted(served.client.get("/metrics").text, path)

    def ask(_: int) -> int:
        return fetch(served.port, path)[0]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(number))) == {200}
    for _ in range(6):
        text = fetch(served.port, "/metrics")[1]
        assert counted(text, path) - before == number
    listening = f"tandem_changes_listening {float(len(served.workers()) or 1)}"
    # What siblings hold is sampled every five seconds, so a worker that has just begun is seen a little later.
    until(lambda: listening in fetch(served.port, "/metrics")[1], 12, "not every worker is seen to listen")


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system knows no such scheduling")
def test_the_servers_threads_wait_for_their_turn(served: Server) -> None:
    """All threads of all workers; neither the database nor whoever started the server."""
    for worker in served.workers():
        policies = {
            os.sched_getscheduler(int(thread.name)) for thread in Path(f"/proc/{worker.pid}/task").iterdir()
        }
        assert policies == {os.SCHED_BATCH}
    assert os.sched_getscheduler(served.process.pid) == os.SCHED_OTHER


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells what is shared")
def test_workers_share_what_they_import(served: Server) -> None:
    """Each has less for itself than it shares with the process that it was forked from; some 25 and 50 MB are measured."""
    if len(served.workers()) == 1 or "uvicorn" in " ".join(served.process.args):
        pytest.skip("a single worker and Uvicorn's import by themselves")
    for worker in served.workers():
        text = Path(f"/proc/{worker.pid}/smaps_rollup").read_text()
        sizes = {
            name: int(size) / 1024
            for name, size, _ in (line.split() for line in text.splitlines() if line.endswith("kB"))
        }
        assert sizes["Shared_Dirty:"] > 30
        assert sizes["Private_Dirty:"] < sizes["Shared_Dirty:"]


def test_a_killed_worker_is_replaced(served: Server) -> None:
    """With two workers the other one serves meanwhile, and the counts of the dead one are kept."""
    if len(served.workers()) < 2:
        pytest.skip("this layout has one worker")
    before = counted(served.client.get("/metrics").text, "/livez")
    victim = served.workers()[0]
    victim.kill()
    answered = refused = 0

    def both_there() -> bool:
        nonlocal answered, refused
        try:
            # What the dead worker had accepted is lost with it; a new connection finds the other one.
            answered += fetch(served.port, "/livez", timeout=2)[0] == 200
        except (OSError, http.client.HTTPException):
            refused += 1
        return sum(process.pid != victim.pid for process in served.workers()) == 2

    while not answered and refused <= 2:
        both_there()
    assert answered > 0
    until(both_there, 20, "no second worker came back")
    assert refused <= 2, f"{refused} of {refused + answered} were refused"

    def all_listen() -> bool:
        return "tandem_changes_listening 2.0" in fetch(served.port, "/metrics")[1]

    until(all_listen, 20, "the new worker does not listen")
    assert counted(fetch(served.port, "/metrics")[1], "/livez") - before == answered
    assert {fetch(served.port, "/readyz")[0] for _ in range(10)} == {200}


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_that_is_too_large_is_413(served: Server, user: str, chunked: bool) -> None:
    """One MiB is the most for ordinary routes, said beforehand or not; the connection's server lives on."""
    content = b'{"notes": "' + b"x" * (1024 * 1024) + b'"}'
    sent = (content[at : at + 65_536] for at in range(0, len(content), 65_536)) if chunked else content
    headers = {"Content-Type": "application/json", "X-User-ID": user}
    answer = httpx2.post(
        f"{served.url}/api/sessions", content=sent, headers=headers, trust_env=False, timeout=30
    )
    assert answer.status_code == 413, answer.text
    assert (answer.json()["code"], answer.headers["x-content-type-options"]) == ("too_large", "nosniff")
    just = b'{"task": "x"' + b" " * (1024 * 1024 - 13) + b"}"
    assert len(just) == 1024 * 1024
    assert served.client.post("/api/sessions", content=just, headers=headers).status_code == 201


def test_browsers_of_known_origins_are_let_in(served: Server) -> None:
    """The timer and the console may call and read our headers; an unknown page may not."""
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in (
        ("http://localhost:5000", True),
        ("https://evil.example", False),
        ("null", False),
    ):
        headers = {"Origin": origin}
        preflight = served.client.options("/api/sessions", headers=headers | ask)
        assert preflight.status_code == (200 if allowed else 400)
        plain = served.client.get("/api/recommendation", headers=headers)
        assert plain.status_code == 200
        for answer in (preflight, plain):
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert "Origin" in answer.headers["vary"]
        if allowed:
            assert "X-Request-ID" in plain.headers["access-control-expose-headers"]


def test_every_answer_is_guarded(served: Server) -> None:
    """Browsers are told to be careful with every answer, errors and documents included."""
    for path in (
        "/livez",
        "/nowhere",
        "/api/sessions/x",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/api/recommendation",
    ):
        headers = served.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_documents_need_no_network(served: Server) -> None:
    """The page and all that it loads come from this very server."""
    page = served.client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page.text)
    assert len(links) >= 3
    for link in links:
        assert link.startswith(("/", served.url)), f"{link} is elsewhere"
        asset = served.client.get(link.removeprefix(served.url))
        assert asset.status_code == 200, link
        assert len(asset.content) > 100
    assert not re.findall(r"https?://(?!127\.0\.0\.1)", page.text)


def test_the_description_tells_everything(served: Server) -> None:
    """Each operation has a summary, a description of what it answers and of its errors; references resolve."""
    document = served.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    operations = [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) > 20
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names)
    probes = ("/livez", "/health", "/api/health", "/metrics", "/api/ai/health", "/api/ai/v2/health")
    for name, operation in operations:
        assert operation["summary"], name
        codes = set(operation["responses"])
        assert any(code.startswith("2") for code in codes), name
        assert name.split()[1] in probes or any(code >= "400" for code in codes), f"{name} declares no error"
        # No old route answers 422: FastAPI would declare it by itself.
        assert "422" not in codes or "/api/v1/" in name, name
    text = json.dumps(document)
    for reference in set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', text)):
        assert reference in document["components"]["schemas"], reference
