"""Garbage: what the engine forgot while the store or the plugin was down. It never asks twice, so we look ourselves.

An address is freed only if everything says that no container has it: the engine answers and lists no such endpoint, no
veth pair of the endpoint reaches into a container, and the record is older than any call can take.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.dataplane import veth
from calico_node.ipam import allocate, swap

from . import endpoints, engine

GRACE = 180.0  # seconds; no call of the engine takes that long
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

    def __init__(  # noqa: PLR0913 - its neighbours
        self,
        *,
        engine: Engine,
        links: Links,
        known: endpoints.Endpoints,
        allocator: allocate.Allocator,
        clock: swap.Clock = time,
        forget: Callable[[str], None] = lambda _interface: None,
    ) -> None:
        self._engine = engine
        self._links = links
        self._endpoints = known
        self._allocator = allocator
        self._clock = clock
        self._forget = forget

    def collect(self) -> int:
        """Remove what is left over and return how much. Raises Refused, StoreError, LinkError, IPAMError."""
        # Read in this order: what appears later than the engine's answer is younger than the grace.
        stored = tuple(self._endpoints.all())
        held = self._allocator.held()
        alive = {identity for network in self._engine.networks() for identity in network.endpoints}
        attached = {link.name for link in self._links.links() if link.attached}
        stale = tuple(self._stale(stored, alive, attached))
        for found in stale:
            self._remove(found)
        kept = {address for found in stored if found not in stale for address in found.addresses}
        return len(stale) + self._release(held, kept) + self._unlink(stored, alive)

    def _stale(
        self, stored: Iterable[endpoints.Found], alive: set[str], attached: set[str]
    ) -> Iterator[endpoints.Found]:
        for found in stored:
            spec = found.endpoint.spec
            if (
                spec.endpoint not in alive
                and spec.interface_name not in attached
                and self._is_old(found.endpoint.metadata.creation_timestamp)
            ):
                yield found

    def _remove(self, found: endpoints.Found) -> None:
        spec = found.endpoint.spec
        _log.warning("endpoint %s is removed: the engine does not know it any more", spec.endpoint)
        self._links.remove(endpoints.interface_name(spec.endpoint))
        self._forget(endpoints.interface_name(spec.endpoint))
        self._endpoints.remove(spec.endpoint)

    def _release(self, held: Iterable[allocate.Held], kept: set[fields.Address]) -> int:
        """Free the addresses that no endpoint has."""
        released = 0
        for lease in held:
            if lease.address not in kept and self._is_old(lease.timestamp) and self._allocator.release(lease.address):
                _log.warning("address %s is released: no endpoint of this host has it", lease.address)
                released += 1
        return released

    def _unlink(self, stored: Iterable[endpoints.Found], alive: set[str]) -> int:
        """Remove pairs whose other end never reached a container, and that no endpoint speaks of."""
        wanted = {found.endpoint.spec.interface_name for found in stored}
        wanted |= {endpoints.interface_name(identity) for identity in alive}
        stray = [link.name for link in self._links.links() if not link.attached and link.name not in wanted]
        return sum(self._links.remove(name) for name in stray)

    def _is_old(self, timestamp: str | None) -> bool:
        try:
            written = dt.datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
        except ValueError:
            return False
        return written + GRACE < self._clock.time()
