"""The one provider: anything that answers ``POST /chat/completions`` as OpenAI does."""

from dataclasses import replace

import orjson

from tandem.ai.client import Answer
from tandem.ai.errors import AIError
from tandem.ai.messages import ChatRequest, Origin
from tandem.ai.providers.answer import Call, Estimate, ProviderAnswer, complete
from tandem.ai.providers.failures import Failures
from tandem.ai.providers.outgoing import body_of
from tandem.ai.providers.pieces import Piece, SaidError, ShapeError, read
from tandem.ai.providers.profile import Profile
from tandem.ai.providers.sources import EventSource
from tandem.core.clock import Clock
from tandem.core.deadline import deadline
from tandem.core.http.client import HttpClient
from tandem.core.http.errors import HttpError
from tandem.core.http.stream import HttpStream
from tandem.core.http.timeouts import Timeouts

LARGEST_ERROR = 64 * 1024
"""Bytes of an error's body that are read."""
LARGEST_ANSWER_BODY = 16 * 1024 * 1024
PING_SECONDS = 3.0


class OpenAICompatible:
    """An :class:`~tandem.ai.client.AIClient` for one profile; safe for many tasks."""

    def __init__(self, profile: Profile, http: HttpClient, clock: Clock, estimate: Estimate) -> None:
        """Speak to ``profile`` through ``http``; ``estimate`` counts tokens where the provider does not."""
        self.profile = profile
        self._http, self._clock, self._estimate = http, clock, estimate
        self._url = f"{profile.base_url}/chat/completions"
        self._headers = {**profile.sent_headers(), "Accept": "application/json"}
        # A compressed stream is held back until there is enough of it to compress.
        self._stream_headers = self._headers | {"Accept": "text/event-stream", "Accept-Encoding": "identity"}

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.profile.name

    async def open(self, request: ChatRequest) -> Answer:
        """Begin an answer; returns with its first piece, or its end, at hand.

        Raises an AIError. A cancelled call leaves nothing open upstream.
        """
        if self.profile.streams_always:
            request = replace(request, stream=True)
        call = self._call(request)
        waits = self.profile.timeouts.within(request.timeout)
        if not request.stream:
            # The HTTP client keeps the deadline, which is the only limit of a whole answer.
            return await self._begun(call, waits)
        limited = waits.first_byte < waits.total
        try:
            with deadline(waits.first_byte if limited else waits.total):
                return await self._begun(call, waits)
        except TimeoutError:
            failure = call.failures.late("first_byte" if limited else "total")
        # Outside the handler, so that no cause is carried along.
        raise failure

    async def ping(self) -> None:
        """Raise an AIError unless the provider's list of models can be read."""
        failures = Failures(self.name, "")
        waits = Timeouts(connect=PING_SECONDS, first_byte=PING_SECONDS, idle=PING_SECONDS, total=PING_SECONDS)
        try:
            response = await self._http.request(
                "GET", f"{self.profile.base_url}/models", headers=self.profile.sent_headers(), timeouts=waits
            )
        except HttpError as error:
            failure = failures.of_http(error, begun=False)
        else:
            if response.status < 300:
                return
            failure = failures.of_status(response.status, None, response.headers, self._clock.now())
        raise failure

    def _call(self, request: ChatRequest) -> Call:
        model = self.profile.model_for(request.model)
        origin = Origin(request.model, self.name, model, fallback=not self.profile.owns(request.model))
        return Call(
            request=request, origin=origin, begun=self._clock.monotonic(), clock=self._clock,
            estimate=self._estimate, failures=Failures(self.name, model), keeps_cost=self.profile.reports_cost,
        )  # fmt: skip

    async def _begun(self, call: Call, waits: Timeouts) -> Answer:
        found = await self._asked(call, waits)
        if isinstance(found, Piece):
            return complete(call, found)
        answer = ProviderAnswer(call, found)
        await answer.begin()
        return answer

    async def _asked(self, call: Call, waits: Timeouts) -> EventSource | Piece:
        failure: AIError
        streamed = call.request.stream
        try:
            stream = await self._http.stream(
                "POST", self._url, json=body_of(call.request, self.profile), headers=self._stream_headers if streamed else self._headers,
                timeouts=waits if streamed else waits.for_whole(),
            )  # fmt: skip
        except HttpError as error:
            failure = call.failures.of_http(error, begun=False)
        else:
            return await self._read(stream, call)
        raise failure

    async def _read(self, stream: HttpStream, call: Call) -> EventSource | Piece:
        kept = False
        try:
            if not 200 <= stream.status < 300:
                raise await self._refusal(stream, call.failures)
            if stream.media_type == "text/event-stream" or (call.request.stream and not stream.media_type):
                kept = True
                return EventSource(stream, call.failures)
            # Some answer a call for a stream with one document: with an error, or with everything.
            return await _document(stream, call.failures)
        finally:
            if not kept:
                stream.close()

    async def _refusal(self, stream: HttpStream, failures: Failures) -> AIError:
        said: object = None
        try:
            body = orjson.loads(await stream.read(LARGEST_ERROR))
            said = body.get("error", body) if isinstance(body, dict) else None
        except (HttpError, orjson.JSONDecodeError):
            pass  # the status says enough
        return failures.of_status(stream.status, said, stream.headers, self._clock.now())


async def _document(stream: HttpStream, failures: Failures) -> Piece:
    failure: AIError
    try:
        return read(orjson.loads(await stream.read(LARGEST_ANSWER_BODY)), "message")
    except HttpError as error:
        failure = failures.of_http(error, begun=False)
    except orjson.JSONDecodeError:
        failure = failures.bad("the provider sent something that is not JSON")
    except ShapeError as error:
        failure = failures.bad(str(error))
    except SaidError as error:
        failure = failures.of_error_object(error.error, begun=False)
    raise failure
