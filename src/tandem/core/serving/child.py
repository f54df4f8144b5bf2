"""The process that runs the ASGI server; started by :mod:`tandem.core.serving.parent`, never by hand.

It reads its plan as one JSON argument and stops when its parent is gone, so that nothing is left behind
when the parent was killed outright.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Final

import orjson

from tandem.core.drain_flag import STREAM_SECONDS, DrainFlag
from tandem.core.serving.lifeline import WATCH_SECONDS
from tandem.core.serving.plan import Plan

FILES: Final = 65_536
"""Open files that a server may have, where the system allows so many."""

BACKLOG: Final = 4096
"""Connections that the kernel keeps while nobody has accepted them; systems cap it, usually at this."""


def main() -> None:
    """Serve until told to stop."""
    plan = Plan(**orjson.loads(sys.argv[1]))
    if plan.batches:
        run_in_batches()
    threading.Thread(target=_drain_without_parent, args=(plan,), name="parent-watch", daemon=True).start()
    if plan.server == "granian":
        _granian(plan)
    else:
        _uvicorn(plan)


def allow_many_connections() -> None:
    """Raise the soft limit of open files, which is 1024 on many systems: one stream takes two sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run_in_batches() -> None:
    """Have a thread that wakes up not interrupt the one that runs: it takes a free core, or its turn (ADR 0017).

    The server's threads hand each request to one another, and would interrupt each other several times for it. Holds for
    threads and processes that are started later; where the system knows or allows no such thing, all stays as it was.
    """
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def most_connections() -> int:
    """Return how many connections a worker may hold: half of its files, for a stream holds one more upstream.

    Granian by itself would take no more than 1,024 shared by all workers; an idle browser holds one, and a client
    beyond them would wait without an answer until somebody leaves.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return FILES // 2 if soft == resource.RLIM_INFINITY else max(64, min(soft, FILES) // 2)


def _drain_without_parent(plan: Plan) -> None:
    """Do what the parent would have done, once it was killed."""
    while os.getppid() == plan.parent:
        time.sleep(WATCH_SECONDS)
    with contextlib.suppress(OSError):
        DrainFlag(Path(plan.run_dir)).set()
    time.sleep(STREAM_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    # The servers bound their own waiting by `stop_seconds`; whatever still lives after that hangs.
    time.sleep(plan.stop_seconds + 1)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _granian(plan: Plan) -> None:
    from granian import Granian  # noqa: PLC0415 - only the chosen server is loaded
    from granian.constants import Interfaces, Loops  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    # The workers are forked from here: what is imported by now is there once for all of them, and one that replaces
    # another starts at once. A single worker would share it with nobody. What collectors leave alone stays shared.
    if plan.workers > 1 and plan.shared and multiprocessing.get_start_method() == "fork":
        importlib.import_module(plan.shared)
    gc.collect()
    gc.freeze()
    Granian(
        plan.target, address=plan.host, port=plan.port, interface=Interfaces.ASGI, workers=plan.workers,
        loop=Loops.uvloop, websockets=False, log_level=LogLevels.warning, log_access=False,
        backlog=BACKLOG, backpressure=most_connections(), respawn_failed_workers=True, respawn_interval=0.1, workers_kill_timeout=plan.stop_seconds,
    ).serve()  # fmt: skip


def _uvicorn(plan: Plan) -> None:
    import uvicorn  # noqa: PLC0415

    uvicorn.run(
        plan.target, host=plan.host, port=plan.port, workers=plan.workers, loop="uvloop", http="httptools",
        ws="none", log_level="warning", access_log=False, server_header=False,
        # Whose word about addresses is believed is a setting of ours, the same for both servers.
        proxy_headers=False,
        timeout_graceful_shutdown=plan.stop_seconds, lifespan="on", backlog=BACKLOG,
    )  # fmt: skip


if __name__ == "__main__":
    main()
