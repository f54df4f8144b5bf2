"""Answers questions about prices in one sentence each; a figure always comes from the data."""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from tandem.ai.catalog import LOCAL, Catalog
from tandem.ai.client import AIClient, whole
from tandem.ai.errors import AIError, BudgetExceededError
from tandem.ai.messages import Asker, ChatRequest, Message
from tandem.core.observability.logger import get_logger
from tandem.tokimeki.markets.bars import Bars
from tandem.tokimeki.markets.price_facts import PriceFacts, holds_only, price_facts
from tandem.tokimeki.markets.price_question import PriceQuestion, Wanted, price_question
from tandem.tokimeki.schemas.speech import PriceAnswer
from tandem.tokimeki.services.quotes.provider import (
    QuoteProvider,
    QuotesUnavailableError,
    UnknownSymbolError,
)

log = get_logger(__name__)

CANNOT: Final = (
    "Sorry, I cannot answer that. Ask about the price of a company, for example: What was the average price of Apple in the"
    " last 5 days?"
)
"""What is answered to anything but a question about the prices of a company."""

AI_SECONDS: Final = 20.0
"""How long a model may take to describe prices before our own sentence is given."""

_SYSTEM: Final = (
    "You describe the price of a stock in two or three plain sentences. Use only the figures you are given, exactly as they"
    " are written; add no other figure, no forecast and no advice."
)


class PriceAnswerer:
    """Answers from prices; only a description may be worded by a language model.

    Fail mode: without prices it says so. A model that is not configured, fails, is slow or says a figure that is not in
    the data costs its wording and nothing else. The small local model is asked only by name: it is too weak to be trusted
    with the direction of a price.
    """

    def __init__(self, quotes: QuoteProvider, client: AIClient, catalog: Catalog) -> None:
        """Take prices from ``quotes``; ask ``client``, which must be one without stand-ins."""
        self._quotes = quotes
        self._client = client
        self._catalog = catalog

    async def answer(self, text: str, asker: Asker, model: str | None = None) -> PriceAnswer:
        """Answer ``text``; ``model`` is a key of the catalogue, anything else means the default one."""
        question = price_question(text)
        if question is None:
            return PriceAnswer(answer=CANNOT)
        who = f"{question.company} ({question.symbol})"
        try:
            bars = await self._quotes.latest(question.symbol, max(question.days, 1))
        except UnknownSymbolError as error:
            return _told(question, f"No prices found for {who}: {error.message}.")
        except QuotesUnavailableError as error:
            return _told(
                question, f"No prices found for {who}, they are out of reach right now: {error.message}."
            )
        bars = _days_back(bars, question.days)
        if not len(bars):
            return _told(question, f"No prices found for {who} in the last {_days(question.days)}.")
        facts = price_facts(bars)
        told = _told(question, _SENTENCES[question.wanted](who, question.days, facts), bars)
        if question.wanted != "describe":
            return told
        return await self._worded(told, question, facts, asker, model)

    async def _worded(
        self, plain: PriceAnswer, question: PriceQuestion, facts: PriceFacts, asker: Asker, model: str | None
    ) -> PriceAnswer:
        key = model if model is not None and self._catalog.knows(model) else self._catalog.default_model
        if self._catalog.provider_of(key) == LOCAL and model != key:
            return plain
        request = ChatRequest(
            messages=(Message("system", _SYSTEM), Message("user", plain.answer)), model=key, asker=asker,
            temperature=0.0, max_tokens=300, timeout=AI_SECONDS,
        )  # fmt: skip
        try:
            async with asyncio.timeout(AI_SECONDS + 1):
                origin, outcome = await whole(self._client, request)
        except (AIError, BudgetExceededError, TimeoutError) as error:
            log.warning("prices are described without a model: %s", error)
            return plain
        text = outcome.text.strip()
        if outcome.finish_reason != "stop" or not text or not holds_only(text, facts, question.days):
            log.warning(
                "a description by %s is not used: it ends early or holds figures of its own", origin.model
            )
            return plain
        return plain.model_copy(
            update={"answer": text, "ai_generated": True, "provider": origin.provider, "model": origin.model}
        )


def _told(question: PriceQuestion, text: str, bars: Bars | None = None) -> PriceAnswer:
    return PriceAnswer(
        answer=text, symbol=question.symbol, days=question.days, intent=question.wanted,
        source=bars and bars.source, as_of=bars and bars.as_of,
    )  # fmt: skip


def _days_back(bars: Bars, days: int) -> Bars:
    """Return the last ``days`` calendar days up to the last trading day that there is, that day included."""
    if not len(bars):
        return bars
    last = bars.dates[-1]
    return bars.between(last - dt.timedelta(days=days - 1), last)


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _period(days: int, facts: PriceFacts) -> str:
    return f"in the last {_days(days)} to {facts.last_date}"


def _describe(who: str, days: int, facts: PriceFacts) -> str:
    moved = {"up": "rose", "down": "fell", "flat": "did not change"}[facts.trend]
    by = "" if facts.trend == "flat" else f" by ${abs(facts.change):.2f} ({facts.change_percent:+.2f}%)"
    return (
        f"{who} {moved}{by} {_period(days, facts)}, from ${facts.start:.2f} to ${facts.end:.2f}. The lowest close was"
        f" ${facts.low:.2f} on {facts.low_date}, the highest ${facts.high:.2f} on {facts.high_date}, the average"
        f" ${facts.average:.2f}. The trend is {facts.trend}."
    )


def _average(who: str, days: int, facts: PriceFacts) -> str:
    return f"The average closing price of {who} {_period(days, facts)} was ${facts.average:.2f}."


def _lowest(who: str, days: int, facts: PriceFacts) -> str:
    return (
        f"The lowest closing price of {who} {_period(days, facts)} was ${facts.low:.2f} on {facts.low_date}."
    )


def _highest(who: str, days: int, facts: PriceFacts) -> str:
    return f"The highest closing price of {who} {_period(days, facts)} was ${facts.high:.2f} on {facts.high_date}."


def _closes(who: str, days: int, facts: PriceFacts) -> str:
    listed = ", ".join(f"{day}: ${close:.2f}" for day, close in facts.closes)
    return f"The closing prices of {who} {_period(days, facts)} were {listed}."


def _last(who: str, days: int, facts: PriceFacts) -> str:  # noqa: ARG001 - one shape for all
    return f"The last closing price of {who} was ${facts.end:.2f} on {facts.last_date}."


_SENTENCES: Final[Mapping[Wanted, Callable[[str, int, PriceFacts], str]]] = {
    "describe": _describe, "average": _average, "lowest": _lowest, "highest": _highest, "closes": _closes,
    "last": _last,
}  # fmt: skip
