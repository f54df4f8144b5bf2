"""What is to be served, where and how; passed from the parent to the child."""

from dataclasses import dataclass
from typing import Literal

ServerName = Literal["granian", "uvicorn"]


@dataclass(frozen=True, slots=True)
class Plan:
    """``stop_seconds`` bounds how long the server waits for open requests once it is told to stop.

    ``home`` is TANDEM_HOME, ``drain_delay`` and ``drain_limit`` are the settings of that name (s). ``owner`` is the process
    whose end also ends the parent, 0 for none; ``parent`` the one whose end also ends the server; ``run_dir`` where the flag
    for draining lies. ``batches`` is the setting ``scheduling``: whether threads wait for their turn. ``shared`` is a module
    that several workers have in common, with all that it imports; importing it starts and opens nothing.
    """

    service: str
    target: str
    host: str
    port: int
    workers: int
    server: ServerName
    stop_seconds: int
    home: str
    drain_delay: float
    drain_limit: float
    owner: int = 0
    parent: int = 0
    run_dir: str = ""
    batches: bool = True
    shared: str = ""
