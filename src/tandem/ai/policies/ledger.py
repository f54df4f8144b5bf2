"""What the budget policy asks of whoever keeps the budgets."""

from typing import Protocol, TypeVar

from tandem.ai.messages import Asker

HandleT = TypeVar("HandleT")


class BudgetLedger(Protocol[HandleT]):
    """Reserves money before it is spent; right for any number of workers."""

    def exempts(self, asker: Asker, /) -> bool:
        """Whether it is known that neither key nor user has a budget; False where it would have to be found out."""

    async def reserve(self, asker: Asker, estimate: int | None, /) -> HandleT | None:
        """Set ``estimate`` micro-dollars aside; None when neither key nor user has a budget.

        ``estimate`` None means that the price is unknown. Raises BudgetExceededError (402) when a budget would be
        overrun, or exists and the price is unknown; an OperationalError when that cannot be told.
        """

    async def settle(self, handle: HandleT, actual: int | None, /) -> None:
        """Replace what was set aside by what was spent, all of it where that is unknown (None).

        A second settlement of the same handle changes nothing.
        """
