"""From statuses, error objects and network errors to the errors that callers know."""

import datetime as dt
from email.utils import format_datetime

import pytest

from tandem.ai.errors import (
    BadAnswerError,
    BrokenStreamError,
    ProviderRateLimitedError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from tandem.ai.providers import retry_after
from tandem.ai.providers.failures import Failures
from tandem.core.http import errors

NOW = dt.datetime(2026, 2, 1, 12, 0, tzinfo=dt.UTC)
FAILURES = Failures("openrouter", "mistral")
QUOTING = {
    "message": "no: sk-secret0123456789 'my prompt'",
    "code": "sk-secret0123456789",
    "type": "my prompt",
}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (307, ProviderRejectedError), (400, ProviderRejectedError), (401, ProviderRejectedError),
        (402, ProviderRejectedError), (403, ProviderRejectedError), (404, ProviderRejectedError),
        (408, ProviderTimeoutError), (413, ProviderRejectedError), (422, ProviderRejectedError),
        (429, ProviderRateLimitedError), (500, ProviderUnavailableError), (502, ProviderUnavailableError),
        (503, ProviderUnavailableError), (504, ProviderUnavailableError), (529, ProviderUnavailableError),
    ],
)  # fmt: skip
def test_a_status_decides_the_error_and_names_the_provider(status, kind):
    """The class follows the status; nothing that the provider wrote gets into the text."""
    error = FAILURES.of_status(status, QUOTING, {"Retry-After": "7"}, NOW)
    assert type(error) is kind
    assert (error.provider, error.model, error.retry_after) == ("openrouter", "mistral", 7)
    assert str(status) in error.reason
    assert "secret" not in repr(error)
    assert "prompt" not in repr(error)


def test_an_account_without_credit_is_not_a_rate_limit():
    """OpenAI says 429 for both; waiting helps with one of them only."""
    error = FAILURES.of_status(429, {"code": "insufficient_quota"}, {}, NOW)
    assert type(error) is ProviderRejectedError
    assert "credit" in error.reason


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"code": 429}, ProviderRateLimitedError), ({"code": "429"}, ProviderRateLimitedError),
        ({"status": 503}, ProviderUnavailableError), ({"code": 401}, ProviderRejectedError),
        ({"code": "rate_limit_exceeded"}, ProviderRateLimitedError), ({"type": "server_error"}, ProviderUnavailableError),
        ({"code": "context_length_exceeded"}, ProviderRejectedError), ({"code": True}, ProviderUnavailableError),
        ("a text", ProviderUnavailableError), (None, ProviderUnavailableError), ([], ProviderUnavailableError),
    ],
)  # fmt: skip
def test_an_error_object_in_a_good_answer_is_read_like_a_status(said, kind):
    """Before the first piece it is what its code says, after it a broken stream."""
    assert type(FAILURES.of_error_object(said, begun=False)) is kind
    assert type(FAILURES.of_error_object(said, begun=True)) is BrokenStreamError


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        (errors.HttpTimeoutError("h:1", "connect"), ProviderTimeoutError, ProviderTimeoutError),
        (errors.HttpTimeoutError("h:1", "idle"), ProviderTimeoutError, ProviderTimeoutError),
        (errors.ConnectFailedError("refused"), ProviderUnavailableError, BrokenStreamError),
        (errors.DisconnectedError("h:1", begun=True), ProviderUnavailableError, BrokenStreamError),
        (errors.MalformedAnswerError("odd"), BadAnswerError, BrokenStreamError),
        (errors.BodyTooLargeError("big"), BadAnswerError, BrokenStreamError),
        (errors.HttpClosedError("closed"), ProviderUnavailableError, BrokenStreamError),
    ],
)  # fmt: skip
def test_a_network_error_is_told_by_what_was_delivered(error, before, after):
    """Silence is a timeout at any time; a break is another error once something was delivered."""
    assert type(FAILURES.of_http(error, begun=False)) is before
    assert type(FAILURES.of_http(error, begun=True)) is after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 1), ("", 1), ("soon", 1), ("0", 1), ("-5", 1), ("7", 7), (" 7 ", 7), ("1.2", 2), ("1e9", 3600),
        ("99999999999999999999", 3600), ("nan", 1), ("inf", 1),
        (format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - dt.timedelta(hours=1), usegmt=True), 1),
        (format_datetime(NOW + dt.timedelta(days=3), usegmt=True), 3600),
        ("Mon, 99 Foo 2026 99:99:99 GMT", 1),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_bounded(value, seconds):
    """Seconds or a date, never below 1, never above an hour."""
    assert retry_after.seconds(value, NOW) == seconds
