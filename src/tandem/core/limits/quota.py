"""What is limited: so much of something in so many seconds."""

from dataclasses import dataclass, field
from typing import Final

LEASE_SHARE: Final = 0.05
LEASE_SECONDS: Final = 0.1
"""What a worker may give out before it has told the others: the larger of this share and this time's worth."""


@dataclass(frozen=True, slots=True)
class Quota:
    """``amount`` in ``seconds``. A bucket refills steadily; a ``window`` starts with the first use and ends all at once."""

    name: str
    """As the headers tell it."""
    amount: float
    seconds: float
    window: bool = False
    policy: bytes = field(init=False)
    """The item of ``RateLimit-Policy``."""
    label: bytes = field(init=False)
    """How an item of ``RateLimit`` begins."""
    rate: float = field(init=False)
    """What becomes free per second."""
    lease: float = field(init=False)
    """What one worker may give out before the others know."""

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.amount <= 0 or self.seconds <= 0:
            raise ValueError(f"{self.name}: a quota is a positive amount in positive seconds")
        text = f'"{self.name}";q={int(self.amount)};w={int(self.seconds)}'
        rate = self.amount / self.seconds
        # Looked at with every request, so computed once.
        object.__setattr__(self, "policy", text.encode())
        object.__setattr__(self, "label", f'"{self.name}";r='.encode())
        object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "lease", max(LEASE_SHARE * self.amount, LEASE_SECONDS * rate))

    def times(self, factor: float) -> "Quota":
        """Return the same with another amount."""
        return Quota(self.name, self.amount * factor, self.seconds, self.window)
