"""A greeting in PostgreSQL's own protocol, cheap enough to be exchanged before every use.

The socket alone says little: a server that replays its log after a crash listens already and refuses sessions.
"""

import socket
import struct
from pathlib import Path

from tandem.core.database.embedded_socket import SOCKET

_PROTOCOL_3 = 3 << 16
_TERMINATE = b"X\x00\x00\x00\x04"
_CANNOT_CONNECT_NOW = b"C57P03\0"  # the field of an error that carries its SQLSTATE


def takes_sessions(socket_dir: str | None, role: str = "postgres", timeout: float = 2.0) -> bool:
    """Tell whether the server whose socket lies in ``socket_dir`` would let ``role`` begin a session now.

    Any other refusal than that of a server starting or stopping counts as yes: the client shall see it.
    ``timeout`` is in seconds. Source: PostgreSQL's documentation, "Message Formats".
    """
    if socket_dir is None:
        return False
    words = b"\0".join((b"user", role.encode(), b"database", b"postgres", b"", b""))
    message = struct.pack("!ii", len(words) + 8, _PROTOCOL_3) + words
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout)
        try:
            client.connect(str(Path(socket_dir, SOCKET)))
            client.sendall(message)
            answer = client.recv(1024)
            if answer[:1] == b"R":
                client.sendall(_TERMINATE)
        except OSError:
            return False
    return bool(answer) and not (answer[:1] == b"E" and _CANNOT_CONNECT_NOW in answer)
