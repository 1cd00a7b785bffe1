"""Both ends of a fabric from one inventory: hosts with the agent's BIRD, routers with what role fabric writes."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.plugin_utils.fabric import plans
from tests.golden import fabric_text
from tests.unit.plugins.plugin_utils.fabric import inventories

from . import seen
from .birds import Bird, Host
from .frrs import Frr
from .namespaces import Namespace, World
from .waiting import until

PASSWORDS = {"fabric": {"tor": "correct-horse"}}
COMMON = {"calico_fabric_bfd": {"interval_ms": 300, "multiplier": 3}, "calico_bgp_passwords": PASSWORDS}
# name, rack, number in it, blocks
HOSTS = (
    ("rack1-host1", 1, 11, ("10.65.0.0/26", "fd65::/122")),
    ("rack1-host2", 1, 12, ("10.65.0.64/26", "fd65::40/122")),
    ("rack2-host1", 2, 11, ("10.65.0.128/26", "fd65::80/122")),
)


def inventory(preset: str, platforms: tuple[str, str]) -> dict[str, inventories.Variables]:
    """Two racks, whose routers are each other's uplink."""
    password = {"name": "fabric", "key": "tor"}
    changes: dict[str, dict[str, Any]] = {}
    for number, platform in enumerate(platforms, start=1):
        changes[f"tor{number}"] = {"calico_router_platform": platform, "calico_router_password": password}
        changes[f"tor{number}"]["calico_router_manage"] = True
        other = 3 - number
        as_number = 65000 + other if preset == "tor_ebgp" else 64512
        changes[f"tor{number}"]["calico_router_uplinks"] = [
            {"name": f"tor{other}", "address": address, "as_number": as_number}
            for address in (f"198.51.100.{other}", f"2001:db8::{other}")
        ]
    return inventories.racks(preset, COMMON, **changes)


def planned(variables: dict[str, inventories.Variables]) -> dict[str, Any]:
    plan = plans.plan(variables, inventories.GROUPS)
    assert plan["problems"] == []
    return plan


