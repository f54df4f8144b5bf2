"""The Pomodoro ML service for any ASGI server: ``tandem.pomodoro.main:app``."""

from tandem.core import garbage, i18n
from tandem.core.observability import logger
from tandem.core.settings import load
from tandem.pomodoro.app import create_app

settings = load()
logger.configure("pomodoro-ml", "DEBUG" if settings.debug else settings.log_level, settings.log_format)
app = create_app(settings)
i18n.load_catalogues()
garbage.spare_what_stays()
