"""Published ports with real packets: who reaches them, from where it seems to come, what policy sees."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import profiles, snapshot_builder, verdict
from tests.states import records

from . import traffic
from .crossroads import Net
from .inside import inside
from .traffic import Place

VERSIONS = pytest.mark.parametrize("version", [4, 6])
ALLOW = [{"action": "Allow"}]
OPEN = records.policy("open", selector="all()", ingress=ALLOW, egress=ALLOW)
UPLINK = records.host_endpoint("uplink", interfaceName="eth0", labels={"role": "host"})
NODE = records.raw("Node", "host1", {"bgp": {"ipv4Address": "192.0.2.1/24", "ipv6Address": "2001:db8::1/64"}})
TO_LOOPBACK = "to a loopback address of the host"


@pytest.fixture(scope="module")
def two(net: Net) -> Place:
    return net.host.container(2)


def port(inner: int, outer: int, protocol: str = "TCP", **more: Any) -> Mapping[str, Any]:
    return {"name": "published", "protocol": protocol, "port": inner, "hostPort": outer, **more}


def publishing(*ports: Mapping[str, Any]) -> tuple[records.Change, ...]:
    """Containers 1, which publishes, and 2."""
    return (NODE, records.network("frontend"), records.endpoint(1, ports=ports), records.endpoint(2))


def to(number: int, action: str = "Allow", protocol: str = "TCP") -> dict[str, Any]:
    return {"action": action, "protocol": protocol, "destination": {"ports": [number]}}


def asks(source: Place, address: str, number: int, target: Place, at: int = 80) -> str | None:
    """From which address a TCP client at ``source`` seems to come to ``target``; None if it gets no answer."""
    with traffic.listening(target, at) as listeners:
        client = traffic.connect(source.space, address, number)
        if client is None:
            return None
        with client, listeners[0 if ":" not in address else 1].accept()[0] as server:
            server.sendall(b"answer")
            assert client.recv(64) == b"answer"
            return str(server.getpeername()[0])


def reached(net: Net, number: int = 8080, at: int = 80) -> bool:
    """Whether outside reaches container 1 by a port of the host; the same in both IP versions."""
    four, six = (asks(net.outside, address, number, net.one, at) for address in net.itself.addresses.values())
    assert (four is None) == (six is None)
    return four is not None


@VERSIONS
def test_from_outside_with_its_own_address(net: Net, version: int) -> None:
    net.host.apply((*publishing(port(80, 8080)), OPEN))
    itself = net.itself.addresses[version]
    assert asks(net.outside, itself, 8080, net.one) == net.outside.addresses[version]
    assert asks(net.inner, itself, 8080, net.one) == net.inner.addresses[version]
    assert asks(net.outside, itself, 8081, net.one) is None


@VERSIONS
def test_from_the_host_to_its_own_addresses(net: Net, version: int) -> None:
    net.host.apply(publishing(port(80, 8080)))
    itself = net.itself.addresses[version]
    assert asks(net.itself, itself, 8080, net.one) == itself


def test_from_the_host_by_way_of_loopback(net: Net) -> None:
    """In IPv6 the kernel has no way for it: refused at once, so that who tries both has the other."""
    net.host.apply(publishing(port(80, 8080)))
    assert asks(net.itself, "127.0.0.1", 8080, net.one) in ("192.0.2.1", "198.51.100.1")
    with inside(net.host.space), socket.socket(socket.AF_INET6) as client, pytest.raises(ConnectionRefusedError):
        client.connect(("::1", 8080))


@VERSIONS
def test_from_a_container_of_the_host(net: Net, two: Place, version: int) -> None:
    net.host.apply(publishing(port(80, 8080)))
    assert asks(two, net.itself.addresses[version], 8080, net.one) == two.addresses[version]


@VERSIONS
def test_from_the_container_itself_by_way_of_the_host(net: Net, version: int) -> None:
    """With an address of the host, as its answer to itself would not come back this way."""
    net.host.apply(publishing(port(80, 8080)))
    seen = asks(net.one, net.itself.addresses[version], 8080, net.one)
    assert seen in {4: ("192.0.2.1", "198.51.100.1"), 6: ("2001:db8::1", "2001:db8:1::1")}[version]


@VERSIONS
def test_datagrams(net: Net, two: Place, version: int) -> None:
    net.host.apply((*publishing(port(5353, 53, "UDP")), OPEN))
    itself = net.itself.addresses[version]
    for source in (net.outside, two, net.itself):
        with traffic.receiving(net.one, version, 5353) as receiver, datagrams(source, itself) as client:
            client.sendto(b"question", (itself, 53))
            question, sender = receiver.recvfrom(64)
            assert question == b"question"
            receiver.sendto(b"answer", sender)
            assert client.recv(64) == b"answer"


@contextlib.contextmanager
def datagrams(source: Place, address: str) -> Iterator[socket.socket]:
    """A UDP client at a place."""
    with inside(source.space):
        client = traffic.udp(address)
    with client:
        yield client


@VERSIONS
def test_sctp(net: Net, version: int) -> None:
    net.host.apply((*publishing(port(7, 7000, "SCTP")), OPEN))
    assert accepts(net, version, net.itself.addresses[version], 7000)


def accepts(net: Net, version: int, address: str, number: int) -> bool:
    """Whether an association from outside is let to the address that container 1 has; the container answers INIT."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    chunk = bytes.fromhex("0100001400000001000010000001000100000001")
    header = (40000).to_bytes(2, "big") + number.to_bytes(2, "big") + bytes(4)
    packet = bytearray(header + bytes(4) + chunk)
    packet[8:12] = crc32c(bytes(packet)).to_bytes(4, "little")
    with inside(net.one.space):
        receiver = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_SCTP)
    receiver.settimeout(traffic.PATIENCE)
    with receiver, inside(net.outside.space), socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_SCTP) as sender:
        sender.sendto(bytes(packet), (address, 0))
        with contextlib.suppress(TimeoutError):
            received = receiver.recv(256)
            arrived = received[20:] if version == 4 else received
            return int.from_bytes(arrived[2:4], "big") == 7
    return False


