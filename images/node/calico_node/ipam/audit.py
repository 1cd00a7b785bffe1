"""Whether what counts as taken is in use, and once only: leaked and double addresses; and all other questions. Pure.

An address is freed only if nobody can have it: no endpoint of any kind in the store, none of this host's containers by
the engine's own word, and taken longer ago than any call of the engine lasts. Other hosts' engines cannot be asked.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, holders
from ansible_collections.calico.docker.plugins.module_utils.reconcile import changes
from ansible_collections.calico.docker.plugins.module_utils.reconcile.books import ENDPOINTS, Stored
from ansible_collections.calico.docker.plugins.module_utils.reconcile.changes import Change

from . import audit_claims, audit_users
from .books import Books, Present
from .findings import Finding


def audit(books: Books, present: Present | None) -> tuple[Finding, ...]:
    """Everything that is wrong; ``present`` is None if the engine of this host does not answer."""
    taken = dict(_taken(books))
    return (
        *_leaked(books, taken, present),
        *_doubles(books, taken),
        *audit_users.audit(books, {address: found.holder for address, found in taken.items()}, present),
        *audit_claims.audit(books),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """An address that a block says is held."""

    stored: Stored
    holder: blocks.Attributes

    @property
    def node(self) -> str:
        return str(holders.secondary(self.holder).get("node", ""))

    @property
    def handle(self) -> str:
        return holders.handle_of(self.holder)


def _taken(books: Books) -> Iterator[tuple[fields.Address, Taken]]:
    for stored in books.blocks.values():
        if stored is not None:
            yield from ((address, Taken(stored, holder)) for address, holder in stored.block.holders())


def _leaked(books: Books, taken: Mapping[fields.Address, Taken], present: Present | None) -> Iterator[Finding]:
    kept = {address for endpoint in books.endpoints for address in endpoint.addresses} | books.tunnels
    kept = kept.union(present.addresses if present is not None else ())
    for address, found in taken.items():
        if address in kept or "releasedAt" in found.holder or holders.is_reserved(found.holder):
            continue
        stamp = str(holders.secondary(found.holder).get("timestamp", ""))
        is_old = books.view.is_past(stamp, audit_users.GRACE)
        if holders.is_libnetworks(found.holder) and not is_old and books.view.is_past(stamp, float("-inf")):
            continue  # its container may just be starting
        text = f"no endpoint has it, but handle {found.handle or 'none'} of node {found.node or 'unknown'}"
        obstacle = _obstacle(books, found, present, is_old=is_old)
        change = None if obstacle else _released(books, address, found)
        yield Finding("leaked", str(address), f"{text}; {obstacle}" if obstacle else text, change)


def _obstacle(books: Books, found: Taken, present: Present | None, *, is_old: bool) -> str:
    """Why the address cannot be freed here and now."""
    if not holders.is_libnetworks(found.holder):
        return "another tool took it and must free it"
    if present is None:
        return "Docker was not asked"
    if found.node != present.node:
        return f"run this on {found.node or 'the host that has it'}, whose Docker must be asked"
    if books.unreadable:
        return f"not freed while endpoints cannot be read: {', '.join(books.unreadable)}"
    return "" if is_old else "when it was taken is not known"


def _released(books: Books, address: fields.Address, found: Taken) -> Change | None:
    handle = books.handles.get(found.handle)
    if handle is not None and handle.counts is None:
        return None  # a person must look
    cooling = books.view.timestamp if books.view.config.cooldown_seconds else None
    block = {found.stored.block.cidr: found.stored}
    freed = changes.freed(block, books.handles, [address], cooling_from=cooling)
    return changes.merged(freed, Change(unchanged={ENDPOINTS: books.endpoints_revision}))


def _doubles(books: Books, taken: Mapping[fields.Address, Taken]) -> Iterator[Finding]:
    users = collections.defaultdict(list)
    for endpoint in books.endpoints:
        for address in endpoint.addresses:
            users[address].append(endpoint)
    for address, having in users.items():
        if len(having) > 1:
            names = ", ".join(sorted(endpoint.resource.name for endpoint in having))
            yield Finding("double", str(address), f"several endpoints have it: {names}; remove all but one container")
        found = taken.get(address)
        if found is not None and found.node and found.node not in {endpoint.node for endpoint in having}:
            text = f"endpoint {having[0].resource.name} has it, but it was given to node {found.node}"
            yield Finding("double", str(address), f"{text}; remove the container and start it again")
    for one, other in _overlaps(books):
        yield Finding("double", str(one), f"block overlaps block {other}: an address in both may be given twice")


def _overlaps(books: Books) -> Iterator[tuple[fields.Network, fields.Network]]:
    """Blocks that share addresses: neighbours in order of addresses, the larger first."""
    ordered = sorted(books.blocks, key=lambda cidr: (cidr.version, int(cidr.network_address), cidr.prefixlen))
    widest: fields.Network | None = None
    for cidr in ordered:
        if widest is not None and ip_pools.overlap(widest, cidr):
            yield widest, cidr
        else:
            widest = cidr
