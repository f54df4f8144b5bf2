"""Answers of the old stock routes, as OpenAPI shows them."""

from pydantic import BaseModel, Field

from tandem.tokimeki.markets.backtest import Fill
from tandem.tokimeki.markets.strategies import Strategy

AS_OF = Field(description="The last day that the source knows.", examples=["2013-03-01"])
SOURCE = Field(description="Who says so: `yahoo`, `files` or `sample`.", examples=["sample"])
STALE = Field(description="The source could not be asked; this is what it said before.")


class HistoryEntry(BaseModel):
    """One symbol: its prices, or `error` and `code` instead."""

    symbol: str = Field(examples=["AAPL"])
    dates: list[str] | None = Field(default=None, examples=[["2013-02-28", "2013-03-01"]])
    closes: list[float] | None = Field(
        default=None, description="Adjusted for splits and dividends, in the listing currency."
    )
    source: str | None = Field(default=None, description="Who says so: `yahoo`, `files` or `sample`.")
    as_of: str | None = Field(default=None, description="The last day that the source knows.")
    stale: bool | None = Field(
        default=None, description="The source could not be asked; this is what it said before."
    )
    currency: str | None = Field(default=None, examples=["USD"])
    notice: str | None = Field(
        default=None, description="What to know of the period, when its end is long past."
    )
    error: str | None = Field(default=None, description="Why there are no prices.")
    code: str | None = Field(default=None, examples=["unknown_symbol"])


class Company(BaseModel):
    """A company whose prices can be shown."""

    name: str = Field(examples=["Apple"])
    symbol: str = Field(examples=["AAPL"])


class AnalyzeAsk(BaseModel):
    """A back-test."""

    symbol: str = Field(min_length=1, max_length=60, examples=["AAPL"])
    strategy: Strategy = Field(default="trend", description="Which rule is followed.")
    period: str = Field(
        default="1y",
        max_length=10,
        description="`3mo`, `6mo`, `1y` ...; `ytd`, `max`; ends at the source's last day.",
    )
    costs: float = Field(
        default=0.0,
        ge=0,
        le=0.1,
        description="Share of every amount traded: 0.001 is 0.1 %.",
        examples=[0.001],
    )
    fill: Fill = Field(
        default="next_open", description="At which price of the day after the signal the position is changed."
    )


class Metrics(BaseModel):
    """Figures of a back-test as texts."""

    total_return: str = Field(description="Of the initial capital.", examples=["12.34%"])
    sharpe_ratio: str = Field(description="Annualised, risk-free rate 0.", examples=["0.85"])
    max_drawdown: str = Field(examples=["-10.20%"])
    var_95: str = Field(description="5th percentile of the account's daily returns.", examples=["-1.95%"])


class LatestSignal(BaseModel):
    """What the last close suggests."""

    date: str = Field(examples=["2013-03-01"])
    signal: int = Field(ge=-1, le=1, description="1 buy, 0 hold, -1 sell.")
    price: float = Field(description="The last close.")


class AnalyzeAnswer(BaseModel):
    """A back-test of the whole capital with fills on the day after each signal."""

    symbol: str
    strategy: str
    period: str
    metrics: Metrics
    latest_signals: LatestSignal
    costs: float
    fill: str
    trades: int = Field(ge=0)
    source: str = SOURCE
    as_of: str = AS_OF
    stale: bool = STALE
    notice: str | None = None


class VolatilityAnswer(BaseModel):
    """Volatility of daily returns, a fraction a day, aligned with `dates`; the first `window` values are null."""

    dates: list[str]
    volatility: list[float | None]
    event_titles: list[list[str]] = Field(description="Always empty lists.")
    min_vol: float | None = Field(description="Smallest value after the first tenth of the days.")
    min_vol_date: str | None
    symbol: str
    source: str = SOURCE
    as_of: str = AS_OF
    stale: bool = STALE
    notice: str | None = None


class RegimeAsk(BaseModel):
    """A question about volatility regimes."""

    symbol: str = Field(min_length=1, max_length=60, examples=["AAPL"])
    window: int = Field(default=30, ge=2, le=1000, description="Returns of one value.")
    period: str = Field(default="2y", max_length=10, examples=["2y"])


class RegimeRun(BaseModel):
    """Successive trading days in one regime."""

    start_date: str
    end_date: str
    regime: str
    avg_volatility: float
    duration_days: int = Field(description="Trading days.")


class RegimeStatistics(BaseModel):
    """A regime over the whole time; volatilities in percent a year."""

    count: int
    avg_volatility: float
    min_volatility: float
    max_volatility: float
    percentage_of_time: float


class VolatilityData(BaseModel):
    """The volatility of each day that has one, percent a year."""

    dates: list[str]
    values: list[float]


class RegimeAnswer(BaseModel):
    """In which volatility regime a symbol is, and was."""

    symbol: str
    analysis_period: str
    rolling_window: int
    current_volatility: float = Field(description="Percent a year.")
    current_regime: str
    regime_periods: list[RegimeRun]
    regime_statistics: dict[str, RegimeStatistics]
    volatility_data: VolatilityData
    source: str = SOURCE
    as_of: str = AS_OF
    stale: bool = STALE
    notice: str | None = None


class RegimeBounds(BaseModel):
    """Where each regime begins, in percent a year."""

    regime_thresholds: dict[str, str] = Field(
        default={"low": "< 15%", "medium": "15% - 25%", "high": "25% - 35%", "extreme": ">= 35%"}
    )
    description: str = Field(
        default="Annualised volatility of daily returns over the chosen window; a bound belongs to the regime above it."
    )


class PlaybookShown(BaseModel):
    """A playbook; its name is its id."""

    name: str = Field(examples=["Warren Buffett Playbook"])
    role: str
    philosophy: str
    logic: dict[str, str | list[str]]


class PlaybookAsk(BaseModel):
    """A company and the playbook to judge it by."""

    symbol: str = Field(min_length=1, max_length=60, examples=["AAPL"])
    playbook_name: str = Field(min_length=1, max_length=100, examples=["Warren Buffett Playbook"])


class StockData(BaseModel):
    """Figures of a company; null: unknown. Fractions, but `pe_ratio` a ratio, `debt_to_equity` percent, cash in currency."""

    pe_ratio: float | None
    roe: float | None
    debt_to_equity: float | None
    eps_growth: float | None
    profit_margin: float | None
    operating_cash_flow: float | None


class PriceRisk(BaseModel):
    """Of the price over a year, as fractions; null: unknown."""

    volatility: float | None
    max_drawdown: float | None


class RuleCheck(BaseModel):
    """One rule of the playbook; `met` is null where its figure is unknown."""

    rule: str
    met: bool | None
    reason: str


class PlaybookAnswer(BaseModel):
    """What a playbook says of a company."""

    playbook: PlaybookShown
    decision: str = Field(examples=["Hold"])
    reasons: list[str] = Field(min_length=1, max_length=2)
    stock_data: StockData
    price_risk: PriceRisk
    checks: list[RuleCheck]
    source: str = Field(description="Whose figures decided: `yahoo`, `files`, `sample`, or `none`.")
    as_of: str | None = Field(examples=["2013-03-01"])
    stale: bool = STALE
    notice: str | None = None