def crc32c(content: bytes) -> int:
    """SCTP's checksum."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _bit in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_at_one_address_of_the_host_only(net: Net) -> None:
    at = (
        port(80, 8080, hostIP="192.0.2.1"),
        port(81, 8080, hostIP="198.51.100.1"),
        port(82, 8080, hostIP="2001:db8::1"),
    )
    net.host.apply((*publishing(*at, port(83, 8081, hostIP="0.0.0.0"), port(84, 8081, hostIP="::")), OPEN))
    assert asks(net.outside, "192.0.2.1", 8080, net.one, 80)
    assert asks(net.outside, "198.51.100.1", 8080, net.one, 81)
    assert asks(net.outside, "2001:db8::1", 8080, net.one, 82)
    assert asks(net.outside, "2001:db8:1::1", 8080, net.one, 82) is None
    assert asks(net.itself, "127.0.0.1", 8080, net.one, 80) is None
    assert asks(net.outside, "192.0.2.1", 8081, net.one, 83)
    assert asks(net.outside, "2001:db8::1", 8081, net.one, 84)


def test_at_one_address_goes_before_at_all(net: Net) -> None:
    net.host.apply((*publishing(port(80, 8080), port(81, 8080, hostIP="192.0.2.1")), OPEN))
    assert asks(net.outside, "192.0.2.1", 8080, net.one, 81)
    assert asks(net.outside, "198.51.100.1", 8080, net.one, 80)


def test_what_is_published_for_loopback_nobody_else_reaches(net: Net, two: Place) -> None:
    net.host.apply((*publishing(port(80, 8080, hostIP="127.0.0.1")), OPEN))
    assert asks(net.itself, "127.0.0.1", 8080, net.one)
    assert asks(net.outside, "192.0.2.1", 8080, net.one) is None
    net.host.space.run("sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1")
    with aside(net.outside, "192.0.2.1"), aside(two, "169.254.1.1"):
        assert asks(net.outside, "127.0.0.1", 8080, net.one) is None
        assert asks(two, "127.0.0.1", 8080, net.one) is None


def test_a_container_does_not_reach_loopback_of_the_host(net: Net) -> None:
    """To publish, the kernel is told to take packets with such addresses from its interface: our table drops them."""
    net.host.apply((*publishing(port(80, 8080)), OPEN, records.felix(defaultEndpointToHostAction="Return")))
    loopback = Place(net.host.space, {4: "127.0.0.1"})
    with aside(net.one, "169.254.1.1"):
        assert asks(net.one, "192.0.2.1", 81, net.itself, 81)
        assert asks(net.one, "127.0.0.1", 81, loopback, 81) is None
    dropped = next(rule for rule in net.host.space.run("nft", "list", "ruleset").splitlines() if TO_LOOPBACK in rule)
    assert "packets 0" not in dropped


@contextlib.contextmanager
def aside(place: Place, gateway: str) -> Iterator[None]:
    """Let a place send to 127.0.0.1 by its gateway instead of to itself, as an attacker could."""
    place.space.run("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
    for words in ("add pref 100 lookup local", "add pref 50 to 127.0.0.1 lookup 50", "del pref 0"):
        place.space.ip(f"rule {words}")
    place.space.ip(f"route add default via {gateway} dev eth0 table 50")
    yield
    for words in ("add pref 0 lookup local", "del pref 50", "del pref 100"):
        place.space.ip(f"rule {words}")
    place.space.ip("route flush table 50")


def decided(net: Net, *changes: records.Change, source: Place | None = None) -> bool:
    """Whether port 8080 of the host is reached, by outside if nobody else is named: kernel and verdict say the same."""
    client = source or net.outside
    net.host.apply(changes)
    oracle = verdict.Oracle(snapshot_builder.build(changes, 1))
    answers = set()
    for version, address in net.itself.addresses.items():
        ends = (ipaddress.ip_address(one) for one in (client.addresses[version], address))
        answers.add(oracle.between(verdict.Packet(6, *ends, 49152, 8080)).allowed)
        answers.add(asks(client, address, 8080, net.one) is not None)
    (answer,) = answers
    return answer


def test_policy_decides_by_where_it_leads(net: Net, two: Place) -> None:
    containers = publishing(port(80, 8080))
    assert not decided(net, *containers)  # the network's profile
    assert not decided(net, *containers, records.policy("in", selector="all()", ingress=[to(8080)]))
    outside = {"source": {"nets": ["192.0.2.9/32"]}}, {"source": {"nets": ["2001:db8::9/128"]}}
    assert decided(net, *containers, records.policy("in", selector="all()", ingress=[to(80) | one for one in outside]))
    # The sender's, too, on the same host.
    out = {"selector": "all()", "types": ["Egress"]}
    assert decided(net, *containers, source=two)
    assert not decided(net, *containers, records.policy("out", egress=[to(80, "Deny"), *ALLOW], **out), source=two)
    assert decided(net, *containers, records.policy("out", egress=[to(80)], **out), source=two)
    assert decided(net, *containers, source=net.one)
    assert not decided(net, *containers, records.policy("out", egress=[to(8080)], **out), source=net.one)


def test_publishing_permits_by_a_profile(net: Net) -> None:
    profile = records.of(profiles.for_published())
    containers = (NODE, records.network("frontend"), profile)
    both = ["frontend", profiles.PUBLISHED]
    assert decided(net, *containers, records.endpoint(1, networks=both, ports=[port(80, 8080)]))
    assert not decided(net, *containers, records.endpoint(1, networks=both, ports=[port(80, 8080) | {"name": ""}]))
    closed = records.profile(profiles.PUBLISHED)
    assert not decided(net, *containers[:2], closed, records.endpoint(1, networks=both, ports=[port(80, 8080)]))


def test_policy_of_hosts_decides_before_and_after(net: Net) -> None:
    containers = (*publishing(port(80, 8080)), OPEN, UPLINK)
    host = {"selector": "role == 'host'", "applyOnForward": True}
    assert decided(net, *containers)  # it is not for the host, whose policy would close it
    assert not decided(net, *containers, records.policy("early", preDNAT=True, ingress=[to(8080, "Deny")], **host))
    assert decided(net, *containers, records.policy("early", preDNAT=True, ingress=[to(80, "Deny")], **host))
    assert decided(net, *containers, records.policy("early", preDNAT=True, ingress=[to(8080)], **host))
    assert not decided(net, *containers, records.policy("forward", ingress=[to(80, "Deny")], **host))
    assert decided(net, *containers, records.policy("forward", ingress=[to(8080, "Deny"), *ALLOW], **host))


def test_what_docker_publishes_is_dockers(net: Net, foreign: Callable[[str], None]) -> None:
    """Its rules stand at priority -100."""
    redirect = "tcp dport 8080 dnat ip to 198.51.100.9:80"
    foreign(f"\nchain prerouting {{\n type nat hook prerouting priority dstnat\n {redirect}\n}}\n")
    net.host.apply((*publishing(port(80, 8080), port(80, 8081)), OPEN))
    assert asks(net.outside, "192.0.2.1", 8080, net.inner)
    assert asks(net.outside, "192.0.2.1", 8081, net.one)


def test_docker_does_not_drop_it(net: Net) -> None:
    containers = (*publishing(port(80, 8080)), OPEN)
    for program in ("iptables", "ip6tables"):
        net.host.space.run(program, "-P", "FORWARD", "DROP")
        net.host.space.succeeds(program, "-N", "DOCKER-USER")
        net.host.space.run(program, "-I", "FORWARD", "-j", "DOCKER-USER")
    try:
        net.host.apply(containers, resync=True)
        assert reached(net)
    finally:
        for program in ("iptables", "ip6tables"):
            net.host.space.run(program, "-P", "FORWARD", "ACCEPT")
            net.host.space.run(program, "-D", "FORWARD", "-j", "DOCKER-USER")


def test_a_pool_with_nat_outgoing_changes_nothing(net: Net, two: Place) -> None:
    pool = records.raw("IPPool", "out", {"cidr": "10.65.0.0/16", "natOutgoing": True})
    net.host.apply((*publishing(port(80, 8080)), OPEN, pool))
    assert asks(net.outside, "192.0.2.1", 8080, net.one) == "192.0.2.9"
    assert asks(two, "192.0.2.1", 8080, net.one) == two.addresses[4]


@VERSIONS
@pytest.mark.parametrize("restarted", [False, True])
def test_connections_through_a_publication_go_with_it(net: Net, version: int, restarted: bool) -> None:
    net.host.order = net.host.restarted()
    net.host.apply((*publishing(port(80, 8080)), OPEN))
    with traffic.listening(net.one, 80) as listeners:
        client = traffic.connect(net.outside.space, net.itself.addresses[version], 8080)
        direct = traffic.connect(net.outside.space, net.one.addresses[version], 80)
        assert client is not None
        assert direct is not None
        accepted = [listeners[0 if version == 4 else 1].accept()[0] for _client in (client, direct)]
        if restarted:
            net.host.order = net.host.restarted()
        net.host.apply((*publishing(), OPEN))
        client.sendall(b"still here")
        with pytest.raises(ConnectionResetError):
            client.recv(64)
        direct.sendall(b"still here")
        assert accepted[1].recv(64) == b"still here"
        for one in (client, direct, *accepted):
            one.close()


@VERSIONS
def test_who_sends_to_a_port_already_reaches_the_endpoint_once_it_is_published(net: Net, version: int) -> None:
    net.host.apply((*publishing(), OPEN))
    itself = net.itself.addresses[version]
    with traffic.receiving(net.one, version, 5353) as receiver, datagrams(net.outside, itself) as client:
        client.sendto(b"too early", (itself, 53))
        with pytest.raises(TimeoutError):
            receiver.recv(64)
        net.host.apply((*publishing(port(5353, 53, "UDP")), OPEN))
        client.sendto(b"in time", (itself, 53))
        assert receiver.recv(64) == b"in time"


def test_what_is_there_is_what_was_wanted(net: Net) -> None:
    ports = (port(80, 8080), port(53, 53, "UDP", hostIP="192.0.2.1"), port(7, 7, "SCTP", hostIP="::"))
    net.host.apply(publishing(*ports))
    assert net.host.apply(publishing(*ports), resync=True).changes == []
    net.host.order = net.host.restarted()
    assert net.host.apply(publishing(*ports)).changes == []
    (change,) = net.host.apply(publishing(port(80, 8080))).changes
    assert change == "table changed by 2 commands"  # an element of each map
    net.host.apply(publishing())
    assert "nat" not in net.host.space.run("nft", "list", "table", "inet", "calico")
    assert net.host.space.run("sysctl", "-n", f"net.ipv4.conf.cali{1:011x}.route_localnet") == "0\n"
