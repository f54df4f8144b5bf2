"""Prices out of a directory."""

import datetime as dt
import gzip
import importlib
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from tandem.core.errors import ConfigurationError
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.tokimeki.services.quotes.bars_codec import BARS
from tandem.tokimeki.services.quotes.configured import market
from tandem.tokimeki.services.quotes.files import FileQuotes
from tandem.tokimeki.services.quotes.provider import QuotesUnavailableError, UnknownSymbolError

YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-03,20,22,18,20,10,1000\n2024-01-02,10,11,9,10,5,500\n"
)
NASDAQ = '\ufeffDate,Close/Last,Volume\n"2024-01-02","$1,234.50","1,000"\nbad,1,1\n2024-01-03,N/A,5\n'
DAY = dt.date(2024, 1, 2)


async def all_of(directory: Path, symbol: str):
    return await FileQuotes(directory).latest(symbol, 10_000)


async def test_columns_are_matched(tmp_path):
    """Whatever their order, case and signs; ascending, adjusted."""
    (tmp_path / "BRK-B.csv").write_text(YAHOO)
    bars = await all_of(tmp_path, "BRK-B")
    assert list(bars.iso_dates) == ["2024-01-02", "2024-01-03"]
    assert (bars.close.tolist(), bars.high.tolist(), bars.volume.tolist()) == (
        [5, 10],
        [5.5, 11],
        [500, 1000],
    )
    assert (bars.source, bars.as_of) == ("files", dt.date(2024, 1, 3))


async def test_other_spellings(tmp_path):
    """Signs of money, separators, a byte order mark, small letters in the name; rows that say nothing are left out."""
    (tmp_path / "aapl.csv").write_text(NASDAQ, encoding="utf-8")
    bars = await all_of(tmp_path, "AAPL")
    assert (list(bars.iso_dates), bars.close.tolist(), bars.volume.tolist()) == (
        ["2024-01-02"],
        [1234.5],
        [1000],
    )
    assert np.isnan(bars.high).all()
    again = BARS.decode(BARS.encode(bars))
    assert again.iso_dates == bars.iso_dates
    assert np.isnan(again.high).all()


async def test_compressed(tmp_path):
    """``.csv.gz``."""
    (tmp_path / "^VIX.csv.gz").write_bytes(gzip.compress(YAHOO.encode()))
    assert len(await FileQuotes(tmp_path).history("^VIX", DAY, DAY)) == 1


async def test_a_changed_file_is_read_again(tmp_path):
    """And an unchanged one is not."""
    path, source = tmp_path / "X.csv", FileQuotes(tmp_path)
    path.write_text(YAHOO)
    first = await source.latest("X", 10)
    assert (await source.latest("X", 10)).close.base is first.close.base
    path.write_text(YAHOO.replace(",10,1000", ",11,1000"))
    os.utime(path, ns=(1, 1))
    assert (await source.latest("X", 10)).close[-1] == 11


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", "Date,Close\n", "Date,Close\nx,y\n", "Date,Volume\n2024-01-02,5\n"]
)
async def test_what_cannot_be_read(tmp_path, content):
    """Makes that symbol unavailable; a missing one is unknown."""
    (tmp_path / "X.csv").write_text(content)
    with pytest.raises(QuotesUnavailableError):
        await all_of(tmp_path, "X")
    (tmp_path / "Z.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(QuotesUnavailableError):
        await all_of(tmp_path, "Z")
    with pytest.raises(UnknownSymbolError):
        await all_of(tmp_path, "Y")


async def test_parquet(tmp_path):
    """With the index as the date, as pandas writes it."""
    if not any(importlib.util.find_spec(name) for name in ("fastparquet", "pyarrow")):
        pytest.skip("neither fastparquet nor pyarrow is installed")
    pd = importlib.import_module("pandas")
    frame = pd.DataFrame(
        {"Close": [1.0, 2.0]}, index=pd.DatetimeIndex(["2024-01-02", "2024-01-03"], name="Date")
    )
    frame.to_parquet(tmp_path / "X.parquet")
    assert (await all_of(tmp_path, "X")).close.tolist() == [1, 2]


def test_the_directory_must_be_there(tmp_path):
    """Start is refused with the remedy; so is a source that nobody knows."""
    for where in (None, tmp_path / "gone"):
        with pytest.raises(ConfigurationError, match="TANDEM_QUOTES_DIR"):
            market(
                Settings(quotes=("files",), quotes_dir=where, home=tmp_path),
                None,
                None,
                Metrics(None, worker="test"),
            )
    with pytest.raises(ValueError, match="yahoo, files, sample"):
        Settings(quotes=("bloomberg",))
