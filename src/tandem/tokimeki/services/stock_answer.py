"""Answers questions about stocks from market data, in words that hold no other figure."""

import asyncio

from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.question import StockQuestion
from tandem.tokimeki.markets.spans import Between
from tandem.tokimeki.markets.summary import PerformanceMetrics, StockSummary, summarise
from tandem.tokimeki.markets.symbols import NAMES
from tandem.tokimeki.services.quotes.provider import (
    QuoteProvider,
    QuotesUnavailableError,
    UnknownSymbolError,
)


class StockAnswerer:
    """Turns a stock question into text; never asks a language model and never invents a price."""

    def __init__(self, quotes: QuoteProvider) -> None:
        """Take prices from ``quotes``."""
        self._quotes = quotes

    async def answer(self, question: StockQuestion) -> str:
        """Return a Markdown text about each company; without data it says so and holds no number of a price."""
        found = await asyncio.gather(*(self._found(symbol, question) for symbol in question.symbols))
        texts = [_text(question, symbol, bars) for symbol, bars in zip(question.symbols, found, strict=True)]
        changes = {
            NAMES.get(symbol, symbol): summary.price_change_pct
            for symbol, bars in zip(question.symbols, found, strict=True)
            if isinstance(bars, Bars) and len(bars) > 1 and (summary := summarise(bars)) is not None
        }
        if len(changes) > 1:
            texts.append(_ranking(changes))
        return "\n\n".join(texts)

    async def _found(self, symbol: str, question: StockQuestion) -> Bars | str:
        """Return the prices asked for, or why there are none."""
        try:
            return await self._bars(symbol, question)
        except (UnknownSymbolError, QuotesUnavailableError) as error:
            return error.message

    async def _bars(self, symbol: str, question: StockQuestion) -> Bars:
        span = question.span
        if isinstance(span, Between):
            return await self._quotes.history(symbol, span.first, span.last)
        bars = await self._quotes.latest(symbol, span.days)
        return bars.between(span.first(bars.as_of), bars.as_of) if span.this_year else bars


def _text(question: StockQuestion, symbol: str, bars: Bars | str) -> str:
    """Return what is said of one company; ``bars`` is a text where there are none."""
    title = f"{NAMES.get(symbol, symbol)} ({symbol})"
    if isinstance(bars, str):
        return f"I have no market data for **{title}**, so I cannot give you any figures: {bars}."
    summary = summarise(bars)
    if summary is None:
        return f"I have no market data for **{title}** in that period, so I cannot give you any figures."
    return "\n".join(_lines(question, title, bars, summary))


def _ranking(changes: dict[str, float]) -> str:
    """Return who did best; ``changes`` are in percent, by the company's name."""
    best = sorted(changes.items(), key=lambda pair: -pair[1])
    return "**Compared:** " + ", ".join([f"{name} {change:+.2f} %" for name, change in best]) + "."


def _lines(question: StockQuestion, title: str, bars: Bars, summary: StockSummary) -> list[str]:
    arrow = "📈" if summary.price_change >= 0 else "📉"
    lines = [
        f"{arrow} **{title}**",
        f"• Last close: ${summary.current_price:,.2f} on {bars.dates[-1]}",
        *_course(question, bars, summary),
    ]
    if summary.avg_volume:
        lines.append(f"• Average volume: {summary.avg_volume:,} shares")
    if summary.volatility is not None:
        lines.append(f"• Daily volatility: {summary.volatility:.2f} %")
    if summary.metrics is not None:
        lines += _metrics(summary.metrics)
    # Of one company; of several that are compared it would be a long list for each.
    if question.aspect != "price" and len(question.symbols) == 1:
        lines += ["", "**Day by day**", *_days(bars)]
    lines += ["", f"Source: {bars.source}, as of {bars.as_of}."]
    if bars.stale:
        lines.append("The source cannot be reached right now; these are the last prices that it told.")
    if bars.source == "sample":
        lines.append("These are historical sample prices, not today's.")
    return lines


def _course(question: StockQuestion, bars: Bars, summary: StockSummary) -> list[str]:
    between = f"${summary.low_price:,.2f} to ${summary.high_price:,.2f}"
    if len(bars) == 1:
        # A change takes two days.
        return [f"• Range of the day: {between}"]
    change = f"${summary.price_change:+,.2f} ({summary.price_change_pct:+.2f} %)"
    return [
        f"• Change: {change} {_period(question, bars)}",
        f"• Range: {between}, from ${summary.start_price:,.2f}",
    ]


def _period(question: StockQuestion, bars: Bars) -> str:
    span = question.span
    if isinstance(span, Between) or span.this_year:
        return f"from {bars.dates[0]} to {bars.dates[-1]}"
    return f"in the {span.days} days to {bars.as_of}" if span.days > 1 else f"in the day to {bars.as_of}"


def _metrics(metrics: PerformanceMetrics) -> list[str]:
    sharpe = "unknown" if metrics.sharpe_ratio is None else f"{metrics.sharpe_ratio:.2f}"
    return [
        f"• Cumulative return: {metrics.cumulative_return:+.2f} %",
        f"• Sharpe ratio: {sharpe}",
        f"• Max drawdown: {metrics.max_drawdown:.2f} %",
        f"• Win rate: {metrics.win_rate:.1f} %",
        f"• Trade count: {metrics.trade_count}",
        "",
        f"**Interpretation:** {_interpretation(metrics)}",
    ]


def _interpretation(metrics: PerformanceMetrics) -> str:
    growth = metrics.cumulative_return
    parts = [
        "a strong gain"
        if growth > 5
        else "a modest gain"
        if growth > 0
        else "no change"
        if growth == 0
        else "a decline"
    ]
    if metrics.sharpe_ratio is not None:
        sharpe = metrics.sharpe_ratio
        parts.append(f"{'good' if sharpe > 1 else 'moderate' if sharpe > 0 else 'poor'} return for its risk")
    loss = abs(metrics.max_drawdown)
    parts.append(f"{'small' if loss < 5 else 'moderate' if loss < 10 else 'large'} losses on the way")
    days = metrics.win_rate
    parts.append(
        "mostly winning days" if days > 60 else "slightly more winning days" if days > 50
        else "as many winning as losing days" if days == 50 else "more losing than winning days"
    )  # fmt: skip
    return "; ".join(parts) + "."


def _days(bars: Bars, most: int = 10) -> list[str]:
    shown = range(max(0, len(bars) - most), len(bars))
    return [
        f"• {bars.dates[at]}: ${bars.close[at]:,.2f}"
        + (f" ({bars.close[at] - bars.close[at - 1]:+,.2f})" if at else "")
        for at in shown
    ]
