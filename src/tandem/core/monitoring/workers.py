"""The living workers, one by one."""

import datetime as dt
import os
from collections.abc import Mapping

from tandem.core.monitoring.figures import REQUESTS, gauge
from tandem.core.monitoring.schemas import WorkerFigures
from tandem.core.observability.tally import Tally


def workers(tallies: Mapping[str, Tally]) -> list[WorkerFigures]:
    """Describe the workers whose own counts are in ``tallies`` by ``name-pid``, in the order of their start."""
    rows = [_worker(name, tally) for name, tally in tallies.items()]
    return sorted(rows, key=lambda row: (row.started_at is None, row.started_at, row.pid))


def _worker(stem: str, tally: Tally) -> WorkerFigures:
    name, _, pid = stem.rpartition("-")
    started = gauge(tally, "process_start_time_seconds")
    memory, tasks = gauge(tally, "process_resident_memory_bytes"), gauge(tally, "tandem_tasks")
    return WorkerFigures(
        name=name, pid=int(pid), memory_bytes=None if memory is None else int(memory),
        cpu_seconds=round(gauge(tally, "process_cpu_seconds_total") or 0.0, 2),
        started_at=None if started is None else dt.datetime.fromtimestamp(started, dt.UTC),
        tasks=None if tasks is None else int(tasks), requests=_requests(tally), answering=int(pid) == os.getpid(),
    )  # fmt: skip


def _requests(tally: Tally) -> int:
    return int(
        sum(
            sum(values[:-1])
            for declaration, series in tally
            if declaration.name == REQUESTS
            for values in series.values()
        )
    )
