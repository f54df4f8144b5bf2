"""What `tandem doctor` says about the embedded PostgreSQL; looking starts and changes nothing."""

from dataclasses import dataclass
from pathlib import Path

from tandem.core.database.embedded_layout import Layout, explained
from tandem.core.database.embedded_locks import holders
from tandem.core.database.embedded_start import supervisor_lives
from tandem.core.database.embedded_state import read_state


@dataclass(frozen=True)
class EmbeddedStatus:
    """A look at the server of one home.

    ``phase`` is ``absent`` (no data yet), ``stopped``, ``starting``, ``ready``, ``stopping`` or ``failed``;
    ``major`` is what the data directory says (None without data); ``users`` are the ids of the processes that
    keep the server alive, None where the system does not tell.
    """

    phase: str
    data_dir: Path
    major: str | None = None
    server_pid: int | None = None
    supervisor_pid: int | None = None
    socket_dir: Path | None = None
    users: tuple[int, ...] | None = None
    identity: str = ""
    error: str = ""

    @property
    def running(self) -> bool:
        """Whether the server takes connections, by its supervisor's word."""
        return self.phase == "ready"


def status(home: Path) -> EmbeddedStatus:
    """Return the state of the server kept in ``home``; raises EmbeddedDatabaseError if it may not be read."""
    layout = Layout.of(home)
    major = _major(layout)
    users = holders(layout.users_lock)
    state = read_state(layout.state)
    if not supervisor_lives(layout):
        failed = state is not None and state.phase == "failed"
        phase = "failed" if failed else "absent" if major is None else "stopped"
        error = state.error if state is not None and failed else ""
        return EmbeddedStatus(phase, layout.data, major, users=users, error=error)
    if state is None:
        return EmbeddedStatus("starting", layout.data, major, users=users)
    return EmbeddedStatus(
        state.phase,
        layout.data,
        major,
        state.server_pid,
        state.supervisor_pid,
        Path(state.socket_dir) if state.socket_dir else None,
        users,
        state.identity,
    )


def _major(layout: Layout) -> str | None:
    with explained(layout.area):
        try:
            return (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
