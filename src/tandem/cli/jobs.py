"""`tandem jobs`: doing what waits in the background, and looking at it."""

import asyncio
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

import click
import orjson
from rich.table import Table

from tandem.cli.runtime import clock_of, console, database, run
from tandem.core.database.opening import Source, fit_schema
from tandem.core.jobs import repository
from tandem.core.jobs.contribution import Contribution, Workshop
from tandem.core.jobs.jobs import Jobs
from tandem.core.jobs.kinds import Handlers, Queue
from tandem.core.jobs.record import JobRecord, JobsOverview
from tandem.core.jobs.worker import Limits, Worker
from tandem.core.observability import logger
from tandem.core.resources import Resources
from tandem.core.serving.lifeline import stop_with_parent
from tandem.core.settings import Settings, load

SERVICES: Final = ("tandem.pomodoro.background", "tandem.tokimeki.background")
"""Modules whose ``contribute`` tells which jobs a service has."""

CONNECTIONS: Final = 4
"""Beside one for each job that may run: for the queue, schedules, sweeps."""

NO_WORKER: Final = "no worker is running: jobs wait until there is one (`tandem jobs run`)"

_STATES: Final = ("waiting", "running", "done", "failed", "cancelled")


@click.group()
def jobs() -> None:
    """Background jobs: embeddings, fits, briefings, long transcriptions."""


@jobs.command("run")
@click.option("--parent", type=int, hidden=True, help="Stop when this process, our parent, ends.")
def run_worker(parent: int | None) -> None:
    """Do jobs until Ctrl-C or SIGTERM. `tandem up` starts one; beside `tandem serve`, start it yourself.

    Any number may run, on any machine that reaches the database.

    \b
    Example:
      tandem jobs run
    """
    if parent is not None:
        stop_with_parent(parent)
    settings = load()
    logger.configure("jobs", "DEBUG" if settings.debug else settings.log_level, settings.log_format)
    run(_work(settings))


@jobs.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option(
    "--failed",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many failed jobs to show.",
)
def status(*, as_json: bool, failed: int) -> None:
    """Show what waits, runs and failed, and who works.

    \b
    Examples:
      tandem jobs status
      tandem jobs status --json
    """

    async def look() -> tuple[JobsOverview, Sequence[JobRecord]]:
        async with database() as opened:
            return await repository.overview(opened), await repository.failures(opened, failed)

    overview, failures = run(look())
    if as_json:
        click.echo(orjson.dumps(_as_json(overview, failures), option=orjson.OPT_INDENT_2))
    else:
        _show(overview, failures)


async def _work(settings: Settings) -> None:
    clock = clock_of(settings)
    async with Resources() as resources:
        source = Source.of(settings)
        await resources.add("server", open=source.start, close=source.release, ping=source.ping)
        at_once = {Queue.MODELS: settings.jobs_models, Queue.LANGUAGE: settings.jobs_language,
                   Queue.HOUSEKEEPING: settings.jobs_housekeeping}  # fmt: skip
        room = settings.model_copy(
            update={"db_pool_max": max(settings.db_pool_max, CONNECTIONS + sum(at_once.values()))}
        )
        pool = source.pool(room, application_name="tandem-jobs")
        await resources.add("database", open=pool.open, close=pool.close, ping=pool.ping)
        await fit_schema(source, pool)
        queue = Jobs(pool)
        await resources.add("jobs", open=queue.open, close=queue.close, ping=queue.ping)
        workshop = Workshop(settings, clock, pool, queue, resources)
        contributions = [await _contribution(module, workshop) for module in SERVICES]
        handlers = Handlers()
        for contribution in contributions:
            handlers.add(contribution.handlers)
        limits = Limits(
            at_once,
            settings.jobs_lease,
            settings.drain_limit / 2,
            settings.jobs_keep_days,
            settings.jobs_keep_most,
        )
        worker = Worker(pool, clock, handlers, limits, [p for c in contributions for p in c.planners])
        _stop_on_signals(worker)
        logger.get_logger(__name__).event("JOBS_READY", "working", context={"kinds": list(handlers.names)})
        await worker.run()


async def _contribution(module: str, workshop: Workshop) -> Contribution:
    contribution: Contribution = await importlib.import_module(module).contribute(workshop)
    return contribution


def _stop_on_signals(worker: Worker) -> None:
    """The first signal lets running jobs end, the second puts them back at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, worker.stop)


def _as_json(overview: JobsOverview, failures: Sequence[JobRecord]) -> dict[str, Any]:
    return {
        "workers": overview.workers,
        "queues": {
            queue: {state: overview.count(state, queue) for state in _STATES} for queue in map(str, Queue)
        },
        "oldest_waiting_seconds": overview.oldest_waiting,
        "failed": [
            {"id": job.id, "kind": job.kind, "user": job.user, "error": job.error, "attempts": job.attempt,
             "finished_at": job.finished_at}
            for job in failures
        ],
    }  # fmt: skip


def _show(overview: JobsOverview, failures: Sequence[JobRecord]) -> None:
    table = Table(box=None)
    for column in ("queue", *_STATES):
        table.add_column(column, justify="left" if column == "queue" else "right")
    for queue in Queue:
        table.add_row(queue, *(f"{overview.count(state, queue):,}" for state in _STATES))
    console.print(table)
    if overview.oldest_waiting is not None:
        console.print(f"the oldest has been waiting for {overview.oldest_waiting:.0f} s")
    for worker in overview.workers:
        console.print(
            f"worker: {worker.host}, pid {worker.pid}, since {worker.started_at:%Y-%m-%d %H:%M} UTC"
        )
    if not overview.workers:
        console.print(NO_WORKER)
    for job in failures:
        console.print(f"failed: {job.kind} {job.id} after {job.attempt}: {job.error}", highlight=False)
    sys.stdout.flush()
