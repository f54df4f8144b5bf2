"""What models cost, as of a date, in integer micro-dollars.

One US dollar per million tokens is one micro-dollar per token, so prices are kept as whole micro-dollars per
million tokens and nothing is ever a float. A price that is not known is None, never 0.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from tandem.ai.messages import TokenUsage
from tandem.core.errors import ConfigurationError

_MILLION: Final = 1_000_000
_VERSION: Final = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$")
"""How providers name a dated edition of a model: ``gpt-4o-mini-2024-07-18``."""


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars per million tokens read and written; both 0 or more."""

    prompt: int
    completion: int

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing."""
        return self.prompt == self.completion == 0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Return micro-dollars, rounded up: a call that costs something never counts as free."""
        return -(-(prompt_tokens * self.prompt + completion_tokens * self.completion) // _MILLION)


FREE: Final = Price(0, 0)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by the provider's own model id, and providers of which every model is free."""

    as_of: dt.date
    prices: Mapping[str, Price]
    free_providers: frozenset[str] = frozenset()
    free_suffixes: tuple[str, ...] = ()

    def price(self, provider: str, model: str) -> Price | None:
        """Return the price of ``model`` at ``provider``, None when it is unknown.

        A dated edition (``gpt-4o-2024-08-06``) costs what the model itself costs, unless it has a price of its own.
        ``provider/model`` goes before ``model``, so that a reseller's price can be told apart.
        """
        if provider in self.free_providers or model.endswith(self.free_suffixes or ("\0",)):
            return FREE
        prices = self.prices
        found = prices.get(f"{provider}/{model}") or prices.get(model)
        if found is None and (name := _VERSION.sub("", model)) != model:
            found = prices.get(f"{provider}/{name}") or prices.get(name)
        return found

    def cost(self, provider: str, model: str, usage: TokenUsage) -> int | None:
        """Return what ``usage`` costs in micro-dollars, None when the price is unknown."""
        price = self.price(provider, model)
        return None if price is None else price.cost(usage.prompt, usage.completion)

    def age_days(self, today: dt.date) -> int:
        """Return how old the table is, in days."""
        return (today - self.as_of).days

    def with_prices(
        self, more: Mapping[str, tuple[float | str, float | str]], *, free_providers: Iterable[str] = ()
    ) -> "PriceTable":
        """Return the table with an installation's own prices on top, in US dollars per million tokens.

        Raises ConfigurationError for one that is negative or no number.
        """
        return replace(
            self, prices={**self.prices, **{name: price_of(*pair) for name, pair in more.items()}},
            free_providers=self.free_providers | frozenset(free_providers),
        )  # fmt: skip


def price_of(prompt: float | str, completion: float | str) -> Price:
    """Return a price given in US dollars per million tokens; fractions of a micro-dollar are rounded up."""
    try:
        both = [Decimal(str(value)) * _MILLION for value in (prompt, completion)]
        micro = [-int(-value // 1) for value in both]
    except (ArithmeticError, ValueError) as error:
        raise ConfigurationError(f"{prompt!r}, {completion!r} is no price in US dollars") from error
    if min(micro) < 0:
        raise ConfigurationError("a price is 0 or more US dollars per million tokens")
    return Price(*micro)


@cache
def published() -> PriceTable:
    """Return the table that comes with this version."""
    data: dict[str, Any] = orjson.loads(files("tandem.ai").joinpath("prices.json").read_bytes())
    return PriceTable(
        dt.date.fromisoformat(data["as_of"]),
        {name: price_of(*pair) for name, pair in data["usd_per_million_tokens"].items()},
        frozenset(data["free_providers"]),
        tuple(data["free_suffixes"]),
    )
