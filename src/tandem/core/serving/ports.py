"""Whether a port is free, and who holds it when it is not."""

import errno
import socket
from dataclasses import dataclass
from pathlib import Path

from tandem.core.errors import ConfigurationError

_LISTEN = "0A"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that listens on a port; ``pid`` is None where the system does not tell."""

    pid: int | None
    command: str

    def __str__(self) -> str:
        """Name the process for people."""
        return f"process {self.pid} ({self.command})" if self.pid else self.command


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on ``host:port`` right now."""
    return _obstacle(host, port) is None


def require_free(host: str, port: int) -> None:
    """Raise ConfigurationError with the cause and the remedy where a server could not listen on ``host:port``."""
    obstacle = _obstacle(host, port)
    if obstacle is None:
        return
    if obstacle.errno == errno.EADDRINUSE:
        raise ConfigurationError(
            f"port {port} is taken by {holder_of(port)}; stop it or choose another with --port"
        )
    if obstacle.errno == errno.EACCES:
        raise ConfigurationError(
            f"this user may not listen on port {port}; choose one from 1024 on with --port"
        )
    raise ConfigurationError(
        f"nobody can listen on {host}: {obstacle.strerror}; --host takes an address of this machine, such as 127.0.0.1"
    )


def _obstacle(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def holder_of(port: int) -> Holder:
    """Return who listens on ``port``, as far as this user may see it (Linux; elsewhere unknown)."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            for descriptor in (process / "fd").iterdir():
                if str(descriptor.readlink()) in inodes:
                    return Holder(int(process.name), _command(process))
        except OSError:
            continue
    return Holder(None, "another process")


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    # Our own servers are told their plan as JSON, which tells people nothing.
    return " ".join(word for word in words if word and not word.startswith("{"))[:120]
