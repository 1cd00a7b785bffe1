"""Fleets of two racks as play verify sees them: all is well, until a test changes what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.plugin_utils.verify import report, rows
from tests.unit.plugins.plugin_utils.fabric import inventories

Variables = dict[str, Any]
HOSTS = inventories.GROUPS["calico_node"]
# The host part of the addresses, the blocks.
_NUMBERS = {"rack1-host1": (1, 11), "rack1-host2": (1, 12), "rack2-host1": (2, 11)}
BLOCKS = {
    "rack1-host1": ("10.65.0.0/26", "fd65::/122"),
    "rack1-host2": ("10.65.0.64/26", "fd65::40/122"),
    "rack2-host1": ("10.65.0.128/26", "fd65::80/122"),
}
PRESETS = ("mesh", "tor_ebgp", "tor_ibgp", "rr")


def address(name: str, version: int) -> str:
    rack, number = _NUMBERS[name]
    return f"172.31.{rack}.{number}" if version == 4 else f"fd31:0:0:{rack}::{number}"


def router_of(name: str, version: int) -> str:
    rack, _number = _NUMBERS[name]
    return f"172.31.{rack}.254" if version == 4 else f"fd31:0:0:{rack}::254"


def session(peer: str, origin: str = "somebody", **changes: Any) -> Variables:
    up = {"peer": peer, "origin": origin, "established": True, "state": "Established", "since": "2026-11-24 18:00:00"}
    return {**up, "asNumber": 64512, "imported": 1, "exported": 1, "info": "", **changes}


def printed(*sessions: Variables) -> Variables:
    return {"rc": 0, "stdout": json.dumps({"sessions": sessions}), "stderr": ""}


def kernel(*routes: Variables) -> Variables:
    """As ``ip -json route show`` of both IP versions."""
    parts = [[route for route in routes if (":" in route["dst"]) == (version == 6)] for version in (4, 6)]
    return {"results": [{"rc": 0, "stdout": json.dumps(part)} for part in parts]}


def routes(name: str, preset: str) -> list[Variables]:
    """Subnet, default route, and the blocks of the others."""
    found: list[Variables] = [{"dst": block, "type": "blackhole", "metric": 4096} for block in BLOCKS[name]]
    rack, _number = _NUMBERS[name]
    for version, subnet in ((4, f"172.31.{rack}.0/24"), (6, f"fd31:0:0:{rack}::/64")):
        every = "0.0.0.0/0" if version == 4 else "::/0"
        found += [{"dst": subnet, "dev": "eth0"}, {"dst": every, "gateway": router_of(name, version), "dev": "eth0"}]
        for other in HOSTS:
            if other != name:
                direct = _NUMBERS[other][0] == rack and preset != "tor_ebgp"
                hop = address(other, version) if direct else router_of(name, version)
                block = BLOCKS[other][version == 6]
                found.append({"dst": block, "gateway": hop, "dev": "eth0", "metric": 2048, "protocol": "bird"})
    return found


def peers(name: str, preset: str) -> list[str]:
    if preset.startswith("tor"):
        return [router_of(name, version) for version in (4, 6)]
    others = [other for other in HOSTS if other != name and (preset == "mesh" or "rack1-host1" in (name, other))]
    return [address(other, version) for other in others for version in (4, 6)]


def resources() -> list[Variables]:
    pools = [{"cidr": "10.65.0.0/16"}, {"cidr": "fd65::/48"}]
    nodes = {name: {"ipv4Address": f"{address(name, 4)}/24", "ipv6Address": f"{address(name, 6)}/64"} for name in HOSTS}
    return [
        *({"kind": "IPPool", "metadata": {"name": pool["cidr"]}, "spec": pool} for pool in pools),
        *({"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": bgp}} for name, bgp in nodes.items()),
    ]


def datastore() -> Variables:
    blocks = [{"cidr": block, "node": name} for name, found in BLOCKS.items() for block in found]
    return {
        "verify_usage": {"results": [{"item": "rack1-host1", "blocks": blocks}]},
        "verify_resources": {"results": [{"item": "rack1-host1", "resources": resources()}]},
    }


def healthy(preset: str | None = None) -> dict[str, Variables]:
    """The variables of all; without a preset a mesh that the inventory says nothing of."""
    used = preset or "mesh"
    found = inventories.racks(used)
    for name in HOSTS:
        if preset is None:
            del found[name]["calico_fabric_preset"]
        found[name] |= {
            "verify_status": {"problems": [], "status": {}},
            "verify_sessions": printed(*(session(peer) for peer in peers(name, used))),
            "verify_routes": kernel(*routes(name, used)),
            **datastore(),
        }
    return found


def rows_of(hosts: Mapping[str, Variables], names: Iterable[str] = HOSTS) -> list[rows.Row]:
    return report.check(hosts, inventories.GROUPS, list(names))


def complaints(hosts: Mapping[str, Variables], names: Iterable[str] = HOSTS) -> list[str]:
    return [str(row) for row in rows_of(hosts, names) if row.state == rows.FAILED]
