"""What can go wrong with a job, for those who enqueue and those who run."""

from tandem.core.errors import OperationalError


class QueueFullError(OperationalError):
    """As many jobs of this kind wait as may wait."""

    code = "queue_full"


class HopelessJobError(Exception):
    """Raised by a handler: another attempt would fail alike, so there is none. Its text is shown to people."""


class LostJobError(Exception):
    """This attempt is no longer the one that counts: the job was cancelled, or given to another worker."""
