"""Contract 2.11-2.14, 2.21: volatility, regimes, back-tests and playbooks, on the sample prices."""

from itertools import pairwise

import pytest

from contract.checks import (
    ISO_DAY,
    PROBLEM,
    check,
    exactly,
    integer,
    many,
    maybe,
    number,
    one_of,
    table,
    text,
)

ORIGIN = {"source": text("sample"), "as_of": ISO_DAY, "stale": one_of(False)}
PERCENT = text(like=r"-?\d+\.\d\d%")
LOSS = text(like=r"-\d+\.\d\d%|0\.00%")
REGIME = text("Low Volatility", "Medium Volatility", "High Volatility", "Extreme Volatility")

VOLATILITY = ORIGIN | {
    "dates": many(ISO_DAY, least=1), "volatility": many(maybe(number(0)), least=1), "event_titles": many(exactly(0, text())),
    "min_vol": number(0), "min_vol_date": ISO_DAY,
}  # fmt: skip
REGIMES = ORIGIN | {
    "symbol": text("AAPL"), "analysis_period": text("2y"), "rolling_window": one_of(30),
    "current_volatility": number(0, decimals=2), "current_regime": REGIME,
    "regime_periods": many({
        "start_date": ISO_DAY, "end_date": ISO_DAY, "regime": REGIME, "avg_volatility": number(0, decimals=2),
        "duration_days": integer(1),
    }, least=1),
    "regime_statistics": table(REGIME, {
        "count": integer(1), "avg_volatility": number(0, decimals=2), "min_volatility": number(0, decimals=2),
        "max_volatility": number(0, decimals=2), "percentage_of_time": number(0, 100, decimals=1),
    }),
    "volatility_data": {"dates": many(ISO_DAY), "values": many(number(0, decimals=2))},
}  # fmt: skip
ANALYSIS = ORIGIN | {
    "symbol": text(), "strategy": text("trend", "mean_reversion", "momentum"), "period": text(),
    "metrics": {
        "total_return": PERCENT, "sharpe_ratio": text(like=r"-?\d+\.\d\d"), "max_drawdown": LOSS, "var_95": PERCENT,
    },
    "latest_signals": {"date": ISO_DAY, "signal": one_of(1, 0, -1), "price": number(0)},
}  # fmt: skip
PLAYBOOKS = {
    "Warren Buffett Playbook": ("Value Investor", "filters", 4),
    "Charlie Munger Playbook": ("Quality + Patience", "filters", 3),
    "Valuation Playbook": ("Intrinsic Value Estimator", "method", None),
    "Fundamentals Playbook": ("Financial Health Checker", "metrics", 4),
    "Risk Manager Playbook": ("Drawdown & Volatility Control", "rules", 2),
}
PLAYBOOK = {"name": text(*PLAYBOOKS), "role": text(), "philosophy": text(), "logic": {"example": text()}}
FIGURES = ("pe_ratio", "roe", "debt_to_equity", "eps_growth", "profit_margin", "operating_cash_flow")
JUDGED = {
    "playbook": PLAYBOOK, "decision": text("Buy", "Hold", "Avoid"), "reasons": many(text(), least=1, most=2),
    "stock_data": dict.fromkeys(FIGURES, maybe(number())), "source": text(), "as_of": maybe(ISO_DAY),
}  # fmt: skip
CORRELATION = "/volatility_event_correlation"
REGIME_PATH = "/volatility_regime/analyze"


def test_volatility_is_aligned(tokimeki):
    """As long as the dates, with as many leading nulls as the window has returns."""
    answer = tokimeki.ask(f"{CORRELATION}?symbol=AAPL&window=30&years=2", VOLATILITY)
    values = answer["volatility"]
    assert len(values) == len(answer["dates"]) == len(answer["event_titles"]) > 490
    assert values[:30] == [None] * 30
    assert None not in values[30:]
    least = min(value for value in values[int(0.1 * len(values)) :] if value is not None)
    assert answer["min_vol"] == least
    assert answer["min_vol_date"] == answer["dates"][values.index(least)]


