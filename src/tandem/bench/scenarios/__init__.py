"""All scenarios, in the order in which a whole run goes through them."""

from typing import Final

from tandem.bench.scenario import Scenario
from tandem.bench.scenarios import (
    cache_ops,
    chat,
    chat_stream,
    cold_read,
    compare,
    faulty_upstream,
    hot_read,
    memory,
    mixed_500_users,
    read_growth,
    sentiment,
    stocks,
    write_then_read,
)  # fmt: skip

ALL: Final[dict[str, Scenario]] = {
    one.name: one
    for one in (
        hot_read.SCENARIO, cold_read.SCENARIO, read_growth.SCENARIO, write_then_read.SCENARIO, chat.SCENARIO, compare.SCENARIO,
        chat_stream.SCENARIO, stocks.SCENARIO, sentiment.SCENARIO, faulty_upstream.SCENARIO, cache_ops.SCENARIO, memory.SCENARIO, mixed_500_users.SCENARIO,
    )
}  # fmt: skip

QUICK: Final = ("hot-read", "write-then-read", "chat", "cache-ops")
"""What `--quick` runs where none is named: one of each kind, together under two minutes."""
