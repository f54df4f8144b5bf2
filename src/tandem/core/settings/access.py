"""Who may call, from where, and with how large a body."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from tandem.core.settings.names import Words


class AccessSettings(BaseSettings):
    """Keys, origins, hosts, body sizes."""

    auth: Literal["on", "off"] | None = Field(
        default=None,
        description="off: every caller is admin; unset: off only while bound to loopback by `tandem serve`.",
    )
    cors_origins: Words = Field(
        default=("http://localhost:5000", "http://127.0.0.1:5000", "http://localhost:8090", "http://127.0.0.1:8090"),
        description="Origins that browsers may call from; separated by commas.",
    )  # fmt: skip
    trusted_hosts: Words = Field(
        default=(),
        description="Names under which the services answer, `*.example.org` for all below one; any when empty.",
    )
    max_body: int = Field(default=1024 * 1024, ge=1024, description="Largest body of ordinary routes, bytes.")
    max_upload: int = Field(
        default=25 * 1024 * 1024, ge=1024, description="Largest import or recording, bytes."
    )