def test_volatility_defaults(tokimeki):
    """AAPL, a window of 10, two years; dates count only together."""
    answer = tokimeki.ask(CORRELATION, VOLATILITY)
    assert answer["volatility"].count(None) == 10
    one_date = tokimeki.client.get(f"{CORRELATION}?start_date=2012-01-01")
    assert one_date.headers["x-ignored-parameters"] == "start_date"
    assert one_date.json() == answer
    both = tokimeki.ask(f"{CORRELATION}?start_date=2012-01-03&end_date=2012-06-29", VOLATILITY)
    assert (both["dates"][0], both["dates"][-1]) == ("2012-01-03", "2012-06-29")


def test_a_window_of_one_is_flat(tokimeki):
    """One return deviates from nothing."""
    assert set(tokimeki.ask(f"{CORRELATION}?window=1")["volatility"]) == {None, 0.0}


@pytest.mark.parametrize(
    ("query", "status"),
    [("window=0", 400), ("window=-3", 400), ("window=ten", 400), ("years=x", 400), ("years=0", 400),
     ("start_date=2012-01-03&end_date=2012-01-10&window=10", 400), ("start_date=x&end_date=2012-01-10", 400),
     ("symbol=../x", 400), ("symbol=NOPE", 404), ("start_date=2020-01-01&end_date=2020-02-01", 404)],
)  # fmt: skip
def test_volatility_errors(tokimeki, query, status):
    """400 with the reason, 404 for what the source does not know."""
    tokimeki.ask(f"{CORRELATION}?{query}", PROBLEM, status=status)


def test_regimes(tokimeki):
    """Bounds of 15, 25 and 35 percent; runs cover all days, shares add up."""
    answer = tokimeki.post(REGIME_PATH, {"symbol": "AAPL"}, REGIMES)
    values = answer["volatility_data"]["values"]
    assert len(values) == len(answer["volatility_data"]["dates"])
    assert answer["current_volatility"] == values[-1]
    runs, shares = answer["regime_periods"], answer["regime_statistics"]
    assert (
        sum(run["duration_days"] for run in runs)
        == sum(one["count"] for one in shares.values())
        == len(values)
    )
    assert all(one["regime"] != other["regime"] for one, other in pairwise(runs))
    assert abs(sum(one["percentage_of_time"] for one in shares.values()) - 100) < 0.5
    bounds = {
        "Low Volatility": (0, 15),
        "Medium Volatility": (15, 25),
        "High Volatility": (25, 35),
        "Extreme Volatility": (35, 500),
    }
    for name, one in shares.items():
        low, high = bounds[name]
        assert (
            low - 0.01
            <= one["min_volatility"]
            <= one["avg_volatility"]
            <= one["max_volatility"]
            <= high + 0.01
        )
    assert len(shares) >= 3
    assert runs[-1]["regime"] == answer["current_regime"]


def test_regime_bounds(tokimeki):
    """Fixed."""
    shape = {
        "regime_thresholds": dict.fromkeys(("low", "medium", "high", "extreme"), text()),
        "description": text(),
    }
    told = str(tokimeki.ask("/volatility_regime/regimes", shape)["regime_thresholds"])
    assert all(bound in told for bound in ("15%", "25%", "35%"))


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"symbol": ""}, 400), ({"symbol": "AAPL", "period": "20d"}, 400), ({"symbol": "AAPL", "period": "x"}, 400),
     ({"symbol": "AAPL", "window": 0}, 400), ({"symbol": "NOPE"}, 404)],
)  # fmt: skip
def test_regime_errors(tokimeki, body, status):
    """No symbol, too few days, an unknown symbol."""
    tokimeki.post(REGIME_PATH, body, PROBLEM, status=status)


@pytest.mark.parametrize("strategy", ["trend", "mean_reversion", "momentum"])
@pytest.mark.parametrize("period", ["3mo", "6mo", "1y", "2y", "5y"])
def test_analyze(tokimeki, strategy, period):
    """Figures as texts; the price of the last signal is a number."""
    answer = tokimeki.post("/analyze", {"symbol": "MSFT", "strategy": strategy, "period": period}, ANALYSIS)
    assert (answer["symbol"], answer["strategy"], answer["period"]) == ("MSFT", strategy, period)
    assert answer["latest_signals"]["date"] == "2013-03-01"


