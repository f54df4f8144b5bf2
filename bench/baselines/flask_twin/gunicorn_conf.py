"""gunicorn's settings of the twins; gevent's workers wait for PostgreSQL without holding up each other."""

from gunicorn.workers.base import Worker

timeout = 300
graceful_timeout = 5
keepalive = 75
worker_connections = 1000
loglevel = "warning"


def post_fork(_: object, worker: Worker) -> None:
    """Make psycopg2 cooperative where greenlets serve."""
    if "gevent" in type(worker).__module__:
        from psycogreen.gevent import patch_psycopg  # noqa: PLC0415 - there only

        patch_psycopg()
