"""How long the AI answers take that rules write: p50 and p95 by route, on 2,000 sessions, in both languages.

    python bench/ai_answers.py [--rounds 40]

One service, one client, one request at a time; a real PostgreSQL, no language model.
"""

import argparse
import asyncio
import shutil
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contract import datasets
from contract.service import Service
from integration.servers import quick_directory
from tandem.core.database import schema
from tandem.core.database.embedded import EmbeddedPostgres

ROUTES = (
    ("GET", "morning-briefing"), ("GET", "evening-review"), ("GET", "integrated-insight"), ("GET", "analyze-burnout"),
    ("GET", "analyze-anomalies"), ("GET", "analyze-quality"), ("GET", "optimal-schedule-ai"), ("GET", "learning-v2"),
    ("GET", "daily-challenge"), ("GET", "weekly-quest"), ("GET", "motivation"), ("GET", "achievement-focus"),
    ("GET", "next-session-suggestion"), ("POST", "learning-recommendations"), ("POST", "expand-suggestion"),
    ("POST", "extract-topics"), ("POST", "analyze-patterns"), ("GET", "health"), ("GET", "v2/health"), ("GET", "cache-status"),
    ("POST", "invalidate-cache"),
)  # fmt: skip
WARM_SECONDS = 8
BODY = {"suggestion": {"topic": "pytest", "category": "Learning"}, "question_type": "steps"}


def measured(service: Service, method: str, path: str, rounds: int) -> tuple[list[float], float]:
    """Return the milliseconds of ``rounds`` answers, and the CPU that one takes: client and server together."""
    taken, used = [], time.process_time()
    for at in range(rounds):
        headers = {"Accept-Language": ("cs", "en")[at % 2]}
        more = {"json": BODY} if method == "POST" else {}
        began = time.perf_counter()
        service.ask(f"/api/ai/{path}", method=method, headers=headers, **more)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken), (time.process_time() - used) * 1000 / rounds


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    home = quick_directory("tandem-bench-")
    try:
        with EmbeddedPostgres.acquire(home, linger=0) as server:
            asyncio.run(schema.upgrade(server.dsn))
            asyncio.run(datasets.write(server.dsn, datasets.large()))
            service = Service(server.dsn, datasets.NOW, home / "service").start()
            worst = 0.0
            try:
                # The embedding model is loaded by the first briefing, in a process of its own.
                service.ask("/api/ai/morning-briefing")
                time.sleep(WARM_SECONDS)
                print(f"{'route':28} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8}")
                for method, path in ROUTES:
                    taken, cpu = measured(service, method, path, rounds)
                    p95 = taken[int(0.95 * (len(taken) - 1))]
                    worst = max(worst, p95)
                    print(f"{path:28} {statistics.median(taken):8.1f} {p95:8.1f} {cpu:8.1f}")
            finally:
                service.stop()
        print(f"worst p95: {worst:.1f} ms")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
