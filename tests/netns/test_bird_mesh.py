"""Hosts of one rack in a mesh: what reaches the kernels of the others, and what a crash of BIRD does to it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from .birds import AGENT, Host
from .namespaces import World
from .waiting import until

HOSTS = ("a", "b", "c")
BLOCKS = {
    "a": ("10.65.0.0/26", "fd65::/122"),
    "b": ("10.65.0.64/26", "fd65::40/122"),
    "c": ("10.65.0.128/26", "fd65::80/122"),
}
STORE: dict[str, Any] = {
    "resources": [
        {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16"}},
        {"kind": "IPPool", "metadata": {"name": "v6"}, "spec": {"cidr": "fd65::/48"}},
        *(
            {
                "kind": "Node",
                "metadata": {"name": name},
                "spec": {"bgp": {"ipv4Address": f"172.31.1.{number}/24", "ipv6Address": f"fd31::{number}/64"}},
            }
            for number, name in enumerate(HOSTS, start=11)
        ),
    ],
    "affinities": BLOCKS,
}


@pytest.fixture
def mesh(tmp_path: pathlib.Path) -> Iterator[dict[str, Host]]:
    with World() as world:
        hosts = {name: Host(world, name, tmp_path) for name in HOSTS}
        world.rack(*(host.space for host in hosts.values()))
        for number, (name, host) in enumerate(hosts.items(), start=11):
            host.space.address("eth0", f"172.31.1.{number}/24", f"fd31::{number}/64")
            world.cable(host.space, "cali0", world.space(f"{name}-workload"), "eth0")
            host.space.ip("link set cali0 up")
            host.configure(STORE)
            host.bird.start()
        for host in hosts.values():
            until(host.bird.established, lambda found: len(found) == 2 * (len(HOSTS) - 1))
        yield hosts


def arrived(host: Host, *destinations: str) -> None:
    for destination in destinations:
        until(lambda wanted=destination: host.route(wanted))


def test_blocks_of_both_families_reach_the_other_kernels(mesh: dict[str, Host]) -> None:
    arrived(mesh["b"], *BLOCKS["a"], *BLOCKS["c"])
    v4, v6 = (mesh["b"].route(block) for block in BLOCKS["a"])
    assert v4
    assert (v4["gateway"], v4["metric"]) == ("172.31.1.11", 2048)
    assert v6
    assert (v6["gateway"], v6["metric"]) == ("fd31::11", 2048)


def test_own_blocks_are_black_holes_behind_everything_else(mesh: dict[str, Host]) -> None:
    arrived(mesh["a"], *BLOCKS["a"])
    for block in BLOCKS["a"]:
        route = mesh["a"].route(block)
        assert route
        assert (route["type"], route["metric"]) == ("blackhole", 4096)


def test_a_block_stands_for_its_addresses_and_borrowed_ones_travel_alone(mesh: dict[str, Host]) -> None:
    own, borrowed = ("10.65.0.5/32", "fd65::5/128"), ("10.65.0.70/32", "fd65::46/128")
    for address in (*own, *borrowed):
        mesh["a"].workload(address)
    arrived(mesh["b"], *borrowed)
    arrived(mesh["c"], *borrowed)
    assert [mesh["b"].route(address) for address in own] == [None, None]
    mesh["a"].space.ip(f"route delete {borrowed[0]} dev cali0 proto {AGENT}")
    until(lambda: mesh["b"].route(borrowed[0]) is None)


def test_an_interface_that_goes_takes_its_routes_along(mesh: dict[str, Host]) -> None:
    """The kernel then tells of the routes too late for BIRD, which has to look itself, and not only each 30 s."""
    borrowed = ("10.65.0.71/32", "fd65::47/128")
    for address in borrowed:
        mesh["a"].workload(address)
    arrived(mesh["b"], *borrowed)
    mesh["a"].space.ip("link delete cali0")
    until(lambda: [mesh["b"].route(address) for address in borrowed] == [None, None], seconds=10)


def test_a_local_address_wins_over_a_remote_copy(mesh: dict[str, Host]) -> None:
    """While a workload moves, two hosts announce its address for a moment."""
    for name in ("a", "b"):
        mesh[name].workload("10.65.0.200/32")
        mesh[name].workload("fd65::c8/128")
    arrived(mesh["c"], "10.65.0.200/32", "fd65::c8/128")
    for name in ("a", "b"):
        assert (mesh[name].route("10.65.0.200/32"), mesh[name].route("fd65::c8/128")) == (None, None)


def test_routes_of_others_are_not_announced(mesh: dict[str, Host]) -> None:
    """Neither the host's own networks, nor a foreign route into the pool, nor an agent's route outside of it."""
    mesh["a"].space.ip("route add 192.0.2.0/24 via 172.31.1.12 proto static")
    mesh["a"].space.ip("route add 10.65.9.0/24 via 172.31.1.12 proto static")
    mesh["a"].space.ip(f"route add 198.51.100.7/32 dev cali0 proto {AGENT}")
    mesh["a"].workload("10.65.0.201/32")
    arrived(mesh["c"], "10.65.0.201/32")
    for foreign in ("192.0.2.0/24", "10.65.9.0/24", "198.51.100.7/32", "172.31.1.0/24"):
        assert mesh["c"].route(foreign) is None


def test_a_crash_and_restart_loses_no_route_on_either_side(mesh: dict[str, Host], tmp_path: pathlib.Path) -> None:
    arrived(mesh["a"], *BLOCKS["b"], *BLOCKS["c"])
    arrived(mesh["b"], *BLOCKS["a"])
    mesh["a"].bird.kill()
    with World() as watchers:
        logs = [watched_routes(watchers, mesh[name], tmp_path / f"{name}.routes") for name in ("a", "b")]
        mesh["a"].bird.start()
        assert "-R" in mesh["a"].bird.arguments()
        until(mesh["a"].bird.established, lambda found: len(found) == 4)
        mesh["a"].workload("10.65.0.202/32")
        arrived(mesh["b"], "10.65.0.202/32")
        # Only the black hole of IPv6 is renewed, within microseconds.
        remote = {*BLOCKS["b"], *BLOCKS["c"]}, set(BLOCKS["a"])
        for log, blocks in zip(logs, remote, strict=True):
            deleted = [line for line in log.read_text().splitlines() if line.startswith("Deleted")]
            assert not [line for line in deleted if blocks & set(line.split())]


def watched_routes(watchers: World, host: Host, log: pathlib.Path) -> pathlib.Path:
    """A file that gets every change of the host's routes from now on."""
    watchers.spawn(host.space, "ip", "monitor", "route", log=log)

    def is_heard() -> bool:
        host.space.ip("route add 192.0.2.1/32 dev cali0")
        host.space.ip("route delete 192.0.2.1/32 dev cali0")
        return "192.0.2.1" in log.read_text()

    until(is_heard)
    return log


