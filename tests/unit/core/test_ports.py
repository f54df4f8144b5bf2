"""Whether one can listen somewhere, and what is said where one cannot."""

import re
import socket

import pytest

from tandem.core.errors import ConfigurationError
from tandem.core.serving import ports


def test_a_taken_port_names_its_holder_and_the_remedy() -> None:
    """Free before and afterwards; meanwhile the error tells the process, without what it was told as JSON."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        assert not ports.is_free("127.0.0.1", port)
        with pytest.raises(ConfigurationError, match=rf"port {port} is taken by .*--port") as refused:
            ports.require_free("127.0.0.1", port)
        assert "{" not in refused.value.message
    ports.require_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid"])
def test_an_address_of_elsewhere_is_no_taken_port(host: str) -> None:
    """The error is about --host."""
    with pytest.raises(ConfigurationError, match=rf"nobody can listen on {re.escape(host)}: .*--host"):
        ports.require_free(host, 5003)
