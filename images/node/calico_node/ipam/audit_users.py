"""Whether those who have an address have it by the books: unrecorded addresses, forgotten endpoints. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, holders, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import changes
from ansible_collections.calico.docker.plugins.module_utils.reconcile.changes import Change

from . import choose, pools
from .books import Books, Present
from .findings import Finding

GRACE = 180.0  # seconds; no call of the engine takes that long
HANDLES = "calico.docker/handles"  # the endpoint's annotation
_CONFIRMED = {"state": choose.CONFIRMED, "deleted": False}


def audit(
    books: Books, taken: Mapping[fields.Address, blocks.Attributes], present: Present | None
) -> Iterator[Finding]:
    """``taken``: who holds what by the blocks."""
    yield from _unrecorded(books, taken, present)
    yield from _forgotten(books, present)


@dataclasses.dataclass(frozen=True, slots=True)
class _User:
    """Somebody who has an address, by an endpoint's record or by the engine's word."""

    address: fields.Address
    node: str
    endpoint: str
    name: str
    handle: str
    expect: Mapping[str, int] = dataclasses.field(default_factory=dict)


def _unrecorded(
    books: Books, taken: Mapping[fields.Address, blocks.Attributes], present: Present | None
) -> Iterator[Finding]:
    for user in _users(books, present):
        if user.address in taken and "releasedAt" not in taken[user.address]:
            continue
        pool = pools.containing(books.view.pools, user.address)
        if pool is not None:
            text = f"{user.name} has it, but it counts as free and may be given away"
            yield Finding("unrecorded", str(user.address), text, _recorded(books, pool, user))


def _users(books: Books, present: Present | None) -> Iterator[_User]:
    seen: set[tuple[fields.Address, str]] = set()
    for found in books.endpoints:
        spec, metadata = found.resource.spec, found.resource.metadata
        handles = _handles_of(metadata.annotations.get(HANDLES))
        for address in found.addresses:
            seen.add((address, spec.endpoint))
            ours = spec.orchestrator == workload_endpoints.ORCHESTRATOR
            handle = handles.get(str(address)) or holders.HANDLE_PREFIX + spec.endpoint
            expect = {found.resource.key: found.revision}
            name = f"endpoint {found.resource.name}"
            yield _User(address, found.node, spec.endpoint, name, handle if ours else "", expect)
    for address, endpoint in (present.endpoints if present is not None else {}).items():
        if present is not None and (address, endpoint) not in seen:
            name, handle = f"container endpoint {endpoint}", holders.HANDLE_PREFIX + endpoint
            yield _User(address, present.node, endpoint, name, handle)


def _forgotten(books: Books, present: Present | None) -> Iterator[Finding]:
    """Endpoints of this host that its engine does not know; the plugin removes them, since it sees the interfaces."""
    for found in books.endpoints if present is not None else ():
        spec, created = found.resource.spec, found.resource.metadata.creation_timestamp or ""
        if present is None or found.node != present.node or spec.orchestrator != workload_endpoints.ORCHESTRATOR:
            continue
        if spec.endpoint not in present.known and books.view.is_past(created, GRACE):
            text = "Docker does not know this endpoint; calico-libnetwork removes it when it looks next"
            yield Finding("orphaned", found.resource.name, text)


def _handles_of(annotation: str | None) -> Mapping[str, str]:
    try:
        found = json.loads(annotation or "{}")
    except ValueError:
        return {}
    return {str(address): str(handle) for address, handle in found.items()} if isinstance(found, Mapping) else {}


def _recorded(books: Books, pool: ip_pools.IPPool, user: _User) -> Change | None:
    """The address, taken in its block, which is made if there is none; None where a person must look."""
    if not user.handle:
        return None
    cidr = next((cidr for cidr in books.blocks if user.address in cidr), pools.block_of(pool, user.address))
    stored, more = books.blocks.get(cidr), Change()
    if cidr not in books.blocks:
        if user.node not in books.nodes or any(ip_pools.overlap(cidr, other) for other in books.blocks):
            return None
        stored = choose.made(books.view, user.node, cidr)
        claims = {(one.node, one.cidr): one.revision for one in books.affinities}
        key = keys.affinity(user.node, cidr)
        more = Change(puts={key: _CONFIRMED}, expect={key: claims.get((user.node, cidr), 0)})
    if stored is None or stored.block.holder(user.address) is not None:
        return None
    attributes = holders.attributes(user.handle, user.node, books.view.timestamp)
    block, _address = stored.block.assign(attributes, user.address)
    written = Change(puts={keys.block(cidr): block.encode()}, expect={keys.block(cidr): stored.revision, **user.expect})
    handle = changes.counted(user.handle, books.handles.get(user.handle), cidr, 1)
    return None if handle is None else changes.merged(written, handle, more)
