"""What is measured: servers in processes of their own, each on one core, with their memory and CPU to look at."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import psutil

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0
_OPEN = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far, of everything and of the processes that are not a database."""

    all: float
    service: float


class Subject:
    """A running server; its children belong to it."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes], home: Path) -> None:
        self.name, self.port, self.process, self._home = name, port, process, home

    def family(self) -> list[psutil.Process]:
        """All processes that live for this server, a detached database included."""
        found: dict[int, psutil.Process] = {}
        if self.process.poll() is None:
            own = psutil.Process(self.process.pid)
            found = {one.pid: one for one in (own, *own.children(recursive=True))}
        for process in psutil.process_iter(["cmdline"]):
            if str(self._home) in " ".join(process.info["cmdline"] or ()):
                found.update({one.pid: one for one in (process, *process.children(recursive=True))})
        return list(found.values())

    def memory(self) -> float:
        """MB held by the service's processes alone (unique set size), without its database."""
        total = 0
        for process in self.family():
            try:
                if not _is_database(process):
                    total += process.memory_full_info().uss
            except psutil.Error:
                continue
        return total / 1e6

    def spent(self) -> Spent:
        """CPU seconds since the start."""
        times = {True: 0.0, False: 0.0}
        for process in self.family():
            try:
                used = process.cpu_times()
                times[_is_database(process)] += used.user + used.system
            except psutil.Error:
                continue
        return Spent(times[True] + times[False], times[False])

    def end(self) -> None:
        """Stop it and wait."""
        family = self.family()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=15)
        for process in alive:
            process.kill()


def _is_database(process: psutil.Process) -> bool:
    return "postgres" in process.name()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(  # noqa: PLR0913 - how one server is started
    name: str,
    command: list[str],
    *,
    port: int,
    probe: str,
    core: int | None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Subject]:
    """Start ``command`` on one ``core``, wait until ``probe`` answers 200, and end it with the block."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as directory:
        home = Path(directory)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TANDEM_")}
        environment = kept | {"TANDEM_HOME": str(home)} | dict(settings or {})
        with (home / "output").open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, cwd=home, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509
            )  # fmt: skip
        subject = Subject(name, port, process, home)
        try:
            _wait(subject, probe, home / "output")
            yield subject
        finally:
            subject.end()


def _wait(subject: Subject, probe: str, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            request = Request(
                f"http://127.0.0.1:{subject.port}{probe}", headers={"Authorization": "Bearer sk-bench"}
            )
            with _OPEN.open(request, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            pass
        if subject.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(
                f"{subject.name} does not start:\n{output.read_text(errors='replace')[-4000:]}"
            )
        time.sleep(0.2)


def upstream(core: int | None, tokens: int = 20):
    """The OpenAI-compatible server behind all subjects; answers have ``tokens`` unless a request asks for less."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tandem.bench.upstreams.llm",
        "--port",
        str(port),
        "--tokens",
        str(tokens),
    ]
    return running("upstream", command, port=port, probe="/v1/models", core=core)


def tandem(
    upstream_port: int, core: int | None, *, models: Sequence[str] = ("gpt-4o-mini",), server: str = "granian"
):
    """`tandem serve tokimeki`, one worker, with its embedded PostgreSQL on the same core."""
    port = free_port()
    command = [sys.executable, "-m", "tandem", "serve", "tokimeki", "--port", str(port), "--workers", "1"]
    settings = {
        "TANDEM_OPENAI_URL": f"http://127.0.0.1:{upstream_port}/v1", "OPENAI_API_KEY": "sk-bench",
        "TANDEM_OPENAI_MODELS": ",".join(models), "TANDEM_LOCAL_ENABLED": "false", "TANDEM_AUTH": "off",
    }  # fmt: skip
    return running(
        "tandem", [*command, "--server", server], port=port, probe="/readyz", core=core, settings=settings
    )


def passthrough(upstream_port: int, core: int | None):
    """The bare relay."""
    port = free_port()
    command = [
        sys.executable, str(ROOT / "bench" / "baselines" / "passthrough.py"), "--port", str(port),
        "--upstream", f"http://127.0.0.1:{upstream_port}",
    ]  # fmt: skip
    return running("passthrough", command, port=port, probe="/livez", core=core)


@contextmanager
def litellm(python: str, upstream_port: int, core: int | None, names: Mapping[str, str]) -> Iterator[Subject]:
    """LiteLLM's proxy, one worker, without its database, cache, keys and telemetry.

    ``names`` maps each name that callers use to the upstream's.
    """
    port = free_port()
    models = "".join(
        f'  - model_name: "{name}"\n    litellm_params:\n      model: "openai/{model}"\n'
        f'      api_base: "http://127.0.0.1:{upstream_port}/v1"\n      api_key: "sk-bench"\n'
        for name, model in names.items()
    )
    config = (
        f"model_list:\n{models}litellm_settings:\n  num_retries: 0\n  telemetry: false\n"
        "router_settings:\n  num_retries: 0\ngeneral_settings: {}\n"
    )
    with tempfile.TemporaryDirectory(prefix="bench-config-") as directory:
        path = Path(directory) / "config.yaml"
        path.write_text(config)
        command = [
            str(Path(python).parent / "litellm"), "--config", str(path), "--host", "127.0.0.1", "--port", str(port),
            "--num_workers", "1", "--telemetry", "False",
        ]  # fmt: skip
        settings = {
            "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False",
            "LITELLM_MODE": "PRODUCTION", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true", "NO_PROXY": "127.0.0.1", "HF_HUB_OFFLINE": "1",
        }  # fmt: skip
        with running(
            "litellm", command, port=port, probe="/health/liveliness", core=core, settings=settings
        ) as one:
            yield one
