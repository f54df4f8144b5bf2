"""Texts dealt out to threads."""

from itertools import chain

import pytest

from tandem.inference.dealing import PIECE, pieces, together


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 33])
def test_each_text_is_in_one_piece(count: int, threads: int) -> None:
    texts = ["x" * (5 + 7 * number % 90) for number in range(count)]
    assert sorted(chain(*pieces(texts, threads))) == list(range(count))


def test_the_longest_texts_come_first_and_no_piece_is_large() -> None:
    texts = ["x" * (5 + 7 * number % 90) for number in range(33)]
    dealt = pieces(texts, 2)
    lengths = [len(texts[place]) for place in chain(*dealt)]
    assert lengths == sorted(lengths, reverse=True)
    assert max(map(len, dealt)) == PIECE


def test_few_texts_go_to_as_many_threads_as_there_are() -> None:
    assert pieces(["good", "poor"], 2) == [[0], [1]]
    assert pieces(["a", "b", "c", "d"], 2) == [[0, 1], [2, 3]]


def test_all_threads_together_read_a_long_text_only() -> None:
    assert together(["x" * 1000], 2)
    assert together(["x" * 1000, "short"], 2)
    assert not together(["short"], 2)
    assert not together(["x" * 1000] * 2, 2)
    assert not together(["x" * 1000], 1)
    assert not together([], 2)
