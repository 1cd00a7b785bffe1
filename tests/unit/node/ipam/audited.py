"""Hosts with containers on one store, whose books a test damages and has audited."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import fields, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile.books import ENDPOINTS
from calico_node.ipam import allocate, audit_users, books, repair
from calico_node.ipam.findings import Finding
from tests.fakes import cluster
from tests.unit.node.ipam.world import ANY4, allocator, fake

POOLS = {"p1": {"cidr": "10.65.0.0/28", "blockSize": 30}, "p6": "fd65::/120"}
CONFIRMED = {"state": "confirmed", "deleted": False}


class World:
    """Two hosts with containers; ``containers`` is what the engines say: endpoint id, node and addresses."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self.store = fake(POOLS, config=config)
        self.clock = cluster.Clock()
        self.containers: dict[str, tuple[str, tuple[fields.Address, ...]]] = {}
        self.engine_answers = True

    def start(self, node: str = "host1", *wishes: allocate.Wish) -> tuple[fields.Address, ...]:
        """A container, as the plugin starts it."""
        ours = allocator(self.store, node, self.clock)
        addresses = tuple(ours.assign(wish) for wish in wishes or (ANY4,))
        name = f"{len(self.containers):064x}"
        self.containers[name] = (node, addresses)
        self.publish(name)
        return addresses

    def publish(self, name: str) -> str:
        node, addresses = self.containers[name]
        found = allocator(self.store, node, self.clock).handles_of(addresses)
        endpoint = workload_endpoints.for_container(
            node=node,
            endpoint=name,
            interface=f"cali{name[-11:]}",
            mac="ee:ee:ee:ee:ee:ee",
            addresses=addresses,
            profiles=["frontend"],
            annotations={audit_users.HANDLES: json.dumps({str(address): handle for address, handle in found.items()})},
        )
        self.store.put(endpoint.key, endpoint.created(uid=cluster.UID, timestamp=cluster.CREATED).encode())
        return endpoint.key

    def endpoint_key(self, address: fields.Address) -> str:
        return next(key for key in self.store.documents() if key.startswith(ENDPOINTS) and self._has(key, address))

    def _has(self, key: str, address: fields.Address) -> bool:
        record = self.store.get(key)
        return record is not None and f'"{address}/'.encode() in record.value

    def block_key(self, address: fields.Address) -> str:
        size = 30 if address.version == 4 else 122
        return keys.block(ipaddress.ip_network(f"{address}/{size}", strict=False))

    def edit(self, key: str, change: Callable[[Any], Any]) -> None:
        self.store.put(key, change(self.store.documents()[key]))

    def auditor(self, node: str = "host1") -> repair.Auditor:
        return repair.Auditor(self.store, lambda: self._present(node), clock=self.clock)

    def found(self, node: str = "host1") -> list[tuple[str, str]]:
        return [found.identity for found in self.auditor(node).findings()]

    def repair(self, node: str = "host1") -> list[Finding]:
        """What stays, once everything that can be was repaired on one host."""
        for _round in range(3):
            for finding in self.auditor(node).findings():
                if finding.change is not None:
                    self.auditor(node).repair(finding)
        return list(self.auditor(node).findings())

    def _present(self, node: str) -> books.Present | None:
        here = {name: addresses for name, (host, addresses) in self.containers.items() if host == node}
        endpoints = {address: name for name, addresses in here.items() for address in addresses}
        return books.Present(node, endpoints.keys(), here.keys(), endpoints) if self.engine_answers else None


def take(world: World, address: str, holder: blocks.Attributes) -> str:
    """Somebody takes an address of a block; the handle's record is not written."""
    key = world.block_key(ipaddress.ip_address(address))
    cidr = keys.cidr_of(key)
    assert cidr is not None
    block, _address = blocks.decode(cidr, world.store.documents()[key]).assign(holder, ipaddress.ip_address(address))
    world.store.put(key, block.encode())
    return key
