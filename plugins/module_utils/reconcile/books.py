"""What the store says about addresses: blocks, affinities, handles, endpoints, tunnels. Only reads; judges nothing.

Read blocks before endpoints: an address is taken before its endpoint is written, and freed after it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import fields, nodes, resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, config, keys

ENDPOINTS = resources.prefix_of(workload_endpoints.WorkloadEndpoint)
HOSTS = keys.ROOT + "host/"


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """A block as stored at ``revision``, cooled addresses collected; 0: it is yet to be made."""

    block: blocks.Block
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Affinity:
    """A node's claim to a block."""

    node: str
    cidr: fields.Network
    state: str
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Handle:
    """How many addresses a handle has in each block; None if that cannot be read."""

    counts: Mapping[fields.Network, int] | None
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """A WorkloadEndpoint, as far as addresses go."""

    resource: workload_endpoints.WorkloadEndpoint
    revision: int

    @property
    def node(self) -> str:
        return self.resource.host

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(network.network_address for network in self.resource.spec.ip_networks)


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoints:
    """Every WorkloadEndpoint; ``unreadable`` maps the keys of those that are not valid to their revisions."""

    found: tuple[Endpoint, ...]
    unreadable: Mapping[str, int]
    revision: int


def settings(store: stores.Store) -> config.Config:
    """The settings of address management. Raises Invalid."""
    record = store.get(keys.CONFIG)
    return config.Config() if record is None else config.decode(record.document())


def block(cidr: fields.Network, record: stores.Record, is_over: Callable[[str], bool]) -> Stored:
    """A block of a record; ``is_over`` tells of a time of release whether it is cool. Raises Invalid."""
    return Stored(blocks.decode(cidr, record.document()).collected(is_over), record.revision)


def every_block(store: stores.Store, now: float) -> dict[fields.Network, Stored | None]:
    """Every block of both families in the order of keys; None where the record is invalid."""
    cooldown = settings(store).cooldown_seconds
    found: dict[fields.Network, Stored | None] = {}
    for version in (4, 6):
        for record in store.list(keys.blocks(version)).records:
            if (cidr := keys.cidr_of(record.key)) is not None:
                try:
                    found[cidr] = block(cidr, record, lambda stamp: is_past(stamp, cooldown, now))
                except Invalid:
                    found[cidr] = None
    return found


def affinities(store: stores.Store, prefix: str = HOSTS) -> Iterator[Affinity]:
    """Every claim of hosts to blocks."""
    for record in store.list(prefix).records:
        if (cidr := keys.cidr_of(record.key)) is not None:
            node = record.key.removeprefix(HOSTS).partition("/")[0]
            yield Affinity(node, cidr, state_of(record), record.revision)


def handles(store: stores.Store) -> dict[str, Handle]:
    """Every handle by its name."""
    records = store.list(keys.HANDLES).records
    return {record.key.removeprefix(keys.HANDLES): Handle(_counts(record), record.revision) for record in records}


def endpoints(store: stores.Store) -> Endpoints:
    """Every WorkloadEndpoint."""
    listing = store.list(ENDPOINTS)
    found, unreadable = [], {}
    for record in listing.records:
        try:
            resource = workload_endpoints.WorkloadEndpoint.decode(record.document())
            found.append(Endpoint(resource, record.revision))
        except Invalid:
            unreadable[record.key] = record.revision
    return Endpoints(tuple(found), unreadable, listing.revision)


def tunnels(record: stores.Record) -> Iterator[fields.Address]:
    """The addresses that a Node keeps for itself."""
    try:
        spec = nodes.Node.decode(record.document()).spec
    except Invalid:
        return
    wireguard = spec.wireguard if isinstance(spec.wireguard, Mapping) else {}
    stated = (
        spec.bgp.ipv4_ipip_tunnel_addr if spec.bgp else None,
        spec.ipv4_vxlan_tunnel_addr,
        spec.ipv6_vxlan_tunnel_addr,
        wireguard.get("interfaceIPv4Address"),
        wireguard.get("interfaceIPv6Address"),
    )
    for text in stated:
        try:
            if text:
                yield fields.ADDRESS.decode(text, False)
        except Invalid:
            continue


def state_of(record: stores.Record) -> str:
    """The state of an affinity. An empty value or state is what old writers meant by confirmed."""
    if not record.value:
        return "confirmed"
    try:
        document = record.document()
    except Invalid:
        return "pendingDeletion"  # unreadable: not to be relied on
    stated = document.get("state") if isinstance(document, Mapping) else "pendingDeletion"
    return str(stated or "confirmed")


def is_past(timestamp: str, seconds: float, now: float) -> bool:
    """Whether a time in a record was so long before ``now``; never for one that cannot be read."""
    try:
        return seconds_of(timestamp) + seconds <= now
    except (ValueError, AttributeError):
        return False


def stamp_of(seconds: float) -> str:
    """A time as records carry it (RFC 3339)."""
    return dt.datetime.fromtimestamp(int(seconds), dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(timestamp: str) -> float:
    """The time that a record carries. Raises ValueError, and AttributeError for what is no text."""
    return dt.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def _counts(record: stores.Record) -> Mapping[fields.Network, int] | None:
    try:
        document = record.document()
        stored = document.get("block") if isinstance(document, Mapping) else None
        if not isinstance(stored, Mapping):
            return None
        return {fields.NETWORK.decode(cidr, False): int(count) for cidr, count in stored.items()}
    except (Invalid, TypeError, ValueError):
        return None
