"""How a recording is cut, and where its pauses are."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tandem.inference.audio_format import RATE
from tandem.inference.speech_spans import LONGEST_PIECE, LONGEST_SILENCE, MARGIN, original, pauses, pieces

S = RATE


def test_what_is_close_together_is_heard_at_once():
    """With its margins and its short silences; long ones are left out."""
    assert pieces([(S, 2 * S), (3 * S, 4 * S)], 10 * S) == [((S - MARGIN, 4 * S + MARGIN),)]
    far = pieces([(S, 2 * S), (9 * S, 10 * S)], 10 * S)
    assert far == [((S - MARGIN, 2 * S + MARGIN), (9 * S - MARGIN, 10 * S))]


def test_times_of_the_recording():
    """A sample of a piece lies where it was; a word never begins in a silence that was left out."""
    (piece,) = pieces([(S, 2 * S), (9 * S, 10 * S)], 10 * S)
    first = S + 2 * MARGIN
    assert original(piece, 0, ends=False) == S - MARGIN
    assert original(piece, first, ends=True) == 2 * S + MARGIN
    assert original(piece, first, ends=False) == 9 * S - MARGIN
    assert original(piece, 99 * S, ends=True) == 10 * S


def test_pauses():
    """Half a second or more, between words only."""
    assert pauses([(2 * S, 3 * S), (3 * S + 100, 4 * S), (5 * S, 6 * S)]) == [(4 * S, 5 * S)]


@st.composite
def spoken(draw):
    """Spans in order, and the length of their recording."""
    spans, at = [], 0
    for silence, speech in draw(
        st.lists(st.tuples(st.integers(0, 40 * S), st.integers(1, 70 * S)), max_size=12)
    ):
        spans.append((at + silence, at + silence + speech))
        at += silence + speech
    return spans, at + draw(st.integers(0, S))


@given(spoken())
def test_pieces(given_):
    """All that is spoken is heard once, in order, never more than half a minute at once."""
    spans, length = given_
    cut = [span for piece in pieces(spans, length) for span in piece]
    assert all(0 <= start < stop <= length for start, stop in cut)
    assert all(before[1] <= after[0] for before, after in pairwise(cut))
    for start, stop in spans:
        covered = sum(max(0, min(stop, last) - max(start, first)) for first, last in cut)
        assert covered == stop - start
    for piece in pieces(spans, length):
        assert sum(stop - start for start, stop in piece) <= LONGEST_PIECE
    heard = sum(stop - start for start, stop in cut)
    assert heard <= sum(stop - start for start, stop in spans) + len(spans) * (2 * MARGIN + LONGEST_SILENCE)
