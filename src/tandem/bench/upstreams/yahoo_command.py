"""``python -m tandem.bench.upstreams.yahoo``: the server by itself, until SIGTERM or Ctrl-C."""

import asyncio
import signal

import click
import uvloop

from tandem.bench.upstreams.yahoo import YahooUpstream
from tandem.bench.upstreams.yahoo_faults import FAULTS


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8098, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--latency", default=0.0, help="Seconds to each answer.")
@click.option("--dead", "dead", multiple=True, metavar="SYMBOL", help="A symbol that is unknown.")
@click.option(
    "--poison", "poison", multiple=True, metavar="SYMBOL=FAULT", help="A symbol's fault; * for all."
)
@click.option("--fault", "faults", multiple=True, metavar="NAME=CHANCE", help="A fault and its probability.")
@click.option("--per-minute", default=0, help="Calls a minute beyond which it says 429; 0 for any number.")
@click.option("--seed", default=0, help="Of the dice.")
def main(  # noqa: PLR0913, PLR0917 - one argument per option
    host: str, port: int, latency: float, dead: tuple[str, ...], poison: tuple[str, ...], faults: tuple[str, ...],
    per_minute: int, seed: int,
) -> None:  # fmt: skip
    """Serve Yahoo's chart endpoint with made-up prices."""
    chances = {name: float(chance or 1) for name, _, chance in (one.partition("=") for one in faults)}
    fates = {symbol: fault for symbol, _, fault in (one.partition("=") for one in poison)}
    if strange := ({*chances} | {*fates.values()}) - FAULTS:
        raise click.BadParameter(
            f"there is no fault {', '.join(sorted(strange))}; faults: {', '.join(sorted(FAULTS))}"
        )
    uvloop.run(_serve(YahooUpstream(
        latency=latency, dead=set(dead), poison=fates, chances=chances, seed=seed, port=port, host=host,
        per_minute=per_minute,
    )))  # fmt: skip


async def _serve(upstream: YahooUpstream) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with upstream:
        click.echo(f"listening on {upstream.url}")
        await stopped.wait()
