"""What 500 users ask for: 78 % reads of Pomodoro's ten routes, 16 % market reads, 5 % chats, 0.5 % writes, 0.5 % sentiment."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tandem.bench.load.arrivals import poisson
from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import Arrival
from tandem.bench.measure.server import Server
from tandem.bench.scenarios.chats import MODEL, TOKENS


@dataclass(frozen=True, slots=True)
class Read:
    """A GET."""

    path: str

    @property
    def route(self) -> str:
        """Its path without parameters."""
        return self.path.partition("?")[0]


READS: Final = tuple(map(Read, (
    "/api/recommendation", "/api/prediction/today", "/api/prediction/week", "/api/trends", "/api/preset-stats", "/api/analysis",
    "/api/burnout-risk", "/api/optimal-schedule", "/api/predict-quality?preset=deep_work", "/api/detect-anomalies",
)))  # fmt: skip

MARKETS: Final = tuple(map(Read, (
    "/stocks/history?symbols=AAPL,MSFT,GOOGL&days=90", "/stocks/history?symbols=NVDA,TSLA&days=31",
    "/stocks/history?symbols=SPY,QQQ,VOO&days=365", "/stocks/history?symbols=AMZN&days=1095", "/available_companies",
    "/available_tickers", "/api/model-comparison", "/volatility_event_correlation?symbol=AAPL&years=1",
    "/volatility_event_correlation?symbol=MSFT&years=2",
)))  # fmt: skip

SENTENCES: Final = (
    "Earnings beat every estimate",
    "The outlook was cut again",
    "Shares were unchanged at noon",
    "A strong quarter for chips",
)

SHARES: Final[Mapping[str, float]] = {
    "read": 0.78,
    "market": 0.16,
    "chat": 0.05,
    "write": 0.005,
    "sentiment": 0.005,
}


class Crowd:
    """Makes the requests of many people, each with a key of their own."""

    def __init__(
        self, pomodoro: Server, tokimeki: Server, users: Sequence[str], routes: frozenset[str], seed: int = 5
    ) -> None:
        """Ask both servers for ``users``; what of Tokimeki is not among ``routes`` is replaced by reads."""
        self._pomodoro, self._tokimeki, self._users = pomodoro, tokimeki, users
        self._dice = random.Random(seed)
        self._markets = [one for one in MARKETS if one.route in routes]
        self.has_sentiment = "/analyze_tweet" in routes
        self._kept: dict[tuple[str, str], Ask] = {}
        self._number = 0
        self._kinds: dict[str, Callable[[str], tuple[int, Ask]]] = {
            "read": self._read, "market": self._market, "chat": self._chat, "write": self._write,
            "sentiment": self._sentiment if self.has_sentiment else self._read,
        }  # fmt: skip

    def only_reads(self) -> None:
        """Ask for nothing but Pomodoro's ten routes from now on."""
        self._kinds = dict.fromkeys(SHARES, self._read)

    def arrivals(self, rate: float, seconds: float) -> Iterator[Arrival]:
        """Yield ``rate`` requests a second: people who think for an exponential time, taken together."""
        names, weights = list(SHARES), list(SHARES.values())
        for due in poisson(rate, seconds, self._dice):
            kind = self._dice.choices(names, weights)[0]
            port, ask = self._kinds[kind](self._dice.choice(self._users))
            yield due, port, ask

    def _get(self, server: Server, read: Read, user: str) -> tuple[int, Ask]:
        ask = self._kept.get((user, read.path))
        if ask is None:
            ask = self._kept[user, read.path] = Ask.get(read.path, server.headers(user), route=read.route)
        return server.port, ask

    def _read(self, user: str) -> tuple[int, Ask]:
        return self._get(self._pomodoro, self._dice.choice(READS), user)

    def _market(self, user: str) -> tuple[int, Ask]:
        return self._get(self._tokimeki, self._dice.choice(self._markets), user)

    def _chat(self, user: str) -> tuple[int, Ask]:
        self._number += 1
        body = {"message": f"Question {self._number}: what now?", "model": MODEL, "max_tokens": TOKENS}
        headers = self._tokimeki.headers(user)
        return self._tokimeki.port, Ask.post("/chat", body, headers, b'"success":true', route="/chat")

    def _write(self, user: str) -> tuple[int, Ask]:
        body = {"preset": "deep_work", "category": "Learning", "productivity_rating": 75}
        headers = self._pomodoro.headers(user)
        return self._pomodoro.port, Ask.post(
            "/api/sessions", body, headers, status=b"201", route="POST /api/sessions"
        )

    def _sentiment(self, user: str) -> tuple[int, Ask]:
        self._number += 1
        body = {"text": f"{self._dice.choice(SENTENCES)}, note {self._number}"}
        return self._tokimeki.port, Ask.post(
            "/analyze_tweet", body, self._tokimeki.headers(user), b'"label"', route="/analyze_tweet"
        )
