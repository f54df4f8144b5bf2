"""Whose word is believed about where a request comes from."""

import pytest

from tandem.core.limits.address import ClientAddresses

PROXY = ("10.0.0.1", 5000)


def named(trusted: tuple[str, ...], peer: str | None, *told: str) -> str:
    headers = [(b"x-forwarded-for", one.encode()) for one in told]
    return ClientAddresses(trusted).of((peer, 1) if peer is not None else None, headers)[0]


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "client"),
    [
        ((), "203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        # The left-most is whatever the client wrote.
        (("10.0.0.0/8",), "10.0.0.1", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("1.1.1.1, 198.51.100.1, 10.0.0.7",), "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("nonsense",), "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("1.1.1.1, nonsense, 10.0.0.7",), "10.0.0.7"),
        (("10.0.0.0/8",), "10.0.0.1", ("",), "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", (), "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", ("10.0.0.9",), "10.0.0.9"),
        (("unix",), None, ("198.51.100.1",), "198.51.100.1"),
        ((), None, ("198.51.100.1",), "unknown"),
        (("::1",), "::1", ("2001:db8:1:2:3:4:5:6",), "2001:db8:1:2::/64"),
        ((), "2001:db8:1:2:aaaa::1", (), "2001:db8:1:2::/64"),
        ((), "::ffff:203.0.113.9", (), "203.0.113.9"),
        (("127.0.0.1",), "127.0.0.1", ("[2001:db8::1]:99",), "2001:db8::/64"),
    ],
)
def test_the_right_most_hop_that_is_not_trusted(trusted, peer, told, client) -> None:
    """What proxies of ours saw counts, and nothing that stands left of it."""
    assert named(trusted, peer, *told) == client


def test_this_machine_is_told_apart() -> None:
    """By the client's address, not by that of a trusted proxy on this machine."""
    addresses = ClientAddresses(("127.0.0.1",))
    assert addresses.of(("127.0.0.1", 1), [])[1]
    assert not addresses.of(("127.0.0.1", 1), [(b"x-forwarded-for", b"198.51.100.1")])[1]
    assert ClientAddresses().of(("::1", 1), [])[1]


def test_what_is_remembered_is_bounded() -> None:
    """A stranger who writes other headers with every request fills nothing."""
    addresses = ClientAddresses(("10.0.0.0/8",))
    for number in range(9_000):
        addresses.of(PROXY, [(b"x-forwarded-for", b"%d, 198.51.100.1" % number)])
    assert len(addresses._known) <= 8_192
