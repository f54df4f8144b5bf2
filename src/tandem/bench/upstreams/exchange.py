"""One answer under way: tokens at their time, and a fault where the script has one."""

from typing import Any

import orjson

from tandem.bench.upstreams import breakdowns, payloads
from tandem.bench.upstreams.connection import Connection
from tandem.bench.upstreams.script import Script
from tandem.bench.upstreams.statistics import Statistics
from tandem.bench.upstreams.ticker import Ticker


class Exchange:
    """Answers one request on ``connection`` and counts how it ended."""

    def __init__(
        self, connection: Connection, script: Script, asked: dict[str, Any], ticker: Ticker, statistics: Statistics
    ) -> None:  # fmt: skip
        """Answer ``asked``, the request's JSON, as the ``script`` says."""
        self._to, self._script, self._asked = connection, script, asked
        self._ticker, self._statistics, self._now = ticker, statistics, ticker.now
        self._model = str(asked.get("model", "")).partition("#")[0]
        self._streamed = asked.get("stream") is True and not script.document
        self._pieces = self._made()
        self._wanted = len(self._pieces)
        limit = asked.get("max_tokens", asked.get("max_completion_tokens"))
        if isinstance(limit, int) and 0 < limit < self._wanted:
            self._wanted = limit
        self._cut_short = self._wanted < len(self._pieces)
        self._sent = 0
        self._first_at = 0.0
        self._ended = False

    def start(self) -> None:
        """Begin; everything further happens at its time."""
        self._to.left = self._left
        script = self._script
        self._first_at = self._now() + script.latency
        if script.fault in breakdowns.AT_ONCE:
            self._ticker.at(self._first_at, self._fail)
        elif self._streamed:
            self._to.send(payloads.STREAM_HEAD + payloads.COMMENT * script.comments)
            self._next()
        else:
            self._ticker.at(self._due(self._wanted), self._whole)

    def _made(self) -> list[str]:
        if self._script.fault == "schema":
            return ['{"unexpected": ', "true}"]
        if self._script.content:
            words = self._script.content.split(" ")
            return [word + " " for word in words[:-1]] + words[-1:]
        words = list(payloads.WORDS)
        return [words[place % len(words)] for place in range(self._script.tokens)]

    def _due(self, place: int) -> float:
        rate = self._script.rate
        return self._first_at + (place / rate if rate > 0 else 0.0)

    def _next(self) -> None:
        if self._script.latency == 0 and self._script.rate == 0:
            self._send_due()
        else:
            self._ticker.at(self._due(self._sent), self._send_due)

    def _send_due(self) -> None:
        if self._ended:
            return
        now, ready = self._now(), []
        fails = self._script.fault in breakdowns.MIDWAY
        stop = min(self._script.after, self._wanted) if fails else self._wanted
        while self._sent < stop and self._due(self._sent) <= now:
            ready.append(self._piece(self._sent))
            self._sent += 1
        if self._script.call:
            ready, self._sent = self._tool_call(), stop
        self._statistics.tokens += len(ready)
        if ready:
            self._to.send(b"".join(ready))
        if self._sent < stop:
            self._ticker.at(self._due(self._sent), self._send_due)
        elif fails:
            self._fail()
        else:
            self._finish_stream()

    def _piece(self, place: int) -> bytes:
        if self._script.content or self._script.fault == "schema":
            return payloads.event(payloads.chunk(self._model, {"content": self._pieces[place]}))
        frames = payloads.filler(self._model)
        return frames[place % len(frames)]

    def _tool_call(self) -> list[bytes]:
        deltas: list[dict[str, Any]] = [
            {"role": "assistant", "content": None, "tool_calls": [self._call("")]},
            *({"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ('{"city": ', '"Brno"}')),
        ]  # fmt: skip
        return [payloads.event(payloads.chunk(self._model, delta)) for delta in deltas]

    def _call(self, arguments: str) -> dict[str, Any]:
        tools = self._asked.get("tools") or [{}]
        name = tools[0].get("function", {}).get("name", "tool")
        function = {"name": name, "arguments": arguments}
        return {"index": 0, "id": "call_0", "type": "function", "function": function}

    @property
    def _finish_reason(self) -> str:
        return "tool_calls" if self._script.call else "length" if self._cut_short else "stop"

    def _finish_stream(self) -> None:
        last = payloads.event(payloads.chunk(self._model, {}, self._finish_reason))
        options = self._asked.get("stream_options") or {}
        if self._script.usage and options.get("include_usage"):
            last += payloads.usage_event(self._model, self._prompt_tokens, self._sent)
        self._to.send(last + (b"" if self._script.fault == "no_done" else payloads.DONE) + payloads.END)
        self._over("finished")

    @property
    def _prompt_tokens(self) -> int:
        messages = self._asked.get("messages") or []
        return sum(len(str(message.get("content", "")).split()) + 4 for message in messages)

    def _whole(self) -> None:
        if self._ended:
            return
        if self._script.fault in breakdowns.MIDWAY:
            self._fail()
            return
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._pieces[: self._wanted])}
        if self._script.call:
            message = {"role": "assistant", "content": None, "tool_calls": [self._call('{"city": "Brno"}')]}
        usage = payloads.usage_of(self._prompt_tokens, self._wanted) if self._script.usage else None
        self._statistics.tokens += self._wanted
        self._json(payloads.completion(self._model, message, self._finish_reason, usage))
        self._over("finished")

    def _fail(self) -> None:
        if self._ended:
            return
        broken = breakdowns.Breakdown(self._to, self._script, self._model, self._ticker)
        if broken.happen(streamed=self._streamed):
            self._over("faulted")

    def _json(self, value: Any) -> None:
        self._to.send(payloads.response(200, orjson.dumps(value)))

    def _left(self) -> None:
        self._statistics.cancelled_at = self._now()
        self._over("cancelled")

    def _over(self, how: str) -> None:
        if self._ended:
            return
        self._ended = True
        self._to.left = None
        self._statistics.active -= 1
        setattr(self._statistics, how, getattr(self._statistics, how) + 1)
