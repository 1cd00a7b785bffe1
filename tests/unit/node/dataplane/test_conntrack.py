"""Which connections are deleted: those in which an address occurs, on each side where it does."""

import pytest

from calico_node.dataplane import conntrack

LISTING = """\
tcp      6 431999 ESTABLISHED src=10.65.0.1 dst=10.65.0.2 sport=5 dport=6 src=10.65.0.2 dst=10.65.0.1 sport=6 dport=5 [ASSURED] mark=0 use=1
udp      17 99 src=10.65.0.3 dst=192.0.2.1 sport=5 dport=6 [UNREPLIED] src=10.65.0.4 dst=192.0.2.9 sport=6 dport=5 mark=65536 use=1
icmpv6   58 29 src=fd65::1 dst=fd65::2 type=128 code=0 id=3 src=fd65::2 dst=fd65::1 type=129 code=0 id=3 mark=0 use=1
unknown  99 29 src=::ffff:1.2.3.4 dst=fd65::2 src=fd65::2 dst=::ffff:1.2.3.4 mark=0 use=1
"""  # noqa: E501 - the program's own lines


def deleted(*addresses: str, listing: str = LISTING) -> list[str]:
    """The sides that are deleted, with family and address."""
    calls: list[str] = []
    conntrack.forget(
        addresses,
        output=lambda *command: listing if command == ("conntrack", "-L") else "",
        succeeds=lambda *command: calls.append(" ".join(command[3:])) is None,
    )
    return calls


@pytest.mark.parametrize(
    ("address", "calls"),
    [
        pytest.param("10.65.0.1", ["ipv4 --orig-src 10.65.0.1"], id="sender"),
        pytest.param("10.65.0.2", ["ipv4 --orig-dst 10.65.0.2", "ipv4 --reply-src 10.65.0.2"], id="receiver"),
        pytest.param("10.65.0.4", ["ipv4 --reply-src 10.65.0.4"], id="behind a translated destination"),
        pytest.param("fd65::1", ["ipv6 --orig-src fd65::1"], id="IPv6"),
        pytest.param("::ffff:102:304", ["ipv6 --orig-src ::ffff:1.2.3.4"], id="spelled another way"),
        pytest.param("10.65.0.9", [], id="in none"),
        pytest.param("192.0.2.9", [], id="the host itself, as who is answered"),
    ],
)
def test_an_address_is_looked_for_on_each_side(address: str, calls: list[str]) -> None:
    assert deleted(address) == calls


def test_the_table_is_listed_once_for_all() -> None:
    assert deleted("10.65.0.1", "fd65::1", "10.65.0.4") == [
        "ipv4 --orig-src 10.65.0.1",
        "ipv6 --orig-src fd65::1",
        "ipv4 --reply-src 10.65.0.4",
    ]


def test_without_connections_there_is_nothing_to_delete() -> None:
    assert deleted("10.65.0.1", listing="") == []
