"""PostgreSQL, Redis, and what is kept in memory."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tandem.core.settings.names import names


class StorageSettings(BaseSettings):
    """Database, cache, snapshots."""

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=names("database_url"),
        description="A PostgreSQL to use instead of the embedded one; postgresql+asyncpg:// is understood.",
    )
    db_pool_max: int = Field(default=10, ge=1, le=500, description="Connections per worker process.")
    db_acquire_timeout: float = Field(
        default=5.0, gt=0, le=120, description="Seconds that a request waits for a free connection."
    )
    db_command_timeout: float = Field(
        default=15.0, gt=0, le=600, description="Seconds that one query may take."
    )

    redis_url: SecretStr | None = Field(
        default=None, validation_alias=names("redis_url"), description="Redis or Valkey; memory without it."
    )
    cache_memory: int = Field(
        default=64 * 1024 * 1024, ge=1024 * 1024, description="Bytes of cached answers kept per worker."
    )
    cache_timeout: float = Field(
        default=0.1, ge=0.01, le=2, description="Seconds that one call to Redis may take."
    )
    snapshot_memory: int = Field(
        default=256 * 1024 * 1024, ge=1024 * 1024, description="Bytes of snapshots kept per worker."
    )
    warm_seconds: float = Field(
        default=8.0,
        ge=0,
        le=300,
        description="Seconds for which a starting worker loads and forecasts the latest users ahead; 0: none.",
    )
