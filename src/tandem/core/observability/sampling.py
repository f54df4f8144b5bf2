"""Keeps sampled metrics fresh enough for the siblings that read them."""

import asyncio

from tandem.core.observability.metrics import Metrics


async def keep_sampled(registry: Metrics, *, interval: float = 5.0) -> None:
    """Bring the sampled metrics up to date every ``interval`` seconds until cancelled; run it as an owned task.

    Whoever is scraped reads its siblings' values as they last left them, so this is how old they can be.
    """
    while True:
        await asyncio.to_thread(registry.sample)
        await asyncio.sleep(interval)
