"""Two racks and the router between them: the mesh goes through it, and it learns the blocks by BGPPeers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from .birds import Host
from .namespaces import Namespace, World
from .waiting import until

TOR_AS = 64513
# name, rack, number in the rack, blocks
HOSTS = (
    ("rack1-host1", 1, 11, ("10.65.0.0/26", "fd65::/122")),
    ("rack1-host2", 1, 12, ("10.65.0.64/26", "fd65::40/122")),
    ("rack2-host1", 2, 11, ("10.65.0.128/26", "fd65::80/122")),
)
WORKLOADS = {"rack1-host1": ("10.65.0.1", "fd65::1"), "rack2-host1": ("10.65.0.129", "fd65::81")}
TOR = """
log stderr all;
router id 172.31.1.254;
protocol device { }
protocol direct { ipv4; ipv6; }
protocol kernel kernel4 { ipv4 { export where source = RTS_BGP; }; }
protocol kernel kernel6 { ipv6 { export where source = RTS_BGP; }; }
template bgp host { local as 64513; direct; graceful restart on; connect retry time 1; error wait time 1, 5; }
"""


def node(name: str, rack: int, number: int) -> dict[str, Any]:
    addresses = {"ipv4Address": f"172.31.{rack}.{number}/24", "ipv6Address": f"fd31:0:0:{rack}::{number}/64"}
    return {"kind": "Node", "metadata": {"name": name, "labels": {"rack": str(rack)}}, "spec": {"bgp": addresses}}


def tor_peer(name: str, rack: int, address: str) -> dict[str, Any]:
    spec = {"nodeSelector": f'rack == "{rack}"', "peerIP": address, "asNumber": TOR_AS}
    return {"kind": "BGPPeer", "metadata": {"name": name}, "spec": spec}


STORE = {
    "resources": [
        {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16"}},
        {"kind": "IPPool", "metadata": {"name": "v6"}, "spec": {"cidr": "fd65::/48"}},
        *(node(name, rack, number) for name, rack, number, _blocks in HOSTS),
        *(tor_peer(f"tor{rack}-v4", rack, f"172.31.{rack}.254") for rack in (1, 2)),
        *(tor_peer(f"tor{rack}-v6", rack, f"fd31:0:0:{rack}::254") for rack in (1, 2)),
    ],
    "affinities": {name: blocks for name, _rack, _number, blocks in HOSTS},
}


def tor_configuration() -> str:
    sessions = [
        f"protocol bgp from host {{ neighbor {address} as 64512; ipv{version} {{ import all; export none; }}; }}"
        for _name, rack, number, _blocks in HOSTS
        for version, address in ((4, f"172.31.{rack}.{number}"), (6, f"fd31:0:0:{rack}::{number}"))
    ]
    return TOR + "\n".join(sessions) + "\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Racks:
    hosts: dict[str, Host]
    tor: Host
    workloads: dict[str, Namespace]


@pytest.fixture(scope="module")
def racks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Racks]:
    directory = tmp_path_factory.mktemp("racks")
    with World() as world:
        hosts = {name: Host(world, name, directory) for name, *_rest in HOSTS}
        tor = Host(world, "tor", directory)
        for rack in (1, 2):
            inside = [hosts[name].space for name, of_rack, *_rest in HOSTS if of_rack == rack]
            switch = world.rack(*inside)
            world.cable(tor.space, f"rack{rack}", switch, "uplink")
            switch.ip("link set uplink master bridge up")
            tor.space.address(f"rack{rack}", f"172.31.{rack}.254/24", f"fd31:0:0:{rack}::254/64")
        for name, rack, number, _blocks in HOSTS:
            space = hosts[name].space
            space.address("eth0", f"172.31.{rack}.{number}/24", f"fd31:0:0:{rack}::{number}/64")
            space.ip(f"route add default via 172.31.{rack}.254")
            space.ip(f"-6 route add default via fd31:0:0:{rack}::254")
        workloads = {name: workload(world, hosts[name], *addresses) for name, addresses in WORKLOADS.items()}
        tor.bird.driver.apply(tor_configuration())
        tor.bird.start()
        for host in hosts.values():
            host.configure(STORE)
            host.bird.start()
        for host in hosts.values():
            until(host.bird.established, lambda found: len(found) == 6)
        yield Racks(hosts, tor, workloads)


def workload(world: World, host: Host, v4: str, v6: str) -> Namespace:
    """A container's namespace, wired as the driver and the agent do it."""
    space = world.space(f"{host.name}-workload")
    world.cable(host.space, "cali0", space, "eth0")
    host.space.address("cali0", "fe80::ecee:eeff:feee:eeee/64")
    host.space.run("sysctl", "-qw", "net.ipv4.conf.cali0.proxy_arp=1", "net.ipv4.neigh.cali0.proxy_delay=0")
    host.workload(f"{v4}/32")
    host.workload(f"{v6}/128")
    space.address("eth0", f"{v4}/32", f"{v6}/128")
    space.ip("route add 169.254.1.1 dev eth0")
    space.ip("route add default via 169.254.1.1 dev eth0")
    space.ip("-6 route add default via fe80::ecee:eeff:feee:eeee dev eth0")
    return space


