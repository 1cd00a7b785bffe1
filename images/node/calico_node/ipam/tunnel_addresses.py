"""The addresses of a host's ends of tunnels: one of a tunnelled pool for each kind, taken when a pool asks for it.

Handle, type and the Node's field are upstream's, so that its collectors and Felix know them. Block, handle and Node are
written in one transaction: nobody sees one without the others.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import holders, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books

from . import allocate, choose, errors, pools, swap, views

_USE = "Tunnel"
_RETRY_SECONDS = 10.0
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A kind of tunnel: its words in the store, and which pools ask for it."""

    version: int
    handle: str
    type: str
    place: tuple[str, ...]
    asked_by: Callable[[ip_pools.IPPoolSpec], bool]


_KINDS = (
    Kind(
        4,
        "vxlan-tunnel-addr-",
        "vxlanTunnelAddress",
        ("spec", "ipv4VXLANTunnelAddr"),
        lambda pool: pool.vxlan_mode != "Never",
    ),
    Kind(
        6,
        "vxlan-v6-tunnel-addr-",
        "vxlanV6TunnelAddress",
        ("spec", "ipv6VXLANTunnelAddr"),
        lambda pool: pool.vxlan_mode != "Never",
    ),
    Kind(
        4,
        "ipip-tunnel-addr-",
        "ipipTunnelAddress",
        ("spec", "bgp", "ipv4IPIPTunnelAddr"),
        lambda pool: pool.ipip_mode != "Never",
    ),
)


class TunnelAddresses:
    """Keeps the addresses of one host's ends."""

    def __init__(self, datastore: store.Store, node: str, *, clock: swap.Clock = time, patience: float = 5.0) -> None:
        self._datastore = datastore
        self._node = node
        self._clock = clock
        self._patience = patience

    def follow(self) -> None:
        """Settle, and again whenever pools or the Node change; for a thread of its own, never returns."""
        prefixes = (resources.prefix_of(ip_pools.IPPool), resources.key_of(nodes.Node, self._node))
        said = ""
        while True:
            try:
                revision = self._datastore.list(prefixes[0]).revision
                self.settle()
                said = ""
                for _events in self._datastore.watch(prefixes, revision):
                    self.settle()
            except (store.StoreError, errors.IPAMError, Invalid) as error:
                if said != (said := str(error)):
                    _log.warning("this host's tunnel addresses are not settled: %s", error)
            except Exception:  # noqa: BLE001 - a record that nobody thought of must not end it for good
                _log.exception("this host's tunnel addresses are not settled")
            self._clock.sleep(_RETRY_SECONDS)

    def settle(self) -> None:
        """Take what is asked for, give back what no longer is. Raises IPAMError, StoreError, Invalid."""
        for kind in _KINDS:
            while swap.until_won(functools.partial(self._step, kind), clock=self._clock, patience=self._patience):
                pass

    def _step(self, kind: Kind) -> bool:
        """One transaction towards what is wanted; False if there is nothing to do."""
        view = views.View.read(self._datastore, self._clock.time())
        node, record = self._registered(view)
        sources = _sources(view, node, kind)
        handle = kind.handle + self._node
        stated, held = _stated(record.document(), kind), self._held(view, handle)
        good = next((one for one in held if _is_asked_for(view, kind, one)), None)
        if good is not None and len(held) == 1:
            return False if stated == str(good) else self._state(record, kind, good)
        if held or stated is not None:
            return self._give_back(view, record, kind, held)
        return self._take(view, node, record, kind, sources) if sources else False

    def _registered(self, view: views.View) -> tuple[nodes.Node, store.Record]:
        record = self._datastore.get(resources.key_of(nodes.Node, self._node))
        if record is None:
            view.node(self._node)  # says what is wrong
            raise store.Conflict([resources.key_of(nodes.Node, self._node)])
        return nodes.Node.decode(record.document()), record

    def _held(self, view: views.View, handle: str) -> Mapping[fields.Address, books.Stored]:
        """The addresses that a handle has, with their blocks."""
        record = self._datastore.get(keys.handle(handle))
        document = None if record is None else record.document()
        counts = document.get("block") if isinstance(document, Mapping) else None
        found = {}
        for text in counts if isinstance(counts, Mapping) else ():
            stored = view.block(fields.NETWORK.decode(text, False))
            for address, holder in stored.block.holders() if stored is not None else ():
                if holders.handle_of(holder) == handle and stored is not None:
                    found[address] = stored
        return found

    def _state(self, record: store.Record, kind: Kind, address: fields.Address) -> bool:
        self._datastore.commit(
            {record.key: _stating(record.document(), kind, address)}, expect={record.key: record.revision}
        )
        return True

    def _give_back(
        self, view: views.View, record: store.Record, kind: Kind, held: Mapping[fields.Address, books.Stored]
    ) -> bool:
        puts: dict[str, store.Document] = {record.key: _stating(record.document(), kind, None)}
        handle = self._datastore.get(keys.handle(kind.handle + self._node))
        expect = {record.key: record.revision} | ({} if handle is None else {handle.key: handle.revision})
        cooling = view.timestamp if view.config.cooldown_seconds else None
        changed = {stored.block.cidr: stored.block for stored in held.values()}
        for address, stored in held.items():
            changed[stored.block.cidr] = changed[stored.block.cidr].release(address, cooling_from=cooling)
            expect[keys.block(stored.block.cidr)] = stored.revision
        puts |= {keys.block(cidr): block.encode() for cidr, block in changed.items()}
        self._datastore.commit(puts, () if handle is None else (handle.key,), expect)
        _log.info("tunnel address %s is given back", ", ".join(map(str, held)) or _stated(record.document(), kind))
        return True

    def _take(
        self,
        view: views.View,
        node: nodes.Node,
        record: store.Record,
        kind: Kind,
        sources: tuple[pools.Source, ...],
    ) -> bool:
        target = choose.Chooser(view, node, sources).choose()
        holder = holders.tunnel_attributes(kind.handle + self._node, self._node, kind.type)
        puts, expect = allocate.taking(view, target, holder)
        puts[record.key] = _stating(record.document(), kind, target.address)
        self._datastore.commit(puts, target.gone, {**expect, record.key: record.revision})
        _log.info("tunnel address %s of pool %s is taken", target.address, target.pool.name)
        return True


def _is_asked_for(view: views.View, kind: Kind, address: fields.Address) -> bool:
    """Whether containers may still be behind the tunnel: a pool that gives no more addresses is reached as before."""
    pool = pools.containing(view.pools, address)
    return pool is not None and kind.asked_by(pool.spec)


def _sources(view: views.View, node: nodes.Node, kind: Kind) -> tuple[pools.Source, ...]:
    return tuple(
        pools.Source(pool, pool.spec.cidr)
        for pool in pools.enabled(view.pools, kind.version)
        if kind.asked_by(pool.spec) and _USE in pool.spec.allowed_uses and pools.selects(pool, node)
    )


def _stated(document: Any, kind: Kind) -> str | None:
    """What a Node's record says; None for nothing, and for "", which means that."""
    for name in kind.place:
        document = document.get(name) if isinstance(document, Mapping) else None
    return str(document) if document else None


def _stating(document: Any, kind: Kind, address: fields.Address | None) -> dict[str, Any]:
    """A Node's record that says an address, or none; all else as it is."""
    changed: dict[str, Any] = copy.deepcopy(document)
    *way, last = kind.place
    place = changed
    for name in way:
        place[name] = place.get(name) or {}
        place = place[name]
    if address is None:
        place.pop(last, None)
    else:
        place[last] = str(address)
    return changed
