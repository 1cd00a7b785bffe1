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


PORTS = """\
tcp      6 431999 ESTABLISHED src=192.0.2.9 dst=192.0.2.1 sport=40000 dport=8080 src=10.65.0.1 dst=192.0.2.9 sport=80 dport=40000 [ASSURED] mark=0 use=1
tcp      6 431999 ESTABLISHED src=192.0.2.8 dst=192.0.2.1 sport=40000 dport=8080 src=10.65.0.1 dst=192.0.2.8 sport=80 dport=40000 [ASSURED] mark=0 use=1
tcp      6 431999 ESTABLISHED src=192.0.2.9 dst=10.65.0.1 sport=40001 dport=80 src=10.65.0.1 dst=192.0.2.9 sport=80 dport=40001 [ASSURED] mark=0 use=1
udp      17 29 src=192.0.2.9 dst=192.0.2.1 sport=5 dport=53 [UNREPLIED] src=192.0.2.1 dst=192.0.2.9 sport=53 dport=5 mark=0 use=1
udp      17 29 src=10.65.0.2 dst=8.8.8.8 sport=5 dport=53 [UNREPLIED] src=8.8.8.8 dst=10.65.0.2 sport=53 dport=5 mark=0 use=1
udp      17 29 src=2001:db8::9 dst=2001:db8::1 sport=5 dport=53 src=2001:db8::1 dst=2001:db8::9 sport=53 dport=5 mark=0 use=1
tcp      6 99 SYN_SENT src=192.0.2.9 dst=192.0.2.1 sport=5 dport=53 [UNREPLIED] src=192.0.2.1 dst=192.0.2.9 sport=53 dport=5 mark=0 use=1
icmp     1 29 src=192.0.2.9 dst=192.0.2.1 type=8 code=0 id=3 src=192.0.2.1 dst=192.0.2.9 type=0 code=0 id=3 mark=0 use=1
"""  # noqa: E501 - the program's own lines
LOCAL = frozenset({"192.0.2.1", "2001:db8::1"})


def questions(gone: conntrack.Forward | None = None, new: conntrack.Forward | None = None) -> list[str]:
    calls: list[str] = []
    gone_ones, new_ones = (frozenset(one for one in (given,) if one is not None) for given in (gone, new))
    conntrack.forget_ports(
        conntrack.Ports(gone_ones, new_ones, LOCAL),
        output=lambda *_command: PORTS,
        succeeds=lambda *command: calls.append(" ".join(command[3:])) is None,
    )
    return calls


def test_connections_by_a_way_that_is_gone_are_deleted_and_no_others() -> None:
    asked = "ipv4 -p 6 --orig-port-dst 8080 --reply-src 10.65.0.1 --reply-port-src 80"
    assert questions(gone=conntrack.Forward(6, 8080, "10.65.0.1", 80)) == [asked]
    assert questions(gone=conntrack.Forward(6, 8080, "10.65.0.2", 80)) == []
    assert questions(gone=conntrack.Forward(17, 8080, "10.65.0.1", 80)) == []


def test_datagrams_that_still_come_to_the_host_are_led_elsewhere() -> None:
    asked = "ipv4 -p 17 --orig-port-dst 53 --orig-dst 192.0.2.1 --reply-src 192.0.2.1"
    assert questions(new=conntrack.Forward(17, 53, "10.65.0.1", 53)) == [asked]
    six = "ipv6 -p 17 --orig-port-dst 53 --orig-dst 2001:db8::1 --reply-src 2001:db8::1"
    assert questions(new=conntrack.Forward(17, 53, "fd65::1", 53)) == [six]
    assert questions(new=conntrack.Forward(6, 53, "10.65.0.1", 53)) == []
