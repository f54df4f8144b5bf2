"""Tokimeki for any ASGI server: ``tandem.tokimeki.main:app``."""

from tandem.core import garbage
from tandem.core.observability import logger
from tandem.core.settings import load
from tandem.tokimeki.app import create_app

settings = load()
logger.configure("tokimeki", "DEBUG" if settings.debug else settings.log_level, settings.log_format)
app = create_app(settings)
garbage.spare_what_stays()
