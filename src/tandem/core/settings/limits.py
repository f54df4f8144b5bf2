"""How much one caller may ask."""

from ipaddress import ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from tandem.core.settings.names import Words


class LimitSettings(BaseSettings):
    """Profile, amounts, and whose word about addresses is believed."""

    limits: Literal["standard", "legacy", "off"] = Field(
        default="standard", description="`legacy`: what the old services allowed; `off`: nothing is counted."
    )
    limit_requests: int = Field(
        default=600, ge=1, description="Requests a minute, per key, or per address without one."
    )
    limit_model_requests: int = Field(default=60, ge=1, description="Of them on routes that ask a model.")
    limit_model_tokens: int = Field(
        default=0, ge=0, description="Model tokens a minute, prompt and answer; 0 for any number."
    )
    limit_streams: int = Field(default=4, ge=1, description="Streams at the same time.")
    limit_user_factor: float = Field(
        default=2.0, ge=1, le=1000, description="How many keys' worth all keys of one user have together."
    )
    limit_loopback: bool = Field(
        default=False,
        description="Refuse callers on this machine too while authentication is off; they are counted anyway.",
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks whose X-Forwarded-For is believed, `unix` for a socket; separated by commas.",
    )
    limits_redis_url: SecretStr | None = Field(
        default=None, description="Another Redis for limits than the one for answers."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one != "unix":
                try:
                    ip_network(one, strict=False)
                except ValueError as error:
                    raise ValueError(f"{one!r} is no address or network, such as 10.0.0.0/8") from error
        return value
