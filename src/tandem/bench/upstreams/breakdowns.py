"""What goes wrong on purpose."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from tandem.bench.upstreams import payloads
from tandem.bench.upstreams.connection import Connection
from tandem.bench.upstreams.script import Script
from tandem.bench.upstreams.ticker import Ticker

AT_ONCE: Final = frozenset({"refused", "reset", "mute", "garbage", "status", "redirect", "type", "slow"})
"""Instead of an answer."""
MIDWAY: Final = frozenset({
    "malformed", "half", "cut", "broken", "silence", "error", "no_finish", "no_choices", "null", "shape", "flood",
})  # fmt: skip
"""Within an answer."""

_STEP: Final = 0.05
_FLOOD_STEP: Final = 0.01
_HTML: Final = b"<html><body>It works</body></html>"
_SLOW_HEAD: Final = b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 10_000


@dataclass(slots=True)
class Breakdown:
    """One fault on one connection."""

    to: Connection
    script: Script
    model: str
    ticker: Ticker
    step: int = 0

    def happen(self, *, streamed: bool) -> bool:
        """Let it happen; returns whether the answer is over with it. Else it hangs until the client leaves."""
        if self.script.fault in AT_ONCE:
            return self._at_once()
        return self._in_stream() if streamed else self._in_document()

    def _at_once(self) -> bool:
        script = self.script
        match script.fault:
            case "mute":
                return False
            case "slow":
                self._trickle()
                return False
            case "reset":
                self.to.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
                self.to.close()
            case "garbage":
                self.to.send(b"\x16\x03\x01 this is not the protocol\r\n\r\n")
                self.to.close()
            case "redirect":
                self.to.send(
                    payloads.response(
                        307, b"", headers="Location: http://127.0.0.1:9/v1/chat/completions\r\n"
                    )
                )
            case "type":
                self.to.send(payloads.response(200, _HTML, "text/html"))
            case "status":
                wait = script.retry_after or ("1" if script.status == 429 else "")
                header = f"Retry-After: {wait}\r\n" if wait else ""
                # As real ones do, the text quotes what it was sent.
                body = payloads.error(script.status, "refused: sk-quoted-key-0123456789 'quoted prompt'")
                self.to.send(payloads.response(script.status, body, headers=header))
            case _:
                self.to.abort()
        return True

    def _in_stream(self) -> bool:
        match self.script.fault:
            case "silence":
                return False
            case "flood":
                self.to.send(b"fffffff\r\ndata: ")
                self._flood()
                return False
            case "cut" | "broken":
                self.to.close()
            case "no_finish":
                self.to.send(payloads.END)
            case "malformed":
                self.to.send(payloads.frame(b"data: {this is not JSON}\n\n") + payloads.END)
            case "half":
                self.to.send(
                    payloads.frame(b'data: {"choices": [{"index": 0, "delta": {"con\n\n') + payloads.END
                )
            case _:
                self.to.send(payloads.event(self._odd("delta")) + payloads.DONE + payloads.END)
        return True

    def _in_document(self) -> bool:
        half = b'{"id": "chatcmpl-0", "choices": [{"index": 0, "message": {"role": "assi'
        match self.script.fault:
            case "silence":
                self.to.send(payloads.response(200, half, length=10_000))
                return False
            case "flood":
                self.to.send(payloads.response(200, b"", length=2**40))
                self._flood()
                return False
            case "cut" | "broken":
                self.to.send(payloads.response(200, half, length=10_000))
                self.to.close()
            case "half":
                self.to.send(payloads.response(200, half))
            case "malformed":
                self.to.send(payloads.response(200, b"{this is not JSON}"))
            case _:
                self.to.send(payloads.response(200, orjson.dumps(self._odd("message"))))
        return True

    def _odd(self, kind: str) -> dict[str, Any]:
        said: dict[str, Any] = {"role": "assistant", "content": None}
        match self.script.fault:
            case "error":
                error: dict[str, Any] = orjson.loads(payloads.error(self.script.status, "quoted prompt"))
                return error
            case "no_choices":
                return {"id": payloads.ID, "choices": []}
            case "null":
                return {"id": payloads.ID, "choices": [{"index": 0, kind: said, "finish_reason": "stop"}]}
            case "no_finish":
                said["content"] = "unfinished"
                return {"id": payloads.ID, "choices": [{"index": 0, kind: said, "finish_reason": None}]}
            case _:
                return {"id": payloads.ID, "choices": "none"}

    def _trickle(self) -> None:
        if self.step < len(_SLOW_HEAD) and self.to.left is not None:
            self.to.send(_SLOW_HEAD[self.step : self.step + 1])
            self.step += 1
            self.ticker.at(self.ticker.now() + _STEP, self._trickle)

    def _flood(self) -> None:
        if self.to.left is not None:
            self.to.send(b"x" * 65_536)
            self.ticker.at(self.ticker.now() + _FLOOD_STEP, self._flood)
