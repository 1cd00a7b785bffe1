"""What cannot work in a fabric, told before anything is written: each with the host, the variable and the way out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from .reading import MESH, REFLECTORS, TOR_EBGP, TOR_IBGP, Fabric, Host, Router


def problems(fabric: Fabric) -> list[str]:
    """All of them, those of reading first."""
    if fabric.preset in (TOR_EBGP, TOR_IBGP):
        found = itertools.chain(_rack_problems(fabric), _as_problems(fabric), _family_problems(fabric))
    elif fabric.preset == REFLECTORS:
        found = itertools.chain(_reflector_problems(fabric))
    else:
        found = itertools.chain(_mesh_problems(fabric))
    return [*fabric.problems, *_unknown(fabric), *found, *_address_problems(fabric)]


def _unknown(fabric: Fabric) -> Iterator[str]:
    """A host that is left out would lose its sessions."""
    for host in fabric.hosts:
        if not host.interfaces:
            yield (
                f"host {host.name}: calico_node_ipv4_address: no address is known: it was not reached, or --limit "
                "leaves it out; reach it, or state the address in the inventory"
            )


def of_rack(fabric: Fabric, rack: str | None) -> list[Router]:
    """The routers of a rack."""
    return [router for router in fabric.routers if rack in router.racks]


def _rack_problems(fabric: Fabric) -> Iterator[str]:
    for host in fabric.hosts:
        if host.rack is None:
            yield f"host {host.name}: calico_rack: is not set: preset {fabric.preset} needs the rack of each host"
        elif not of_rack(fabric, host.rack):
            yield (
                f"host {host.name}: calico_rack: {host.rack!r} has no router: "
                "some host of group calico_router must have it in calico_router_racks"
            )
        else:
            yield from _subnet_problems(fabric, host)
    known = {host.rack for host in fabric.hosts}
    for router in fabric.routers:
        for rack in router.racks.keys() - known:
            yield f"host {router.name}: calico_router_racks.{rack}: no host has calico_rack {rack!r}"


def _subnet_problems(fabric: Fabric, host: Host) -> Iterator[str]:
    """A session without multihop needs a common subnet."""
    for router in of_rack(fabric, host.rack):
        for version, interface in host.interfaces.items():
            there = router.racks[host.rack or ""].get(version)
            if there is not None and there.ip not in interface.network:
                yield (
                    f"host {router.name}: calico_router_racks.{host.rack}.ipv{version}_address: {there.ip} is not "
                    f"in the subnet of host {host.name} ({interface}): give the router's address in that rack"
                )


def _as_problems(fabric: Fabric) -> Iterator[str]:
    for router in fabric.routers:
        here = f"host {router.name}: calico_router_as_number: {router.as_number}"
        for host in fabric.hosts:
            if host.rack not in router.racks:
                continue
            if fabric.preset == TOR_EBGP and host.as_number == router.as_number:
                yield f"{here} is that of host {host.name} too: they must differ in preset tor_ebgp"
            if fabric.preset == TOR_IBGP and host.as_number != router.as_number:
                yield f"{here} is not that of host {host.name} ({host.as_number}): they must be one in preset tor_ibgp"
    if fabric.preset == TOR_EBGP:
        yield from _twin_problems(fabric)


def _twin_problems(fabric: Fabric) -> Iterator[str]:
    """Routers of one AS refuse each other's routes; those of one rack need none of each other."""
    for one, other in itertools.combinations(fabric.routers, 2):
        if one.as_number == other.as_number and not one.racks.keys() & other.racks.keys():
            yield (
                f"host {other.name}: calico_router_as_number: {other.as_number} is that of {one.name} too, in another "
                "rack: they must differ in preset tor_ebgp, or the racks do not learn each other's routes"
            )


def _family_problems(fabric: Fabric) -> Iterator[str]:
    for router in fabric.routers:
        for rack, found in router.racks.items():
            for version in fabric.versions:
                needed = any(host.rack == rack and version in host.interfaces for host in fabric.hosts)
                if needed and version not in found:
                    yield (
                        f"host {router.name}: calico_router_racks.{rack}.ipv{version}_address: is not set, though "
                        f"hosts have IPv{version} addresses and calico_pools an IPv{version} pool"
                    )


def _reflector_problems(fabric: Fabric) -> Iterator[str]:
    if not any(host.reflector for host in fabric.hosts):
        yield (
            "calico_route_reflector: is true on no host: preset rr needs at least one, better two, with "
            "calico_node_route_reflector_cluster_id"
        )
    for host in fabric.hosts:
        if host.reflector and host.cluster_id is None:
            yield (
                f"host {host.name}: calico_node_route_reflector_cluster_id: is not set on a route reflector: "
                "give it four numbers such as 1.0.0.1, the same on reflectors that serve the same hosts"
            )
        if host.cluster_id is not None and not host.reflector:
            yield f"host {host.name}: calico_route_reflector: is false, but it has a cluster id: remove one of them"
    yield from _one_as(fabric)


def _mesh_problems(fabric: Fabric) -> Iterator[str]:
    for host in fabric.hosts:
        if host.cluster_id is not None:
            yield f"host {host.name}: calico_node_route_reflector_cluster_id: has no use in preset {MESH}, remove it"
    yield from _one_as(fabric)


def _one_as(fabric: Fabric) -> Iterator[str]:
    """Sessions among the hosts are iBGP."""
    for host in fabric.hosts:
        if host.as_number != fabric.as_number:
            yield (
                f"host {host.name}: calico_node_as_number: {host.as_number} is not calico_as_number "
                f"({fabric.as_number}): hosts have one AS in preset {fabric.preset}"
            )


def _address_problems(fabric: Fabric) -> Iterator[str]:
    owners: dict[object, str] = {}
    hosts = ((host.name, interface) for host in fabric.hosts for interface in host.interfaces.values())
    routers = ((router.name, interface) for router in fabric.routers for interface in router.addresses)
    for name, interface in itertools.chain(hosts, routers):
        owner = owners.setdefault(interface.ip, name)
        if owner != name:
            yield f"host {name}: {interface.ip} is the address of host {owner} too: each needs its own"
