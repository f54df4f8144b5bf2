"""What holds for every route: plain JSON, ids, languages, methods, unknown paths."""

import re

import pytest

from contract.checks import PROBLEM, check, strict_json, texts
from contract.routes import ALL, READS
from tandem.pomodoro.api import BUSIEST

CHANGING = {"date", "x-request-id", "traceparent", "x-response-time", "x-process-time", "ratelimit"}

WRONG = (
    ("POST", "/api/analysis", {"GET"}), ("DELETE", "/api/recommendation", {"GET"}),
    ("PUT", "/api/prediction/today", {"GET"}), ("POST", "/api/weekly-insights/2026-03-02", {"GET"}),
    ("GET", "/api/train", {"POST"}), ("GET", "/api/config/categories", {"POST"}),
    ("DELETE", "/api/predict-quality", {"GET", "POST"}), ("PATCH", "/api/optimal-schedule", {"GET"}),
)  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_answers_are_clean(service, path):
    """Standard JSON without NaN, no text on a scale of five, no blank to be filled, no stray preset."""
    answer = service.client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    for at, said in texts(strict_json(answer.text)):
        assert "/5" not in said, f"{path} {at}: {said}"
        assert not re.search(r"\{\w*\}|\bNone\b|\bnan\b", said), f"{path} {at}: {said}"
        assert said != "short_focus", f"{path} {at}: {said}"


@pytest.mark.parametrize("path", READS)
def test_odd_rows_are_borne(running, path):
    """Blank names, braces, future and ancient dates, lengths below zero: an answer all the same."""
    running("odd").ask(path)


@pytest.mark.parametrize("path", READS)
def test_the_same_question_has_the_same_answer(running, path):
    """While neither data nor time change, nothing else does."""
    first, second = (running("large").client.get(path).content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ["empty", "small", "large", "troubled", "few days", "unrated"])
@pytest.mark.parametrize("path", READS)
def test_czech_unless_english_is_asked_for(running, name, path):
    """Sentences are Czech by default and English by Accept-Language, and nothing else differs."""
    client = running(name).client
    czech, same, english = (
        client.get(path, headers=headers)
        for headers in (
            {},
            {"accept-language": "cs-CZ,cs;q=0.9"},
            {"accept-language": "en-GB,en;q=0.8,cs;q=0.1"},
        )
    )
    assert czech.content == same.content
    assert czech.headers["content-language"] == "cs"
    assert english.headers["content-language"] == "en"
    assert "accept-language" in english.headers["vary"].lower()
    told, said = dict(texts(czech.json())), dict(texts(english.json()))
    assert set(told) == set(said)
    kept = re.compile(r"\.(preset_name|category|theme|best_category|best_theme|top_category|recommended_focus|"
                      r"recommended_theme|time|period|analyzed_period|analysis_period|baseline_top|timestamp|"
                      r"best_time_range|normal_range|\w*(categories|alternatives)\[\d+\])$")  # fmt: skip
    for at, sentence in told.items():
        if " " in sentence and not kept.search(at):
            assert sentence != said[at], f"{path} {at} is in one language only: {sentence}"


@pytest.mark.parametrize("path", READS)
def test_the_request_id_comes_back(running, path):
    """The id that the web service sends is in the answer; without one there is a new one each time."""
    client = running("small").client
    assert client.get(path, headers={"x-request-id": "1f3a9c2e"}).headers["x-request-id"] == "1f3a9c2e"
    made = {client.get(path).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    assert all(re.fullmatch(r"[\w.-]{8,64}", name) for name in made)


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/nothing", "/api/analysis/more", "/api/theme-recommendation/"]
)
def test_an_unknown_path_is_told_in_json(running, path):
    """404 is JSON with the same request id as its header."""
    answer = running("small").client.get(path, headers={"x-request-id": "feedbeef"})
    assert answer.status_code == 404
    check(PROBLEM, answer.json())
    assert answer.json() == {**answer.json(), "code": "not_found", "request_id": "feedbeef"}
    assert answer.headers["x-request-id"] == "feedbeef"


@pytest.mark.parametrize(("method", "path", "allowed"), WRONG)
def test_a_wrong_method_is_told_in_json(running, method, path, allowed):
    """405 is JSON and says which methods there are."""
    answer = running("small").client.request(method, path)
    assert answer.status_code == 405
    check(PROBLEM, answer.json())
    assert answer.json()["code"] == "method_not_allowed"
    assert {name.strip() for name in answer.headers["allow"].split(",")} - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize("path", READS)
def test_head_has_no_body(running, path):
    """HEAD is answered like GET without the body, as the old server did."""
    answer = running("small").client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/api/config/categories", "/api/predict-quality"])
def test_a_huge_body_is_refused(running, path):
    """More than a mebibyte: 413, as JSON."""
    sent = {"content": b" " * (1024 * 1024 + 1), "headers": {"content-type": "application/json"}}
    running("empty").ask(path, PROBLEM, method="POST", status=413, **sent)


def test_a_page_of_the_timer_may_call(running):
    """Browsers on the timer's page may read answers and the headers that explain them; other pages may not."""
    client = running("small").client
    ours = client.get("/api/analysis", headers={"origin": "http://localhost:5000"})
    assert ours.headers["access-control-allow-origin"] == "http://localhost:5000"
    assert "x-request-id" in ours.headers["access-control-expose-headers"].lower()
    assert "origin" in ours.headers["vary"].lower()
    strange = client.get("/api/analysis", headers={"origin": "http://strange.example"})
    assert "access-control-allow-origin" not in strange.headers
    asked = {"origin": "http://localhost:5000", "access-control-request-method": "POST"}
    assert client.options("/api/predict-quality", headers=asked).status_code == 200


def test_every_route_is_described(running):
    """The API description names every route of the contract."""
    paths = running("empty").ask("/openapi.json")["paths"]
    for path in ALL:
        template = re.sub(r"/\d{4}-\d\d-\d\d$", "/{", path)
        assert any(
            known == path or (template.endswith("{") and known.startswith(template)) for known in paths
        ), path


@pytest.mark.parametrize("way", BUSIEST)
def test_a_short_way_is_no_other_answer(running, way):
    """A parameter that nobody declared sends the request through the router: status, headers and bytes are the same."""
    _, path = way
    service, answers = running("large"), []
    for asked in (path, f"{path}?nobody=declared"):
        answer = service.client.get(asked, headers={"cache-control": "no-store"})
        told = {name: value for name, value in answer.headers.items() if name not in CHANGING}
        answers.append((answer.status_code, told, answer.content))
    assert answers[0] == answers[1]