def store(plan: dict[str, Any]) -> dict[str, Any]:
    """What roles node and fabric write."""
    mesh = {"nodeToNodeMeshEnabled": False, "asNumber": plan["configuration"]["as_number"]}
    return {
        "resources": [
            {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16"}},
            {"kind": "IPPool", "metadata": {"name": "v6"}, "spec": {"cidr": "fd65::/48"}},
            {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": mesh},
            *(node(name, rack, number) for name, rack, number, _blocks in HOSTS),
            *plan["peers"],
        ],
        "affinities": {name: blocks for name, _rack, _number, blocks in HOSTS},
    }


def node(name: str, rack: int, number: int) -> dict[str, Any]:
    addresses = {"ipv4Address": f"172.31.{rack}.{number}/24", "ipv6Address": f"fd31:0:0:{rack}::{number}/64"}
    metadata = {"name": name, "labels": {"calico.docker/rack": f"rack{rack}"}}
    return {"kind": "Node", "metadata": metadata, "spec": {"bgp": addresses}}


@dataclasses.dataclass(frozen=True, slots=True)
class Fabric:
    hosts: dict[str, Host]
    routers: dict[str, Bird | Frr]
    inventory: dict[str, inventories.Variables]
    state: dict[str, Any]

    @property
    def frrs(self) -> list[Frr]:
        return [router for router in self.routers.values() if isinstance(router, Frr)]

    def complaints(self) -> list[str]:
        """Play verify's."""
        told = {name: seen.of_host(host) for name, host in self.hosts.items()}
        told |= {name: seen.of_router(router) for name, router in self.routers.items()}
        merged = {name: {**variables, **told[name]} for name, variables in self.inventory.items()}
        return seen.failures(merged, inventories.GROUPS, self.state)


def cabled(world: World, hosts: dict[str, Host], tors: dict[int, Namespace]) -> None:
    """Racks, a link between the routers, and the underlay's routes, which routers have from elsewhere."""
    world.cable(tors[1], "core", tors[2], "core")
    for rack, tor in tors.items():
        tor.forward()
        tor.address("core", f"198.51.100.{rack}/24", f"2001:db8::{rack}/64")
        switch = world.rack(*(hosts[name].space for name, of_rack, *_rest in HOSTS if of_rack == rack))
        world.cable(tor, "rack", switch, "uplink")
        switch.ip("link set uplink master bridge up")
        tor.address("rack", f"172.31.{rack}.254/24", f"fd31:0:0:{rack}::254/64")
        other = 3 - rack
        tor.ip(f"route add 172.31.{other}.0/24 via 198.51.100.{other}")
        tor.ip(f"-6 route add fd31:0:0:{other}::/64 via 2001:db8::{other}")
    for name, rack, number, _blocks in HOSTS:
        space = hosts[name].space
        space.address("eth0", f"172.31.{rack}.{number}/24", f"fd31:0:0:{rack}::{number}/64")
        space.ip(f"route add default via 172.31.{rack}.254")
        space.ip(f"-6 route add default via fd31:0:0:{rack}::254")


CASES = [(preset, platforms) for preset in ("tor_ebgp", "tor_ibgp") for platforms in (("frr", "frr"), ("bird", "frr"))]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{'-'.join(case[1])}")
def fabric(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    preset, platforms = request.param
    variables = inventory(preset, platforms)
    plan = planned(variables)
    directory = tmp_path_factory.mktemp("fabric")
    with World() as world:
        hosts = {name: Host(world, name, directory) for name, *_rest in HOSTS}
        tors = {number: world.space(f"tor{number}") for number in (1, 2)}
        cabled(world, hosts, tors)
        routers: dict[str, Bird | Frr] = {}
        for number, platform in enumerate(platforms, start=1):
            text = fabric_text.render(plan["routers"][f"tor{number}"])
            if platform == "frr":
                frr = Frr(world, tors[number], directory / f"tor{number}")
                frr.start(text)
                routers[f"tor{number}"] = frr
            else:
                router = Bird(world, tors[number], directory / f"tor{number}")
                router.driver.apply(text.replace("log syslog all;", "log stderr all;"))
                router.start()
                routers[f"tor{number}"] = router
        for host in hosts.values():
            host.configure(store(plan) | {"passwords": PASSWORDS})
            host.bird.start()
        yield Fabric(hosts, routers, variables, store(plan))


def test_every_session_comes_up_with_its_password(fabric: Fabric) -> None:
    for host in fabric.hosts.values():
        until(host.bird.established, lambda found: len(found) == 2, seconds=60)
        assert len(host.bird.sessions()) == 2


def test_every_host_has_the_blocks_of_all_others(fabric: Fabric) -> None:
    for name, host in fabric.hosts.items():
        others = [block for other, _rack, _number, blocks in HOSTS if other != name for block in blocks]
        for block in others:
            until(functools.partial(host.route, block), seconds=60)


def test_what_lives_in_a_block_reaches_what_lives_in_any_other(fabric: Fabric) -> None:
    """By addresses on the hosts: the last hop, to a container, is the agent's."""
    places = {name: [str(ipaddress.ip_network(block)[1]) for block in blocks] for name, _rack, _number, blocks in HOSTS}
    for name, addresses in places.items():
        for address in addresses:
            fabric.hosts[name].space.succeeds("ip", "address", "add", address, "dev", "lo")
    for name, host in fabric.hosts.items():
        for other in places.keys() - {name}:
            for source, target in zip(places[name], places[other], strict=True):
                ping = ("ping", "-n", "-q", "-c", "1", "-W", "1", "-I", source, target)
                until(functools.partial(host.space.succeeds, *ping), seconds=30)


def test_bfd_watches_the_hosts(fabric: Fabric) -> None:
    for router in fabric.frrs:
        states = until(
            lambda router=router: [peer["status"] for peer in router.ask("show", "bfd", "peers")],
            lambda found: set(found) == {"up"},
            seconds=30,
        )
        assert len(states) >= 2


def test_play_verify_finds_both_ends_as_designed(fabric: Fabric) -> None:
    """Sessions of hosts and routers, and the next hops that the real BIRD and FRR put into the kernel."""
    until(fabric.complaints, lambda found: found == [], seconds=60)


def test_play_verify_tells_a_wrong_way_and_a_missing_one(fabric: Fabric) -> None:
    """Last: it takes a route of the kernel away, and leads another elsewhere."""
    host = fabric.hosts["rack1-host1"]
    host.space.ip("-4 route flush 10.65.0.128/26")
    host.space.ip("-6 route flush fd65::80/122")
    host.space.ip("route add 10.65.0.128/26 via 172.31.1.12")
    told = fabric.complaints()
    assert len(told) == 2
    assert "rack1-host1: routes to blocks: block 10.65.0.128/26 of rack2-host1: leads to 172.31.1.12" in told[0]
    assert "must lead to 172.31.1.254" in told[0]
    assert "block fd65::80/122 of rack2-host1: no route" in told[1]
