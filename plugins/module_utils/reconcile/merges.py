"""What is wanted in view of what is stored, where several writers share a resource."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_annotations,
    errors,
    ip_pools,
    nodes,
    pool_mtus,
    resources,
)
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem


def keep_stored(wanted: resources.Resource, stored: resources.Resource | None) -> resources.Resource:
    """What is there stays as it is."""
    return stored if stored is not None else wanted


def keep_metadata(
    wanted: resources.Resource, stored: resources.Resource | None, *, labels: Mapping[str, str] | None
) -> resources.Resource:
    """Annotations stay, and labels too where none are given: they are everybody's."""
    if stored is None:
        return wanted
    metadata = dataclasses.replace(
        wanted.metadata,
        labels=stored.metadata.labels if labels is None else labels,
        annotations=stored.metadata.annotations,
    )
    return dataclasses.replace(wanted, metadata=metadata)


def state_mtu(wanted: ip_pools.IPPool, stored: ip_pools.IPPool | None, *, mtu: int | None) -> ip_pools.IPPool:
    """A pool with this MTU, or with none whatever is stored. Raises Invalid."""
    del stored
    return pool_mtus.stated(wanted, mtu)


def state_extras(
    wanted: resources.Resource, stored: resources.Resource | None, *, extras: Mapping[str, object]
) -> resources.Resource:
    """With these settings of sessions, which are annotations, whatever is stored. Raises Invalid."""
    del stored
    annotations = bgp_annotations.stated(wanted.metadata.annotations, extras)
    return dataclasses.replace(wanted, metadata=dataclasses.replace(wanted.metadata, annotations=annotations))


def register(wanted: nodes.Node, stored: nodes.Node | None, *, readdress: bool) -> nodes.Node:
    """The host's addresses over what else the Node holds. Raises Invalid where another host has the name."""
    if stored is None:
        return wanted
    if not readdress and not _same_host(wanted, stored):
        raise errors.Invalid([_taken(wanted, stored)])
    mine, theirs = (node.spec.bgp or nodes.NodeBGP() for node in (wanted, stored))
    bgp = dataclasses.replace(
        theirs,
        ipv4_address=mine.ipv4_address,
        ipv6_address=mine.ipv6_address,
        as_number=mine.as_number or theirs.as_number,
        route_reflector_cluster_id=mine.route_reflector_cluster_id or theirs.route_reflector_cluster_id,
    )
    return dataclasses.replace(wanted, spec=dataclasses.replace(stored.spec, bgp=bgp))


def _same_host(wanted: nodes.Node, stored: nodes.Node) -> bool:
    """By the IPv4 address where both have one, else by the IPv6 address."""
    for version in (4, 6):
        mine, theirs = wanted.address(version), stored.address(version)
        if mine is not None and theirs is not None:
            return mine == theirs
    return stored.address(4) is None and stored.address(6) is None


def _taken(wanted: nodes.Node, stored: nodes.Node) -> Problem:
    addresses = [str(address) for version in (4, 6) if (address := stored.address(version))]
    return Problem(
        f"spec.bgp.ipv{4 if wanted.address(4) else 6}Address",
        str(wanted.address(4) or wanted.address(6)),
        f"node {stored.name} is registered with {' and '.join(addresses)}: another machine has that name, "
        "choose another one; or set readdress if this host has got a new address",
    )
