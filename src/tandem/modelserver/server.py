"""Runs the engine's own HTTP server in this process until a signal comes."""

import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from tandem.core.errors import ConfigurationError
from tandem.core.observability import logger
from tandem.core.serving import ports
from tandem.modelserver.parts import MODEL_NAME, required_weights

SLOT_CONTEXT: Final = 2048
"""Tokens of one slot, question and answer together. All slots' memory is taken at the start: 22.5 KiB a token."""

MOST_THREADS: Final = 4
"""More do not make so small a model faster."""

CALLER_SECONDS: Final = 60
"""A caller that neither sends nor reads for so long loses its connection, and with it the slot."""

_ERRORS_ONLY: Final = 1
_log = logger.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """Where to listen, and how much of the machine may be used: ``threads`` 1-64, ``slots`` 1-16."""

    host: str
    port: int
    threads: int
    slots: int


def default_threads() -> int:
    """Return all cores but one, at most :data:`MOST_THREADS`.

    The threads of a step wait for each other. With one on every core, a single busy neighbour makes all of them
    wait and generation becomes several times slower than on one thread alone.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores - 1))


def serve(plan: ModelPlan) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process with 0.

    Raises ConfigurationError if a part is not installed, the port is taken, or the engine does not start.
    """
    path = required_weights()
    ports.require_free(plan.host, plan.port)
    # The engine loads without a look at Python: until it is up, a signal ends the process outright.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    engine = _started(plan, path)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _log.event(
        "MODEL_SERVER_READY", "%s answers at %s/v1", MODEL_NAME, engine.listening_address,
        context={"threads": plan.threads, "slots": plan.slots, "slot_context": SLOT_CONTEXT},
    )  # fmt: skip
    stop.wait()
    _log.event("MODEL_SERVER_STOPPED", "stopped by a signal")
    logger.close()
    # The engine's own way down waits for every open answer, up to half a minute; there is nothing to save.
    os._exit(0)


def _started(plan: ModelPlan, path: Path) -> Any:
    """Return the engine's server, which listens and answers from threads of its own."""
    import xllamacpp  # noqa: PLC0415 - only this process may load it

    try:
        return xllamacpp.Server(_parameters(xllamacpp.CommonParams(), plan, path))
    except RuntimeError as error:
        raise ConfigurationError(f"the engine did not start with {path}; its last lines say why") from error


def _parameters(parameters: Any, plan: ModelPlan, path: Path) -> Any:
    parameters.model.path = str(path)
    parameters.model_alias = {MODEL_NAME}
    parameters.hostnames, parameters.port = [plan.host], plan.port
    parameters.n_parallel, parameters.n_ctx = plan.slots, plan.slots * SLOT_CONTEXT
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads = plan.threads
        cpu.poll = 0  # threads that wait shall sleep: the services run on the same cores
    # Every open answer holds one of these; some stay free for /health while callers queue for a slot.
    parameters.n_threads_http = 4 * plan.slots + 8
    parameters.timeout_read = parameters.timeout_write = CALLER_SECONDS
    parameters.cache_ram_mib = 0  # by default gigabytes of old prompts
    parameters.fit_params = False  # fitting to a graphics card's memory costs seconds
    # No page of a browser may ask, look or change anything here.
    parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
    parameters.cors_origins, parameters.cors_origins_explicit, parameters.cors_credentials = "", True, False
    parameters.endpoint_metrics = True
    parameters.verbosity = _ERRORS_ONLY  # its errors name sizes and files, never a message's text
    return parameters
