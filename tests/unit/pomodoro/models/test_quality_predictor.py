"""How well a session is going to go."""

import json
import math
from datetime import datetime
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tandem.core.i18n import Translator, translator
from tandem.pomodoro.models.quality_predictor import WEIGHTS, predict
from tandem.pomodoro.schemas.quality import QualityBody, QualityPrediction, QualityQuery, Wellness
from tandem.pomodoro.snapshot import Snapshot
from unit.pomodoro.builders import NOW, big_snapshot, every_day, session, snapshot_of
from unit.pomodoro.strategies import CATEGORIES, PRESET_NAMES, moments, snapshots, texts

EN = translator("en")
NOBODY = Snapshot.empty("default")


def ask(snapshot: Snapshot = NOBODY, **question: object) -> QualityPrediction:
    """The prediction for nine o'clock on a Monday, unless told otherwise."""
    return predict(snapshot, NOW, EN, QualityQuery(**{"hour": 9, "day": 0} | question))


def test_the_weights_sum_to_one():
    """The prediction is a mean, so it stays on the scale of its parts."""
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_without_ratings_the_contracts_figures_hold():
    """Each side has its named default, and says with confidence 0.1 that it is one."""
    answer = ask(category="Coding", minutes_since_last=20, sessions_today=2)
    scores = {name: score["score"] for name, score in answer.factor_scores.model_dump().items()}
    assert scores == {
        "hour": 80.0, "day": 70.0, "preset": 75.0, "category": 70.0, "fatigue": 78.0, "recovery": 82.0, "wellness": 70.0,
    }  # fmt: skip
    assert answer.factor_scores.hour.confidence == 0.1
    assert answer.basis == "default"
    assert answer.metadata.total_sessions_analyzed == 0
    assert answer.metadata.timestamp == "2026-03-04T10:30:00"
    expected = sum(WEIGHTS[name] * score for name, score in scores.items())
    assert answer.predicted_productivity == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("minutes", "score", "confidence"),
    [(0, 55, 0.5), (4, 55, 0.5), (5, 68, 0.5), (15, 82, 0.6), (30, 82, 0.6), (60, 80, 0.5), (120, 75, 0.4), (240, 70, 0.3),
     (241, 65, 0.2)],
)  # fmt: skip
def test_the_pause_is_judged_by_its_length(minutes: int, score: float, confidence: float):
    """The table of the contract, borders included."""
    recovery = ask(minutes_since_last=minutes).factor_scores.recovery
    assert (recovery.score, recovery.confidence) == (score, confidence)


def test_after_a_long_pause_nobody_is_told_to_rest_longer():
    """A pause of five hours is not too short; one of ten minutes is."""
    fair = snapshot_of(every_day(40, per_day=2, rating=65.0))
    long_pause = ask(fair, minutes_since_last=300).recommendation
    short_pause = ask(fair, minutes_since_last=10).recommendation
    assert long_pause.type == "neutral"
    assert long_pause.action is None
    assert short_pause.type == "warning"
    assert short_pause.icon == "☕"


def test_the_own_ratings_replace_the_defaults():
    """After many ratings the scores are the person's own, and confidence says so."""
    poor = snapshot_of(every_day(200, per_day=2, rating=20.0))
    answer = ask(poor, hour=9, category="Coding")
    assert answer.factor_scores.hour.score == pytest.approx(20, abs=2)
    assert answer.factor_scores.preset.score == pytest.approx(20, abs=2)
    assert answer.factor_scores.hour.confidence > 0.9
    assert answer.basis == "history"
    assert answer.confidence > ask(category="Coding").confidence


def test_few_ratings_move_a_score_only_a_little():
    """One rating of 0 at nine o'clock does not make nine o'clock worthless."""
    snapshot = snapshot_of(every_day(30, per_day=1, rating=70.0), session(3, 15, 0.0))
    assert 50 < ask(snapshot, hour=15).factor_scores.hour.score < 68


def test_zero_and_five_are_ratings():
    """A history of 0 and 5 per cent is a bad history, not an excellent or an unknown one."""
    snapshot = snapshot_of(every_day(100, rating=0.0), every_day(100, rating=5.0, category="Other"))
    assert ask(snapshot).predicted_productivity < 30


def test_tiredness_is_read_from_the_position_in_the_day():
    """If the fifth session of a day is always bad, a fifth session is predicted to be worse than a first."""
    rows = [session(ago, 8 + k, 85.0 if k < 4 else 30.0) for ago in range(1, 60) for k in range(5)]
    snapshot = snapshot_of(rows)
    fresh, tired = ask(snapshot, sessions_today=0), ask(snapshot, sessions_today=4)
    assert fresh.factor_scores.fatigue.score > 80
    assert tired.factor_scores.fatigue.score < 40
    assert [f.type for f in tired.factors if "4 sessions" in f.description] == ["negative"]


def test_weekdays_come_from_the_date():
    """A person who is bad on Mondays is predicted to be worse on Monday, day 0."""
    rows = [session(ago, 9, 30.0 if session(ago).weekday == 0 else 80.0) for ago in range(1, 200)]
    monday, tuesday = ask(snapshot_of(rows), day=0), ask(snapshot_of(rows), day=1)
    assert monday.factor_scores.day.score < 45
    assert tuesday.factor_scores.day.score > 70
    assert monday.context.day_name == "Pondeli"