def test_a_first_start_does_not_wait_for_anybody(mesh: dict[str, Host]) -> None:
    assert all("-R" not in host.bird.arguments() for host in mesh.values())


def test_a_stop_for_an_update_loses_no_route(mesh: dict[str, Host]) -> None:
    arrived(mesh["b"], *BLOCKS["a"])
    mesh["a"].bird.ask("graceful restart")
    until(lambda: not mesh["a"].bird.answers())
    until(lambda: "mesh4_172_31_1_11" not in mesh["b"].bird.established())
    assert all(mesh["b"].route(block) for block in BLOCKS["a"])
    mesh["a"].bird.start()
    until(mesh["a"].bird.established, lambda found: len(found) == 4)
    assert all(mesh["b"].route(block) for block in BLOCKS["a"])


def test_a_node_and_a_block_more_disturb_nobody(mesh: dict[str, Host]) -> None:
    arrived(mesh["b"], *BLOCKS["a"])
    before = {session.protocol: session.since for session in mesh["b"].bird.sessions()}
    node = {"kind": "Node", "metadata": {"name": "d"}, "spec": {"bgp": {"ipv4Address": "172.31.1.14/24"}}}
    affinities = BLOCKS | {"b": (*BLOCKS["b"], "10.65.1.0/26")}
    mesh["b"].configure({"resources": [*STORE["resources"], node], "affinities": affinities})
    arrived(mesh["a"], "10.65.1.0/26")
    after = {session.protocol: session.since for session in mesh["b"].bird.sessions()}
    assert after.keys() - before.keys() == {"mesh4_172_31_1_14"}
    assert before.items() <= after.items()


def test_a_node_that_leaves_takes_its_routes_along(mesh: dict[str, Host]) -> None:
    arrived(mesh["b"], *BLOCKS["a"], *BLOCKS["c"])
    left = [document for document in STORE["resources"] if document["metadata"]["name"] != "a"]
    mesh["b"].configure({"resources": left, "affinities": BLOCKS})
    until(lambda: [mesh["b"].route(block) for block in BLOCKS["a"]] == [None, None])
    assert all(mesh["b"].route(block) for block in BLOCKS["c"])
