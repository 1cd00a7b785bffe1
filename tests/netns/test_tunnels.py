"""Tunnels between real hosts in two subnets: what of a packet the fabric sees, and who may be at the other end."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from calico_node.calc import hosts
from calico_node.dataplane import libnftables, netlink_tunnels, nft, tunnels
from calico_node.render import changes as changes_of
from calico_node.render import tables
from tests.states import records
from tests.states.records import Change

from . import traffic
from .inside import inside
from .namespaces import Namespace, World
from .traffic import Place
from .waiting import until

# name, subnet, number in it, number of its block
HOSTS = (("one", 1, 11, 0), ("two", 1, 12, 1), ("three", 2, 11, 2))
PORT = 8080
CABLE = "cali0"


def addresses_of(block: int, number: int) -> dict[int, str]:
    return {4: f"10.65.0.{64 * block + number}", 6: f"fd65::{64 * block + number:x}"}


def node(name: str, subnet: int, number: int, block: int) -> Change:
    tunnel = addresses_of(block, 1)
    return records.node(
        name,
        f"172.31.{subnet}.{number}/24",
        f"fd31:0:0:{subnet}::{number}/64",
        ipv4VXLANTunnelAddr=tunnel[4],
        ipv6VXLANTunnelAddr=tunnel[6],
    )


def store(mode: str) -> tuple[Change, ...]:
    return (
        records.raw("IPPool", "v4", {"cidr": "10.65.0.0/16", "vxlanMode": mode}),
        records.raw("IPPool", "v6", {"cidr": "fd65::/48", "vxlanMode": mode}),
        *(node(*host) for host in HOSTS),
        records.network("frontend"),
        *(
            records.endpoint(block + 1, node=name, interface=CABLE, addresses=addresses_of(block, 2).values())
            for name, _subnet, _number, block in HOSTS
        ),
        *(records.affinity(name, f"10.65.0.{64 * block}/26") for name, _subnet, _number, block in HOSTS),
        *(records.affinity(name, f"fd65::{64 * block:x}/122") for name, _subnet, _number, block in HOSTS),
    )


class Host:
    """A host with one container, number 2 of its block, and the agent's drivers of tunnels and policy."""

    def __init__(self, world: World, name: str, block: int) -> None:
        self.name = name
        self.space = world.space(name)
        self.space.forward()
        with inside(self.space):
            self.kernel = netlink_tunnels.TunnelNetlink()
        self.start()
        self.container = self._container(world, addresses_of(block, 2))

    def start(self) -> None:
        """As a new agent: without memory."""
        with inside(self.space):
            self._tunnels = tunnels.TunnelDriver(self.kernel)
            self._table = nft.NftDriver(libnftables.Library())

    def apply(self, changes: Iterable[Change]) -> tuple[str, ...]:
        """Policy and tunnels from the records, as the agent does it; what that changed of the tunnels."""
        state = hosts.calculate(snapshot_builder.build(changes, 1), self.name)
        assert state.tunnels.problems == ()
        with inside(self.space):
            gone = self._tunnels.withdraw(state.tunnels)
            self._table.resync()
            self._table.apply(tables.table(state), changes_of.Changes())
            return (*gone, *self._tunnels.apply(state.tunnels))

    def sent(self, device: str = "vxlan.calico") -> int:
        """How many packets went into a tunnel."""
        (link,) = json.loads(self.space.run("ip", "-json", "-statistics", "link", "show", device))
        return int(link["stats64"]["tx"]["packets"])

    def _container(self, world: World, addresses: dict[int, str]) -> Place:
        space = world.space(f"{self.name}-container")
        world.cable(self.space, CABLE, space, "eth0")
        self.space.address(CABLE, "fe80::ecee:eeff:feee:eeee/64")
        self.space.run("sysctl", "-qw", f"net.ipv4.conf.{CABLE}.proxy_arp=1", f"net.ipv4.neigh.{CABLE}.proxy_delay=0")
        self.space.ip(f"route add {addresses[4]}/32 dev {CABLE}")
        self.space.ip(f"-6 route add {addresses[6]}/128 dev {CABLE}")
        space.address("eth0", f"{addresses[4]}/32", f"{addresses[6]}/128")
        space.ip("route add 169.254.1.1 dev eth0")
        space.ip("route add default via 169.254.1.1 dev eth0")
        space.ip("-6 route add default via fe80::ecee:eeff:feee:eeee dev eth0")
        return Place(space, addresses)


