"""A route reflector instead of a mesh, on a port of its own; and a host whose kernel has no IPv6."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from .birds import Host
from .namespaces import World
from .waiting import until

HOSTS = {"client1": 11, "client2": 12, "reflector": 1}
BLOCKS = {"client1": ["10.65.0.0/26"], "client2": ["10.65.0.64/26"]}


def node(name: str, number: int) -> dict[str, Any]:
    bgp: dict[str, Any] = {"ipv4Address": f"172.31.1.{number}/24"}
    if name == "reflector":
        bgp["routeReflectorClusterID"] = "1.0.0.1"
    return {"kind": "Node", "metadata": {"name": name, "labels": {"role": name[:6]}}, "spec": {"bgp": bgp}}


STORE: dict[str, Any] = {
    "resources": [
        {"kind": "IPPool", "metadata": {"name": "v4"}, "spec": {"cidr": "10.65.0.0/16"}},
        {
            "kind": "BGPConfiguration",
            "metadata": {"name": "default"},
            "spec": {"nodeToNodeMeshEnabled": False, "listenPort": 1179, "bindMode": "NodeIP"},
        },
        {
            "kind": "BGPPeer",
            "metadata": {"name": "reflectors"},
            "spec": {"nodeSelector": 'role == "client"', "peerSelector": 'role == "reflec"', "maxRestartTime": "30s"},
        },
        *(node(name, number) for name, number in HOSTS.items()),
    ],
    "affinities": BLOCKS,
}


@pytest.fixture
def hosts(tmp_path: pathlib.Path) -> Iterator[dict[str, Host]]:
    with World() as world:
        made = {name: Host(world, name, tmp_path) for name in HOSTS}
        made["client2"].space.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        world.rack(*(host.space for host in made.values()))
        for name, host in made.items():
            host.space.address("eth0", f"172.31.1.{HOSTS[name]}/24")
            host.configure(STORE)
            host.bird.start()
        yield made


def test_clients_learn_from_each_other_with_the_owner_as_next_hop(hosts: dict[str, Host]) -> None:
    assert until(hosts["client1"].bird.established) == ["node4_172_31_1_1_port_1179"]
    route = until(lambda: hosts["client1"].route("10.65.0.64/26"))
    assert route["gateway"] == "172.31.1.12"
    back = until(lambda: hosts["client2"].route("10.65.0.0/26"))
    assert back["gateway"] == "172.31.1.11"


def test_bird_listens_on_the_nodes_address_only(hosts: dict[str, Host]) -> None:
    until(hosts["client1"].bird.established)
    listening = hosts["client1"].space.run("ss", "-Hltn", "sport = :1179").split()
    assert "172.31.1.11:1179" in listening
    assert "0.0.0.0:1179" not in listening


def test_a_host_without_ipv6_has_nothing_to_complain_of(hosts: dict[str, Host]) -> None:
    until(hosts["client2"].bird.established)
    said = hosts["client2"].bird.log.read_text()
    assert not [line for line in said.splitlines() if "<ERR>" in line or "<FATAL>" in line]
