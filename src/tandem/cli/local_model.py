"""The local model as `tandem up` and `tandem doctor` see it."""

from typing import Final

from tandem.core.settings import Settings
from tandem.modelserver import parts

NAME: Final = "model-server"
TITLE: Final = "Local model"
HEALTH: Final = "/health"

_OWN_ADDRESS: Final = Settings.model_fields["local_url"].default


def left_out(settings: Settings) -> str | None:
    """Return why no server is started for ``settings``, None if one is."""
    if not settings.local_enabled:
        return "TANDEM_LOCAL_ENABLED is off"
    if settings.local_url != _OWN_ADDRESS:
        return "TANDEM_LOCAL_URL names another server"
    if missing := parts.missing():
        return f"not installed: {' and '.join(missing)}; {parts.INSTALL}"
    return None
