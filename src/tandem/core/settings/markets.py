"""Where prices of securities come from, and how politely they are asked for."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from tandem.core.settings.names import Words

SOURCES = ("yahoo", "files", "sample")


class MarketSettings(BaseSettings):
    """Price sources."""

    quotes: Words = Field(
        default=("sample",),
        description="Price sources in the order in which they are asked: yahoo, files, sample; separated by commas.",
    )
    quotes_dir: Path | None = Field(
        default=None, description="Directory of the source `files`: one CSV or Parquet file per symbol."
    )
    yahoo_url: str = Field(
        default="https://query1.finance.yahoo.com", description="Base address of Yahoo Finance."
    )
    yahoo_in_flight: int = Field(
        default=9, ge=1, le=64,
        description="Calls to Yahoo at once per worker; 9 fetch the 18 default symbols in two rounds.",
    )  # fmt: skip
    yahoo_per_minute: int = Field(
        default=240, ge=1, le=100_000,
        description="Calls to Yahoo a minute, over all workers; 100 of them may come at once.",
    )  # fmt: skip
    yahoo_timeout: float = Field(
        default=5.0, gt=0, le=60, description="Seconds that one call to Yahoo may take."
    )
    yahoo_user_agent: str = Field(
        default="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        description="User-Agent told to Yahoo, which refuses unknown ones.",
    )

    @field_validator("quotes")
    @classmethod
    def _known_sources(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        strange = [name for name in value if name not in SOURCES]
        if strange or not value:
            raise ValueError(f"takes {', '.join(SOURCES)}, separated by commas")
        return tuple(dict.fromkeys(value))
