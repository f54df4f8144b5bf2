"""A worker that spends from a budget in many calls at once and prints what each of them cost."""

import asyncio
import json
import random
import sys
from pathlib import Path

from tandem.ai.messages import Asker
from tandem.core.clock import SystemClock, zone_named
from tandem.core.database.pool import Database
from tandem.usage.budgets import Budgets
from tandem.usage.errors import BudgetExceededError

AMOUNT = 1000


async def call(budgets: Budgets, number: int) -> dict[str, int | str]:
    """Reserve, and end in one of the ways in which calls end."""
    asker = Asker(user="eva", key="k1", endpoint="/chat", request_id=f"r{number}")
    try:
        reservation = await budgets.reserve(asker, AMOUNT)
    except BudgetExceededError:
        return {"kind": "refused", "cost": 0}
    await asyncio.sleep(random.uniform(0, 0.05))
    kind = random.choice(["whole", "part", "refund", "cancelled"])
    cost = {"whole": AMOUNT, "part": random.randrange(AMOUNT), "refund": 0, "cancelled": AMOUNT // 2}[kind]
    if kind == "refund":
        await budgets.refund(reservation)
    elif kind == "cancelled":
        task = asyncio.create_task(budgets.settle(reservation, cost))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    else:
        await budgets.settle(reservation, cost)
    return {"kind": kind, "cost": cost}


async def main(dsn: str, home: str, calls: int) -> None:
    async with Database(dsn, acquire_timeout=20) as database:
        budgets = Budgets(database, SystemClock(zone_named("UTC")), Path(home))
        await budgets.open()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        done = await asyncio.gather(*(call(budgets, number) for number in range(calls)))
        await budgets.close()
        print(json.dumps(done), flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
