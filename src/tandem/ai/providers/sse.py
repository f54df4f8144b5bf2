"""Reads Server-Sent Events from bytes as they arrive, as the HTML standard defines them (section 9.2.6)."""

from typing import Final, NamedTuple

LARGEST_EVENT: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class EventTooLargeError(ValueError):
    """One event or one line grew beyond the bound; nothing more can be read."""


class Event(NamedTuple):
    """One event. ``data`` holds its lines joined by a line feed; ``id`` is the last one that was sent."""

    data: str
    event: str = "message"
    id: str = ""


class EventParser:
    """Turns chunks of a stream, cut anywhere, into events.

    Lines end with CR, LF or CR LF; bytes that are not UTF-8 become U+FFFD; an event that the end of the stream
    cuts off is dropped, as the standard asks. ``retry`` holds the last reconnection time in milliseconds.
    """

    def __init__(self, largest: int = LARGEST_EVENT) -> None:
        """Accept events of at most ``largest`` bytes."""
        self._largest = largest
        self._rest: list[bytes] = []
        self._rest_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._event = ""
        self._id = ""
        self._at_start = True
        self._after_cr = False
        self.retry: int | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that ``chunk`` completes; raises EventTooLargeError."""
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop()
        events: list[Event] = []
        for line in lines:
            self._line(self._whole(line), events)
        if rest:
            self._rest.append(rest)
            self._rest_size += len(rest)
        if self._rest_size + self._data_size > self._largest:
            raise EventTooLargeError(f"an event has more than {self._largest} bytes")
        return events

    def _whole(self, line: bytes) -> bytes:
        if self._rest:
            line = b"".join((*self._rest, line))
            self._rest.clear()
            self._rest_size = 0
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        return line

    def _line(self, line: bytes, events: list[Event]) -> None:
        if not line:
            self._dispatch(events)
            return
        # A line that begins with a colon is a comment: its name is empty, and no field is called so.
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_size += len(value) + 1
            if self._data_size > self._largest:
                raise EventTooLargeError(f"an event has more than {self._largest} bytes")
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value[:18])

    def _dispatch(self, events: list[Event]) -> None:
        data, self._data, self._data_size = self._data, [], 0
        event, self._event = self._event, ""
        if data:
            events.append(Event(b"\n".join(data).decode("utf-8", "replace"), event or "message", self._id))
