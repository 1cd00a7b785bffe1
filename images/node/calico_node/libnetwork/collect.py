"""Garbage: what the engine forgot while the store or the plugin was down. It never asks twice, so we look ourselves.

What the engine told us to remove is removed as soon as the store answers again. Anything else goes only if everything
says that no container has it, again and again without a break for longer than any call of the engine takes: the engine
answers and lists no such endpoint, and no veth pair of it reaches into a container. No clock of the day is trusted:
it may jump, and a host may sleep between two calls of the engine.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.ipam import allocate, swap
from calico_node.ipam import errors as ipam_errors

from . import endpoints, engine
from .errors import Refused

GRACE = 30.0  # seconds; the engine repeats a call for 15
AGE, JOIN_AGE = 180.0, 30.0  # seconds; of a record whose address is asked for by name, without and with endpoint
_EVERY, _WATCHING, _AGAIN = 300.0, 10.0, 5.0  # seconds between two passes: usual, with suspects, after a failure
_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the collector asks of the engine; see ``engine``."""

    def networks(self) -> tuple[engine.Network, ...]: ...


class Links(Protocol):
    """What the collector asks of the kernel; see ``dataplane.veth``."""

    def links(self) -> tuple[veth.Link, ...]: ...
    def remove(self, name: str) -> bool: ...


class Collector:
    """See the rules above; ``run`` belongs in a thread of its own."""

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
        self._suspects: Mapping[str, float] = {}
        self._ended: set[str] = set()
        self._due = threading.Event()

    def run(self) -> None:
        """Look now and then, without end: often while there is something to watch, and at once after a hint."""
        while True:
            self._due.wait(self.look())
            self._due.clear()

    def hint(self) -> None:
        """Something may have been left behind just now: the engine is a new one, or a call of it has failed."""
        self._due.set()

    def bury(self, endpoint_id: str) -> None:
        """Remove an endpoint with which the engine has done, as soon as that is possible: its id never comes again."""
        self._ended.add(endpoint_id)
        self._due.set()

    def look(self) -> float:
        """A pass, whatever comes; the seconds until the next one."""
        try:
            self.collect()
        except (Refused, store.StoreError, veth.LinkError, ipam_errors.IPAMError, Invalid) as error:
            _log.info("no garbage collection now: %s", error)
            return _AGAIN
        except Exception:  # noqa: BLE001 - the plugin serves without it
            _log.exception("garbage collection failed")
            return _EVERY
        return _WATCHING if self._suspects else _EVERY

    def collect(self) -> int:
        """Remove what is left over and return how much. Raises Refused, StoreError, LinkError, IPAMError, Invalid."""
        try:
            return self._bury() + self._collect()
        except BaseException:
            self._suspects = {}  # nobody knows what was in between
            raise

    def _bury(self) -> int:
        count = 0
        for identity in tuple(self._ended):
            if (found := self._endpoints.find(identity)) is not None:
                count += self._remove(found, "it has ended")
            self._ended.discard(identity)
        return count

    def _collect(self) -> int:
        # The store first: what it does not hold yet, but the engine knows a moment later, is no suspect.
        stored = self._endpoints.all()
        held = self._allocator.held()
        alive = {key: value for network in self._engine.networks() for key, value in network.endpoints.items()}
        links = self._ours()
        attached = {link.name for link in links if link.attached}
        known = {found.interface for found in stored} | {endpoints.interface_name(identity) for identity in alive}
        ended = {
            f"endpoint {found.endpoint.name}": found
            for found in stored
            if found.endpoint.spec.endpoint not in alive and found.interface not in attached
        }
        kept = {address for found in stored for address in found.addresses}.union(*alive.values())
        # A container of which nobody knows the addresses may have any.
        free = () if attached - known else (lease for lease in held if lease.address not in kept)
        lost = {f"address {lease.address} {lease.handle}": lease for lease in free}
        strays = {f"interface {link.name}": link.name for link in links if link.name not in known | attached}
        old = self._old({*ended, *lost, *strays})
        count = sum(self._remove(ended[key], "the engine does not know it any more") for key in old & ended.keys())
        count += self._release((lease.address, lease.handle) for key, lease in lost.items() if key in old)
        return count + sum(self._links.remove(strays[key]) for key in old & strays.keys())

    def _ours(self) -> tuple[veth.Link, ...]:
        """The pairs that this plugin made: those of workloads that people cable are theirs."""
        return tuple(link for link in self._links.links() if "gateway" in veth.read(link.alias))

    def _old(self, seen: Collection[str]) -> Collection[str]:
        """Those that every pass has seen for long enough."""
        now = self._clock.monotonic()
        self._suspects = {key: self._suspects.get(key, now) for key in seen}
        return {key for key, since in self._suspects.items() if since + GRACE <= now}

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
        present = {link.name for link in self._ours()}
        holder = next((found for found in stored if address in found.addresses), None)
        if holder is not None:
            if holder.interface in present:
                return False
            has_ended = holder.endpoint.spec.endpoint in self._ended
            if not has_ended and not self._is_past(holder.endpoint.metadata.creation_timestamp, JOIN_AGE):
                return False
            self._remove(holder, "its interface is gone")
        elif present - {found.interface for found in stored} or not self._is_past(lease.timestamp, AGE):
            return False  # a container without record may have it
        self._allocator.release(address, lease.handle)
        return True

    def _remove(self, found: endpoints.Found, reason: str) -> int:
        """An endpoint, and its addresses as long as nobody else has got them; how much that was."""
        _log.warning("endpoint %s is removed: %s", found.endpoint.spec.endpoint, reason)
        self._links.remove(found.interface)
        self._endpoints.remove(found.endpoint.spec.endpoint)
        return 1 + self._release(found.handles.items())

    def _release(self, leases: Iterable[tuple[fields.Address, str]]) -> int:
        released = [address for address, handle in leases if self._allocator.release(address, handle)]
        for address in released:
            _log.warning("address %s is released: no endpoint of this host has it", address)
        return len(released)

    def _is_past(self, timestamp: str | None, age: float) -> bool:
        try:
            written = dt.datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
        except ValueError:
            return False
        return written + age < self._clock.time()
