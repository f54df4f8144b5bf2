"""What one admitted request holds while it is served: its place among the caller's streams."""

from typing import Final

from tandem.core.errors import TooManyRequestsError
from tandem.core.limits.caller import Caller
from tandem.core.limits.slots import Slots
from tandem.core.observability.metrics import Counter

ADMISSION: Final = "tandem.admission"
"""Where it stands in the ASGI scope, on routes that ask a model."""

RETRY_SECONDS: Final = 1


class Admission:
    """Of one request; the middleware ends it when the answer is over."""

    __slots__ = ("_exceeded", "_holds", "_most", "_slots", "caller")

    def __init__(self, caller: Caller, slots: Slots, most: int, exceeded: Counter) -> None:
        """Let ``caller`` hold ``most`` streams."""
        self.caller = caller
        self._slots, self._most, self._exceeded = slots, most, exceeded
        self._holds = False

    async def stream(self) -> None:
        """Take a place for a stream, once; raises TooManyRequestsError when all are taken."""
        if self._holds or self.caller.exempt:
            return
        if not await self._slots.take(self.caller.holder, self._most):
            self._exceeded.labels("streams", self.caller.kind, "refused").inc()
            raise TooManyRequestsError(
                f"too many streams: {self._most} at the same time are allowed; end one first",
                retry_after=RETRY_SECONDS, limit="streams",
            )  # fmt: skip
        self._holds = True

    def end(self) -> None:
        """Free the place."""
        if self._holds:
            self._holds = False
            self._slots.give_back(self.caller.holder)
