"""Whether blocks, handles and affinities agree with each other. Pure.

Upstream writes the three one after the other, so a difference may be a moment's: look twice before you change it.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import holders, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import changes
from ansible_collections.calico.docker.plugins.module_utils.reconcile.books import Affinity, Stored
from ansible_collections.calico.docker.plugins.module_utils.reconcile.changes import Change

from . import choose, pools
from .books import Books
from .findings import Finding

_CONFIRMED = {"state": choose.CONFIRMED, "deleted": False}
_KIND = "orphaned"


def audit(books: Books) -> Iterator[Finding]:
    """Handles, affinities and blocks that do not fit."""
    yield from _handles(books)
    yield from _affinities(books)
    yield from _blocks(books)


def _handles(books: Books) -> Iterator[Finding]:
    held: dict[str, collections.Counter[fields.Network]] = {name: collections.Counter() for name in books.handles}
    for cidr, stored in books.blocks.items():
        for _address, holder in stored.block.holders() if stored is not None else ():
            if (name := holders.handle_of(holder)) and not holders.is_reserved(holder):
                held.setdefault(name, collections.Counter())[cidr] += 1
    for name, counts in held.items():
        handle = books.handles.get(name)
        stated = {} if handle is None else handle.counts
        if stated is None:
            yield Finding("handle", name, "its record cannot be read")
        elif not counts or dict(counts) != stated:
            text = f"counts {_listed(stated)}, but blocks hold {_listed(counts)}"
            yield Finding("handle", name, text, _recounted(books, name, counts, stated))


def _recounted(
    books: Books, name: str, counts: Mapping[fields.Network, int], stated: Mapping[fields.Network, int]
) -> Change | None:
    concerned = {*counts, *stated}
    if any(cidr in books.blocks and books.blocks[cidr] is None for cidr in concerned):
        return None  # it may have addresses in there
    handle = books.handles.get(name)
    written = changes.written(name, counts, 0 if handle is None else handle.revision)
    return changes.merged(written, Change(expect={keys.block(cidr): _revision(books, cidr) for cidr in concerned}))


def _affinities(books: Books) -> Iterator[Finding]:
    for claim in books.affinities:
        key = keys.affinity(claim.node, claim.cidr)
        stored = books.blocks.get(claim.cidr)
        expect = {key: claim.revision, keys.block(claim.cidr): _revision(books, claim.cidr)}
        gone = Change(deletes=(key,), expect=expect)
        if claim.cidr not in books.blocks:
            yield Finding(_KIND, key, f"node {claim.node} claims a block that does not exist", gone)
        elif stored is None:
            continue  # said of the block
        elif stored.block.node != claim.node:
            owner = stored.block.node or "nobody"
            yield Finding(_KIND, key, f"node {claim.node} claims a block of {owner}", gone)
        elif claim.state != choose.CONFIRMED and claim.node in books.nodes:
            text = f"the claim of node {claim.node} is {claim.state}: the block is not announced"
            yield Finding(_KIND, key, text, _confirmed(stored, claim))


def _confirmed(stored: Stored, claim: Affinity) -> Change:
    """Upstream writes the block too, so that whoever is giving it up loses."""
    affinity, block = keys.affinity(claim.node, claim.cidr), keys.block(claim.cidr)
    return Change(
        puts={affinity: _CONFIRMED, block: stored.block.touched().encode()},
        expect={affinity: claim.revision, block: stored.revision},
    )


def _blocks(books: Books) -> Iterator[Finding]:
    claims = {(claim.node, claim.cidr): claim.revision for claim in books.affinities}
    for cidr, stored in books.blocks.items():
        if stored is None:
            yield Finding("block", str(cidr), "its record cannot be read; its addresses are neither given nor freed")
            continue
        node, taken = stored.block.node, stored.block.taken
        if node is None and stored.block.affinity is not None:
            continue  # a load balancer's
        if books.view.knows_pools and pools.containing(books.view.pools, cidr.network_address) is None:
            yield Finding(
                _KIND, str(cidr), f"block in no pool, {taken} addresses taken", _removed(books, stored, claims)
            )
        elif node is not None and node not in books.nodes:
            text = f"block of node {node}, which does not exist, {taken} addresses taken"
            yield Finding(_KIND, str(cidr), text, _removed(books, stored, claims))
        elif node is None and not taken:
            yield Finding(_KIND, str(cidr), "empty block of nobody", _removed(books, stored, claims))
        elif node is not None and (node, cidr) not in claims:
            key = keys.affinity(node, cidr)
            expect = {key: 0, keys.block(cidr): stored.revision, _node_key(node): books.nodes[node]}
            change = Change(puts={key: _CONFIRMED}, expect=expect)
            yield Finding(_KIND, str(cidr), f"block of node {node}, which does not claim it", change)


def _removed(books: Books, stored: Stored, claims: Mapping[tuple[str, fields.Network], int]) -> Change | None:
    """An empty block, its owner's claim with it; neither pool nor Node may have come back meanwhile."""
    block = stored.block
    if block.taken:
        return None
    expect = {keys.block(block.cidr): stored.revision}
    if block.node is not None:
        expect |= {keys.affinity(block.node, block.cidr): claims.get((block.node, block.cidr), 0)}
        expect |= {} if block.node in books.nodes else {_node_key(block.node): 0}
    deletes = tuple(key for key, revision in expect.items() if revision)
    pools_prefix = resources.prefix_of(ip_pools.IPPool)
    return Change(deletes=deletes, expect=expect, unchanged={pools_prefix: books.view.pools_revision})


def _revision(books: Books, cidr: fields.Network) -> int:
    stored = books.blocks.get(cidr)
    return 0 if stored is None else stored.revision


def _node_key(name: str) -> str:
    return resources.key_of(nodes.Node, name)


def _listed(counts: Mapping[fields.Network, int]) -> str:
    return ", ".join(f"{count} in {cidr}" for cidr, count in counts.items()) or "none"
