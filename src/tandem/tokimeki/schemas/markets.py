"""Stock data under ``/api/v1``: numbers are numbers; returns, volatilities and drawdowns are in percent."""

from pydantic import BaseModel, Field

from tandem.tokimeki.schemas.stocks import AS_OF, SOURCE, STALE

Series = list[float | None]


class Origin(BaseModel):
    """Where prices come from, and what to know of the asked time."""

    symbol: str = Field(examples=["AAPL"])
    source: str = SOURCE
    as_of: str = AS_OF
    stale: bool = STALE
    currency: str | None = Field(default=None, examples=["USD"])
    notice: str | None = None


class Failure(BaseModel):
    """Why a symbol has no entry."""

    symbol: str
    error: str
    code: str = Field(examples=["unknown_symbol"])


class PriceSeries(Origin):
    """Adjusted daily prices; null where the source does not tell them."""

    name: str
    dates: list[str]
    open: Series
    high: Series
    low: Series
    close: list[float]
    volume: list[int]


class Histories(BaseModel):
    """Prices of several symbols; those without any are in ``errors``."""

    series: list[PriceSeries]
    errors: list[Failure]


class Quote(Origin):
    """The last price of a symbol."""

    name: str
    price: float
    previous_close: float | None
    change: float | None
    change_percent: float | None
    day: str = Field(description="The trading day of the price.")
    market_open: bool = Field(description="Whether its market trades right now.")


class Quotes(BaseModel):
    """The last prices of several symbols; those without any are in ``errors``."""

    quotes: list[Quote]
    errors: list[Failure]


class RiskFigures(BaseModel):
    """Percent, but the ratios; null where there are too few days or nothing to divide by."""

    total_return: float
    annual_return: float | None = Field(description="Growth over 252 trading days.")
    volatility: float | None = Field(description="Sample deviation of daily returns, annualised.")
    sharpe_ratio: float | None
    sortino_ratio: float | None
    max_drawdown: float
    calmar_ratio: float | None
    var_95: float | None = Field(description="5th percentile of daily returns.")
    cvar_95: float | None = Field(description="Mean of the days up to it.")
    win_rate: float | None
    best_day: float | None
    worst_day: float | None


class Performance(Origin):
    """Return and risk over a time."""

    start_date: str
    end_date: str
    days: int = Field(description="Trading days.")
    start_price: float
    end_price: float
    figures: RiskFigures


class Indicators(Origin):
    """Indicators aligned with the dates; null until there are enough days."""

    dates: list[str]
    close: list[float]
    indicators: dict[str, dict[str, Series]] = Field(
        examples=[
            {"sma:20": {"value": [None, 10.1]}, "macd": {"macd": [0.1], "signal": [0.2], "histogram": [-0.1]}}
        ]
    )


class ComparedSymbol(Origin):
    """One symbol of a comparison."""

    name: str
    rebased: list[float] = Field(description="Its closes, 100 on the first common day.")
    figures: RiskFigures


class Comparison(BaseModel):
    """Symbols beside each other, over the days on which all have a price."""

    dates: list[str]
    symbols: list[ComparedSymbol]
    correlation: dict[str, dict[str, float | None]] = Field(description="Of daily returns.")
    errors: list[Failure]


class BacktestMetrics(BaseModel):
    """Percent, but the ratio and the amounts."""

    total_return: float
    sharpe_ratio: float
    max_drawdown: float
    var_95: float
    held_return: float = Field(description="What buying at the first close and holding would have brought.")
    exposure: float = Field(description="Share of days with a position.")
    costs_paid: float


class BacktestTrade(BaseModel):
    """A change of the position."""

    date: str
    price: float
    shares: float
    position: int
    costs: float


class SignalNow(BaseModel):
    """What the last close suggests."""

    date: str
    signal: int
    price: float


class BacktestAnswer(Origin):
    """A back-test with its account at each close."""

    strategy: str
    period: str
    costs: float
    fill: str
    initial_capital: float
    metrics: BacktestMetrics
    latest_signal: SignalNow
    trades: list[BacktestTrade]
    dates: list[str]
    equity: list[float]
    positions: list[int]
    signals: list[int]