def test_wellness_is_used_as_given():
    """The overall value as it is; else the weighted mean of what is given, stress reversed."""
    assert ask(wellness=Wellness(overall_wellness=90)).factor_scores.wellness.score == 90
    mixed = ask(wellness=Wellness(mood=60, stress_level=0)).factor_scores.wellness
    assert mixed.score == 80
    assert mixed.confidence == pytest.approx(0.47)
    nothing = ask(wellness=Wellness())
    assert nothing.context.has_wellness_data is False
    assert nothing.metadata.wellness_integrated is False
    assert nothing.factor_scores.wellness.confidence == 0.1


def test_the_extremes_stay_on_the_scale():
    """0 and 100 everywhere give no prediction outside 0-100."""
    best = ask(snapshot_of(every_day(300, rating=100.0)), wellness=Wellness(overall_wellness=100))
    worst = ask(snapshot_of(every_day(300, rating=0.0)), wellness=Wellness(overall_wellness=0))
    assert best.predicted_productivity <= 100
    assert best.interval_80[1] == 100
    assert worst.predicted_productivity >= 0
    assert worst.interval_80[0] == 0


def test_the_interval_holds_four_in_five_ratings():
    """For ratings that scatter around one mean the interval covers 80 %, give or take ten."""
    rng = np.random.default_rng(2)
    ratings = np.clip(rng.normal(65, 12, 400), 0, 100)
    rows = [session(ago, 9, float(r)) for ago, r in enumerate(ratings[:200], 1)]
    low, high = ask(
        snapshot_of(rows), wellness=Wellness(overall_wellness=65), minutes_since_last=200
    ).interval_80
    inside = ((ratings[200:] >= low) & (ratings[200:] <= high)).mean()
    assert 0.7 <= inside <= 0.9


def test_unknown_values_of_old_callers_are_tolerated():
    """An unknown preset keeps its raw name, an impossible day is named Unknown."""
    answer = ask(hour=99, day=9, preset="zen", sessions_today=-3)
    assert answer.context.preset_name == "zen"
    assert answer.context.day_name == "Unknown"
    assert answer.factor_scores.hour.score == 50
    assert answer.factor_scores.day.score == 70


@pytest.mark.parametrize(
    "body",
    [
        {"hour": 24}, {"hour": "ten"}, {"hour": True}, {"day": 7}, {"day": -1}, {"sessions_today": "2"}, {"sessions_today": -1},
        {"minutes_since_last": -5}, {"minutes_since_last": 1.5}, {"preset": 3}, {"wellness": {"mood": 101}},
        {"wellness": {"mood": True}}, {"wellness": {"overall_wellness": "good"}}, {"wellness": [1]}, [],
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused(body: object):
    """Wrong types and values out of range are named, not guessed at."""
    with pytest.raises(ValidationError):
        QualityBody.model_validate(body)


def test_a_body_of_the_old_web_service_is_accepted():
    """Null fields, other columns of the check-in, and decimals that were sent as text."""
    body = QualityBody.model_validate(
        {
            "hour": None, "day": 2, "preset": "learning", "category": None, "sessions_today": 0, "minutes_since_last": None,
            "wellness": {"id": "x", "notes": None, "overall_wellness": "71.50", "mood": 60, "stress_level": None},
        }
    )  # fmt: skip
    assert body.hour is None
    assert body.wellness is not None
    assert body.wellness.overall_wellness == 71.5


def test_a_better_preset_is_suggested():
    """Where the asked preset fails and another works at the same hour, the other is named."""
    rows = [
        *[session(ago, 9, 20.0, preset="flow_mode") for ago in range(1, 60)],
        *[session(ago, 9, 95.0, preset="quick_tasks") for ago in range(1, 120)],
        *[session(ago, 20, 10.0, preset="flow_mode", category="Other") for ago in range(1, 60)],
    ]
    advice = ask(
        snapshot_of(rows),
        preset="flow_mode",
        category="Other",
        sessions_today=1,
        wellness=Wellness(overall_wellness=20),
    ).recommendation
    assert advice.type == "suggestion"
    assert advice.action is not None
    assert "Quick Tasks" in advice.action


def test_sixteen_years_are_read_at_once():
    """200,000 sessions cost a few milliseconds at most."""
    snapshot = big_snapshot()
    query = QualityQuery(hour=9, day=2, category="Category 4", sessions_today=2, minutes_since_last=15)
    best = math.inf
    for _ in range(10):
        started = perf_counter()
        predict(snapshot, NOW, EN, query)
        best = min(best, perf_counter() - started)
    assert best < 0.02


queries = st.builds(
    QualityQuery,
    hour=st.integers(-1, 25),
    day=st.integers(-1, 8),
    preset=st.sampled_from([*PRESET_NAMES, "zen"]),
    category=st.sampled_from([None, *CATEGORIES]),
    sessions_today=st.integers(-1, 30),
    minutes_since_last=st.none() | st.integers(0, 500),
    wellness=st.none()
    | st.builds(
        Wellness, mood=st.none() | st.floats(0, 100), stress_level=st.none() | st.floats(0, 100),
        overall_wellness=st.none() | st.floats(0, 100),
    ),
)  # fmt: skip


@given(snapshots(), moments, texts, queries)
def test_any_question_gets_a_sound_answer(
    snapshot: Snapshot, now: datetime, text: Translator, query: QualityQuery
):
    """Within bounds, in the contract's order, valid JSON."""
    answer = predict(snapshot, now, text, query)
    impacts = [["high", "medium", "low"].index(factor.impact) for factor in answer.factors]
    assert impacts == sorted(impacts)
    low, high = answer.interval_80
    assert low <= answer.predicted_productivity <= high
    data = json.loads(answer.model_dump_json())
    assert sum(score["weight"] for score in data["factor_scores"].values()) == pytest.approx(1.0)
    assert "NaN" not in answer.model_dump_json()
