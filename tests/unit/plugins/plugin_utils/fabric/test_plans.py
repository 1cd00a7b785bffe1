"""Both ends of each session from one inventory, and the inventories that are refused."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_peers
from ansible_collections.calico.docker.plugins.plugin_utils.fabric import plans, reading
from tests.unit.plugins.plugin_utils.fabric.inventories import GROUPS, Variables, racks, router

TORS = ("tor_ebgp", "tor_ibgp")


def plan(preset: str, common: Variables | None = None, **changes: Variables) -> dict[str, Any]:
    return plans.plan(racks(preset, common, **changes), GROUPS)


def problems(preset: str, common: Variables | None = None, **changes: Variables) -> list[str]:
    found = plan(preset, common, **changes)
    assert (found["peers"], found["routers"]) == ([], {}), "what is refused is not planned"
    return list(found["problems"])


@pytest.mark.parametrize("preset", reading.PRESETS)
def test_a_right_inventory_gives_resources_that_the_store_takes(preset: str) -> None:
    found = plan(preset)
    assert found["problems"] == []
    for peer in found["peers"]:
        assert bgp_peers.BGPPeer.decode(peer, strict=True).spec
    assert found["configuration"] == {"as_number": 64512, "node_to_node_mesh_enabled": preset == "mesh"}
    assert sorted(found["routers"]) == (["tor1", "tor2"] if preset in TORS else [])


def test_the_mesh_needs_no_peers() -> None:
    assert plan("mesh")["peers"] == []


@pytest.mark.parametrize("preset", TORS)
def test_a_rack_peers_with_its_router_over_both_families(preset: str) -> None:
    found = {peer["metadata"]["name"]: peer["spec"] for peer in plan(preset)["peers"]}
    assert sorted(found) == ["tor1-rack1-ipv4", "tor1-rack1-ipv6", "tor2-rack2-ipv4", "tor2-rack2-ipv6"]
    spec = found["tor1-rack1-ipv6"]
    assert (spec["nodeSelector"], spec["peerIP"]) == ('calico.docker/rack == "rack1"', "fd31:0:0:1::254")
    assert spec.get("numAllowedLocalASNumbers") == (1 if preset == "tor_ebgp" else None)


def test_the_other_end_of_every_session_is_on_the_router() -> None:
    neighbors = plan("tor_ebgp")["routers"]["tor1"]["neighbors"]
    assert [(one["name"], one["address"], one["as_number"]) for one in neighbors] == [
        ("rack1-host1", "172.31.1.11", 64512),
        ("rack1-host1", "fd31:0:0:1::11", 64512),
        ("rack1-host2", "172.31.1.12", 64512),
        ("rack1-host2", "fd31:0:0:1::12", 64512),
    ]


def test_hosts_peer_with_the_reflectors_and_these_with_each_other() -> None:
    found = {peer["metadata"]["name"]: peer["spec"] for peer in plan("rr")["peers"]}
    has = "has(calico.docker/route-reflector)"
    assert found == {
        "route-reflectors": {"nodeSelector": has, "peerSelector": has},
        "route-reflectors-clients": {"nodeSelector": f"!{has}", "peerSelector": has},
    }


def test_a_password_is_named_in_the_store_and_known_to_the_router() -> None:
    common = {"calico_bgp_passwords": {"fabric": {"tor": "s3cret"}}}
    found = plan("tor_ebgp", common, tor1={"calico_router_password": {"name": "fabric", "key": "tor"}})
    (peer, *_others) = found["peers"]
    assert peer["spec"]["password"] == {"secretKeyRef": {"name": "fabric", "key": "tor"}}
    assert "s3cret" not in str(found["peers"])
    assert {one["password"] for one in found["routers"]["tor1"]["neighbors"]} == {"s3cret"}
    assert {one["password"] for one in found["routers"]["tor2"]["neighbors"]} == {None}


def test_bfd_is_asked_for_at_both_ends() -> None:
    found = plan("tor_ebgp", {"calico_fabric_bfd": {"interval_ms": 100}})
    annotations = {"calico.docker/bfd-interval": "100ms", "calico.docker/bfd-multiplier": "3"}
    assert all(peer["metadata"]["annotations"] == annotations for peer in found["peers"])
    assert found["routers"]["tor1"]["bfd"] == {"interval": 100, "multiplier": 3}


def test_an_uplink_is_a_neighbor_too() -> None:
    uplink = {"name": "spine", "address": "203.0.113.1", "as_number": 65000, "password": "up"}
    (*_others, last) = plan("tor_ebgp", tor1={"calico_router_uplinks": [uplink]})["routers"]["tor1"]["neighbors"]
    assert (last["kind"], last["name"], last["address"], last["password"]) == ("uplink", "spine", "203.0.113.1", "up")


def test_the_routes_that_pass_are_blocks_and_single_addresses_of_the_pools() -> None:
    assert plan("tor_ebgp")["routers"]["tor1"]["pools"] == [
        {"version": 4, "cidr": "10.65.0.0/16", "from": 26, "to": 32},
        {"version": 6, "cidr": "fd65::/48", "from": 122, "to": 128},
    ]


@pytest.mark.parametrize(
    ("preset", "common", "changes", "told"),
    [
        ("ring", {}, {}, "calico_fabric_preset: 'ring'"),
        ("tor_ebgp", {}, {"rack1_host1": {"calico_rack": None}}, "host rack1-host1: calico_rack: is not set"),
        (
            "tor_ebgp",
            {},
            {"rack1_host1": {"calico_rack": "rack9"}},
            "host rack1-host1: calico_rack: 'rack9' has no router",
        ),
        (
            "tor_ebgp",
            {},
            {"tor1": router(1, 64512)},
            "host tor1: calico_router_as_number: 64512 is that of host rack1-host1",
        ),
        (
            "tor_ebgp",
            {},
            {"tor2": {"calico_router_as_number": 65001}},
            "host tor2: calico_router_as_number: 65001 is that of tor1",
        ),
        (
            "tor_ibgp",
            {},
            {"tor1": {"calico_router_as_number": 65001}},
            "host tor1: calico_router_as_number: 65001 is not that of",
        ),
        (
            "tor_ibgp",
            {},
            {"tor1": {"calico_router_racks": {"rack1": {"ipv4_address": "172.31.9.254/24"}}}},
            "host tor1: calico_router_racks.rack1.ipv4_address: 172.31.9.254 is not in the subnet of host rack1-host1",
        ),
        (
            "tor_ebgp",
            {},
            {"tor1": {"calico_router_racks": {"rack1": {"ipv4_address": "172.31.1.254/24"}}}},
            "host tor1: calico_router_racks.rack1.ipv6_address: is not set",
        ),
        ("tor_ebgp", {}, {"tor1": {"calico_router_platform": "ios"}}, "host tor1: calico_router_platform: 'ios'"),
        ("tor_ebgp", {}, {"tor1": {"calico_router_as_number": 0}}, "host tor1: calico_router_as_number: 0"),
        (
            "tor_ebgp",
            {},
            {"tor1": {"calico_router_password": {"name": "fabric", "key": "tor"}}},
            "host tor1: calico_router_password: fabric.tor is not in calico_bgp_passwords",
        ),
        (
            "rr",
            {},
            {"rack1_host1": {"calico_route_reflector": None, "calico_node_route_reflector_cluster_id": None}},
            "calico_route_reflector: is true on no host",
        ),
        (
            "rr",
            {},
            {"rack1_host1": {"calico_node_route_reflector_cluster_id": None}},
            "host rack1-host1: calico_node_route_reflector_cluster_id: is not set on a route reflector",
        ),
        ("rr", {}, {"rack1_host2": {"calico_node_as_number": 64513}}, "host rack1-host2: calico_node_as_number: 64513"),
        (
            "mesh",
            {},
            {"rack1_host2": {"calico_node_as_number": 64513}},
            "host rack1-host2: calico_node_as_number: 64513",
        ),
        (
            "mesh",
            {},
            {"rack1_host2": {"calico_node_ipv4_address": "172.31.1.11/24"}},
            "host rack1-host2: 172.31.1.11 is the address of host rack1-host1",
        ),
        (
            "tor_ebgp",
            {"calico_bgp_passwords": {"fabric": {"tor": "two words"}}},
            {"tor1": {"calico_router_password": {"name": "fabric", "key": "tor"}}},
            "host tor1: calico_router_password: fabric.tor: is refused",
        ),
        (
            "tor_ebgp",
            {},
            {"tor1": {"calico_router_uplinks": [{"name": "a\n b", "address": "203.0.113.1", "as_number": 1}]}},
            "host tor1: calico_router_uplinks[0].name:",
        ),
        (
            "tor_ebgp",
            {},
            {"rack1_host2": {"calico_node_ipv4_address": None, "calico_node_ipv6_address": None}},
            "host rack1-host2: calico_node_ipv4_address: no address is known",
        ),
        ("mesh", {"calico_fabric_bfd": {"interval_ms": 1}}, {}, "calico_fabric_bfd.interval_ms: 1"),
    ],
)
def test_what_cannot_work_is_refused_by_host_and_variable(
    preset: str, common: Variables, changes: dict[str, Variables], told: str
) -> None:
    found = problems(preset, common, **changes)
    assert any(problem.startswith(told) for problem in found), found
    assert "two words" not in str(found)