@dataclasses.dataclass(frozen=True, slots=True)
class Fabric:
    """Two subnets, and a router that knows nothing of containers."""

    one: Host
    two: Host
    three: Host
    router: Namespace

    @property
    def hosts(self) -> tuple[Host, ...]:
        return (self.one, self.two, self.three)

    def apply(self, changes: Iterable[Change]) -> None:
        wanted = tuple(changes)
        for host in self.hosts:
            host.apply(wanted)

    def reaches(self, source: Place | Namespace, target: Host) -> list[bool]:
        """Whether TCP connections to a container are made, over IPv4 and IPv6."""
        space = source.space if isinstance(source, Place) else source
        with traffic.listening(target.container, PORT):
            return traffic.reaching((space, address, PORT) for address in target.container.addresses.values())


@pytest.fixture(scope="module")
def fabric() -> Iterator[Fabric]:
    with World() as world:
        made = {name: Host(world, name, block) for name, _subnet, _number, block in HOSTS}
        router = world.space("router")
        router.forward()
        for subnet in (1, 2):
            switch = world.rack(*(made[name].space for name, of_subnet, *_rest in HOSTS if of_subnet == subnet))
            world.cable(router, f"subnet{subnet}", switch, "uplink")
            switch.ip("link set uplink master bridge up")
            router.address(f"subnet{subnet}", f"172.31.{subnet}.254/24", f"fd31:0:0:{subnet}::254/64")
        for name, subnet, number, _block in HOSTS:
            space = made[name].space
            space.address("eth0", f"172.31.{subnet}.{number}/24", f"fd31:0:0:{subnet}::{number}/64")
            space.ip(f"route add default via 172.31.{subnet}.254")
            space.ip(f"-6 route add default via fd31:0:0:{subnet}::254")
        until(lambda: all(traffic.answers(Place(made[name].space, {}), "172.31.2.11") for name in made))
        yield Fabric(made["one"], made["two"], made["three"], router)
        for host in made.values():
            host.kernel.close()


BOTH = [True, True]


def test_between_subnets_packets_are_wrapped_and_neighbours_are_routed_to(fabric: Fabric) -> None:
    fabric.apply(store("CrossSubnet"))
    before = fabric.one.sent(), fabric.one.sent("vxlan-v6.calico")
    assert fabric.reaches(fabric.one.container, fabric.two) == BOTH
    assert (fabric.one.sent(), fabric.one.sent("vxlan-v6.calico")) == before
    # The router has no way to the container: what it forwards is the hosts' own.
    assert fabric.reaches(fabric.one.container, fabric.three) == BOTH
    assert fabric.one.sent() > before[0]
    assert fabric.one.sent("vxlan-v6.calico") > before[1]
    assert fabric.reaches(fabric.router, fabric.three) == [False, False]


def test_always_wraps_between_neighbours_too(fabric: Fabric) -> None:
    fabric.apply(store("Always"))
    before = fabric.one.sent()
    assert fabric.reaches(fabric.one.container, fabric.two) == BOTH
    assert fabric.one.sent() > before


def test_a_host_reaches_containers_elsewhere_with_the_address_of_its_end(fabric: Fabric) -> None:
    fabric.apply((*store("CrossSubnet"), records.profile("frontend", ingress=[{"action": "Allow"}])))
    assert fabric.reaches(fabric.one.space, fabric.three) == BOTH
    assert f"src {addresses_of(0, 1)[4]} " in fabric.one.space.ip(f"route get {addresses_of(2, 2)[4]}")


def test_the_mtu_leaves_room_for_the_wrapping(fabric: Fabric) -> None:
    fabric.apply(store("CrossSubnet"))
    for device, mtu in (("vxlan.calico", 1450), ("vxlan-v6.calico", 1430)):
        (link,) = json.loads(fabric.one.space.run("ip", "-json", "link", "show", device))
        assert link["mtu"] == mtu


