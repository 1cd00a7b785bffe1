"""What one attempt reads of the store before it decides, with the revisions that its write depends on."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import (
    fields,
    gate,
    ip_pools,
    ip_reservations,
    kinds,
    nodes,
    resources,
)
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import config, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books

from . import errors, pools

R = TypeVar("R", bound=resources.Resource)
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """Pools, settings and, where it is registered, this host, read at about ``now`` (seconds)."""

    pools: tuple[ip_pools.IPPool, ...]
    config: config.Config
    now: float
    revisions: Mapping[str, int]
    datastore: store.Store
    # Networks whose addresses are only given to who asks for them
    reserved: tuple[fields.Network, ...] = ()
    pools_revision: int = 0  # what is said of all pools was true at

    @property
    def timestamp(self) -> str:
        """``now`` as records carry it (RFC 3339)."""
        return books.stamp_of(self.now)

    @property
    def knows_pools(self) -> bool:
        """Whether every pool could be read."""
        return len(self.pools) == len(self.revisions)

    @classmethod
    def read(cls, datastore: store.Store, now: float) -> View:
        found = datastore.list(resources.prefix_of(ip_pools.IPPool))
        decoded = [(record, _pool(record)) for record in found.records]
        return cls(
            pools=tuple(pool for _record, pool in decoded if pool is not None),
            config=books.settings(datastore),
            now=now,
            revisions={record.key: record.revision for record, _pool in decoded},
            datastore=datastore,
            reserved=_reserved(datastore),
            pools_revision=found.revision,
        )

    def node(self, name: str) -> tuple[nodes.Node, int]:
        """The host's Node with its revision. Raises NotRegistered."""
        record = self.datastore.get(resources.key_of(nodes.Node, name))
        node = None if record is None else _decoded(nodes.Node, record)
        if record is None or node is None:
            raise errors.NotRegistered(
                f"node {name} has no valid Node resource: run the role node: this host is not part of the cluster"
            )
        return node, record.revision

    def affinities(self, node: str, version: int) -> Mapping[fields.Network, tuple[str, int]]:
        """The host's claims in the order of their keys: block, (state, revision)."""
        records = self.datastore.list(keys.affinities(node, version)).records
        return {
            cidr: (books.state_of(record), record.revision) for record in records if (cidr := keys.cidr_of(record.key))
        }

    def block(self, cidr: fields.Network) -> books.Stored | None:
        """A block. Raises Invalid for a record that breaks the rules of blocks."""
        record = self.datastore.get(keys.block(cidr))
        return None if record is None else self._stored(cidr, record)

    def blocks(self, version: int) -> Mapping[fields.Network, books.Stored | None]:
        """Every block of a family in the order of their keys; None where the record is invalid."""
        return dict(self._every_block(version))

    def holding(self, address: fields.Address) -> books.Stored | None:
        """The block that an address belongs to, also when its pool is gone or is cut in another size now."""
        pool = pools.containing(self.pools, address)
        if pool and (stored := self.block(pools.block_of(pool, address))):
            return stored
        every = self.blocks(address.version)
        return next((found for cidr, found in every.items() if found and address in cidr), None)

    def _every_block(self, version: int) -> Iterator[tuple[fields.Network, books.Stored | None]]:
        for record in self.datastore.list(keys.blocks(version)).records:
            if (cidr := keys.cidr_of(record.key)) is None:
                continue
            try:
                yield cidr, self._stored(cidr, record)
            except Invalid as error:
                _log.warning("left alone: %s", error)
                yield cidr, None

    def _stored(self, cidr: fields.Network, record: store.Record) -> books.Stored:
        return books.block(cidr, record, self._is_over)

    def is_past(self, timestamp: str, seconds: float) -> bool:
        """Whether a time in a record is so long ago; never for one that cannot be read."""
        return books.is_past(timestamp, seconds, self.now)

    def _is_over(self, released_at: str) -> bool:
        return self.is_past(released_at, self.config.cooldown_seconds)


def _decoded(kind: type[R], record: store.Record) -> R | None:
    try:
        return kind.decode(record.document())
    except Invalid as error:
        _log.warning("left alone: %s: %s", record.key, error)
        return None


def _pool(record: store.Record) -> ip_pools.IPPool | None:
    """A pool; one that is being deleted, or that upstream's controller took out of use, counts as disabled."""
    pool = _decoded(ip_pools.IPPool, record)
    if pool is None or _is_allocatable(record.document()):
        return pool
    return dataclasses.replace(pool, spec=dataclasses.replace(pool.spec, disabled=True))


def _is_allocatable(document: Any) -> bool:
    if document["metadata"].get("deletionTimestamp"):
        return False
    status = document.get("status")
    conditions = status.get("conditions") if isinstance(status, Mapping) else None
    states = [one for one in conditions if isinstance(one, Mapping)] if isinstance(conditions, list) else []
    return not any(one.get("type") == "Allocatable" and one.get("status") == "False" for one in states)


def _reserved(datastore: store.Store) -> tuple[fields.Network, ...]:
    """Of every IPReservation what can be read."""
    found: list[fields.Network] = []
    for record in datastore.list(resources.prefix_of(ip_reservations.IPReservation)).records:
        parts = kinds.parse_key(record.key)
        admitted = gate.Admitted(None) if parts is None else gate.admit(parts, record.value)
        if admitted.reason is not None:
            _log.warning("%s: %s", record.key, admitted.reason)
        if isinstance(admitted.resource, ip_reservations.IPReservation):
            found.extend(admitted.resource.spec.reserved_cidrs)
    return tuple(found)
