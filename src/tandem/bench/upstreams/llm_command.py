"""``python -m tandem.bench.upstreams.llm``: the server by itself, until SIGTERM or Ctrl-C."""

import asyncio
import signal
from dataclasses import fields
from typing import Any

import click
import uvloop

from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8099, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--latency", default=0.0, help="Seconds to the first token.")
@click.option("--rate", default=0.0, help="Tokens per second; 0 sends all at once.")
@click.option("--tokens", default=20, show_default=True, help="Tokens of an answer.")
@click.option("--usage/--no-usage", default=True, help="Whether usage is told.")
@click.option("--after", default=3, show_default=True, help="Tokens sent before a fault in the middle.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=CHANCE", help="A fault and its probability.")
@click.option("--seed", default=0, help="Of the dice.")
def main(host: str, port: int, seed: int, faults: tuple[str, ...], **wishes: Any) -> None:
    """Serve an OpenAI-compatible API with filler text."""
    known = {field.name for field in fields(Script)}
    script = Script(**{name: value for name, value in wishes.items() if name in known})
    upstream = LLMUpstream(script, host=host, port=port, seed=seed, chances=dict(map(_chance, faults)))
    uvloop.run(_serve(upstream))


def _chance(text: str) -> tuple[str, float]:
    name, _, chance = text.partition("=")
    try:
        Script().wished(f"fault={name}")
        return name, float(chance or 1)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


async def _serve(upstream: LLMUpstream) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with upstream:
        click.echo(f"listening on {upstream.base_url}")
        await stopped.wait()
