"""The new stock routes on the sample prices, and kept answers over Yahoo's place, over real sockets."""

from collections.abc import Iterator

import pytest

from contract.checks import ISO_DAY, PROBLEM, exactly, many, maybe, number, one_of, table, text
from integration.tokimeki.serving import Looped
from tandem.bench.upstreams.yahoo import YahooUpstream

API = "/api/v1/stocks"
ORIGIN = {
    "symbol": text(), "source": text("sample"), "as_of": text("2013-03-01"), "stale": one_of(False), "currency": text("USD"),
    "notice": maybe(text()),
}  # fmt: skip
FIGURES = dict.fromkeys(
    ("total_return", "annual_return", "volatility", "sharpe_ratio", "sortino_ratio", "max_drawdown", "calmar_ratio", "var_95",
     "cvar_95", "win_rate", "best_day", "worst_day"), number()
)  # fmt: skip
FAILURE = {"symbol": text(), "error": text(), "code": text()}


def test_histories(one):
    """All columns of those that were found; why others were not."""
    series = ORIGIN | {
        "name": text(),
        "dates": many(ISO_DAY),
        **dict.fromkeys(("open", "high", "low", "close", "volume"), many(number(0))),
    }
    answer = one.ask(
        f"{API}/history?symbols=AAPL,NOPE,../x&start=2012-01-03&end=2012-01-05",
        {"series": exactly(1, series), "errors": exactly(2, FAILURE)},
    )
    assert answer["series"][0]["dates"] == ["2012-01-03", "2012-01-04", "2012-01-05"]
    assert [error["code"] for error in answer["errors"]] == ["unknown_symbol", "invalid_symbol"]


def test_quotes(one):
    """The last price, and its change since the one before; an alias keeps the name it was asked by."""
    shape = ORIGIN | {
        "name": text(), "price": number(0), "previous_close": number(0), "change": number(), "change_percent": number(),
        "day": text("2013-03-01"), "market_open": one_of(False),
    }  # fmt: skip
    answer = one.ask(f"{API}/quotes?symbols=GOOGL,AAPL", {"quotes": exactly(2, shape)})
    first = answer["quotes"][0]
    assert (first["symbol"], first["name"]) == ("GOOGL", "Alphabet Inc.")
    assert first["change"] == pytest.approx(first["price"] - first["previous_close"])


def test_performance(one):
    """Numbers are numbers, in percent, and agree with the prices."""
    answer = one.ask(f"{API}/MSFT/performance?period=2y", ORIGIN | {"figures": FIGURES, "days": number(400)})
    gain = 100 * (answer["end_price"] / answer["start_price"] - 1)
    assert answer["figures"]["total_return"] == pytest.approx(gain)
    assert "2013-03-01" in answer["notice"]


def test_indicators(one):
    """Aligned; those that were asked for, by the name they were asked by."""
    columns = table(text(), many(maybe(number())))
    answer = one.ask(
        f"{API}/AAPL/indicators?indicators=sma:5,macd,bollinger&period=1y",
        ORIGIN
        | {
            "dates": many(ISO_DAY),
            "close": many(number(0)),
            "indicators": table(text("sma:5", "macd", "bollinger"), columns),
        },
    )
    sma, close = answer["indicators"]["sma:5"]["value"], answer["close"]
    assert sma[:4] == [None] * 4
    assert sma[4] == pytest.approx(sum(close[:5]) / 5)
    assert set(answer["indicators"]["macd"]) == {"macd", "signal", "histogram"}
    assert all(len(one) == len(close) for group in answer["indicators"].values() for one in group.values())


def test_comparison(one):
    """Rebased to 100, each with its risk, correlated with itself by 1."""
    symbol = ORIGIN | {"name": text(), "rebased": many(number(0)), "figures": FIGURES}
    answer = one.ask(
        f"{API}/comparison?symbols=AAPL,IBM,NOPE&period=1y",
        {"symbols": exactly(2, symbol), "errors": exactly(1, FAILURE)},
    )
    assert all(
        one["rebased"][0] == 100 and len(one["rebased"]) == len(answer["dates"]) for one in answer["symbols"]
    )
    correlation = answer["correlation"]
    assert correlation["AAPL"]["AAPL"] == pytest.approx(1)
    assert correlation["AAPL"]["IBM"] == pytest.approx(correlation["IBM"]["AAPL"])


