"""What headers say, and for how long the place of an answer holds."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from tandem.core.cache.entry import Lifetime, new_entry
from tandem.core.middleware.cached_answer import Answer, answer_of
from tandem.core.middleware.cached_routes import CachedRoutes, cached
from tandem.core.middleware.known_request import KnownRequest, Told, told_by

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_all_that_matters_is_read():
    """Each header by its meaning; others are left alone, how often ever they come."""
    told = told_by([
        (b"host", b"a"), (b"accept", b"*/*"), (b"accept", b"text/html"), (b"accept-language", b"cs"), (b"x-user-id", b"eva"),
        (b"if-none-match", b'"1"'), (b"authorization", b"Bearer tdm_1"),
    ])  # fmt: skip
    assert told == Told(language=b"cs", user=b"eva", if_none_match=b'"1"', shown=b"tdm_1")
    assert told_by([(b"x-api-key", b"tdm_2")]) == Told(shown=b"tdm_2")
    assert told_by([]) == Told()


@pytest.mark.parametrize("name", [b"x-request-id", b"traceparent", b"tracestate"])
def test_who_names_the_request_is_noted(name):
    """Such a request has identifiers of its own."""
    told = told_by([(name, b"1")])
    assert told is not None
    assert told.traced


@pytest.mark.parametrize(
    "headers",
    [
        [(b"origin", b"https://a")],
        [(b"cache-control", b"no-cache")],
        [(b"accept-language", b"cs"), (b"accept-language", b"en")],
        [(b"x-user-id", b"eva"), (b"x-user-id", b"adam")],
        [(b"if-none-match", b'"1"'), (b"if-none-match", b'"2"')],
        [(b"authorization", b"Basic YTpi")],
        [(b"authorization", b"bearer tdm_1")],
        [(b"authorization", b"Bearer tdm_1"), (b"x-api-key", b"tdm_2")],
        [(b"x-api-key", b"tdm_2"), (b"authorization", b"Bearer tdm_1")],
        [(b"x-api-key", b"tdm_1"), (b"x-api-key", b"tdm_1")],
    ],
)
def test_what_is_odd_is_left_to_the_layers(headers):
    """Two of a kind, two keys, another scheme, another origin, wishes of the cache."""
    assert told_by(headers) is None


@pytest.fixture
def known():
    """A request to a route that changes by the hour and shows the minute."""
    app = FastAPI()

    @app.get("/tips")
    @cached("hour", shows={"at": lambda now: f"{now:%H:%M}"})
    async def tips() -> dict[str, str]:
        return {}

    route = CachedRoutes(app).exact["/tips"]
    return KnownRequest(route, (), None, False, None, None, None)


def entry(body: bytes, known: KnownRequest):
    """An entry whose answer shows the time."""
    answer = answer_of(body, [], known.route.shows, NOON)
    assert isinstance(answer, Answer)
    return new_entry(answer, size=1, version=1, now=0.0, lifetime=Lifetime(60))


def test_each_second_bucket_and_generation_has_its_place(known):
    """What the place was found for is told, so that it is found anew for the next."""
    known.put("eva cs", NOON + timedelta(microseconds=300_000))
    assert (known.user, known.second, known.generation) == ("eva", NOON.timestamp(), 0)
    first = known.place
    known.route.generation += 1
    known.put("eva cs", NOON)
    second = known.place
    assert known.generation == 1
    known.put("eva cs", NOON + timedelta(hours=1))
    assert len({first, second, known.place}) == 3


def test_what_goes_out_is_made_once_a_second_and_anew_for_another_entry(known):
    """The minute that is shown is the one of the moment for which the place was found."""
    kept = entry(b'{"at":"12:00"}', known)
    known.put("eva cs", NOON)
    ready = known.show(kept.value)
    assert ready.body == b'{"at":"12:00"}'
    assert known.show(kept.value) is ready
    assert known.show(entry(b'{"at":"12:00","more":1}', known).value).body == b'{"at":"12:00","more":1}'
    known.put("eva cs", NOON + timedelta(minutes=1))
    assert known.show(kept.value).body == b'{"at":"12:01"}'
