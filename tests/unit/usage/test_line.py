"""Usage records as lines of a file."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.usage.line import LONGEST_NAME
from unit.usage.records import NOW, line, read, record

TEXT = st.text(max_size=300)


def test_a_record_comes_back_as_it_was():
    """Every field, with and without the optional ones."""
    for event in (record(), record(key="k1", cost=None, first_token_ms=None, estimated=True, attempt=3)):
        told = line(event)
        assert told.endswith(b"\n")
        assert told.count(b"\n") == 1
        assert read(told[:-1]) == event


def test_moments_of_other_zones_are_kept():
    """The same moment, told in UTC."""
    at = dt.datetime(2026, 3, 29, 3, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    found = read(line(record(at=at))[:-1])
    assert found.at == at
    assert found.at.utcoffset() == dt.timedelta(0)


@given(user=TEXT, asked=TEXT, key=st.none() | TEXT)
def test_any_name_is_made_fit_for_the_table(user, asked, key):
    """No NUL, valid UTF-8, bounded; what fits is untouched."""
    found = read(line(record(user=user, asked=asked, key=key))[:-1])
    for given_, stored in ((user, found.user), (asked, found.asked), (key, found.key)):
        if given_ is None:
            assert stored is None
            continue
        assert "\x00" not in stored
        assert len(stored) <= LONGEST_NAME
        if "\x00" not in given_ and len(given_) <= LONGEST_NAME:
            assert stored == given_


def test_half_a_surrogate_pair_and_wild_figures_are_made_fit_too():
    """Whatever a client invents, the record can be written."""
    found = read(line(record(asked="a\ud800b", prompt_tokens=2**40, completion_tokens=-5, cost=2**70))[:-1])
    assert found.asked == "a?b"
    assert (found.prompt_tokens, found.completion_tokens) == (2**31 - 1, 0)
    assert found.cost == 2**62


@given(st.data())
def test_no_cut_or_changed_line_is_taken_for_a_record(data):
    """The sum tells, wherever the damage is."""
    told = line(record())[:-1]
    cut = data.draw(st.integers(0, len(told) - 1))
    assert read(told[:cut]) is None
    changed = bytearray(told)
    changed[cut] ^= data.draw(st.integers(1, 255))
    # The sum in capital letters is the same sum.
    assert read(bytes(changed)) in (None, read(told))


@pytest.mark.parametrize(
    "told", [b"", b"\x00" * 200, b"zzzzzzzz []", b"00000000 not json", b'e9a9a3ef [1,2,"x"]']
)
def test_other_lines_are_no_records(told):
    """Whatever a crash of the machine leaves in a file."""
    assert read(told) is None


def test_the_line_holds_every_field_of_a_record():
    """A field that is added to the record must be added to the line."""
    assert len(dataclasses.fields(record())) == 18
    assert NOW.tzinfo is not None