def test_backtest(one):
    """The account, its trades, and figures that the old route gives as texts."""
    body = {"symbol": "AAPL", "strategy": "mean_reversion", "period": "2y", "costs": 0.001}
    answer = one.post(
        f"{API}/backtest",
        body,
        ORIGIN
        | {
            "metrics": table(text(), number()),
            "trades": many({"date": ISO_DAY, "price": number(0)}, least=1),
        },
    )
    old = one.post("/analyze", body)
    assert old["metrics"]["total_return"] == f"{answer['metrics']['total_return']:.2f}%"
    assert old["trades"] == len(answer["trades"])
    lengths = {len(answer[name]) for name in ("dates", "equity", "positions", "signals")}
    assert lengths == {len(answer["dates"])}
    assert answer["equity"][0] == answer["initial_capital"] == 100_000


def test_the_old_routes_again(one):
    """Volatility, regimes, playbooks and lists are those of the old paths."""
    old = one.ask("/volatility_event_correlation?symbol=IBM&window=20&years=1")
    new = one.ask(f"{API}/IBM/volatility?window=20&period=365d")
    assert new["volatility"] == old["volatility"]
    assert one.ask(f"{API}/IBM/regimes?period=2y") == one.post(
        "/volatility_regime/analyze", {"symbol": "IBM"}
    )
    for name in ("companies", "tickers"):
        assert one.ask(f"{API}/{name}") == one.ask(f"/available_{name}")
    assert one.ask(f"{API}/playbooks") == one.ask("/playbooks")
    body = {"symbol": "IBM", "playbook_name": "Risk Manager Playbook"}
    assert one.post(f"{API}/playbook", body) == one.post("/analyze_playbook", body)


@pytest.mark.parametrize(
    ("path", "status"),
    [("history?period=x", 422), ("history?start=2012-01-03", 422), ("history?start=2012-02-01&end=2012-01-01", 422),
     ("history?start=x&end=y", 422), ("comparison", 422), ("comparison?symbols=NOPE", 404), ("NOPE/performance", 404),
     ("A..B/performance", 422), ("AAPL/indicators?indicators=foo", 422), ("AAPL/volatility?window=0", 422),
     ("AAPL/volatility?window=900&period=1y", 422), ("AAPL/performance?start=2020-01-01&end=2020-02-01", 404),
     ("quotes?symbols=" + ",".join(f"S{n}" for n in range(51)), 422)],
)  # fmt: skip
def test_refusals(one, path, status):
    """422 under the new prefix, with the reason."""
    one.ask(f"{API}/{path}", PROBLEM, status=status)


class Yahoo(Looped):
    """Yahoo's place on a loop of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.run(self._start())

    async def _start(self) -> YahooUpstream:
        server = YahooUpstream(dead={"GONE"})
        await server.open()
        return server

    def stop(self) -> None:
        self.run(self.server.close())
        self.end()


@pytest.fixture
def yahoo() -> Iterator[Yahoo]:
    place = Yahoo()
    yield place
    place.stop()


def test_over_yahoo(start, yahoo):
    """Prices and figures come from it, finished answers are kept, and what could not be had is asked for again."""
    service = start(quotes=("yahoo",), yahoo_url=yahoo.server.url, yahoo_timeout=10.0)
    path = "/stocks/history?symbols=AAPL,GONE&days=31"
    first = service.client.get(path)
    assert first.json()["Apple"]["source"] == "yahoo"
    assert first.json()["GONE"]["code"] == "unknown_symbol"
    assert service.client.get(path).headers["x-cache"] == "hit"
    yahoo.server.poison["TSLA"] = "html"
    for _ in range(2):
        answer = service.client.get("/stocks/history?symbols=TSLA,AAPL")
        assert answer.headers["x-cache"] != "hit"
        assert answer.json()["Tesla"]["code"] == "quotes_malformed"
    service.ask(f"{API}/quotes?symbols=TSLA", PROBLEM, status=503)
    yahoo.server.poison.clear()
    assert service.ask(f"{API}/quotes?symbols=TSLA")["quotes"][0]["source"] == "yahoo"
    chat = service.post("/chat", {"message": "What is the price of Apple stock?"})
    assert "Source: yahoo" in chat["response"]
    assert yahoo.server.statistics.by_symbol["AAPL"] == 1
