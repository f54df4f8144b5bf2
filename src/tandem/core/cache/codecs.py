"""How values become bytes for another process, and how a foreign or outdated form is told from ours."""

import hashlib
from typing import Any, Final, Protocol, TypeVar

import orjson
from pydantic import TypeAdapter

T = TypeVar("T")


class Codec(Protocol[T]):
    """Writes and reads values of one kind. Never pickle: bytes from Redis must not be able to run."""

    schema: str
    """Name of the form; bytes with another one are a miss."""

    def encode(self, value: T) -> bytes:
        """Return the bytes of ``value``."""

    def decode(self, content: bytes) -> T:
        """Return the value; raises ValueError for bytes that are none."""


class BytesCodec:
    """Bytes as they are."""

    schema: str = "bytes"

    def encode(self, value: bytes) -> bytes:
        """Return ``value``."""
        return value

    def decode(self, content: bytes) -> bytes:
        """Return ``content``."""
        return content


BYTES: Final = BytesCodec()


class TypedCodec(Codec[T]):
    """JSON, validated when read; the schema's name changes with the type's fields."""

    def __init__(self, kind: type[T] | Any) -> None:
        """Write and read values of ``kind``: a pydantic model, a dataclass, or any type that pydantic knows."""
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        form = orjson.dumps(self._adapter.json_schema(), option=orjson.OPT_SORT_KEYS)
        name = getattr(kind, "__qualname__", str(kind))
        self.schema = f"{name}:{hashlib.blake2b(form, digest_size=8).hexdigest()}"

    def encode(self, value: T) -> bytes:
        """Return ``value`` as JSON."""
        return self._adapter.dump_json(value)

    def decode(self, content: bytes) -> T:
        """Return the validated value; raises ValueError (pydantic's ValidationError is one)."""
        return self._adapter.validate_json(content)
