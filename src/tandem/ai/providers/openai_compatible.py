"""The one provider: anything that answers ``POST /chat/completions`` as OpenAI does."""

import asyncio
from dataclasses import replace

import orjson

from tandem.ai.errors import AIError
from tandem.ai.messages import ChatRequest, Origin
from tandem.ai.providers.answer import Call, Estimate, ProviderAnswer
from tandem.ai.providers.failures import Failures
from tandem.ai.providers.outgoing import body_of
from tandem.ai.providers.pieces import SaidError, ShapeError, read
from tandem.ai.providers.profile import Profile
from tandem.ai.providers.sources import EventSource, PieceSource, WholeSource
from tandem.core.clock import Clock
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

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.profile.name

    async def open(self, request: ChatRequest) -> ProviderAnswer:
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
            async with asyncio.timeout(waits.first_byte if limited else waits.total):
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

    async def _begun(self, call: Call, waits: Timeouts) -> ProviderAnswer:
        answer = ProviderAnswer(call, await self._source(call, waits))
        await answer.begin()
        return answer

    async def _source(self, call: Call, waits: Timeouts) -> PieceSource:
        failure: AIError
        try:
            stream = await self._http.stream(
                "POST", self._url, json=body_of(call.request, self.profile), headers=self._headers(call.request),
                timeouts=waits if call.request.stream else waits.for_whole(),
            )  # fmt: skip
        except HttpError as error:
            failure = call.failures.of_http(error, begun=False)
        else:
            return await self._read(stream, call)
        raise failure

    async def _read(self, stream: HttpStream, call: Call) -> PieceSource:
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

    def _headers(self, request: ChatRequest) -> dict[str, str]:
        headers = {**self.profile.sent_headers(), "Accept": "application/json"}
        if request.stream:
            # A compressed stream is held back until there is enough of it to compress.
            headers |= {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        return headers


async def _document(stream: HttpStream, failures: Failures) -> PieceSource:
    failure: AIError
    try:
        return WholeSource(read(orjson.loads(await stream.read(LARGEST_ANSWER_BODY)), "message"))
    except HttpError as error:
        failure = failures.of_http(error, begun=False)
    except orjson.JSONDecodeError:
        failure = failures.bad("the provider sent something that is not JSON")
    except ShapeError as error:
        failure = failures.bad(str(error))
    except SaidError as error:
        failure = failures.of_error_object(error.error, begun=False)
    raise failure
