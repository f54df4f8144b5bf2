"""Headers that tell browsers to be careful with our answers (sent by the correlation layer)."""

from typing import Final

API: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
"""For every answer."""
