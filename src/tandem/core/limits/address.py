"""Where a request comes from, told by nobody who is not trusted.

Each trusted proxy appends the address that it saw to ``X-Forwarded-For``. So the list is read from the right: the first
address that is not a trusted proxy is the client. What stands further left was written by the client, who may write anything.
"""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

REMEMBERED: Final = 8_192
"""Pairs of peer and header whose client is remembered."""

UNKNOWN: Final = "unknown"
"""A peer without an address: a Unix socket."""

Address = IPv4Address | IPv6Address


class ClientAddresses:
    """Tells clients apart; those of IPv6 by their network of 64 bits, which is one subscriber's."""

    def __init__(self, trusted: Collection[str] = ()) -> None:
        """Trust these proxies: addresses, networks, or ``unix`` for a peer without address; raises ValueError."""
        self._unix = "unix" in trusted
        self._networks = [ip_network(one, strict=False) for one in trusted if one != "unix"]
        self._known: dict[tuple[str, bytes], tuple[str, bool]] = {}

    @property
    def trusts_anybody(self) -> bool:
        """Whether the header is looked at at all."""
        return self._unix or bool(self._networks)

    def of(self, client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bool]:
        """Return the client's name for counting, and whether it is this machine itself."""
        peer = client[0] if client else ""
        told = b""
        if self.trusts_anybody:
            told = b",".join([value for name, value in headers if name == b"x-forwarded-for"])
        found = self._known.get((peer, told))
        if found is None:
            found = _named(self._client(peer, told))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if len(told) <= 1_000:
                self._known[peer, told] = found
        return found

    def _client(self, peer: str, told: bytes) -> Address | None:
        here = _parsed(peer)
        if not (self._unix if not peer else here is not None and self._trusts(here)):
            return here
        for part in reversed(told.decode("latin-1").split(",")):
            hop = _parsed(part)
            if hop is None:
                # Nothing further left can be believed; the last one known is a proxy of ours.
                return here
            here = hop
            if not self._trusts(hop):
                return hop
        return here

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)


def _parsed(text: str) -> Address | None:
    """Read ``1.2.3.4``, ``1.2.3.4:567``, ``::1`` or ``[::1]:567``."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _named(address: Address | None) -> tuple[str, bool]:
    if address is None:
        return UNKNOWN, False
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return f"{ip_network((address, 64), strict=False).network_address}/64", False
    return str(address), address.is_loopback
