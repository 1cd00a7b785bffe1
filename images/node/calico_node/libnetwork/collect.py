"""Garbage: what the engine forgot while the store or the plugin was down. It never asks twice, so we look ourselves.

An address is freed only if everything says that no container has it: the engine answers and lists no such endpoint, no
veth pair of the endpoint reaches into a container, and the record is older than any call can take.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Collection, Iterable
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.dataplane import veth
from calico_node.ipam import allocate, swap

from . import endpoints, engine

GRACE = 180.0  # seconds; no call of the engine takes that long
JOIN_GRACE = 30.0  # seconds between an endpoint and its veth pair; a Join that comes later is refused
_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the collector asks of the engine; see ``engine``."""

    def networks(self) -> tuple[engine.Network, ...]: ...


class Links(Protocol):
    """What the collector asks of the kernel; see ``dataplane.veth``."""

    def links(self) -> tuple[veth.Link, ...]: ...
    def remove(self, name: str) -> bool: ...


class Collector:
    """One pass at a time; see the rules above."""

    def __init__(
        self,
        *,
        engine: Engine,
        links: Links,
        known: endpoints.Endpoints,
        allocator: allocate.Allocator,
        clock: swap.Clock = time,
    ) -> None:
        self._engine = engine
        self._links = links
        self._endpoints = known
        self._allocator = allocator
        self._clock = clock
        self._suspects: frozenset[str] = frozenset()

    def collect(self) -> int:
        """Remove what is left over and return how much. Raises Refused, StoreError, LinkError, IPAMError, Invalid."""
        # The store first: what it does not hold yet, but the engine knows a moment later, is younger than the grace.
        stored = self._endpoints.all()
        held = self._allocator.held()
        alive = {key: value for network in self._engine.networks() for key, value in network.endpoints.items()}
        links = self._links.links()
        attached = {link.name for link in links if link.attached}
        stale = tuple(found for found in stored if self._is_stale(found, alive, attached))
        for found in stale:
            self._remove(found, "the engine does not know it any more")
        kept = {address for found in stored if found not in stale for address in found.addresses}
        kept = kept.union(*alive.values())
        wanted = {endpoints.interface_name(identity) for identity in alive}
        wanted |= {found.interface for found in stored}
        return len(stale) + self._release(held, kept) + self._unlink(links, wanted)

    def reclaim(self, address: fields.Address) -> bool:
        """Free an address that a container asks for by name, if the one of this host that held it is no more.

        So a container with --ip comes back after a reboot in which its end could not be written. The engine cannot be
        asked while it starts containers; but without veth pair no container has the address, and will not get it any
        more: a Join needs the record that is removed first. Raises StoreError, LinkError, IPAMError, Invalid.
        """
        lease = self._allocator.holding(address)
        if lease is None:
            return False
        stored = self._endpoints.all()
        present = {link.name for link in self._links.links()}
        holder = next((found for found in stored if address in found.addresses), None)
        if holder is not None:
            if holder.interface in present:
                return False
            if not self._is_old(holder.endpoint.metadata.creation_timestamp, JOIN_GRACE):
                return False
            self._remove(holder, "its interface is gone")
        elif present - {found.interface for found in stored} or not self._is_old(lease.timestamp):
            return False  # a container without record may have it
        return self._allocator.release(address, lease.handle)

    def _is_stale(self, found: endpoints.Found, alive: Collection[str], attached: Collection[str]) -> bool:
        if found.endpoint.spec.endpoint in alive or found.interface in attached:
            return False
        return self._is_old(found.endpoint.metadata.creation_timestamp)

    def _remove(self, found: endpoints.Found, reason: str) -> None:
        identity = found.endpoint.spec.endpoint
        _log.warning("endpoint %s is removed: %s", identity, reason)
        self._links.remove(endpoints.interface_name(identity))
        self._endpoints.remove(identity)

    def _release(self, held: Iterable[allocate.Held], kept: Collection[fields.Address]) -> int:
        """Free the addresses that no endpoint has."""
        lost = [lease for lease in held if lease.address not in kept and self._is_old(lease.timestamp)]
        released = [lease for lease in lost if self._allocator.release(lease.address, lease.handle)]
        for lease in released:
            _log.warning("address %s is released: no endpoint of this host has it", lease.address)
        return len(released)

    def _unlink(self, links: Iterable[veth.Link], wanted: Collection[str]) -> int:
        """Remove pairs that no endpoint speaks of and whose other end never reached a container.

        A pair has no age, and a Join may just be making this one: so only what the pass before saw too.
        """
        strays = frozenset(link.name for link in links if not link.attached and link.name not in wanted)
        removed = sum(self._links.remove(name) for name in strays & self._suspects)
        self._suspects = strays
        return removed

    def _is_old(self, timestamp: str | None, grace: float = GRACE) -> bool:
        try:
            written = dt.datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
        except ValueError:
            return False
        return written + grace < self._clock.time()
