"""Store records and events become the next Snapshot. Pure: a snapshot is a function of the records, not of their order.

Does not know where records come from, nor when there are enough of them.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from . import gate, kinds, resources
from .snapshots import Network, Snapshot

AFFINITIES = "/calico/ipam/v2/host/"
# The prefixes to list and to watch; other keys below them are left alone.
PREFIXES = (resources.PREFIX, AFFINITIES)

_AFFINITY = re.compile(AFFINITIES + r"([^/]+)/ipv[46]/block/([0-9a-fA-F.:]+)-([0-9]{1,3})")
_FIELDS = {
    "BGPConfiguration": "bgp_configurations",
    "BGPFilter": "bgp_filters",
    "BGPPeer": "bgp_peers",
    "ClusterInformation": "clusters",
    "FelixConfiguration": "felix_configurations",
    "GlobalNetworkPolicy": "policies",
    "GlobalNetworkSet": "global_network_sets",
    "HostEndpoint": "host_endpoints",
    "IPAMConfiguration": "ipam_configurations",
    "IPPool": "pools",
    "IPReservation": "ip_reservations",
    "NetworkPolicy": "network_policies",
    "NetworkSet": "network_sets",
    "Node": "nodes",
    "Profile": "profiles",
    "StagedGlobalNetworkPolicy": "staged_policies",
    "StagedNetworkPolicy": "staged_network_policies",
    "Tier": "tiers",
    "WorkloadEndpoint": "endpoints",
}


class Change(Protocol):
    """A record or an event of the store: a key and its value, None if it is gone."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> bytes | None: ...


def build(records: Iterable[Change], revision: int) -> Snapshot:
    """The snapshot of a whole listing of PREFIXES, taken at ``revision``."""
    return apply(Snapshot(), records, revision)


def apply(before: Snapshot, changes: Iterable[Change], revision: int) -> Snapshot:
    """The snapshot after ``changes``, which led the store to ``revision``."""
    draft = _Draft(before)
    for change in changes:
        parts = kinds.parse_key(change.key)
        if parts is not None:
            _apply_resource(draft, parts, change)
        elif (affinity := _affinity(change.key)) is not None:
            draft.set("affinities", affinity, _state(change.value))
    return draft.finish(revision)


class _Draft:
    """A snapshot in the making: a mapping is copied when it first changes."""

    def __init__(self, before: Snapshot) -> None:
        self._before = before
        self._changed: dict[str, dict[Any, Any]] = {}

    def set(self, field: str, name: object, value: object) -> None:
        if field not in self._changed:
            self._changed[field] = dict(getattr(self._before, field))
        if value is None:
            self._changed[field].pop(name, None)
        else:
            self._changed[field][name] = value

    def finish(self, revision: int) -> Snapshot:
        kept = {field: getattr(self._before, field) for field in Snapshot.__dataclass_fields__}
        return Snapshot(**(kept | self._changed | {"revision": revision}))


def _apply_resource(draft: _Draft, parts: kinds.KeyParts, change: Change) -> None:
    name = f"{parts.namespace}/{parts.name}" if parts.namespace else parts.name
    admitted = gate.Admitted(None) if change.value is None else gate.admit(parts, change.value)
    draft.set(_FIELDS[parts.kind.KIND], name, admitted.resource)
    draft.set("refused", change.key, admitted.reason)


def _affinity(key: str) -> tuple[str, Network] | None:
    found = _AFFINITY.fullmatch(key)
    try:
        return (found[1], ipaddress.ip_network(f"{found[2]}/{found[3]}")) if found else None
    except ValueError:
        return None


def _state(value: bytes | None) -> str | None:
    """An affinity's state; an empty one, or an empty value, is what old writers meant by confirmed."""
    if value is None:
        return None
    try:
        record = json.loads(value or b"{}")
    except (ValueError, RecursionError):
        return "pending"  # unreadable: nothing may be announced for it
    stated = record.get("state") if isinstance(record, Mapping) else "pending"
    return str(stated or "confirmed")
