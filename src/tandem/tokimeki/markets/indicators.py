"""Technical indicators, computed by TA-Lib.

Asked for by name and, if they are to differ from the usual ones, numbers: ``sma:50``, ``macd:12:26:9``, ``bollinger:20:2``. Each
result is as long as the prices; the first values are NaN until there are enough days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from tandem.core.errors import InvalidInputError
from tandem.tokimeki.markets.bars import Bars, Floats
from tandem.tokimeki.markets.talib import TALIB

Columns = dict[str, Floats]

LONGEST: Final = 400
MOST: Final = 20
"""Indicators of one request."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One indicator: how it is computed, and its usual numbers."""

    compute: Callable[..., Columns]
    usual: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An indicator with its numbers; ``name`` as it is answered: ``sma:50``."""

    name: str
    kind: Kind
    numbers: tuple[float, ...]


def _sma(bars: Bars, length: float) -> Columns:
    return {"value": TALIB.SMA(bars.close, timeperiod=int(length))}


def _ema(bars: Bars, length: float) -> Columns:
    return {"value": TALIB.EMA(bars.close, timeperiod=int(length))}


def _rsi(bars: Bars, length: float) -> Columns:
    return {"value": TALIB.RSI(bars.close, timeperiod=int(length))}


def _macd(bars: Bars, fast: float, slow: float, signal: float) -> Columns:
    if fast >= slow:
        raise InvalidInputError("indicators: macd needs a fast length below the slow one")
    line, mean, rest = TALIB.MACD(
        bars.close, fastperiod=int(fast), slowperiod=int(slow), signalperiod=int(signal)
    )
    return {"macd": line, "signal": mean, "histogram": rest}


def _bollinger(bars: Bars, length: float, width: float) -> Columns:
    upper, middle, lower = TALIB.BBANDS(bars.close, timeperiod=int(length), nbdevup=width, nbdevdn=width)
    return {"upper": upper, "middle": middle, "lower": lower}


def _atr(bars: Bars, length: float) -> Columns:
    if np.isnan(bars.high).any() or np.isnan(bars.low).any():
        raise InvalidInputError(
            f"indicators: atr needs highs and lows, which {bars.source} does not tell for {bars.symbol}"
        )
    return {"value": TALIB.ATR(bars.high, bars.low, bars.close, timeperiod=int(length))}


KINDS: Final[Mapping[str, Kind]] = {
    "sma": Kind(_sma, (20,)), "ema": Kind(_ema, (20,)), "rsi": Kind(_rsi, (14,)), "macd": Kind(_macd, (12, 26, 9)),
    "bollinger": Kind(_bollinger, (20, 2)), "atr": Kind(_atr, (14,)),
}  # fmt: skip


def wanted(text: str) -> list[Wanted]:
    """Return the indicators that a comma list names, all six for an empty one; raises InvalidInputError."""
    names = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip())) or list(
        KINDS
    )
    if len(names) > MOST:
        raise InvalidInputError(f"indicators: at most {MOST} in one request")
    return [_wanted(name) for name in names]


def _wanted(name: str) -> Wanted:
    word, *said = name.split(":")
    kind = KINDS.get(word)
    if kind is None:
        raise InvalidInputError(f"indicators: {word[:20]!r} is none of {', '.join(KINDS)}")
    try:
        numbers = tuple(float(one) for one in said) or kind.usual
        # The last number of Bollinger's bands is their width, in deviations; all others are whole days.
        days = numbers[:1] if word == "bollinger" else numbers
        well = len(numbers) == len(kind.usual) and all(
            one == int(one) and 2 <= one <= LONGEST for one in days
        )
        if well and (word != "bollinger" or 0 < numbers[1] <= 10):
            return Wanted(name, kind, numbers)
    except (ValueError, OverflowError):
        pass
    usual = ":".join(f"{one:g}" for one in kind.usual)
    raise InvalidInputError(
        f"indicators: {name[:40]!r} cannot be read; write {word} or {word}:{usual} (days 2-{LONGEST})"
    )


def indicator(bars: Bars, one: Wanted) -> Columns:
    """Return the columns of an indicator; raises InvalidInputError for what the prices cannot give."""
    return one.kind.compute(bars, *one.numbers)
