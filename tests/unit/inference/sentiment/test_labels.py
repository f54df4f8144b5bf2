"""Other people's labels."""

import pytest

from tandem.inference.sentiment.labels import meaning_of_all, meanings

NEG, NEU, POS = "negative", "neutral", "positive"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["-1", "0", "1"], [NEG, NEU, POS]),
        (["Negative", " neutral", "POSITIVE"], [NEG, NEU, POS]),
        (["bearish", "bullish", "neutral"], [NEG, POS, NEU]),
        (["0", "1", "1"], [NEG, POS, POS]),
        (["0", "1", "2"], [NEG, NEU, POS]),
        (["0", "4"], [NEG, POS]),
        (["1", "3", "5"], [NEG, NEU, POS]),
        (["1 star", "5 stars"], [NEG, POS]),
        (["-2.3", "0.4", "3.1", "-0.5"], [NEG, NEU, POS, NEU]),
        (["0.0", "1.0", "-1.0"], [NEU, POS, NEG]),
        (["label_0", "label_2"], [NEG, POS]),
        (["neg", "pos"], [NEG, POS]),
    ],
)
def test_spellings(given, meant):
    assert meanings(given) == meant


def test_what_says_nothing_is_named():
    with pytest.raises(ValueError, match="banana"):
        meanings(["positive", "banana"])


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["NEGATIVE", "POSITIVE"], [NEG, POS]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], [NEG, NEU, POS]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [NEG, NEG, NEU, POS, POS]),
        (["bullish", "bearish"], [POS, NEG]),
        (["joy", "anger"], None),
        (["LABEL_0"], None),
    ],
)
def test_a_classifiers_own_labels(names, meant):
    assert meaning_of_all(names) == meant
