"""Inventories of two racks with a router each, for the tests of the fabric."""

from typing import Any

Variables = dict[str, Any]
GROUPS = {
    "calico_node": ["rack1-host1", "rack1-host2", "rack2-host1"],
    "calico_router": ["tor1", "tor2"],
}
POOLS = [{"name": "v4", "cidr": "10.65.0.0/16", "block_size": 26}, {"name": "v6", "cidr": "fd65::/48"}]
PLATFORMS = ("frr", "bird", "eos", "nxos", "junos")


def host(rack: int, number: int, **variables: Any) -> Variables:
    return {
        "calico_rack": f"rack{rack}",
        "calico_node_ipv4_address": f"172.31.{rack}.{number}/24",
        "calico_node_ipv6_address": f"fd31:0:0:{rack}::{number}/64",
        **variables,
    }


def router(rack: int, as_number: int, **variables: Any) -> Variables:
    addresses = {"ipv4_address": f"172.31.{rack}.254/24", "ipv6_address": f"fd31:0:0:{rack}::254/64"}
    return {
        "calico_router_platform": "frr",
        "calico_router_as_number": as_number,
        "calico_router_racks": {f"rack{rack}": addresses},
        **variables,
    }


def racks(preset: str, common: Variables | None = None, **changes: Variables) -> dict[str, Variables]:
    """A right inventory of a preset; ``changes`` by host, with underscores for dashes, None takes a variable away."""
    shared = {"calico_fabric_preset": preset, "calico_pools": POOLS, "calico_as_number": 64512, **(common or {})}
    external = preset == "tor_ebgp"
    found = {
        "rack1-host1": host(1, 11),
        "rack1-host2": host(1, 12),
        "rack2-host1": host(2, 11),
        "tor1": router(1, 65001 if external else 64512),
        "tor2": router(2, 65002 if external else 64512),
    }
    if preset == "rr":
        found["rack1-host1"] |= {"calico_route_reflector": True, "calico_node_route_reflector_cluster_id": "1.0.0.1"}
    for name, variables in found.items():
        variables.update({key: value for key, value in shared.items() if key not in variables})
        variables.update(changes.get(name.replace("-", "_"), {}))
    return {name: {key: value for key, value in one.items() if value is not None} for name, one in found.items()}
