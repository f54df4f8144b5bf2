"""A worker that records usage until it is killed: prints the id of each record whose ``put`` has returned."""

import asyncio
import sys
from pathlib import Path

from tandem.core.database.pool import Database
from tandem.usage.recorder import UsageRecorder
from unit.usage.records import record


async def main(dsn: str, root: str, count: int) -> None:
    async with Database(dsn, connect_timeout=0.5, command_timeout=2.0) as database:
        recorder = UsageRecorder(database, Path(root), interval=0.02, claim_seconds=0.2)
        await recorder.open()
        for _ in range(count):
            event = record()
            recorder.put(event)
            print(event.id, flush=True)
            await asyncio.sleep(0.001)
        await recorder.close()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
