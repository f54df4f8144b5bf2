"""The companies and tickers that the service offers; fixed lists of the contract."""

from typing import Final

COMPANIES: Final[dict[str, str]] = {
    "GOOGL": "Google", "NVDA": "Nvidia", "AAPL": "Apple", "MSFT": "Microsoft", "AMZN": "Amazon", "META": "Meta",
    "TSLA": "Tesla", "NFLX": "Netflix", "AMD": "AMD", "INTC": "Intel", "BABA": "Alibaba", "SPY": "S&P 500 ETF",
    "QQQ": "Nasdaq 100 ETF", "VOO": "S&P 500 ETF (VOO)", "GTIM": "Good Times Restaurants",
    "ARKK": "ARK Innovation ETF", "EEM": "Emerging Markets ETF", "XLF": "Financial Select Sector SPDR",
}  # fmt: skip
"""Symbol to the name under which its prices are shown; the default choice."""

TICKERS: Final[tuple[str, ...]] = (
    "AAPL", "MSFT", "GOOGL", "AMZN", "META", "NVDA", "TSLA", "NFLX", "AMD", "INTC", "BRK-B", "JNJ", "V", "JPM", "WMT",
    "PG", "KO", "XOM", "SPY", "QQQ", "VOO", "ARKK", "EEM", "XLF", "ES=F", "NQ=F", "YM=F", "RTY=F", "MES=F", "MNQ=F",
    "MYM=F", "M2K=F", "GC=F", "SI=F", "CL=F", "BZ=F", "NG=F", "HG=F", "ZC=F", "ZS=F", "ZW=F", "^VIX", "BTC=F",
    "ETH=F",
)  # fmt: skip
"""Every ticker that can be chosen."""


def display_name(symbol: str) -> str:
    """Return the name under which a symbol's prices are shown: the company's, else the symbol itself."""
    return COMPANIES.get(symbol, symbol)
