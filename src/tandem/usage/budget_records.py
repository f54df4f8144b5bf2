"""What budgets are made of. Money is in integer micro-dollars."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from tandem.usage.periods import Period

Scope = Literal["user", "key"]


class Account(Protocol):
    """On whose account a call is made."""

    @property
    def user(self) -> str:
        """Who asks."""

    @property
    def key(self) -> str | None:
        """The id of the API key, None without one."""

    @property
    def request_id(self) -> str:
        """The id under which the call's usage is recorded."""


@dataclass(frozen=True, slots=True)
class Holding:
    """That a budget exists: as much as every worker keeps in mind."""

    id: int
    scope: Scope
    name: str
    period: Period


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget as it stands in its current period."""

    id: int
    scope: Scope
    name: str
    period: Period
    limit: int
    spent: int
    reserved: int
    resets_at: dt.datetime | None

    @property
    def remaining(self) -> int:
        """What may still be reserved, never below 0."""
        return max(0, self.limit - self.spent - self.reserved)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside in all budgets of a caller until the call has ended or ``expires_at``."""

    id: UUID
    amount: int
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over the life of all budgets: ``reserved`` = ``settled`` + ``refunded`` + ``open``, always.

    ``overrun`` is what calls cost beyond their reservations.
    """

    reserved: int
    settled: int
    refunded: int
    open: int
    overrun: int

    @property
    def holds(self) -> bool:
        """Whether the sums agree."""
        return self.reserved == self.settled + self.refunded + self.open