def test_policy_on_the_hosts_own_interfaces_does_not_cut_tunnels(fabric: Fabric) -> None:
    closed = (
        *(records.host_endpoint(name, node=name, interfaceName="*") for name, *_rest in HOSTS),
        records.policy("closed", selector="!has(projectcalico.org/orchestrator)", ingress=[], egress=[]),
    )
    fabric.apply((*store("Always"), *closed))
    assert fabric.reaches(fabric.one.container, fabric.three) == BOTH
    assert not traffic.answers(Place(fabric.one.space, {}), "172.31.2.11")


@pytest.mark.parametrize("version", [4, 6])
def test_a_stranger_cannot_put_packets_into_a_tunnel(fabric: Fabric, version: int) -> None:
    fabric.apply(store("CrossSubnet"))
    assert wrapped_by_the_router(fabric, version) == 0
    # The same packet of a host of the cluster comes through, so it was the rule that kept it out.
    fabric.one.apply((*store("CrossSubnet"), records.node("router", "172.31.1.254/24", "fd31:0:0:1::254/64")))
    assert wrapped_by_the_router(fabric, version) == 1


def wrapped_by_the_router(fabric: Fabric, version: int) -> int:
    """How many of its packets, wrapped as if they came from the container of host three, get to that of host one."""
    device, host = {4: ("vxlan.calico", "172.31.1.11"), 6: ("vxlan-v6.calico", "fd31:0:0:1::11")}[version]
    local = {4: "172.31.1.254", 6: "fd31:0:0:1::254"}[version]
    (link,) = json.loads(fabric.one.space.run("ip", "-json", "link", "show", device))
    router, target, sender = fabric.router, fabric.one.container, fabric.three.container.addresses[version]
    router.ip(f"link add evil type vxlan id 4096 dstport 4789 local {local} nolearning")
    try:
        router.ip("link set evil up")
        router.run("bridge", "fdb", "add", link["address"], "dev", "evil", "dst", host)
        prefix, gateway = {4: ("-4", "10.65.0.1"), 6: ("-6", "fd65::1")}[version]
        router.ip(f"{prefix} neigh add {gateway} lladdr {link['address']} dev evil nud permanent")
        router.ip(f"{prefix} route add {target.addresses[version]} via {gateway} dev evil onlink")
        with traffic.receiving(target, version, PORT) as receiver:
            traffic.datagram(router, sender, target.addresses[version], PORT)
            return traffic.received(receiver)
    finally:
        router.ip("link delete evil")


def test_a_second_apply_writes_nothing_and_a_new_agent_neither(fabric: Fabric) -> None:
    fabric.apply(store("CrossSubnet"))
    assert fabric.one.apply(store("CrossSubnet")) == ()
    fabric.one.start()
    assert fabric.one.apply(store("CrossSubnet")) == ()


def test_what_is_no_longer_wanted_goes(fabric: Fabric) -> None:
    fabric.apply(store("Always"))
    fabric.apply(store("Never"))
    for host in fabric.hosts:
        assert not host.space.succeeds("ip", "link", "show", "vxlan.calico")
        assert host.space.run("ip", "route", "show", "proto", "81") == ""
        assert host.space.run("ip", "-6", "route", "show", "proto", "81") == ""


def test_what_others_changed_is_put_back_by_a_look(fabric: Fabric) -> None:
    fabric.apply(store("Always"))
    space = fabric.one.space
    space.ip("route delete 10.65.0.128/26 proto 81")
    space.ip(f"neigh delete {addresses_of(1, 1)[4]} dev vxlan.calico")
    space.ip("link set vxlan.calico mtu 1300")
    space.ip("address add 10.65.0.60/32 dev vxlan.calico")
    fabric.one.start()
    assert len(fabric.one.apply(store("Always"))) == 4
    assert fabric.one.apply(store("Always")) == ()
    assert fabric.reaches(fabric.one.container, fabric.three) == BOTH
