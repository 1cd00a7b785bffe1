"""The plugin's veth pairs in a real kernel: what a container gets, what a crash leaves, what a restart finds."""

import ipaddress
from collections.abc import Iterator

import pytest

from calico_node.dataplane import veth
from tests.netns import inside, namespaces

NAME, PEER = "cali00000000000", "tmp00000000000"
GATEWAY = ipaddress.IPv6Address(veth.GATEWAY_IPV6)


@pytest.fixture
def world() -> Iterator[namespaces.World]:
    with namespaces.World() as world:
        yield world


@pytest.fixture
def host(world: namespaces.World) -> Iterator[namespaces.Namespace]:
    """A namespace of its own that this process enters for the test, as the plugin runs in the host's."""
    space = world.space("host")
    with inside.inside(space):
        yield space


def pair(**fields: object) -> veth.Pair:
    defaults = {"name": NAME, "peer": PEER, "mtu": 1400, "alias": "sandbox=/x gateway=0", "gateway": GATEWAY}
    return veth.Pair(**(defaults | fields))  # type: ignore[arg-type]


def test_a_pair_has_everything_that_a_container_needs(host: namespaces.Namespace) -> None:
    veth.Veths().create(pair())
    shown = host.ip(f"-d link show {NAME}")
    assert "mtu 1400" in shown
    assert "link/ether ee:ee:ee:ee:ee:ee" in shown
    assert "UP" in shown
    assert "alias sandbox=/x gateway=0" in shown
    assert "mtu 1400" in host.ip(f"link show {PEER}")
    gateway = host.ip(f"-6 address show dev {NAME}")
    assert "fe80::ecee:eeff:feee:eeee/64" in gateway
    assert "tentative" not in gateway


def test_without_ipv6_there_is_no_ipv6_gateway(host: namespaces.Namespace) -> None:
    veth.Veths().create(pair(gateway=None))
    assert "fe80::ecee:eeff:feee:eeee" not in host.ip(f"-6 address show dev {NAME}")


def test_a_host_that_has_no_ipv6_on_new_interfaces_still_is_the_gateway(host: namespaces.Namespace) -> None:
    host.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1")
    veth.Veths().create(pair())
    assert "fe80::ecee:eeff:feee:eeee/64" in host.ip(f"-6 address show dev {NAME}")


@pytest.mark.usefixtures("host")
def test_a_pair_that_is_there_is_replaced() -> None:
    veths = veth.Veths()
    veths.create(pair())
    veths.create(pair(mtu=1300, alias="gateway=1"))
    assert veths.links() == (veth.Link(NAME, "gateway=1", attached=False),)


@pytest.mark.usefixtures("host")
def test_removing_may_be_repeated() -> None:
    veths = veth.Veths()
    veths.create(pair())
    assert [veths.remove(NAME), veths.remove(NAME)] == [True, False]
    assert veths.links() == ()


def test_a_pair_in_a_container_is_told_from_a_stray_one(host: namespaces.Namespace, world: namespaces.World) -> None:
    veths, container = veth.Veths(), world.space("container")
    veths.create(pair())
    assert [link.attached for link in veths.links()] == [False]
    host.ip(f"link set {PEER} netns {container.name}")
    assert [link.attached for link in veths.links()] == [True]


def test_other_interfaces_are_not_ours(host: namespaces.Namespace) -> None:
    host.ip("link add docker0 type bridge")
    host.ip("link add veth0 type veth peer name veth1")
    assert veth.Veths().links() == ()


def test_the_mtu_is_that_of_the_interface_with_the_address(host: namespaces.Namespace) -> None:
    host.ip("link add uplink mtu 8950 type bridge")
    host.address("uplink", "172.31.1.11/24", "fd31::11/64")
    veths = veth.Veths()
    assert veths.mtu_of(ipaddress.ip_address("172.31.1.11")) == 8950
    assert veths.mtu_of(ipaddress.ip_address("fd31::11")) == 8950
    assert veths.mtu_of(ipaddress.ip_address("172.31.1.12")) is None


def test_what_the_kernel_refuses_is_an_error_and_leaves_nothing(host: namespaces.Namespace) -> None:
    with pytest.raises(veth.LinkError, match=f"cannot make the veth pair {NAME}"):
        veth.Veths().create(pair(gateway=ipaddress.IPv6Address("ff02::1")))  # a group is no interface's address
    assert veth.Veths().links() == ()
    assert not host.succeeds("ip", "link", "show", PEER)


def test_a_container_reaches_its_gateways(host: namespaces.Namespace, world: namespaces.World) -> None:
    """What Docker does with the answer to Join, and what the agent adds: proxy ARP and the route."""
    container = world.space("container")
    veth.Veths().create(pair())
    host.forward()
    host.run("sysctl", "-qw", f"net.ipv4.conf.{NAME}.proxy_arp=1", f"net.ipv4.neigh.{NAME}.proxy_delay=0")
    host.address("lo", "198.51.100.1/32", "2001:db8::1/128")
    host.ip("route add default dev lo")
    host.ip(f"link set {PEER} netns {container.name}")
    container.ip(f"link set {PEER} name eth0 address ea:00:00:00:00:01")
    container.address("eth0", "10.65.0.1/32", "fd65::1/128")
    container.ip("route add 169.254.1.1/32 dev eth0")
    container.ip("route add default via 169.254.1.1 dev eth0")
    container.ip("-6 route add default via fe80::ecee:eeff:feee:eeee dev eth0")
    host.ip(f"route add 10.65.0.1/32 dev {NAME}")
    host.ip(f"-6 route add fd65::1/128 dev {NAME}")
    for target in ("198.51.100.1", "2001:db8::1"):
        container.run("ping", "-c1", "-W5", target)


def test_the_words_of_an_alias_survive_the_kernel(host: namespaces.Namespace) -> None:
    words = {"sandbox": "/var/run/docker/netns/0123456789ab", "gateway": "1"}
    veth.Veths().create(pair(alias=veth.written(words)))
    [link] = veth.Veths().links()
    assert veth.read(link.alias) == words
    host.ip(f"link set {NAME} alias by-hand")
    [link] = veth.Veths().links()
    assert veth.read(link.alias) == {}