def test_the_whole_capital_is_traded(tokimeki):
    """One share against 100,000 dollars made returns of hundredths of a percent; costs make them smaller."""
    free = tokimeki.post("/analyze", {"symbol": "aapl", "period": "2y"}, ANALYSIS)
    dear = tokimeki.post("/analyze", {"symbol": "aapl", "period": "2y", "costs": 0.01}, ANALYSIS)
    earned, rest = (float(one["metrics"]["total_return"].rstrip("%")) for one in (free, dear))
    assert abs(earned) > 1
    assert rest < earned
    assert (free["symbol"], free["strategy"]) == ("aapl", "trend")


@pytest.mark.parametrize("period", ["1d", "5d", "max", "ytd"])
def test_odd_periods(tokimeki, period):
    """No nan, also for a day or two."""
    tokimeki.post("/analyze", {"symbol": "META", "period": period}, ANALYSIS)


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"symbol": ""}, 400), ({"symbol": None}, 400), ({"symbol": "AAPL", "strategy": "luck"}, 400),
     ({"symbol": "AAPL", "period": "soon"}, 400), ({"symbol": "AAPL", "costs": -1}, 400), ({"symbol": "../x"}, 400),
     ({"symbol": "NOPE"}, 404)],
)  # fmt: skip
def test_analyze_errors(tokimeki, body, status):
    """400 with the reason at once; 404 for an unknown symbol."""
    tokimeki.post("/analyze", body, PROBLEM, status=status)


def test_playbooks(tokimeki):
    """A bare array of the five."""
    answer = tokimeki.ask("/playbooks", exactly(5, PLAYBOOK))
    assert [one["name"] for one in answer] == list(PLAYBOOKS)
    for one in answer:
        role, key, count = PLAYBOOKS[one["name"]]
        assert one["role"] == role
        assert set(one["logic"]) == {"example", key}
        assert isinstance(one["logic"][key], str) if count is None else len(one["logic"][key]) == count


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_analyze_playbook(tokimeki, name):
    """The sample tells no figures of companies: they are null, and where they matter the answer is to wait."""
    answer = tokimeki.post("/analyze_playbook", {"symbol": "AAPL", "playbook_name": name}, JUDGED)
    assert answer["playbook"]["name"] == name
    assert answer["stock_data"] == dict.fromkeys(FIGURES)
    if name != "Risk Manager Playbook":
        assert answer["decision"] == "Hold"
        assert "unknown" in answer["reasons"][0]
        assert answer["source"] == "none"
    else:
        assert (answer["decision"], answer["source"], answer["as_of"]) == ("Avoid", "sample", "2013-03-01")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"symbol": "AAPL"}, 400), ({"playbook_name": "Valuation Playbook"}, 400), ({}, 400),
     ({"symbol": "AAPL", "playbook_name": "valuation playbook"}, 404), ({"symbol": "NOPE", "playbook_name": "Valuation Playbook"}, 404)],
)  # fmt: skip
def test_playbook_errors(tokimeki, body, status):
    """400 for a missing field, 404 for an unknown playbook or symbol."""
    tokimeki.post("/analyze_playbook", body, PROBLEM, status=status)


@pytest.mark.parametrize("path", ["/analyze", "/analyze_playbook", REGIME_PATH])
def test_bodies(tokimeki, path):
    """JSON errors for what is no JSON, no object, empty, or of another type."""
    for content, kind, status in (
        (b"{no", "application/json", 400), (b"[]", "application/json", 400), (b"", "application/json", 400),
        (b"<a/>", "application/xml", 415),
    ):  # fmt: skip
        check(
            PROBLEM,
            tokimeki.ask(path, method="POST", content=content, headers={"Content-Type": kind}, status=status),
        )
    check(PROBLEM, tokimeki.ask(path, status=405))
