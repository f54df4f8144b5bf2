"""Tokimeki on a real socket beside a provider on another one, each with an event loop of its own.

Model keys of the provider ``openai`` may carry wishes for the upstream: ``openai/slow#latency=2`` (see
:mod:`tandem.bench.upstreams.script`); those of ``openrouter`` are answered by :attr:`Upstream.script`.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import uvicorn
import uvloop

from contract.checks import Shape, check, strict_json
from tandem.ai.policies.health import Breaking, Health
from tandem.bench.upstreams.connection import Request
from tandem.bench.upstreams.llm import LLMUpstream
from tandem.bench.upstreams.script import Script
from tandem.core.settings import Settings
from tandem.tokimeki.app import create_app

SECRET = "sk-or-secret-0123456789abcdef"
"""The provider's key: nobody may ever read it in an answer or a log."""

FAST = "mistral-small"
"""A model of the provider ``openrouter``."""

WISHES = (
    "gpt-4o-mini", "quick#tokens=3", "slow#latency=1.5", "late#latency=60", "paced#rate=20;tokens=100",
    "fails#fault=400", "empty#fault=no_choices", "breaks#fault=broken;after=2;rate=50", "long#rate=5;tokens=2000",
)  # fmt: skip


def key_of(name: str) -> str:
    """The model key of the one of WISHES that begins so."""
    return next(f"openai/{wish}" for wish in WISHES if wish.partition("#")[0] == name)


class Looped:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any], seconds: float = 20) -> Any:
        """Run something there and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def end(self) -> None:
        """Stop the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()


class _Upstream(LLMUpstream):
    """Reads ``;`` in a model's name as the comma that a setting's list may not hold."""

    def _answer(self, connection: Any, request: Request) -> None:
        head, hash_, tail = request.body.partition(b"#")
        name, quote, rest = tail.partition(b'"')
        if hash_ and head.endswith(tuple(wish.partition("#")[0].encode() for wish in WISHES)):
            request.body = head + hash_ + name.replace(b";", b",") + quote + rest
        super()._answer(connection, request)


class Upstream(Looped):
    """A provider; :attr:`script` says how it answers from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.run(self._start())

    async def _start(self) -> LLMUpstream:
        server = _Upstream(Script())
        await server.open()
        return server

    @property
    def base_url(self) -> str:
        return self.server.base_url

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The bodies of the last calls, oldest first."""
        return [orjson.loads(request.body) for request in list(self.server.seen)]

    def answers(self, **script: Any) -> None:
        """Answer so from now on, and forget what was."""
        self.server.script = Script(**script)
        self.server.seen.clear()
        self.loop.call_soon_threadsafe(self.server._forget)

    def until(self, name: str, least: int, seconds: float = 5) -> float:
        """Wait until a figure of the statistics is so high; return the seconds that it took."""
        began = time.monotonic()
        while getattr(self.server.statistics, name) < least:
            assert time.monotonic() - began < seconds, f"{name}: {self.server.statistics}"
            time.sleep(0.005)
        return time.monotonic() - began

    def stop(self) -> None:
        self.run(self.server.close())
        self.end()


@dataclass
class Event:
    """One Server-Sent Event."""

    id: int | None
    name: str
    data: Any


@dataclass
class EventStream:
    """The events of an open response, and everything that came between them."""

    response: httpx2.Response
    comments: list[str] = field(default_factory=list)
    raw: str = ""

    def __iter__(self) -> Iterator[Event]:
        block: list[str] = []
        for line in self.response.iter_lines():
            self.raw += line + "\n"
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                block.append(line)
            elif block:
                fields = dict(part.split(": ", 1) for part in block)
                number = int(fields["id"]) if "id" in fields else None
                yield Event(number, fields.get("event", "message"), _json(fields["data"]))
                block = []

    def until(self, name: str) -> list[Event]:
        """Read up to and including an event of this name."""
        read: list[Event] = []
        for event in self:
            read.append(event)
            if event.name == name:
                return read
        raise AssertionError(f"no {name} among {[event.name for event in read]}")


def _json(text: str) -> Any:
    return text if text == "[DONE]" else json.loads(text)


class Service(Looped):
    """One running Tokimeki; :attr:`client` speaks for the user ``default``."""

    def __init__(self, dsn: str, home: Path, upstream: Upstream | None, **settings: Any) -> None:
        super().__init__()
        self.dsn = dsn
        told = {
            "auth": "off",
            "database_url": dsn,
            "home": home,
            "timezone": "Europe/Prague",
            "local_enabled": False,
        }
        if upstream is not None:
            told |= {"openrouter_api_key": SECRET, "openrouter_url": upstream.base_url}
        self.settings = Settings(**(told | settings))
        self.app = create_app(self.settings)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(
            self.app, lifespan="on", log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=2,
        ))  # fmt: skip
        self._served = asyncio.run_coroutine_threadsafe(self._server.serve([self._socket]), self.loop)
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert not self._served.done(), self._served.exception()
            assert time.monotonic() < deadline, "the service starts too slowly"
            time.sleep(0.005)
        self.client = self.user("default")

    @property
    def context(self) -> Any:
        """What the process holds; to be touched through :meth:`run`."""
        return self.app.state.context

    def user(self, name: str) -> httpx2.Client:
        """A client that speaks for a user."""
        return httpx2.Client(base_url=self.url, timeout=20, headers={"X-User-ID": name}, trust_env=False)

    def ask(
        self,
        path: str,
        shape: Shape | None = None,
        *,
        status: int = 200,
        method: str = "GET",
        user: str = "default",
        **more: Any,
    ) -> Any:
        """Return the JSON answer, which must have this status and shape."""
        with self.user(user) as client:
            answer = client.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        assert answer.headers["content-type"].partition(";")[0] == "application/json", path
        value = strict_json(answer.text)
        if shape is not None:
            check(shape, value, path)
        return value

    def post(self, path: str, body: Any, shape: Shape | None = None, **more: Any) -> Any:
        """POST JSON; otherwise as :meth:`ask`."""
        return self.ask(path, shape, method="POST", json=body, **more)

    @contextmanager
    def stream(
        self,
        body: Mapping[str, Any] | None,
        path: str = "/api/v1/chat/stream",
        *,
        user: str = "default",
        status: int = 200,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[EventStream]:
        """Open a stream; leaving the block closes the connection."""
        with (
            self.user(user) as client,
            client.stream(method, path, json=body, headers=dict(headers or {})) as response,
        ):
            if response.status_code != status:
                raise AssertionError(f"{response.status_code}: {response.read()[:500]!r}")
            yield EventStream(response)

    def forgive(self) -> None:
        """Forget that providers failed."""

        async def forget() -> None:
            for lane in self.context.gateway._lanes.values():
                lane.health = Health(Breaking())
            self.context.gateway.retry_budget._basic = 10.0

        self.run(forget())

    def records(self, user: str) -> list[dict[str, Any]]:
        """The usage records of a user, oldest first."""

        async def read() -> list[dict[str, Any]]:
            await self.context.reports._recorder.flush(5)
            rows = await self.context.database.fetch(
                "SELECT * FROM usage_events WHERE user_id = $1 ORDER BY at, attempt", user
            )
            return [dict(row) for row in rows]

        return self.run(read())

    def stop(self) -> None:
        """Stop it as its server does."""
        self.client.close()
        self._server.should_exit = True
        self._served.result(15)
        self._socket.close()
        self.end()
