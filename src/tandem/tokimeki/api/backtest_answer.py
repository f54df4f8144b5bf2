"""A back-test as the new routes answer it."""

from typing import Any

from tandem.tokimeki.markets.strategy_metrics import measured
from tandem.tokimeki.schemas.stocks import AnalyzeAsk
from tandem.tokimeki.services.strategy_service import Tested
from tandem.tokimeki.services.volatility_service import origin


def backtest_answer(ask: AnalyzeAsk, found: Tested) -> dict[str, Any]:
    """Return figures, trades and the account at each close."""
    test, bars = found.test, found.test.bars
    figures, dates = measured(test), bars.iso_dates
    return origin(bars) | {
        "symbol": bars.symbol, "currency": bars.currency, "strategy": ask.strategy, "period": ask.period,
        "costs": ask.costs, "fill": ask.fill, "initial_capital": test.capital, "notice": found.notice,
        "metrics": {
            "total_return": figures.total_return, "sharpe_ratio": figures.sharpe_ratio,
            "max_drawdown": figures.max_drawdown, "var_95": figures.var_95, "held_return": figures.held,
            "exposure": figures.exposure, "costs_paid": test.costs_paid,
        },
        "latest_signal": {"date": dates[-1], "signal": int(test.signals[-1]), "price": float(bars.close[-1])},
        "trades": [
            {
                "date": one.day.isoformat(), "price": one.price, "shares": one.shares, "position": one.position,
                "costs": one.costs,
            }
            for one in test.trades
        ],
        "dates": dates, "equity": test.equity, "positions": test.positions, "signals": test.signals,
    }  # fmt: skip
