"""Policy: what a call may cost is set aside before anything is asked, and replaced by what it did cost afterwards.

Outermost of all, so that it sees the cost of every attempt. Reserving and settling run in tasks of their
own: a caller who is cancelled while a reservation is being made has it given back, and one who is cancelled
while settling is settled all the same. Cost is final, and settled, once nobody can cause any more of it: an answer that
others share may outlive the caller that pays for it.

Fail modes: a call of unknown price by somebody with a budget is refused; a free one is not even asked about; where
the money does not suffice for dearer stand-ins, they may not answer; a settlement that fails is counted and left to the
ledger's sweeper. A provider that charges for attempts which it let run into a timeout can cost more than was set
aside, by the prompt of each of them.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Generic

from tandem.ai.client import AIClient, Answer, CompleteAnswer
from tandem.ai.messages import ChatRequest, Delta
from tandem.ai.policies.call import CALL, Call
from tandem.ai.policies.ledger import BudgetLedger, HandleT
from tandem.ai.policies.owned import OwnedWork, wait_for
from tandem.ai.policies.recorder import Recorder
from tandem.ai.policies.spending import Estimator, Spending, limited
from tandem.ai.policies.timeout import Deadlines
from tandem.ai.policies.wrapped import WrappedAnswer
from tandem.usage.errors import BudgetExceededError

log = logging.getLogger(__name__)


class BudgetPolicy(Generic[HandleT]):
    """Begins each call, sets its deadline and its money aside; see the module's text."""

    def __init__(
        self, inner: AIClient, ledger: BudgetLedger[HandleT] | None, estimator: Estimator, recorder: Recorder,
        deadlines: Deadlines,
    ) -> None:  # fmt: skip
        """Guard ``inner``; without a ``ledger`` nobody has a budget."""
        self.inner = inner
        self._ledger = ledger
        self._estimator = estimator
        self._recorder = recorder
        self._clock = recorder.clock
        self._deadlines = deadlines
        self._work = OwnedWork()

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; raises BudgetExceededError, or what the ledger raises when it cannot tell."""
        began = self._clock.monotonic()
        call = Call(began, began + self._deadlines.of_call(request))
        ledger = self._ledger
        # Most callers have no budget, and are not kept with estimates.
        if ledger is None or ledger.exempts(request.asker):
            return await self._begin(request, call)
        spending = self._estimator.most(request)
        if spending.micro == 0:
            return await self._begin(request, call)
        handle = await self._afforded(ledger, request, call, spending)
        if handle is None:
            return await self._begin(request, call)
        account = Account(self.settle, handle)
        call.when_closed(account.settle)
        try:
            answer = await self._begin(limited(request), call)
        except BaseException as error:
            call.release()
            if isinstance(error, Exception):
                # Only whoever is not being cancelled has the time to see it done.
                await account.settled()
            raise
        if isinstance(answer, CompleteAnswer):
            call.release()
            await account.settled()
            return answer
        return BudgetedAnswer(answer, call, account)

    async def close(self, seconds: float) -> None:
        """Wait at most ``seconds`` until everything is settled; after streams ended and before pools close."""
        await self._work.close(seconds)

    def settle(self, handle: HandleT, micro: int | None) -> "asyncio.Task[None]":
        """Begin to settle; the task never fails."""
        return self._work.start(self._settled(handle, micro), "budget-settle")

    async def _begin(self, request: ChatRequest, call: Call) -> Answer:
        token = CALL.set(call)
        try:
            answer = await self.inner.open(request)
        finally:
            CALL.reset(token)
        spent = self._clock.monotonic() - call.began
        self._recorder.metrics.overhead.labels().observe(max(0.0, spent - call.upstream_seconds))
        return answer

    async def _afforded(
        self, ledger: BudgetLedger[HandleT], request: ChatRequest, call: Call, spending: Spending
    ) -> HandleT | None:
        """Set the money aside for all who may answer, or else for those that are no dearer than who was asked."""
        try:
            return await self._reserve(ledger, request, spending.micro)
        except BudgetExceededError:
            modest = self._estimator.modest(request)
            if modest.micro == spending.micro:
                self._refuse(request)
                raise
        call.only = modest.only
        if modest.micro == 0:
            return None
        try:
            return await self._reserve(ledger, request, modest.micro)
        except BudgetExceededError:
            self._refuse(request)
            raise

    async def _reserve(
        self, ledger: BudgetLedger[HandleT], request: ChatRequest, estimate: int | None
    ) -> HandleT | None:
        task = self._work.start(ledger.reserve(request.asker, estimate), "budget-reserve")
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._give_back)
            raise

    def _give_back(self, task: "asyncio.Task[HandleT | None]") -> None:
        if not task.cancelled() and task.exception() is None and (handle := task.result()) is not None:
            self.settle(handle, 0)

    def _refuse(self, request: ChatRequest) -> None:
        asked = self._estimator.asked(request.model)
        self._recorder.write(request, "budget", provider=asked.provider, model=asked.model)

    async def _settled(self, handle: HandleT, micro: int | None) -> None:
        assert self._ledger is not None  # noqa: S101 - a handle comes from nowhere else
        try:
            await self._ledger.settle(handle, micro)
        except Exception:
            self._recorder.metrics.unsettled.labels().inc()
            log.exception("a budget reservation could not be settled and is left to the sweeper")


class Account(Generic[HandleT]):
    """The money set aside for one call."""

    def __init__(
        self, settle: "Callable[[HandleT, int | None], asyncio.Task[None]]", handle: HandleT
    ) -> None:  # fmt: skip
        """Remember ``handle``."""
        self._settle = settle
        self._handle = handle
        self._task: asyncio.Task[None] | None = None

    def settle(self, call: Call) -> None:
        """Settle at what the call did cost; at all that was set aside where that is unknown."""
        self._task = self._settle(self._handle, None if call.unpriced else call.cost)

    async def settled(self) -> None:
        """Wait for the settlement, if it has begun."""
        if self._task is not None:
            await wait_for(self._task)


class BudgetedAnswer(WrappedAnswer):
    """Lets go of the call at its end; the reader learns of the end when the money is settled."""

    def __init__(self, inner: Answer, call: Call, account: "Account[HandleT]") -> None:
        """Settle ``account`` when ``call`` costs nothing more."""
        super().__init__(inner)
        self._call = call
        self._account = account

    async def next(self) -> Delta | None:
        """Return the next piece."""
        piece = await super().next()
        if piece is None:
            await self._account.settled()
        return piece

    async def close(self, reason: str | None = None) -> None:
        """End the answer and settle."""
        await super().close(reason)
        await self._account.settled()

    def _ended(self, _error: Exception | None) -> None:
        self._call.release()

    def _left(self, _reason: str) -> None:
        self._call.release()
