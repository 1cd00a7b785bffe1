"""Which block serves a request: the host's own, else a new one, else another host's that is empty, else a borrowed one.

Reads lazily: most requests need only the host's first block.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books

from . import errors, pools, views

Existing = Mapping[fields.Network, books.Stored | None]  # None: unreadable, but it is there
Claims = Mapping[fields.Network, tuple[str, int]]  # state and revision of the host's affinities
RECLAIM_SECONDS = 60.0  # a block as young as that stays with its owner, who may be about to use it
CONFIRMED = "confirmed"
_TIDIED = 16  # affinities given up with one request; etcd takes 128 operations


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """An address to take, and its block.

    ``affinities`` are confirmed with it, ``gone`` deleted with it: keys and the revisions they must still have.
    """

    stored: books.Stored
    pool: ip_pools.IPPool
    address: fields.Address
    affinities: Mapping[str, int] = dataclasses.field(default_factory=dict)
    gone: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Chooser:
    """One request of a host: the pools of one family, or parts, that it may take from, in the order of their use."""

    view: views.View
    node: nodes.Node
    candidates: tuple[pools.Source, ...]

    @property
    def version(self) -> int:
        return self.candidates[0].part.version

    def choose(self) -> Target:
        """The block that gives the next address. Raises Exhausted."""
        claims = self.view.affinities(self.node.name, self.version)
        gone: dict[str, int] = {}
        target = self._own(claims, gone) or self._further(claims, gone)
        # A stale affinity comes true again where the very same block is taken over.
        stale = {key: revision for key, revision in gone.items() if key not in target.affinities}
        return dataclasses.replace(target, gone={**stale, **target.gone})

    def _own(self, claims: Claims, gone: dict[str, int]) -> Target | None:
        """A block of the host with space; into ``gone`` goes what is found on the way and is to be given up."""
        for cidr, (state, revision) in claims.items():
            key, source = keys.affinity(self.node.name, cidr), self._source_of(cidr)
            if source is None:
                gone |= self._unselected(cidr, revision) if len(gone) < _TIDIED else {}
                continue
            try:
                stored = self.view.block(cidr) or made(self.view, self.node.name, cidr)
            except Invalid:
                continue  # view.blocks() says so in the log, once the others are full
            if stored.block.node != self.node.name:
                # Left by a claim that failed or a release that broke off: the host must not announce this block.
                gone |= {key: revision} if len(gone) < _TIDIED else {}
            elif (address := self._free(stored.block, source)) is not None:
                # Whoever takes a confirmed claim away changes the block too, so it need not be compared.
                whole = state == CONFIRMED and stored.revision
                return Target(stored, source.pool, address, {} if whole else {key: revision})
        return None

    def _unselected(self, cidr: fields.Network, revision: int) -> Mapping[str, int]:
        """The keys of an empty block of the host whose pool is not for this host any more."""
        pool = pools.containing(pools.enabled(self.view.pools, self.version), cidr.network_address)
        if pool is None or pools.selects(pool, self.node):
            return {}
        try:
            stored = self.view.block(cidr)
        except Invalid:
            return {}
        affinity = {keys.affinity(self.node.name, cidr): revision}
        if stored is None or stored.block.node != self.node.name:
            return affinity
        return {} if stored.block.taken else {**affinity, keys.block(cidr): stored.revision}

    def _further(self, claims: Claims, gone: Mapping[str, int]) -> Target:
        """A block that is not among the host's own yet. Raises Exhausted."""
        existing = self.view.blocks(self.version)
        kept = [cidr for cidr in claims if self._source_of(cidr) and keys.affinity(self.node.name, cidr) not in gone]
        self._refuse_claim(len(kept), existing)
        return (
            self._unclaimed(claims, existing) or self._new(existing) or self._reclaimed(existing)
        ) or self._borrowed(existing)

    def _refuse_claim(self, held: int, existing: Existing) -> None:
        """As upstream: at these limits nothing is borrowed either."""
        config = self.view.config
        if not config.auto_allocate_blocks:
            raise errors.Exhausted(f"{self._usage(existing)}; ipam config: automatic allocation of blocks is off")
        if held >= config.max_blocks_per_host:
            raise errors.Exhausted(
                f"node {self.node.name} holds {held} full blocks, as many as maxBlocksPerHost allows; "
                f"{self._usage(existing)}"
            )

    def _unclaimed(self, claims: Claims, existing: Existing) -> Target | None:
        """A block that says it is the host's, while the affinity was lost."""
        for pool, stored, address in self._with_space(existing):
            cidr = stored.block.cidr
            if stored.block.node == self.node.name and cidr not in claims:
                return Target(stored, pool, address, {keys.affinity(self.node.name, cidr): 0})
        return None

    def _new(self, existing: Existing) -> Target | None:
        for source in self.candidates:
            for cidr in _unused(source, self.node.name, existing, self.view.reserved):
                address = self._free(made(self.view, self.node.name, cidr).block, source)
                if address is not None:
                    return claim(self.view, self.node.name, source.pool, address)
        return None

    def _reclaimed(self, existing: Existing) -> Target | None:
        """Another host's empty block, with the affinity taken from it; a block without owner is only borrowed from."""
        for pool, stored, address in self._with_space(existing):
            block, owner = stored.block, stored.block.node
            if block.taken or owner is None or block.cidr.prefixlen != pool.spec.block_size or not self._is_old(block):
                continue
            theirs = self.view.datastore.get(keys.affinity(owner, block.cidr))
            if theirs is not None and owner != self.node.name:
                ours = claim(self.view, self.node.name, pool, address)
                moved = books.Stored(block.owned_by(self.node.name, self.view.timestamp), stored.revision)
                return dataclasses.replace(ours, stored=moved, gone={theirs.key: theirs.revision})
        return None

    def _is_old(self, block: blocks.Block) -> bool:
        """A block without time of claim was claimed by an old writer, long ago."""
        return block.claim_time is None or self.view.is_past(block.claim_time, RECLAIM_SECONDS)

    def _borrowed(self, existing: Existing) -> Target:
        if self.view.config.strict_affinity:
            raise errors.Exhausted(f"{self._usage(existing)}; strict affinity forbids blocks of other hosts")
        for pool, stored, address in self._with_space(existing):
            return Target(stored, pool, address)
        raise errors.Exhausted(self._usage(existing))

    def _with_space(self, existing: Existing) -> Iterator[tuple[ip_pools.IPPool, books.Stored, fields.Address]]:
        """Blocks that have an address to give, pool by pool; each host begins elsewhere, so that they seldom meet."""
        for source in self.candidates:
            inside = [stored for cidr, stored in existing.items() if stored and self._source_of(cidr) == source]
            start = pools.place_of(self.node.name, len(inside) or 1)
            for stored in (*inside[start:], *inside[:start]):
                if (address := self._free(stored.block, source)) is not None:
                    yield source.pool, stored, address

    def _free(self, block: blocks.Block, source: pools.Source) -> fields.Address | None:
        return block.first_free(self.view.reserved, source.part)

    def _source_of(self, cidr: fields.Network) -> pools.Source | None:
        return next((source for source in self.candidates if ip_pools.overlap(source.part, cidr)), None)

    def _usage(self, existing: Existing) -> str:
        return "; ".join(_usage(source, existing) for source in self.candidates)


