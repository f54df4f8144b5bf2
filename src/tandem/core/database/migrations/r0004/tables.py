"""The tables of background jobs: ours, which tell of a job, and the library's, which hand it out."""

from collections.abc import Iterator
from typing import Final

from pgqueuer.adapters.persistence import schema_ddl
from pgqueuer.domain.schema.declaration import target

from tandem.core.database.migrations.r0001.tables import Table
from tandem.core.jobs.queueing import NAMES

CHANNEL: Final = "tandem_jobs"
"""The channel on which a job is named whenever anything about it changes."""

_USER: Final = "varchar(100) NOT NULL DEFAULT 'default'"

JOBS: Final = Table(
    "tandem_jobs",
    {
        "id": "uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "queue_id": "bigint",
        "kind": "text NOT NULL",
        "queue": "text NOT NULL",
        "key": "text NOT NULL DEFAULT ''",
        "user_id": _USER,
        "payload": "jsonb NOT NULL DEFAULT '{}'",
        "state": (
            "varchar(10) NOT NULL DEFAULT 'waiting' "
            "CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled'))"
        ),
        "attempt": "integer NOT NULL DEFAULT 0",
        "attempts": "integer NOT NULL",
        "progress": "jsonb",
        "result": "jsonb",
        "error": "text",
        "created_at": "timestamptz NOT NULL DEFAULT clock_timestamp()",
        "run_after": "timestamptz NOT NULL DEFAULT clock_timestamp()",
        "started_at": "timestamptz",
        "finished_at": "timestamptz",
    },
    indexes=(
        # Two requests for the same thing become one job, as long as it has not begun.
        "CREATE UNIQUE INDEX tandem_jobs_key ON tandem_jobs (kind, key) WHERE state = 'waiting' AND key <> ''",
        "CREATE INDEX tandem_jobs_open ON tandem_jobs (kind, created_at) WHERE state IN ('waiting', 'running')",
        "CREATE INDEX tandem_jobs_finished ON tandem_jobs (finished_at) WHERE finished_at IS NOT NULL",
        "CREATE INDEX tandem_jobs_user ON tandem_jobs (user_id, created_at DESC)",
    ),
)

# What is too large for a payload, in parts, so that no message of one row holds up an event loop.
JOB_FILES: Final = Table(
    "tandem_job_files",
    {
        "job_id": "uuid NOT NULL REFERENCES tandem_jobs ON DELETE CASCADE",
        "name": "text NOT NULL",
        "part": "integer NOT NULL",
        "data": "bytea NOT NULL",
    },
    constraints=("PRIMARY KEY (job_id, name, part)",),
)

JOB_SLOTS: Final = Table(
    "tandem_job_slots",
    {
        "name": "text NOT NULL",
        "slot": "timestamptz NOT NULL",
        "user_id": _USER,
        "created_at": "timestamptz NOT NULL DEFAULT now()",
    },
    indexes=("CREATE INDEX tandem_job_slots_slot ON tandem_job_slots (slot)",),
    constraints=("PRIMARY KEY (name, slot)",),
)

JOB_WORKERS: Final = Table(
    "tandem_job_workers",
    {
        "id": "uuid PRIMARY KEY",
        "host": "text NOT NULL",
        "pid": "integer NOT NULL",
        "started_at": "timestamptz NOT NULL DEFAULT now()",
        "seen_at": "timestamptz NOT NULL DEFAULT now()",
    },
)

ADDED: Final = (JOBS, JOB_FILES, JOB_SLOTS, JOB_WORKERS)

_TELL: Final = f"""
CREATE OR REPLACE FUNCTION tandem_job_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM pg_notify('{CHANNEL}', NEW.id::text);
    RETURN NULL;
END
$body$
"""

TELL: Final = (
    _TELL,
    (
        "CREATE TRIGGER tandem_job_changed AFTER INSERT OR UPDATE ON tandem_jobs "
        "FOR EACH ROW EXECUTE FUNCTION tandem_job_changed()"
    ),
)


def create_queue() -> Iterator[str]:
    """Give the statements that make the library's tables, one by one."""
    wanted = target(NAMES)
    yield from (schema_ddl.render_enum(entry, NAMES) for entry in wanted.enums)
    yield from (schema_ddl.render_table(entry, NAMES) for entry in wanted.tables)
    yield from (schema_ddl.render_index(entry, NAMES) for entry in wanted.indexes)
    yield from (schema_ddl.render_function(entry, NAMES) for entry in wanted.functions)
    yield from (schema_ddl.render_trigger(entry, NAMES) for entry in wanted.triggers)


def drop_queue() -> Iterator[str]:
    """Give the statements that take the library's tables away."""
    wanted = target(NAMES)
    yield from (f"DROP TABLE {entry.name}" for entry in wanted.tables)
    yield from (f"DROP FUNCTION {entry.name}()" for entry in wanted.functions)
    yield from (f"DROP TYPE {entry.name}" for entry in wanted.enums)
