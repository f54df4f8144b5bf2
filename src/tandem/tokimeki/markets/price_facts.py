"""The figures of a stretch of prices that may be said about it, and whether a text holds no others."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from tandem.tokimeki.markets.bars import Bars


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """Closes of at least one trading day, in the listing currency; ``change_percent`` against the first close."""

    first_date: dt.date
    last_date: dt.date
    start: float
    end: float
    change: float
    change_percent: float
    low: float
    low_date: dt.date
    high: float
    high_date: dt.date
    average: float
    trend: Literal["up", "down", "flat"]
    closes: tuple[tuple[dt.date, float], ...]


def price_facts(bars: Bars) -> PriceFacts:
    """Return the figures of ``bars``, which must hold a trading day."""
    close, dates = bars.close, bars.dates
    start, end = float(close[0]), float(close[-1])
    low, high = int(close.argmin()), int(close.argmax())
    change = end - start
    return PriceFacts(
        first_date=dates[0], last_date=dates[-1], start=start, end=end, change=change,
        change_percent=100 * change / start, low=float(close[low]), low_date=dates[low], high=float(close[high]),
        high_date=dates[high], average=float(close.mean()),
        trend="up" if round(change, 2) > 0 else "down" if round(change, 2) < 0 else "flat",
        closes=tuple((day, float(value)) for day, value in zip(dates, close, strict=True)),
    )  # fmt: skip


_FIGURE: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def holds_only(text: str, facts: PriceFacts, days: int) -> bool:
    """Return whether every figure in ``text`` is one of ``facts``, rounded as one may round it, or part of a date.

    Signs and thousands separators do not matter.
    """
    amounts = [
        facts.start,
        facts.end,
        facts.change,
        facts.change_percent,
        facts.low,
        facts.high,
        facts.average,
    ]
    allowed = {f"{abs(amount):.{places}f}" for amount in amounts for places in (0, 1, 2)}
    counts = {str(days), str(len(facts.closes))}
    for day in (facts.first_date, facts.last_date, facts.low_date, facts.high_date):
        counts |= {str(day.year), str(day.month), str(day.day), f"{day.month:02d}", f"{day.day:02d}"}
    return all(figure.replace(",", "") in allowed | counts for figure in _FIGURE.findall(text))
