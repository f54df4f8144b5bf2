"""The text of an API key: ``tdm_<id>_<secret>``.

Only SHA-256 of the secret is kept. A slow hash guards passwords, which people choose and others guess; a secret of 256
random bits cannot be guessed however fast the hash is, and a slow one would cost every request.
"""

import hmac
import secrets
import string
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

ID_LENGTH: Final = 10
SECRET_LENGTH: Final = 43
"""Characters out of 62: 256 bits."""

SHOWN: Final = 4
"""Characters of the secret that a list shows, so that its owner recognises a key."""

_LETTERS: Final = string.ascii_letters + string.digits
_ID_LETTERS: Final = string.ascii_lowercase + string.digits
_PREFIX: Final = "tdm_"
_ID: Final = slice(len(_PREFIX), len(_PREFIX) + ID_LENGTH)
_SECRET: Final = slice(_ID.stop + 1, None)
_LENGTH: Final = _SECRET.start + SECRET_LENGTH


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at its only moment with a secret."""

    id: str
    text: str = field(repr=False)
    """What the caller is given, once."""
    digest: bytes = field(repr=False)
    """What is kept."""
    prefix: str
    """What a list shows."""


def create() -> NewKey:
    """Return a new key from the system's source of randomness."""
    name = "".join(secrets.choice(_ID_LETTERS) for _ in range(ID_LENGTH))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LENGTH))
    return NewKey(name, f"tdm_{name}_{secret}", digest(secret), f"tdm_{name}_{secret[:SHOWN]}")


def parse(text: str) -> tuple[str, str] | None:
    """Return id and secret of ``text``, None if it has not the shape of a key.

    Done for every request, so it looks at no single letter: a wrong one belongs to no key, or gives another digest.
    """
    if len(text) != _LENGTH or not text.startswith(_PREFIX) or text[_ID.stop] != "_":
        return None
    return text[_ID], text[_SECRET]


def digest(secret: str) -> bytes:
    """Return what is kept of ``secret``: 32 bytes."""
    return sha256(secret.encode()).digest()


def matches(secret: str, kept: bytes) -> bool:
    """Tell whether ``kept`` is the digest of ``secret``, in a time that does not tell how far they agree."""
    return hmac.compare_digest(digest(secret), kept)
