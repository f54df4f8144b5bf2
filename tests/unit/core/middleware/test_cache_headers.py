"""Reading If-None-Match and Cache-Control as the RFCs write them."""

import pytest

from tandem.core.middleware.cache_headers import NONE, Directives, directives, matches

TAG = b'"abc"'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'"abc"', True),
        (b'W/"abc"', True),
        (b"*", True),
        (b' "x" ,  "abc"', True),
        (b'"a,b", "abc"', True),
        (b'"x","abc",', True),
        (b'"abc', False),
        (b"abc", False),
        (b'"x" "abc"', False),
        (b'"abcd"', False),
        (b'"ABC"', False),
        (b'w/"abc"', False),
        (b"", False),
        (b'"x*"', False),
    ],
)
def test_if_none_match(value: bytes, expected: bool) -> None:
    """A list is read entry by entry, compared weakly; what is malformed matches nothing."""
    assert matches(value, TAG) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", NONE),
        (b"no-transform", NONE),
        (b"max-age=0, no-cache", Directives(no_cache=True, max_age=0)),
        (b"No-Store", Directives(no_store=True)),
        (b"only-if-cached , max-age=60", Directives(only_if_cached=True, max_age=60)),
        (b'max-age="5"', Directives(max_age=5)),
        (b"max-age=soon", Directives(max_age=0)),
        (b'x="no-store, no-cache", max-age=3', Directives(max_age=3)),
        (b"not-no-cache", NONE),
        (b"@@, no-cache", Directives(no_cache=True)),
    ],
)
def test_cache_control(value: bytes, expected: Directives) -> None:
    """Directives are told apart by name, whatever their case, order and neighbours."""
    assert directives(value) == expected
