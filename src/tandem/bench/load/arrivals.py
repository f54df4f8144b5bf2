"""When requests are due. Latency counts from then, so a server that is late cannot slow down who asks it."""

import random
from collections.abc import Iterator


def steady(rate: float, seconds: float) -> list[float]:
    """Return the times (s) of ``rate`` requests a second at equal distances."""
    return [number / rate for number in range(int(rate * seconds))]


def poisson(rate: float, seconds: float, dice: random.Random) -> Iterator[float]:
    """Yield the times (s) of ``rate`` requests a second on average, each independent of the others.

    Many people with exponential think time of mean m, n of them, are such a stream of n / m a second.
    """
    due = dice.expovariate(rate)
    while due < seconds:
        yield due
        due += dice.expovariate(rate)
