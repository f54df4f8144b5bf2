"""Who asks, and what one is told who may not."""

from dataclasses import dataclass, field

from tandem.core.errors import TooManyRequestsError

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose accounts a request takes from."""

    holder: str
    """``k:`` and the key's id, or ``a:`` and the address."""
    user: str | None
    """The user's account, for callers with a key."""
    exempt: bool
    """Counted, and never refused."""
    account: str = field(init=False)
    """Name of the user's account."""

    def __post_init__(self) -> None:
        """Name the account."""
        object.__setattr__(self, "account", f"u:{self.user}")

    @property
    def kind(self) -> str:
        """What the holder is, for metrics."""
        return "key" if self.holder.startswith("k:") else "address"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and when again."""

    error: TooManyRequestsError
    headers: tuple[Pair, ...]
