"""A text of a model is filled from the facts or refused; no number of its own comes through."""

from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from tandem.pomodoro.ai.prose import Category, Draft, Filling, Line, Prose, fill
from tandem.pomodoro.ai.strict_schema import strict_schema

SLOTS = {"sessions_yesterday": "3 bloky včera", "top_category": "Web {2.0}", "streak": "série 5 dnů"}
CZECH = Filling("cs", SLOTS, {"category": ("REST API", "Learning")})
ENGLISH = Filling("en", SLOTS)


class Inner(Draft):
    title: Line
    category: Category


class Example(Draft):
    text: Prose
    mood: Literal["good", "bad"]
    parts: Annotated[list[Inner], Field(default_factory=list)]


def test_slots_are_filled_once():
    said = fill("Máte za sebou {sessions_yesterday} a k tomu {top_category} .", CZECH)
    assert said == "Máte za sebou 3 bloky včera a k tomu Web {2.0} ."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Včera {sessions} hotovo.", "no slot"),
        ("Včera {sessions_yesterday hotovo.", "braces"),
        ("Včera {{sessions_yesterday}} hotovo.", "braces"),
        ("Včera {0} hotovo.", "braces"),
        ("Včera {sessions_yesterday.real} hotovo.", "braces"),
        ("Včera -{sessions_yesterday} hotovo.", "by itself"),
        ("Včera {streak}{streak} hotovo.", "by itself"),
        ("Včera tři bloky.", "number"),
        ("Včera 3 bloky.", "number"),
        ("Podívejte se na <b>to</b>.", "markup"),
        ("Podívejte se na https:slashdot", "addresses"),
        ("Ahoj\u200b světe", "control"),
        ("Привет", "Latin"),
        ("t\u200dhree", "control"),
        ("t\ufe0fhree", "three"),
        ("   ", "braces"),
        ("Please keep going and take every break that you need. " * 4, "Czech"),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused(text: str, why: str):
    with pytest.raises(ValueError, match=why):
        fill(text, CZECH)


def test_czech_is_refused_where_english_is_wanted():
    with pytest.raises(ValueError, match="English"):
        fill("Dokončete prosím rozdělané úkoly a běžte se projít.", ENGLISH)


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_nothing_odd_comes_through(text: str):
    try:
        said = fill(text, CZECH)
    except ValueError:
        return
    assert not any(sign.isnumeric() for sign in said)
    assert "{" not in said


PLANTED = (
    "{n}", "{n} %", "asi {n}", "~{n}", "-{n}", "{n}krát", "({n})", "v{n}", "{n}.", "č. {n}",
)  # fmt: skip


@settings(max_examples=60)
@given(st.integers(0, 200), st.sampled_from(PLANTED), st.sampled_from(list(SLOTS)))
def test_a_planted_number_never_reaches_a_text(number: int, shape: str, slot: str):
    with pytest.raises(ValueError):
        fill(f"Máte za sebou {{{slot}}} a {shape.format(n=number)} navíc.", CZECH)


def test_a_draft_is_checked_throughout():
    good = {
        "text": "Dobře, {streak} .",
        "mood": "good",
        "parts": [{"title": "Ano", "category": "rest api"}],
        "sessions": 99,
    }
    draft = Example.model_validate(good, context=CZECH)
    assert draft.text == "Dobře, série 5 dnů ."
    assert draft.parts[0].category == "REST API"
    assert not hasattr(draft, "sessions")
    for wrong in (
        good | {"mood": "great"},
        good | {"text": 5},
        good | {"text": None},
        good | {"parts": [{"title": "pět", "category": "REST API"}]},
        good | {"parts": [{"title": "Ano", "category": "Coding"}]},
        {"mood": "good"},
    ):
        with pytest.raises(ValidationError):
            Example.model_validate(wrong, context=CZECH)


def test_our_own_texts_are_taken_as_they_are():
    assert Example(text="Včera 3 bloky.", mood="good").text == "Včera 3 bloky."


def test_our_own_text_that_quotes_too_much_is_cut_and_a_models_is_refused():
    text = "You have worked at " + ", ".join(["a category with a long name"] * 60)
    cut = Example(text=text, mood="good", parts=[Inner(title=text, category="x")])
    assert len(cut.text) == 1200
    assert cut.text.endswith("…")
    assert len(cut.parts[0].title) == 160
    with pytest.raises(ValidationError, match="at most 1200"):
        Example.model_validate({"text": text, "mood": "good", "parts": []}, context=ENGLISH)


def test_the_schema_is_strict_and_knows_the_choices():
    schema = strict_schema(Example, CZECH.choices)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["text", "mood", "parts"]
    inner = schema["properties"]["parts"]["items"]
    assert inner["properties"]["category"] == {"type": "string", "enum": ["REST API", "Learning"]}
    assert "$ref" not in str(schema)
    assert issubclass(Example, BaseModel)