def claim(view: views.View, node: str, pool: ip_pools.IPPool, address: fields.Address) -> Target:
    """A new block for the host; its affinity is compared too, and an abandoned claim taken over."""
    cidr = pools.block_of(pool, address)
    key = keys.affinity(node, cidr)
    before = view.datastore.get(key)
    return Target(made(view, node, cidr), pool, address, {key: 0 if before is None else before.revision})


def made(view: views.View, node: str, cidr: fields.Network) -> books.Stored:
    """The block that is not there yet. Its sequence starts at the time, so that it never repeats an earlier block's."""
    return books.Stored(blocks.fresh(cidr, node=node, claim_time=view.timestamp, sequence=int(view.now * 1e9)), 0)


def _unused(
    source: pools.Source, node: str, existing: Existing, reserved: Iterable[fields.Network]
) -> Iterator[fields.Network]:
    """The source's blocks that overlap no existing one; a former pool may have been cut in other sizes."""
    others = [cidr for cidr in existing if cidr.prefixlen != source.pool.spec.block_size]
    for cidr in pools.blocks_from(source, node, reserved):
        if cidr not in existing and not any(ip_pools.overlap(cidr, other) for other in others):
            yield cidr


def _usage(source: pools.Source, existing: Existing) -> str:
    inside = [stored for cidr, stored in existing.items() if ip_pools.overlap(cidr, source.part)]
    taken = sum(address in source.part for stored in inside if stored for address, _holder in stored.block.holders())
    return f"pool {source} is exhausted: {taken} of {source.part.num_addresses} addresses used in {len(inside)} blocks"
