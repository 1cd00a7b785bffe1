"""What containers leave behind if something is wrong: in the store, and on the hosts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys

if TYPE_CHECKING:
    from .sites import Site

_ENDPOINTS = resources.prefix_of(workload_endpoints.WorkloadEndpoint)


def of(site: Site) -> list[str]:
    """Addresses, handles, endpoints and interfaces that are there while no container is."""
    found = [f"address {address}" for address in taken(site.store)]
    found += [f"handle {record.key}" for record in site.store.list(keys.HANDLES).records]
    found += [f"endpoint {document['metadata']['name']}" for document in endpoints(site.store)]
    return found + [f"interface {name} of {host.name}" for host in site.hosts.values() for name in host.links()]


def wipe(site: Site) -> None:
    """Remove it: it fails the test that it is of, and no other."""
    if of(site):
        for prefix in (_ENDPOINTS, keys.ROOT):
            for record in site.store.list(prefix).records:
                site.store.commit({}, [record.key])
        for host in site.hosts.values():
            for name in host.links():
                host.machine.run("ip", "link", "delete", name)


def taken(opened: store.Store) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Every address that a container has, as the blocks say."""
    return list(_taken(opened))


def endpoints(opened: store.Store) -> list[Any]:
    """Every WorkloadEndpoint."""
    return [record.document() for record in opened.list(_ENDPOINTS).records]


def _taken(opened: store.Store) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for version in (4, 6):
        for record in opened.list(keys.blocks(version)).records:
            cidr = keys.cidr_of(record.key)
            assert cidr is not None
            slots = record.document()["allocations"]
            yield from (cidr[ordinal] for ordinal, slot in enumerate(slots) if slot is not None)
