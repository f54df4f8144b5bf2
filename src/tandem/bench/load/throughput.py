"""How many requests a second a server answers: by wrk where there is one, else by our own generator, which costs more."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from tandem.bench.load.asks import Ask
from tandem.bench.load.loops import closed

_RATE: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_TOTAL: Final = re.compile(r"(\d+) requests in")
_WRONG: Final = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_SOCKET: Final = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


@dataclass(frozen=True, slots=True)
class Throughput:
    """One measurement."""

    rate: float
    """Good answers a second."""
    answers: int
    errors: int


def generator() -> str:
    """Name what makes the load."""
    return "wrk" if shutil.which("wrk") else "tandem's own generator (wrk is not installed)"


def measure(port: int, path: str, headers: dict[str, str], connections: int, seconds: int) -> Throughput:
    """GET ``path`` over so many connections for ``seconds``."""
    found = shutil.which("wrk")
    if found is None:
        result = closed(port, Ask.get(path, headers), connections, seconds)
        return Throughput(result.rate, len(result.latencies), len(result.errors))
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    done = subprocess.run(  # noqa: S603 - a program by its full path
        [found, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", *given, f"http://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True, timeout=seconds + 60,
    )  # fmt: skip
    return read(done.stdout)


def read(told: str) -> Throughput:
    """Read what wrk printed; raises ValueError."""
    rate, total, wrong, socket = (one.search(told) for one in (_RATE, _TOTAL, _WRONG, _SOCKET))
    if rate is None or total is None:
        raise ValueError(f"wrk said what nobody understands: {told[:200]}")
    answers = int(total[1])
    bad = int(wrong[1]) if wrong else 0
    broken = sum(map(int, socket.groups())) if socket else 0
    good = (answers - bad) / answers if answers else 0.0
    return Throughput(float(rate[1]) * good, answers - bad, bad + broken)
