"""Where the pieces of an answer come from: a stream of events, or one JSON document."""

from collections import deque
from typing import Final, Protocol

import orjson

from tandem.ai.errors import AIError
from tandem.ai.providers.failures import Failures
from tandem.ai.providers.pieces import Piece, SaidError, ShapeError, read
from tandem.ai.providers.sse import Event, EventParser, EventTooLargeError
from tandem.core.http.errors import HttpError
from tandem.core.http.stream import HttpStream

_DONE: Final = "[DONE]"


class PieceSource(Protocol):
    """Something that yields pieces. ``begun`` tells whether one was delivered: it decides the kind of error."""

    async def next(self, *, begun: bool) -> Piece | None:
        """Return the next piece, None at the end; raises an AIError."""

    def close(self) -> None:
        """End the upstream; never raises."""


class EventSource:
    """The events of a stream."""

    def __init__(self, stream: HttpStream, failures: Failures) -> None:
        """Read ``stream``, which is closed by :meth:`close` and by reading to its end."""
        self._stream, self._failures = stream, failures
        self._parser = EventParser()
        self._events: deque[Event] = deque()
        self._ended = False

    async def next(self, *, begun: bool) -> Piece | None:
        """Return the next piece, None after ``[DONE]`` or the end of the stream; raises an AIError."""
        while not self._events:
            if self._ended or not await self._fill(begun=begun):
                return None
        event = self._events.popleft()
        if event.data.strip() == _DONE:
            self._events.clear()
            self._ended = True
            self._stream.finish()
            return None
        return piece_of(event.data, self._failures, begun=begun, named_error=event.event == "error")

    async def _fill(self, *, begun: bool) -> bool:
        failure: AIError
        try:
            # How long the first piece may take is another limit than silence, and not watched here.
            chunk = await self._stream.chunk(silence_counts=begun)
            self._events.extend(self._parser.feed(chunk))
        except HttpError as error:
            failure = self._failures.of_http(error, begun=begun)
        except EventTooLargeError:
            failure = self._failures.bad("the provider sent an endless event", begun=begun)
        else:
            if not chunk:
                self._ended = True
                self._stream.close()
            return bool(chunk)
        raise failure

    def close(self) -> None:
        """Close the socket; a stream that was read to its end has given it back already."""
        if not self._ended:
            self._ended = True
            self._stream.close()


def piece_of(data: str, failures: Failures, *, begun: bool, named_error: bool = False) -> Piece:
    """Return the piece that one event's JSON holds; raises an AIError."""
    failure: AIError
    try:
        return _parsed(data, named_error=named_error)
    except orjson.JSONDecodeError:
        failure = failures.bad("the provider sent something that is not JSON", begun=begun)
    except ShapeError as error:
        failure = failures.bad(str(error), begun=begun)
    except SaidError as error:
        failure = failures.of_error_object(error.error, begun=begun)
    # Outside the handlers: the parser's error quotes the answer.
    raise failure


def _parsed(data: str, *, named_error: bool) -> Piece:
    parsed = orjson.loads(data)
    if named_error:
        raise SaidError(parsed.get("error", parsed) if isinstance(parsed, dict) else None)
    return read(parsed, "delta")
