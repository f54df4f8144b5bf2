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

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.amount <= 0 or self.seconds <= 0:
            raise ValueError(f"{self.name}: a quota is a positive amount in positive seconds")
        text = f'"{self.name}";q={int(self.amount)};w={int(self.seconds)}'
        object.__setattr__(self, "policy", text.encode())

    @property
    def rate(self) -> float:
        """What becomes free per second."""
        return self.amount / self.seconds

    @property
    def lease(self) -> float:
        """What one worker may give out before the others know."""
        return max(LEASE_SHARE * self.amount, LEASE_SECONDS * self.rate)

    def times(self, factor: float) -> "Quota":
        """Return the same with another amount."""
        return Quota(self.name, self.amount * factor, self.seconds, self.window)
