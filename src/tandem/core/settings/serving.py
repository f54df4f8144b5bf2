"""How a server runs and stops."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from tandem.core.settings.names import names


class ServingSettings(BaseSettings):
    """What `tandem serve` sets, and how a stop goes."""

    port: int | None = Field(
        default=None, ge=1, le=65535, validation_alias=names("port"),
        description="Where `tandem serve tokimeki` listens unless --port says otherwise; 8080 when unset.",
    )  # fmt: skip
    drain_delay: float = Field(
        default=0.0, ge=0, le=300,
        description="Seconds in which a stopping server still accepts; 5 behind a balancer.",
    )  # fmt: skip
    drain_limit: float = Field(
        default=20.0, gt=0, le=600, description="Seconds after which a stop is forced."
    )
    scheduling: Literal["batch", "normal"] = Field(
        default="batch",
        description="Whether the server's threads wait for their turn (batch, Linux only) or interrupt others.",
    )
    loop_watch: float = Field(
        default=0.05,
        ge=0.001,
        le=10,
        description="Seconds between two looks at what the event loop computes.",
    )
    bind: str | None = Field(default=None, description="Host that `tandem serve` bound; set by it.")
    run_dir: Path | None = Field(default=None, description="Shared files of one server's workers; set by it.")
    metrics_dir: Path | None = Field(
        default=None, description="Where the workers' counters lie; set by serve."
    )
