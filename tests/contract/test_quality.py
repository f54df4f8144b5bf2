"""/api/predict-quality, by query and by body."""

import pytest

from contract.checks import (
    COUNT,
    HOUR,
    PROBLEM,
    TIMESTAMP,
    flag,
    integer,
    many,
    maybe,
    number,
    rating,
    share,
    text,
)

PATH = "/api/predict-quality"
FACTORS = ("hour", "day", "preset", "category", "fatigue", "recovery", "wellness")
DAYS = ("Pondeli", "Utery", "Streda", "Ctvrtek", "Patek", "Sobota", "Nedele")
QUALITY = {
    "predicted_productivity": rating(),
    "confidence": share(),
    "context": {
        "hour": HOUR, "day_of_week": integer(), "day_name": text(*DAYS, "Unknown"), "preset": text(),
        "preset_name": text(), "category": maybe(text()), "sessions_today": COUNT, "minutes_since_last": maybe(COUNT),
        "has_wellness_data": flag,
    },
    "factor_scores": {name: {"score": rating(), "confidence": share(), "weight": number(0, 1)} for name in FACTORS},
    "factors": many({
        "type": text("positive", "negative"), "name": text(), "description": text(),
        "impact": text("high", "medium", "low"),
    }, most=5),
    "recommendation": {
        "type": text("positive", "warning", "neutral", "negative", "suggestion"), "message": text(),
        "action": maybe(text()), "icon": text(),
    },
    "metadata": {
        "model_version": text("1.1"), "total_sessions_analyzed": COUNT, "wellness_integrated": flag,
        "timestamp": TIMESTAMP,
    },
}  # fmt: skip
WELLNESS = {
    "sleep_quality": 80, "energy_level": 75.5, "mood": 90, "stress_level": 20, "motivation": 85, "focus_ability": None,
    "overall_wellness": None,
}  # fmt: skip
FULL = {
    "hour": 9, "day": 6, "preset": "learning", "category": "REST API", "sessions_today": 2, "minutes_since_last": 20,
    "wellness": WELLNESS,
}  # fmt: skip


def post(service, body, status=200, **more):
    """Send ``body`` as the timer does."""
    return service.ask(
        PATH, QUALITY if status == 200 else PROBLEM, method="POST", status=status, json=body, **more
    )


@pytest.mark.parametrize(
    "query",
    ["", "?hour=23&day=0&preset=flow_mode&category=Learning&sessions_today=7&minutes_since_last=3",
     "?preset=neznam%C3%BD&minutes_since_last=600", "?hour=0&day=6&sessions_today=100"],
)  # fmt: skip
def test_by_query(service, query):
    """The prediction has the contract's shape and is made of its factors."""
    answer = service.ask(PATH + query, QUALITY)
    scores = answer["factor_scores"]
    assert set(scores) == set(FACTORS)
    assert sum(factor["weight"] for factor in scores.values()) == pytest.approx(1)
    predicted = sum(factor["score"] * factor["weight"] for factor in scores.values())
    assert answer["predicted_productivity"] == pytest.approx(predicted, abs=0.11)
    ranks = [("high", "medium", "low").index(factor["impact"]) for factor in answer["factors"]]
    assert ranks == sorted(ranks)


def test_by_body(service, case):
    """A POST with JSON gives the same answer as a GET, and takes wellness into account."""
    answer = post(service, FULL)
    assert answer["context"] == {
        **answer["context"], "hour": 9, "day_of_week": 6, "day_name": "Nedele", "preset": "learning",
        "preset_name": "Learning", "category": "REST API", "sessions_today": 2, "minutes_since_last": 20,
        "has_wellness_data": True,
    }  # fmt: skip
    assert answer["metadata"]["wellness_integrated"] is True
    plain = {key: value for key, value in FULL.items() if key != "wellness"}
    assert post(service, plain) == service.ask(PATH, params=plain)


def test_defaults_are_now(running):
    """Nothing given: the service's hour and weekday, deep work, no category, the first session."""
    context = running("small on a Sunday").ask(PATH, QUALITY)["context"]
    assert context == {
        **context, "hour": 14, "day_of_week": 6, "day_name": "Nedele", "preset": "deep_work",
        "preset_name": "Deep Work", "category": None, "sessions_today": 0, "minutes_since_last": None,
        "has_wellness_data": False,
    }  # fmt: skip


