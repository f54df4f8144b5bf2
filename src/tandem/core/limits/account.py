"""What one caller has left of one quota. Moments are monotonic seconds; nothing here waits or fails.

Alone, a process takes from :attr:`Account.level` at once. Where workers share, it notes what it took until that is told
(:mod:`~tandem.core.limits.sharing`), and learns the level that all of them have left.
"""

from math import ceil

from tandem.core.limits.quota import Quota


class Account:
    """A bucket that refills steadily, full at first."""

    __slots__ = ("_told", "alone", "at", "key", "level", "quota", "telling", "untold")

    def __init__(self, key: str, quota: Quota, now: float) -> None:
        """Begin full; ``key`` is the account's name where workers share."""
        self.key, self.quota = key, quota
        self.level, self.at = quota.amount, now
        self.untold = self.telling = 0.0
        """Taken and not told yet; taken and being told. Negative when more was given back than taken."""
        self.alone = False
        """Whether something was taken that was never told, because the others were out of reach."""
        self._told = (-1, b"")

    def left(self, now: float) -> float:
        """Return what can be taken."""
        level = self.level + (now - self.at) * self.quota.rate
        amount = self.quota.amount
        return (min(level, amount)) - self.untold - self.telling

    def wait(self, cost: float, now: float) -> float:
        """Return the seconds until ``cost`` can be taken, if nobody else takes anything."""
        return max(0.0, (cost - self.left(now)) / self.quota.rate)

    def reset(self, left: float, now: float) -> float:  # noqa: ARG002 - a window has an end instead
        """Return the seconds until all is there again, with ``left`` there now."""
        return max(0.0, (self.quota.amount - left) / self.quota.rate)

    def told(self, left: float, now: float) -> bytes:
        """Return the item of ``RateLimit``: what is ``left``, and the seconds until all is there again."""
        remains, known = int(left), self._told
        # Who calls more slowly than the quota refills sees the same each time.
        if known[0] == remains:
            return known[1]
        item = b"%b%d;t=%d" % (self.quota.label, remains, ceil(self.reset(remains, now)))
        self._told = remains, item
        return item

    def take(self, cost: float, left: float, now: float) -> None:
        """Take ``cost`` of what is ``left`` from the own level; a negative cost gives back."""
        self.level, self.at = min(left - cost, self.quota.amount), now
        self.untold = self.telling = 0.0

    def draw(self, now: float) -> float:
        """Take one if it is there; returns what there was, below 1 if nothing was taken.

        :meth:`left` and :meth:`take` in one, for a process that shares with nobody: nothing is untold there.
        """
        quota = self.quota
        left = self.level + (now - self.at) * quota.rate
        if left > quota.amount:  # noqa: PLR1730 - min() takes a call, with each request
            left = quota.amount
        if left >= 1.0:
            self.level, self.at = left - 1.0, now
        return left

    def learn(self, level: float, now: float, seconds: float) -> None:  # noqa: ARG002 - as in reset
        """Take over the level that all workers have left, what was being told included."""
        self.level, self.at, self.telling, self.alone = level, now, 0.0, False


class WindowAccount(Account):
    """A window that starts with its first use and ends all at once; ``at`` is its end, or lies in the past."""

    __slots__ = ()

    def left(self, now: float) -> float:
        """Return what can be taken."""
        level = self.level if now < self.at else self.quota.amount
        return level - self.untold - self.telling

    def wait(self, cost: float, now: float) -> float:
        """Return the seconds until the window ends, 0 if ``cost`` can be taken."""
        return 0.0 if self.left(now) >= cost else max(0.0, self.at - now)

    def reset(self, left: float, now: float) -> float:  # noqa: ARG002 - a bucket refills
        """Return the seconds until the window ends."""
        return self.at - now if now < self.at else self.quota.seconds

    def told(self, left: float, now: float) -> bytes:
        """Return the item of ``RateLimit``: what is ``left``, and the seconds until the window ends."""
        return b"%b%d;t=%d" % (self.quota.label, left, ceil(self.reset(left, now)))

    def take(self, cost: float, left: float, now: float) -> None:
        """Take ``cost`` of what is ``left``; begin a window if there is none."""
        if now >= self.at:
            self.at = now + self.quota.seconds
        self.level = min(left - cost, self.quota.amount)
        self.untold = self.telling = 0.0

    def draw(self, now: float) -> float:
        """Take one if it is there, and begin a window if there is none; returns what there was."""
        left = self.left(now)
        if left >= 1.0:
            self.take(1.0, left, now)
        return left

    def learn(self, level: float, now: float, seconds: float) -> None:
        """Take over what all workers have left until the window's end in ``seconds``."""
        self.level, self.at, self.telling, self.alone = level, now + seconds, 0.0, False
