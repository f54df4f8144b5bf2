"""Answers of the old stock routes, as OpenAPI shows them."""

from pydantic import BaseModel, Field

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
    source: str | None = SOURCE
    as_of: str | None = AS_OF
    stale: bool | None = STALE
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
