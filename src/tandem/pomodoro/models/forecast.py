"""How many sessions tomorrow and this week: from the daily counts of one person.

The expected count is log-linear in the person's recent levels (`forecast_levels`) and weekday; its coefficients are
learned from the person's own last two years, newer days weighing more, and start from a fixed mixture of the levels
and no weekday pattern (`forecast_regression`). Around it stands a whole distribution (`forecast_distribution`):

* `expected` is its mean, what a person is shown beside `p_any`, the probability of at least one session;
* `median` minimises the absolute error, and is 0 for whoever is idle on most days: it is for scoring, not for showing;
* `q10` and `q90` are its plain quantiles;
* `low`..`high` is the interval meant to hold 80 % of the days, ends included. How much it leaves on each side is set
  so that it would have held that share of the person's own recent days (conformal calibration, V. Vovk, with weights
  by age after R. Barber and others, 2023). Where most days are empty, 0..0 alone would hold enough and say nothing;
  there it is q10..q90 and holds more.

Everything is a function of the counts handed in. Days ahead are counted from 0, the day after the last known one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tandem.pomodoro.models import forecast_regression as regression
from tandem.pomodoro.models.forecast_answer import Basis, Forecast, answer
from tandem.pomodoro.models.forecast_distribution import Evidence, predictive, tail_shares, weighted_quantile
from tandem.pomodoro.models.forecast_levels import LEVEL_SHARES, log_levels, weekdays
from tandem.pomodoro.models.forecast_scale import LARGEST_BIN, cut, in_units, spread_out, unit_for

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

DEFAULT_SESSIONS = 6.0
"""Sessions a day expected of someone with no history."""

WINDOW = 730
"""Days looked back. Older days only set the level in front of the window."""

WEIGHT_HALF_LIFE = 240.0
LEVEL_RIDGE, WEEKDAY_RIDGE = 10.0, 4.0
"""Sessions that weigh as much as the belief in the fixed level mixture, and in no weekday pattern."""

MIN_OUTCOMES = 2
MAX_GROWTH, PLAIN_COUNT = 1.5, 3.0
"""No day is expected to hold more than this multiple of the largest count seen (or of 3)."""

MAX_AHEAD = 28
ROOM = 8
"""How many bins a distribution reaches beyond the largest count in sight."""

COVERAGE = 0.80
CALIBRATION_DAYS, CALIBRATION_HALF_LIFE = 200, 90.0
OUTSIDE_RANGE = (0.01, 0.45)
CAUTION_DAYS = 2.0
"""Calibration days counted as missed in advance: the fit has seen the days it is calibrated on."""

SPARSE_FROM, SPARSE_TO = 0.65, 0.80
"""Between these shares of empty days the interval goes over from the calibrated one to q10..q90."""


@dataclass(frozen=True)
class Forecaster:
    """Forecasts of one person's counts; made by `fit`. Each question is computed when asked, its answer never changes."""

    counts: Counts
    first_weekday: int
    prior_mean: float
    _fits: dict[int, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    def day(self, ahead: int = 0) -> Forecast:
        """The count of one day, `ahead` days after the next one (0..27). Raises ValueError outside that range."""
        return self._forecast(ahead, 1)

    def total(self, days: int = 7) -> Forecast:
        """The sum over the next `days` days (1..28). Raises ValueError outside that range.

        Its expected count adds up those of the days; its distribution is learned from earlier sums, because days hang
        together: a week is more uncertain than seven independent days.
        """
        return self._forecast(0, days)

    def prepare(self, days: range) -> None:
        """Fit the days so many `ahead` at once, in a fraction of the time that they take one by one."""
        missing = [ahead for ahead in days if 0 <= ahead < MAX_AHEAD and ahead not in self._fits]
        if missing:
            self._fits.update(zip(missing, self._fit(missing), strict=True))

    @cached_property
    def _levels(self) -> Floats:
        return log_levels(self.counts, self.prior_mean)

    @cached_property
    def _design(self) -> Floats:
        """What an expectation depends on, for every past day and now, shape (n + 1, k).

        The weekdays are those of the day itself: which one lies ahead of it is the same for all days of one weekday.
        """
        offset = self._offset[:, None]
        days = weekdays(self.first_weekday, offset.size)
        return np.concatenate([np.ones_like(offset), self._levels - offset, days], axis=1)

    @cached_property
    def _offset(self) -> Floats:
        return np.asarray(self._levels @ np.array(LEVEL_SHARES), dtype=np.float64)

    @cached_property
    def _ages(self) -> Floats:
        """Weight of each known outcome by its age, shape (n,); with fewer known ones those at the end."""
        return np.asarray(0.5 ** (np.arange(self.counts.size)[::-1] / WEIGHT_HALF_LIFE), dtype=np.float64)

    def _forecast(self, ahead: int, days: int) -> Forecast:
        if ahead < 0 or days < 1 or ahead + days > MAX_AHEAD:
            raise ValueError(f"a forecast reaches 1 to {MAX_AHEAD} days ahead, not {ahead} + {days}")
        self.prepare(range(ahead, ahead + days))
        fitted = self._fits[ahead]
        for day in range(ahead + 1, ahead + days):
            fitted = fitted + self._fits[day]
        outcomes = _outcomes(self.counts, ahead, days)
        known, weights = fitted[: outcomes.size], self._ages[self.counts.size - outcomes.size :]
        size = regression.size(outcomes.astype(np.float64), known, weights)
        unit = unit_for(max(float(outcomes.max(initial=0)), float(fitted[-1])))
        evidence = Evidence(in_units(outcomes, unit), known / unit, weights, size)
        expected = float(fitted[-1]) / unit
        top = _top(evidence, expected)
        probabilities = spread_out(predictive(expected, evidence, top), unit)
        basis: Basis = "history" if self.counts.size else "default"
        return answer(probabilities, _outside(evidence, top), basis, ahead=ahead, days=days)

    def _fit(self, aheads: Sequence[int]) -> Floats:
        """Expected counts of the days so many `ahead`, before every past day and, last, now: shape (m, n + 1)."""
        rows = self.counts.size
        targets, weights = np.zeros((2, len(aheads), rows + 1))
        for at, ahead in enumerate(aheads):
            known = max(0, rows - ahead)
            if known >= MIN_OUTCOMES:
                targets[at, :known] = self.counts[ahead:]
                weights[at, :known] = self._ages[ahead:]
        ridge = np.full(self._design.shape[1], WEEKDAY_RIDGE)
        ridge[: 1 + len(LEVEL_SHARES)] = LEVEL_RIDGE
        solution = regression.coefficients(self._design, self._offset, targets, weights, ridge)
        highest = MAX_GROWTH * np.maximum(targets.max(axis=1), PLAIN_COUNT)
        fitted = np.minimum(regression.means(self._design, self._offset, solution), highest[:, None])
        fitted[weights[:, 0] == 0.0] = np.exp(self._offset)  # nothing to learn from yet
        return np.asarray(fitted, dtype=np.float64)


def fit(counts: NDArray[np.integer], first_weekday: int) -> Forecaster:
    """A forecaster for the day after the last count.

    Args:
        counts: sessions per calendar day, oldest first, empty days as 0, shape (n,), n >= 0; the last is yesterday.
            Absurdly large ones are cut (`forecast_scale.cut`).
        first_weekday: weekday of the first count, 0 (Monday) to 6.

    Raises:
        ValueError: a count is negative or `first_weekday` is not 0..6.
    """
    if not 0 <= first_weekday <= 6:
        raise ValueError(f"first_weekday is 0 (Monday) to 6, not {first_weekday}")
    whole = np.asarray(counts, dtype=np.int64)
    if whole.size and int(whole.min()) < 0:
        raise ValueError("a day cannot hold fewer than 0 sessions")
    whole = cut(whole, WINDOW)
    before = max(0, whole.size - WINDOW)
    prior_mean = float(whole[:before].mean()) if before else DEFAULT_SESSIONS
    return Forecaster(whole[before:], (first_weekday + before) % 7, prior_mean)


def _outcomes(counts: Counts, ahead: int, days: int) -> Counts:
    """The sums that had followed each past day and are known by now, shape (max(0, n - ahead - days + 1),)."""
    sums = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return sums[ahead + days :] - sums[ahead:-days]


def _top(evidence: Evidence, expected: float) -> int:
    """The last bin: above all that was seen, and where the negative binomial has run out."""
    deviation = float(np.sqrt(expected + expected**2 / evidence.size))
    seen = int(evidence.outcomes.max()) if evidence.outcomes.size else 0
    return max(seen, min(int(expected + 6.0 * deviation), LARGEST_BIN)) + ROOM


def _outside(evidence: Evidence, top: int) -> float:
    """Probability to leave out on each side of the interval so that it would have held 80 % of the recent outcomes."""
    plain = (1.0 - COVERAGE) / 2.0
    if not evidence.outcomes.size:
        return plain
    shares = tail_shares(evidence, CALIBRATION_DAYS, top)
    weights = 0.5 ** (np.arange(shares.size)[::-1] / CALIBRATION_HALF_LIFE)
    missed = (1.0 - COVERAGE) * float(weights.sum()) - CAUTION_DAYS
    calibrated = float(np.clip(weighted_quantile(shares, weights, missed), *OUTSIDE_RANGE))
    empty = float(weights @ (evidence.outcomes[-shares.size :] == 0)) / float(weights.sum())
    sparse = float(np.clip((empty - SPARSE_FROM) / (SPARSE_TO - SPARSE_FROM), 0.0, 1.0))
    return calibrated + sparse * (min(calibrated, plain) - calibrated)
