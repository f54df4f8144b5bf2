"""All accounts of one quota, bounded: whoever was not seen for longest is forgotten first, and then begins full again.

At most :data:`MOST` accounts (about 450 bytes each), in two generations: when the young one is full it becomes the old
one, and the old one is dropped. An account that is used moves to the young one. So a stranger with a million addresses
makes nobody's memory grow; at worst those who were seen before them begin anew.
"""

from typing import Final

from tandem.core.limits.account import Account, WindowAccount
from tandem.core.limits.quota import Quota

MOST: Final = 100_000


class Accounts:
    """Accounts by holder."""

    def __init__(self, name: str, quota: Quota, most: int = MOST) -> None:
        """Hold at most ``most``; ``name`` tells them from other accounts where workers share."""
        self.quota = quota
        self._prefix = f"{name}:"
        self._kind = WindowAccount if quota.window else Account
        self._most = max(2, most) // 2
        self._young: dict[str, Account] = {}
        self._old: dict[str, Account] = {}

    def __len__(self) -> int:
        """Return how many are held."""
        return len(self._young) + len(self._old)

    def of(self, holder: str, now: float) -> Account:
        """Return the account of ``holder``, a full one for somebody who was not seen lately."""
        account = self._young.get(holder)
        if account is not None:
            return account
        account = self._old.pop(holder, None) or self._kind(self._prefix + holder, self.quota, now)
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[holder] = account
        return account
