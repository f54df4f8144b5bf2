"""Who may log in: the operating system's user who started the server, proven by the kernel (peer).

The directory of the socket is closed to others already; peer closes the second door, for as root the server
shares the user `nobody` with programs that are not ours.
"""

from pathlib import Path

HBA = "pg_hba.conf"
IDENT = "pg_ident.conf"


def write_access_rules(area: Path, client_name: str) -> None:
    """Write both files into ``area``; the client called ``client_name`` may take any role. Raises OSError."""
    quoted = '"' + client_name.replace('"', "") + '"'
    _write(area / HBA, "local all all peer map=tandem\n")
    _write(area / IDENT, f"tandem {quoted} all\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # Read by the server, which may be another user; nothing in it is secret.
    path.chmod(0o644)
