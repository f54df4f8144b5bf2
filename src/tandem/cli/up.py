"""`tandem up`: everything on this machine, until Ctrl-C."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import click
from rich.text import Text

from tandem.cli import local_model
from tandem.cli.jobs_process import JobsProcess
from tandem.cli.log_file import RotatingLog
from tandem.cli.runtime import clock_of, console, run
from tandem.cli.serve import SERVICES, refuse_open_door
from tandem.core.database.opening import opened
from tandem.core.errors import ConfigurationError
from tandem.core.serving import ports
from tandem.core.settings import Settings, load
from tandem.modelserver.parts import MODEL_NAME
from tandem.modelserver.parts import PORT as MODEL_PORT

HOST: Final = "127.0.0.1"
READY_SECONDS: Final = 60.0
DEMO_SECONDS: Final = 3600.0
"""How often the demonstration is brought up to the present hour."""

TITLES: Final = {"pomodoro": "Pomodoro ML", "tokimeki": "Tokimeki", local_model.NAME: local_model.TITLE}
TRY: Final = (
    "curl http://127.0.0.1:5002/api/prediction/today",
    "curl -H 'Accept-Language: en' http://127.0.0.1:5002/api/recommendation",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A started service."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    readiness: str = "/readyz"


@click.command()
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Demonstration sessions for an empty start."
)
@click.option("--model/--no-model", default=True, show_default=True, help="The local language model.")
def up(*, demo: bool, model: bool) -> int:
    """Start the database and every service, print their addresses, and stop all with Ctrl-C.

    \b
    Example:
      tandem up
    """
    settings = load(bind=HOST)
    lock = _only_one(settings)
    if lock is None:
        console.print(f"Tandem runs already from {settings.home_path}:")
        _addresses(model=model)
        return 0
    with lock:
        return _Stack(settings, demo=demo, model=model).run()


class _Stack:
    """All services of one `tandem up`."""

    def __init__(self, settings: Settings, *, demo: bool, model: bool) -> None:
        self._settings = settings
        self._demo = demo
        self._stop = threading.Event()
        self._services: list[Running] = []
        self._without_model = local_model.left_out(settings) if model else "--no-model"
        self._model: Running | None = None
        self._jobs = JobsProcess(settings)
        self._exit_code = 0

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        wanted = {name: served.port for name, served in SERVICES.items()}
        if self._without_model is None:
            wanted[local_model.NAME] = MODEL_PORT
        for name, port in wanted.items():
            if not ports.is_free(HOST, port):
                raise ConfigurationError(f"port {port} ({TITLES[name]}) is taken by {ports.holder_of(port)}")
        console.print("starting the database ...")
        run(self._keep_going())
        return self._exit_code

    async def _keep_going(self) -> None:
        # The database stays open here, so that it outlives a restart of any service.
        async with opened(self._settings, application_name="tandem-up") as database:
            await refuse_open_door(self._settings, database)
            await self._refresh_demo()
            try:
                self._start_model()
                for name, served in SERVICES.items():
                    self._services.append(
                        self._start(name, served.port, "serve", name, "--port", str(served.port))
                    )
                self._jobs.start()
                if self._wait_until_ready():
                    console.print()
                    _addresses(model=self._model is not None)
                    console.print(f"logs: {self._settings.home_path / 'logs'}    stop: Ctrl-C")
                    console.print("Tandem is ready.", style="bold green")
                    await self._watch()
            finally:
                self._stop_all()

    def _start_model(self) -> None:
        if self._without_model is not None:
            console.print(f"without the local model: {self._without_model}", highlight=False)
            return
        self._model = self._start(
            local_model.NAME,
            MODEL_PORT,
            local_model.NAME,
            "--port",
            str(MODEL_PORT),
            readiness=local_model.HEALTH,
        )

    def _start(self, name: str, port: int, *verb: str, readiness: str = "/readyz") -> Running:
        log = RotatingLog(self._settings.home_path / "logs" / f"{name}.log")
        command = [sys.executable, "-m", "tandem", *verb, "--host", HOST, "--parent", str(os.getpid())]
        process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"TANDEM_HOME": str(self._settings.home_path)},
        )  # fmt: skip
        assert process.stdout is not None  # noqa: S101 - it was asked for
        threading.Thread(target=log.follow, args=(process.stdout,), daemon=True, name=f"log {name}").start()
        return Running(name, port, process, log.path, readiness)

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        for service in [*([self._model] if self._model else []), *self._services]:
            while not _is_ready(service.port, service.readiness):
                if self._stop.wait(0.1):
                    return False
                if service.process.poll() is not None or time.monotonic() > deadline:
                    if service is self._model:
                        self._lose_model()
                        break
                    self._fail(service)
                    return False
        return True

    async def _watch(self) -> None:
        next_demo = time.monotonic() + DEMO_SECONDS
        while not self._stop.wait(0.2):
            if self._model is not None and self._model.process.poll() is not None:
                self._lose_model()
            if self._jobs.revive():
                console.print(
                    Text("Background jobs ended and were started again;", style="yellow"),
                    f"see {self._jobs.log}",
                )
            for service in self._services:
                if service.process.poll() is not None:
                    self._fail(service)
                    return
            if time.monotonic() > next_demo:
                await self._refresh_demo()
                next_demo = time.monotonic() + DEMO_SECONDS

    async def _refresh_demo(self) -> None:
        if not self._demo:
            return
        from tandem.pomodoro.services.demo_service import DemoService  # noqa: PLC0415 - loads NumPy

        async with opened(self._settings, application_name="tandem-up", check_schema=False) as database:
            await DemoService(database, clock_of(self._settings)).refresh()

    def _fail(self, service: Running) -> None:
        self._exit_code = 1
        console.print(
            Text(f"{TITLES[service.name]} did not stay up.", style="red"), f"The end of {service.log}:"
        )
        if service.log.is_file():
            lines = service.log.read_text(errors="replace").splitlines()[-15:]
            console.print("\n".join(lines), highlight=False)
        console.print("`tandem doctor` looks for the cause.")

    def _lose_model(self) -> None:
        """Go on without the model: everything else answers without it."""
        if self._model is not None:
            console.print(
                Text(f"{local_model.TITLE} did not stay up;", style="yellow"),
                f"the rest goes on. See {self._model.log}",
            )
            _end(self._model, 1)
            self._model = None

    def _stop_all(self) -> None:
        self._jobs.ask_to_stop()
        for service in self._services:
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self._settings.drain_delay + self._settings.drain_limit + 5
        for service in self._services:
            _end(service, deadline - time.monotonic())
        self._jobs.end(deadline - time.monotonic())
        # Last, so that answers may end while the services drain.
        if self._model is not None:
            self._model.process.send_signal(signal.SIGTERM)
            _end(self._model, 5)
        console.print("stopped")


def _end(service: Running, seconds: float) -> None:
    """Wait for the end of ``service``, and bring it about after ``seconds``."""
    try:
        service.process.wait(max(0.1, seconds))
    except subprocess.TimeoutExpired:
        os.killpg(service.process.pid, signal.SIGKILL)


def _only_one(settings: Settings) -> IO[str] | None:
    """Hold the lock of this home for as long as the process lives; None if another one does."""
    settings.home_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (settings.home_path / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _is_ready(port: int, path: str = "/readyz") -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _addresses(*, model: bool) -> None:
    for name, served in SERVICES.items():
        address = f"http://{HOST}:{served.port}"
        console.print(f"  {TITLES[name]:<12} {address}    API: {address}/docs")
    if model and _is_ready(MODEL_PORT, local_model.HEALTH):
        console.print(
            f"  {local_model.TITLE:<12} http://{HOST}:{MODEL_PORT}/v1    {MODEL_NAME}: small and weak"
        )
    for command in TRY:
        console.print(f"  try: {command}", highlight=False)
