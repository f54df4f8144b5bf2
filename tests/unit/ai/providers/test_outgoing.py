"""What a provider is sent."""

import pytest
from pydantic import SecretStr

from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.ai.providers.outgoing import body_of
from tandem.ai.providers.profile import Profile, base_url
from tandem.core.errors import ConfigurationError

PROFILE = Profile("p", "http://h/v1", {"key": "vendor/id", "other": "vendor/other"})
TURN = Message("user", "hi", {"name": "eva"})


def request(**more):
    """A request with one turn."""
    return ChatRequest((TURN,), "key", Asker("u", None, "/chat", "r"), **more)


def test_the_whole_request_is_spelled_as_the_protocol_wants_it():
    """Model id, turns, limits, and options as they are."""
    options = {
        "tools": [{"type": "function"}],
        "response_format": {"type": "json_object"},
        "stop": ["x"],
        "seed": 1,
    }
    assert body_of(request(temperature=0.2, max_tokens=50, options=options), PROFILE) == {
        "model": "vendor/id", "messages": [{"role": "user", "content": "hi", "name": "eva"}], "stream": False,
        "temperature": 0.2, "max_tokens": 50, **options,
    }  # fmt: skip


def test_options_cannot_replace_what_the_request_states():
    """Neither the model nor the turns nor whether it streams, nor more answers than one."""
    options = {
        "model": "dear",
        "messages": [],
        "stream": True,
        "stream_options": {},
        "n": 9,
        "max_tokens": 9999,
    }
    body = body_of(request(options=options), PROFILE)
    assert set(body) == {"model", "messages", "stream"}
    assert body["model"] == "vendor/id"
    assert body["stream"] is False


def test_profiles_decide_the_name_of_the_limit_and_whether_usage_is_asked_for():
    """Data of the profile, not classes."""
    odd = Profile(
        "p",
        "http://h/v1",
        {"key": "id"},
        max_tokens_field="max_completion_tokens",
        supports_usage_in_stream=False,
    )
    body = body_of(request(stream=True, max_tokens=5, options={"max_completion_tokens": 9}), odd)
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body
    assert "stream_options" not in body
    assert body_of(request(stream=True), PROFILE)["stream_options"] == {"include_usage": True}


def test_a_key_of_another_provider_gets_the_first_model():
    """That is what makes a fallback possible."""
    assert PROFILE.model_for("other") == "vendor/other"
    assert PROFILE.model_for("unheard of") == "vendor/id"
    assert PROFILE.owns("other")
    assert not PROFILE.owns("unheard of")


def test_the_key_is_in_the_headers_and_in_no_text():
    """A profile may be logged."""
    profile = Profile(
        "p", "http://h/v1", {"k": "m"}, SecretStr("sk-very-secret-00"), headers={"X-Title": "T"}
    )
    assert profile.sent_headers() == {"X-Title": "T", "Authorization": "Bearer sk-very-secret-00"}
    assert "secret-00" not in repr(profile)


@pytest.mark.parametrize(
    ("value", "base"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"), ("http://h:8000/", "http://h:8000/v1"),
        ("https://api.deepseek.com/v1/", "https://api.deepseek.com/v1"), ("http://[::1]:80/api", "http://[::1]:80/api"),
    ],
)  # fmt: skip
def test_addresses_are_brought_into_one_form(value, base):
    """Without a slash at the end, with /v1 where there is no path."""
    assert base_url(value, "X_URL") == base


@pytest.mark.parametrize(
    "value", ["", "h:80", "ftp://h", "http://", "http://user:pa55word@h/v1", "http://h/v1?key=pa55word"]
)
def test_an_address_that_cannot_work_is_refused_without_being_told(value):
    """The setting is named, a password in the address is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        base_url(value, "X_URL")
    assert "X_URL" in caught.value.message
    assert "pa55word" not in caught.value.message
