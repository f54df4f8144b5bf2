"""Scores against figures worked out by hand."""

import numpy as np
import pytest

from tandem.inference.sentiment.scoring import scored


def test_three_classes():
    shares = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    found = scored(["negative", "neutral", "positive", "positive"], shares)
    assert found.accuracy == 0.75
    assert found.macro_recall == pytest.approx((1 + 1 + 0.5) / 3)
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    # Bins 0.8 (two right), 0.6 (right), 0.5 (wrong).
    assert found.calibration_error == pytest.approx(0.5 * 0.2 + 0.25 * 0.4 + 0.25 * 0.5)


def test_without_neutral_texts_the_two_others_are_compared():
    found = scored(["positive", "negative"], np.array([[0.1, 0.7, 0.2], [0.2, 0.7, 0.1]]))
    assert found.classes == ("negative", "positive")
    assert found.accuracy == 1
    assert found.confidence == pytest.approx(2 / 3)


def test_nothing():
    with pytest.raises(ValueError, match="nothing"):
        scored([], np.zeros((0, 3)))
