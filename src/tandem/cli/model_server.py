"""`tandem model-server`: the small language model of this machine, OpenAI-compatible."""

import sys

import click

from tandem.core.errors import ConfigurationError
from tandem.core.observability import logger
from tandem.core.serving.lifeline import stop_with_parent
from tandem.core.settings import LOOPBACK, load
from tandem.modelserver.parts import PORT
from tandem.modelserver.server import ModelPlan, default_threads
from tandem.modelserver.server import serve as serve_model


@click.command("model-server")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port.")
@click.option("--threads", type=click.IntRange(1, 64), help="Default: all cores but one, at most 4.")
@click.option(
    "--slots", type=click.IntRange(1, 16), default=4, show_default=True, help="Answers written at once."
)
@click.option("--parent", type=int, hidden=True, help="Stop when this process, our parent, ends.")
def model_server(host: str, port: int, threads: int | None, slots: int, parent: int | None) -> None:
    """Serve SmolLM2-135M-Instruct until Ctrl-C or SIGTERM. It is small: good for trying out, not for facts.

    \b
    Example:
      tandem model-server
      curl http://127.0.0.1:8091/v1/chat/completions -d '{"messages":[{"role":"user","content":"Hi"}]}'
    """
    if parent is not None:
        stop_with_parent(parent)
    settings = load(bind=host)
    if host not in LOOPBACK and settings.auth != "off":
        raise ConfigurationError(
            f"the model server knows no keys and would answer anybody who reaches {host}; bind 127.0.0.1, or set"
            " TANDEM_AUTH=off behind something that does the authentication"
        )
    logger.configure("model-server", settings.log_level, settings.log_format, descriptor=sys.stderr.fileno())
    serve_model(ModelPlan(host, port, threads or default_threads(), slots))
