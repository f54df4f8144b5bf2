"""Secrets and people's words do not reach the log, wherever they are put."""

import time

import pytest

from tandem.core.observability.redaction import DEEPEST, MOST_ITEMS, REDACTED, kind_of, redact, scrub

SECRET = "Tr0ub4dor-and-3"


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("authorization", "secret"), ("Authorization", "secret"), ("api_key", "secret"), ("X-Api-Key", "secret"),
        ("apiKey", "secret"), ("OPENAI_API_KEY", "secret"), ("access_token", "secret"), ("dbPassword", "secret"),
        ("set-cookie", "secret"), ("client_secret", "secret"), ("notes", "content"), ("task", "content"),
        ("system_prompt", "content"), ("prompt_length", "content"), ("total_tokens", "open"), ("tokens_input", "open"),
        ("session_id", "open"), ("multitasking", "open"), ("monkey", "open"), ("recommended_preset", "open"),
    ],
)  # fmt: skip
def test_keys_are_told_apart_word_by_word(key, kind):
    """A key is secret by its words, not by letters that happen to be in it."""
    assert kind_of(key) == kind


def test_nested_structures_are_searched():
    """Lists of mappings of tuples give their secrets away no more than flat ones."""
    data = {
        "outer": [{"headers": {"Authorization": SECRET, "accept": "json"}}, ({"apiKey": [SECRET]},)],
        "session": {"notes": SECRET, "task": {"title": SECRET}, "duration": 25},
    }
    seen = redact(data)
    assert SECRET not in repr(seen)
    assert seen["outer"][0]["headers"] == {"Authorization": REDACTED, "accept": "json"}
    assert seen["session"] == {"notes": REDACTED, "task": REDACTED, "duration": 25}


def test_figures_about_contents_stay_readable():
    """Lengths and counts are what a log is for; numbers under secret keys are not."""
    seen = redact(
        {
            "prompt_length": 120,
            "total_tokens": 7,
            "task_count": 3,
            "token": 4711,
            "api_key": None,
            "secret": True,
        }
    )
    assert seen == {
        "prompt_length": 120, "total_tokens": 7, "task_count": 3, "token": REDACTED, "api_key": None, "secret": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        f"cannot reach postgresql://pomodoro:{SECRET}@localhost:5432/pomodoro",
        f"redis://:{SECRET}@cache:6379/0 is gone",
        f"postgres://u:p@{SECRET}@h/db",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Token {SECRET}",
        f"[(b'authorization', b'Token {SECRET}'), (b'accept', b'*/*')]",
        f"headers={{'Authorization': 'Bearer {SECRET}'}}",
        f"bearer {SECRET} was refused",
        f'{{"api_key": "{SECRET}", "n": 1}}',
        f"connect host=x password={SECRET} dbname=y",
        f"password='{SECRET} with spaces'",
        f"GET /x?api_key={SECRET}&y=1",
        f"Cookie: theme=dark; session={SECRET}",
        f"invalid key sk-or-v1-{SECRET}",
        f"DETAIL:  Failing row contains (1, {SECRET}, (x), null).",
        f"DETAIL:  Key (notes)=({SECRET}) already exists.",
        f"1 error [type=string_type, input_value={{'notes': '{SECRET}'}}, input_type=dict]",
        f"Session(id=1, notes='{SECRET}', task=\"{SECRET}\")",
    ],
)
def test_texts_are_searched(text):
    """What looks like a secret or quotes a person's row is taken out of messages."""
    assert SECRET not in scrub(text)
    assert REDACTED in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET http://localhost:8080/x?mail=a@b.cz",
        "unexpected token in JSON",
        "total_tokens: 12, prompt_length=5",
        "basic auth is off",
        "task finished in 3 s",
    ],
)
def test_ordinary_texts_stay_as_they_are(text):
    """Redaction does not eat what operators need."""
    assert scrub(text) == text


def test_size_is_bounded():
    """Long texts, long lists, wide mappings and deep nests are cut."""
    deep = []
    for _ in range(50):
        deep = [deep]
    assert len(scrub("x" * 100_000)) < 2_100
    assert len(redact(list(range(1000)))) == MOST_ITEMS + 1
    assert len(redact({str(n): n for n in range(1000)})) == MOST_ITEMS + 1
    assert repr(redact(deep)).count("[") == DEEPEST


def test_odd_values_become_plain():
    """Whatever is logged turns into JSON data."""
    assert redact({1: b"abc", "big": 2**70, "set": {1}, "type": ValueError("x")}) == {
        "1": "[3 bytes]", "big": str(2**70), "set": [1], "type": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["://" * 2000, "://a:" * 1000, "'password': '" * 500, "input_value=" * 500, "Failing row contains (" * 300,
     'password="' + "\\a" * 3000, "cookie" + " " * 4000, "eyJaaaaa." * 500, "Key (a" * 800 + ")=("],
)  # fmt: skip
def test_hostile_texts_cost_little(text):
    """No text makes the search slow (measured at 1-8 ms)."""
    started = time.thread_time()
    scrub(text)
    assert time.thread_time() - started < 0.5