def test_nulls_fall_back_to_the_query(running):
    """A field that the body leaves out or gives as null is taken from the query string."""
    body = {"hour": None, "day": 3, "category": None, "wellness": None}
    context = post(running("large"), body, params={"hour": "7", "day": "1", "category": "Database"})[
        "context"
    ]
    assert (context["hour"], context["day_of_week"], context["category"]) == (7, 3, "Database")


@pytest.mark.parametrize("body", [{}, {"unheard_of": 1}, {"wellness": {}}, {"preset": "neznámý"}])
def test_little_or_unknown_content_is_fine(running, body):
    """An empty object, a key nobody knows, no wellness values and an unknown preset are all accepted."""
    answer = post(running("large"), body)
    assert answer["context"]["preset_name"] == ("neznámý" if "preset" in body else "Deep Work")


def test_wellness_moves_the_prediction(running):
    """Good days are predicted better than bad ones, all else equal."""
    good = post(running("large"), {"wellness": {"overall_wellness": 95}})
    bad = post(running("large"), {"wellness": {"overall_wellness": 15}})
    assert good["predicted_productivity"] > bad["predicted_productivity"]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/problem+json"]
)
@pytest.mark.parametrize("content", [b"", b"{", b'{"hour": 9', b"hour=9", b'{"hour": NaN}', b"\xff\xfe"])
def test_malformed_json_is_refused(running, kind, content):
    """A body that claims to be JSON and is not: 400 with the reason, as JSON."""
    sent = {"content": content, "headers": {"content-type": kind}}
    answer = running("small").ask(PATH, PROBLEM, method="POST", status=400, **sent)
    assert "JSON" in answer["error"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", None]
)
def test_another_kind_of_body_is_ignored(running, kind):
    """Only JSON is read; everything else counts as no body at all."""
    headers = {"content-type": kind} if kind else {}
    answer = running("small").ask(
        f"{PATH}?hour=8", QUALITY, method="POST", content=b'{"hour": 20', headers=headers
    )
    assert answer["context"]["hour"] == 8


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.timer+json"])
def test_kinds_of_json(running, kind):
    """JSON is JSON with a charset or a vendor's name, too."""
    answer = running("small").ask(
        PATH, QUALITY, method="POST", content=b'{"hour": 20}', headers={"content-type": kind}
    )
    assert answer["context"]["hour"] == 20


@pytest.mark.parametrize(
    ("body", "named"),
    [({"hour": "ten"}, "hour"), ({"sessions_today": "2"}, "sessions_today"), ({"hour": 24}, "hour"),
     ({"hour": -1}, "hour"), ({"hour": 9.5}, "hour"), ({"hour": True}, "hour"), ({"preset": 5}, "preset"),
     ({"category": ["a"]}, "category"), ({"sessions_today": -1}, "sessions_today"),
     ({"minutes_since_last": -5}, "minutes_since_last"), ({"wellness": "good"}, "wellness"),
     ({"wellness": {"mood": 101}}, "mood"), ({"wellness": {"energy_level": "high"}}, "energy_level"),
     ([], ""), ("text", ""), (5, "")],
)  # fmt: skip
def test_wrong_values_in_the_body_are_refused(running, body, named):
    """Wrong types and values out of range: 400 that names the field."""
    assert named in post(running("small"), body, status=400)["error"]


def test_a_weekday_that_does_not_exist(running):
    """In the query an impossible weekday is called Unknown and scores like any day, as it always did."""
    answer = running("large").ask(f"{PATH}?day=9", QUALITY)
    assert answer["context"]["day_name"] == "Unknown"
    assert answer["factor_scores"]["day"] == running("large").ask(f"{PATH}?day=-3")["factor_scores"]["day"]


def test_the_day_names_are_without_diacritics(running):
    """Monday is 0."""
    names = [running("small").ask(f"{PATH}?day={day}")["context"]["day_name"] for day in range(7)]
    assert names == list(DAYS)
