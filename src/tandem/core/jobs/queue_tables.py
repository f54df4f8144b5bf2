"""What the queue's tables are called; apart, so that naming them does not load the library."""

from typing import Final

QUEUE_TABLE: Final = "tandem_queue"
LOG_TABLE: Final = "tandem_queue_log"
STATISTICS_TABLE: Final = "tandem_queue_statistics"
