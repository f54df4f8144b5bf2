"""From the bytes of a file to its text, whichever program wrote it."""

from pathlib import Path
from typing import Final

from tandem.core.errors import InvalidInputError, TooLargeError
from tandem.pomodoro.sources.records import MAX_BYTES

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_MAGIC: Final = (
    (b"PK\x03\x04", "a spreadsheet or ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\x00", "a database"),
)
_PEEK = 1_000
_LEGACY: Final = ("cp1250", "latin-1")
"""Tried in this order when the bytes are not UTF-8: Central European Windows, then what accepts any byte."""


def read_text(data: bytes | Path) -> tuple[str, str]:
    """Return the text of ``data`` (bytes, or the path of a file) and the name of its encoding.

    Raises:
        TooLargeError: more than 25 MiB.
        InvalidInputError: nothing in it, another kind of file, or bytes that are no text.
        OSError: the path cannot be read.
    """
    content = _content(data)
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            raise InvalidInputError(
                f"This is {kind}, not a text file; save it as CSV first.", problem="not_text"
            )
    text, encoding = _decoded(content)
    if not text.strip("\x00\ufeff \t\r\n"):
        raise InvalidInputError("The file is empty.", problem="empty_file")
    return text, encoding


def _content(data: bytes | Path) -> bytes:
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if size > MAX_BYTES:
        raise TooLargeError(f"The file is larger than {MAX_BYTES // 1024**2} MiB.", limit_bytes=MAX_BYTES)
    return data if isinstance(data, bytes) else data.read_bytes()


def _decoded(content: bytes) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _strictly(content[len(bom) :], encoding), encoding
    wide = _wide_encoding(content[:_PEEK])
    if wide:
        return _strictly(content, wide), wide
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(content):
            raise _undecodable("utf-8", error) from error
    for encoding in _LEGACY:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes any bytes")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(encoding, error) from error


def _undecodable(encoding: str, error: UnicodeDecodeError) -> InvalidInputError:
    return InvalidInputError(
        f"The file is not valid {encoding.upper()} text (byte {error.start}).",
        problem="undecodable",
        encoding=encoding,
        byte=error.start,
    )


def _wide_encoding(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: in mostly Latin text every other byte is zero."""
    pairs = len(head) // 2
    if pairs >= 2:
        if head[1::2].count(0) > 0.7 * pairs:
            return "utf-16-le"
        if head[0::2].count(0) > 0.7 * pairs:
            return "utf-16-be"
    return None


def _is_damaged_utf8(content: bytes) -> bool:
    """Tell a broken UTF-8 file from another encoding, in which hardly any byte sequence is valid UTF-8.

    Reading a damaged file as cp1250 would garble every accented letter in it without a word.
    """
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    accented = sum(not char.isascii() for char in text) - broken
    return accented > broken
