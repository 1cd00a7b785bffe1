"""The hosts' end of the fabric's sessions: Calico's BGP resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_annotations

from .reading import MESH, REFLECTORS, TOR_EBGP, Fabric, Router

# On the Nodes (role node), so that a new host of a rack needs no new BGPPeer.
RACK_LABEL, REFLECTOR_LABEL = "calico.docker/rack", "calico.docker/route-reflector"
# On what is made here: what the inventory no longer asks for is found by it.
OWNER_LABEL = "calico.docker/fabric"
_API = "projectcalico.org/v3"


def peers(fabric: Fabric) -> list[dict[str, Any]]:
    """The BGPPeers, by name."""
    if fabric.preset == MESH:
        return []
    if fabric.preset == REFLECTORS:
        return list(_reflectors(fabric))
    return [peer for router in fabric.routers for peer in _of_router(fabric, router)]


def configuration(fabric: Fabric) -> dict[str, Any]:
    """The BGPConfiguration ``default``, apart from what is not the fabric's."""
    return {"as_number": fabric.as_number, "node_to_node_mesh_enabled": fabric.preset == MESH}


def _of_router(fabric: Fabric, router: Router) -> Iterator[dict[str, Any]]:
    for rack, addresses in sorted(router.racks.items()):
        for version, interface in sorted(addresses.items()):
            spec: dict[str, Any] = {
                "nodeSelector": f'{RACK_LABEL} == "{rack}"',
                "peerIP": str(interface.ip),
                "asNumber": router.as_number,
            }
            if fabric.preset == TOR_EBGP:
                # Hosts of one rack have one AS, and hear of each other through the router.
                spec["numAllowedLocalASNumbers"] = 1
            if router.secret is not None:
                name, key = router.secret
                spec["password"] = {"secretKeyRef": {"name": name, "key": key}}
            yield _peer(fabric, f"{_name(router.name)}-{_name(rack)}-ipv{version}", spec)


def _reflectors(fabric: Fabric) -> Iterator[dict[str, Any]]:
    """Each host with each reflector, the reflectors with each other."""
    reflectors = f"has({REFLECTOR_LABEL})"
    yield _peer(fabric, "route-reflectors", {"nodeSelector": reflectors, "peerSelector": reflectors})
    clients = {"nodeSelector": f"!{reflectors}", "peerSelector": reflectors}
    yield _peer(fabric, "route-reflectors-clients", clients)


def _peer(fabric: Fabric, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "labels": {OWNER_LABEL: fabric.preset.replace("_", "-")}}
    if fabric.bfd is not None:
        interval, multiplier = fabric.bfd
        metadata["annotations"] = {
            bgp_annotations.BFD_INTERVAL: f"{interval}ms",
            bgp_annotations.BFD_MULTIPLIER: str(multiplier),
        }
    return {"apiVersion": _API, "kind": "BGPPeer", "metadata": metadata, "spec": spec}


def _name(text: str) -> str:
    """A part of a resource's name."""
    return text.lower().replace("_", "-")
