"""The address blocks and affinities in the store, as far as removing a pool or a node touches them."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from .terms import Terms

BLOCKS = "/calico/ipam/v2/assignment/"
AFFINITIES = "/calico/ipam/v2/host/"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A key that stands for one block: the block itself, or a node's affinity to it."""

    key: str
    revision: int
    cidr: fields.Network
    node: str | None
    used: int = 0


def blocks(store: stores.Store) -> tuple[list[Entry], int]:
    """All blocks, and the revision that this is true of."""
    listing = store.list(BLOCKS)
    return [entry for record in listing.records if (entry := _block(record))], listing.revision


def affinities(store: stores.Store) -> tuple[list[Entry], int]:
    """All affinities of nodes, and the revision that this is true of."""
    listing = store.list(AFFINITIES)
    return [entry for record in listing.records if (entry := _affinity(record))], listing.revision


def released(store: stores.Store, resource: resources.Resource, concerns: Callable[[Entry], bool]) -> Terms:
    """Remove the empty blocks and the affinities of a resource with it; refuse while addresses are assigned."""
    stored_blocks, as_of = blocks(store)
    stored_affinities, affinities_as_of = affinities(store)
    entries = [entry for entry in (*stored_blocks, *stored_affinities) if concerns(entry)]
    used = sum(entry.used for entry in entries)
    problem = Problem("metadata.name", resource.name, f"{used} of its addresses are assigned: remove the containers")
    return Terms(
        problems=(problem,) if used else (),
        expect={entry.key: entry.revision for entry in entries},
        unchanged={BLOCKS: as_of, AFFINITIES: affinities_as_of},
        deletes=tuple(entry.key for entry in entries),
    )


def _block(record: stores.Record) -> Entry | None:
    cidr = _cidr(record.key)
    if cidr is None:
        return None
    try:
        document = record.document()
    except errors.Invalid:
        document = None
    # What cannot be read may hold addresses: it counts as full.
    if not isinstance(document, Mapping) or not isinstance(document.get("allocations"), list):
        return Entry(record.key, record.revision, cidr, None, cidr.num_addresses)
    used = sum(slot is not None for slot in document["allocations"])
    return Entry(record.key, record.revision, cidr, _owner(document), used)


def _affinity(record: stores.Record) -> Entry | None:
    cidr = _cidr(record.key)
    node, _slash, _rest = record.key.removeprefix(AFFINITIES).partition("/")
    return None if cidr is None else Entry(record.key, record.revision, cidr, node)


def _owner(document: Mapping[str, Any]) -> str | None:
    kind, colon, node = str(document.get("affinity") or "").partition(":")
    return node if colon and kind == "host" else None


def _cidr(key: str) -> fields.Network | None:
    """The block's CIDR, which ends the key as ``10.65.0.0-26``."""
    address, _dash, length = key.rpartition("/")[2].rpartition("-")
    try:
        return ipaddress.ip_network(f"{address}/{length}")
    except ValueError:
        return None
