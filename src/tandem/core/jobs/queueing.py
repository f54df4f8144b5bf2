"""The queue itself is pgqueuer's: its tables under names of ours, and how it is reached.

All names are given, for the library would read them from the environment, also under bare names such as ``CHANNEL``.
"""

from typing import Final

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver

from tandem.core.database.pool import DatabaseConnection
from tandem.core.jobs.queue_tables import LOG_TABLE, QUEUE_TABLE, STATISTICS_TABLE

NAMES: Final = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("tandem_queue"),
    function="tandem_queue_changed",
    statistics_table=STATISTICS_TABLE,
    queue_status_type="tandem_queue_status",
    queue_table=QUEUE_TABLE,
    queue_table_log=LOG_TABLE,
    trigger="tandem_queue_changed",
    schedules_table="tandem_queue_schedules",
    durability=Durability.durable,
    widen_id=False,
)

_ENVIRONMENT: Final = qb.QueryBuilderEnvironment(NAMES)
_BUILDER: Final = qb.QueryQueueBuilder(NAMES)
_SCHEDULER: Final = qb.QuerySchedulerBuilder(NAMES)


def queries(driver: Driver) -> Queries:
    """Return the library's questions to the queue, asked through ``driver``."""
    return Queries(driver, _ENVIRONMENT, _BUILDER, _SCHEDULER)


def queries_on(connection: DatabaseConnection) -> Queries:
    """Return the library's questions inside the transaction of ``connection``."""
    return queries(AsyncpgDriver(connection))
