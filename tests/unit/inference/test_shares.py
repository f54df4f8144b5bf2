"""Texts dealt out to threads."""

from itertools import chain

from tandem.inference.shares import shares


def test_each_text_is_dealt_once_and_the_shares_are_about_equal() -> None:
    texts = ["x" * (5 + 7 * number % 90) for number in range(33)]
    dealt = shares(texts, 3)
    assert sorted(chain(*dealt)) == list(range(33))
    sizes = [sum(len(texts[at]) for at in places) for places in dealt]
    assert max(sizes) < 1.1 * min(sizes)


def test_what_does_not_pay_is_not_dealt_out() -> None:
    assert shares(["a", "b", "c"], 1) == [[0, 1, 2]]
    assert shares(["only one"], 2) == [[0]]
    assert shares([], 2) == [[]]
    assert shares(["a" * 1000, "b", "c"], 2) == [[0, 1, 2]]


def test_two_texts_of_one_length_go_to_two_threads() -> None:
    assert shares(["good", "poor"], 2) == [[0], [1]]