def test_next_hops_in_the_other_rack_are_reached_through_the_default_route(
    racks: Racks,
) -> None:
    far = racks.hosts["rack1-host1"]
    for destination, gateway in (("10.65.0.128/26", "172.31.1.254"), ("fd65::80/122", "fd31:0:0:1::254")):
        route = until(lambda wanted=destination: far.route(wanted))
        assert route["gateway"] == gateway
    near = until(lambda: far.route("10.65.0.64/26"))
    assert near["gateway"] == "172.31.1.12"


def test_the_router_sends_each_block_to_its_host_and_to_no_other(
    racks: Racks,
) -> None:
    for name, rack, number, (v4, v6) in HOSTS:
        until(lambda wanted=v4: racks.tor.route(wanted))
        until(lambda wanted=v6: racks.tor.route(wanted))
        # By now every host has learned every block; none of them may have handed on another's.
        until(lambda asked=racks.hosts[name]: all(asked.route(block) for *_rest, blocks in HOSTS for block in blocks))
        for block, address in ((v4, f"172.31.{rack}.{number}"), (v6, f"fd31:0:0:{rack}::{number}")):
            paths = [
                row for row in racks.tor.bird.ask(f"show route for {block} all").splitlines() if "BGP.next_hop" in row
            ]
            assert [row.split()[1] for row in paths] == [address]


def test_containers_of_two_racks_reach_each_other_with_their_own_addresses(
    racks: Racks,
) -> None:
    for target in WORKLOADS["rack2-host1"]:
        until(lambda wanted=target: racks.workloads["rack1-host1"].succeeds("ping", "-c1", "-W1", wanted))


def test_an_address_without_a_container_is_answered_by_nobody_and_loops_nowhere(
    racks: Racks,
) -> None:
    """The black hole of the block swallows it; by the default route it would come back from the router for ever."""
    until(lambda: racks.workloads["rack1-host1"].succeeds("ping", "-c1", "-W1", "10.65.0.129"))
    before = received(racks.hosts["rack2-host1"])
    assert not racks.workloads["rack1-host1"].succeeds("ping", "-c1", "-W1", "10.65.0.190")
    assert received(racks.hosts["rack2-host1"]) - before < 20


def received(host: Host) -> int:
    return int(host.space.run("cat", "/sys/class/net/eth0/statistics/rx_packets"))


def test_a_router_that_restarts_gets_its_routes_again(
    racks: Racks,
) -> None:
    until(lambda: racks.tor.route("10.65.0.0/26"))
    racks.tor.bird.kill()
    racks.tor.bird.start()
    until(lambda: all(racks.tor.route(block) for *_rest, blocks in HOSTS for block in blocks), seconds=30)
