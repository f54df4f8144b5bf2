"""How long eighteen price histories take when each call to the source takes 0.3 s, and how many calls a crowd makes.

    python bench/quotes.py [--rounds 7]

A server in Yahoo's place, and the price service of one worker in this process, in alternating rounds: eight and nine calls in
flight. Each round asks for a window that nobody has asked for. Wall times; the calls are counted by the upstream.
"""

import argparse
import asyncio
import datetime as dt
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tandem.bench.upstreams.yahoo import YahooUpstream
from tandem.core.clock import SystemClock
from tandem.core.http.client import HttpClient
from tandem.core.observability.metrics import Metrics
from tandem.core.settings import Settings
from tandem.tokimeki.markets.listings import COMPANIES
from tandem.tokimeki.markets.spans import Between
from tandem.tokimeki.services.history_service import HistoryService
from tandem.tokimeki.services.price_service import PriceService
from tandem.tokimeki.services.quotes.configured import Market, market

LATENCY = 0.3
CROWD = 100


def service(opened: Market, clock: SystemClock) -> HistoryService:
    return HistoryService(PriceService(opened.quotes, clock))


async def main(rounds: int, home: Path) -> None:
    clock = SystemClock(dt.UTC)
    async with YahooUpstream(latency=LATENCY) as upstream, HttpClient() as http:
        told = {"quotes": ("yahoo",), "yahoo_url": upstream.url, "yahoo_per_minute": 100_000, "home": home}
        ways = {
            count: market(Settings(yahoo_in_flight=count, **told), http, clock, Metrics(None, worker="bench"))
            for count in (8, 9)
        }
        times: dict[int, list[float]] = {count: [] for count in ways}
        known: list[float] = []
        for number in range(rounds):
            span = Between(dt.date(2001 + number, 1, 2), dt.date(2003 + number, 12, 1))
            for count in sorted(ways, reverse=bool(number % 2)):
                asked = service(ways[count], clock)
                begin = time.perf_counter()
                found = await asked.by_name(list(COMPANIES), span)
                times[count].append(time.perf_counter() - begin)
                assert all("closes" in entry for entry in found.values())
                cpu = time.process_time()
                await asked.by_name(list(COMPANIES), span)
                known.append(time.process_time() - cpu)
        for count, measured in times.items():
            print(f"{len(COMPANIES)} symbols, {count} calls in flight: {_shown(measured)}")
        print(f"the same again, from memory: {1000 * statistics.median(known):.1f} ms of CPU")
        upstream.forget()
        begin = time.perf_counter()
        span = Between(dt.date(1995, 1, 2), dt.date(1997, 12, 1))
        await asyncio.gather(*(service(ways[9], clock).by_name(list(COMPANIES), span) for _ in range(CROWD)))
        took = time.perf_counter() - begin
        calls = upstream.statistics.by_symbol
        print(
            f"{CROWD} at once: {took:.2f} s, {max(calls.values())} call(s) a symbol, {sum(calls.values())} in all"
        )
        for opened in ways.values():
            await opened.close()


def _shown(times: list[float]) -> str:
    return f"median {statistics.median(times):.2f} s ({min(times):.2f}-{max(times):.2f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    with TemporaryDirectory() as directory:
        asyncio.run(main(parser.parse_args().rounds, Path(directory)))
