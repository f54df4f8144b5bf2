"""The real application on a real socket, at a time that stands still."""

import datetime as dt
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from contract.checks import Shape, check, strict_json
from tandem.core.clock import FixedClock
from tandem.core.settings import Settings
from tandem.pomodoro.app import create_app


class Service:
    """One running Pomodoro ML; asks come from a client with a connection of its own."""

    def __init__(self, dsn: str, now: dt.datetime, home: Path, **settings: Any) -> None:
        self.dsn = dsn
        self.clock = FixedClock(now)
        told = {"auth": "off", "database_url": dsn, "home": home, "timezone": "Europe/Prague"}
        chosen = Settings(**(told | settings))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.app = create_app(chosen, self.clock)
        config = uvicorn.Config(
            self.app, lifespan="on", log_config=None, access_log=False, ws="none",
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self.client = httpx2.Client(base_url=self.url, timeout=15)

    @property
    def today(self) -> dt.date:
        """The date on the service's clock."""
        return self.clock.now().date()

    def start(self) -> "Service":
        """Return when it accepts requests."""
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "the service did not start"
            assert time.monotonic() < deadline, "the service starts too slowly"
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop it as its server does."""
        self.client.close()
        self._server.should_exit = True
        self._thread.join(15)
        self._socket.close()
        assert not self._thread.is_alive(), "the service does not stop"

    def ask(
        self, path: str, shape: Shape | None = None, *, status: int = 200, method: str = "GET", **more: Any
    ) -> Any:
        """Return the JSON answer, which must have this status and shape."""
        answer = self.client.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        assert answer.headers["content-type"].partition(";")[0] == "application/json", path
        value = strict_json(answer.text)
        if shape is not None:
            check(shape, value, path)
        return value

    def header(self, path: str, name: str, **more: Any) -> str | None:
        """Return one header of a successful answer."""
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.headers.get(name)
