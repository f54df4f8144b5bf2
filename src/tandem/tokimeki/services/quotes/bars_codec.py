"""Prices as bytes for another process."""

import datetime as dt
from typing import Final

import numpy as np
import orjson

from tandem.tokimeki.markets.bars import Bars, Floats

_PRICES: Final = ("open", "high", "low", "close")


class BarsCodec:
    """JSON; NaN, where a source does not tell a price, is null."""

    schema: str = "bars:1"

    def encode(self, value: Bars) -> bytes:
        """Return the bytes of ``value``."""
        told = {
            "symbol": value.symbol, "days": value.days.astype(np.int64), "volume": value.volume, "source": value.source,
            "as_of": value.as_of, "currency": value.currency, **{name: getattr(value, name) for name in _PRICES},
        }  # fmt: skip
        return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)

    def decode(self, content: bytes) -> Bars:
        """Return the prices; raises ValueError for bytes that are none."""
        told = orjson.loads(content)
        try:
            opened, high, low, close = (_prices(told[name]) for name in _PRICES)
            return Bars(
                symbol=told["symbol"], days=np.array(told["days"], dtype=np.int64).astype("datetime64[D]"), open=opened,
                high=high, low=low, close=close, volume=np.array(told["volume"], dtype=np.int64), source=told["source"],
                as_of=dt.date.fromisoformat(told["as_of"]), currency=told["currency"],
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            raise ValueError("these bytes are no prices") from error


def _prices(values: list[float | None]) -> Floats:
    return np.array([np.nan if one is None else one for one in values], dtype=np.float64)


BARS: Final = BarsCodec()
