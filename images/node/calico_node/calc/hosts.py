"""The desired state of one host: its endpoints, what guards them, and every rule and address that takes part in it.

The plain calculation from a whole snapshot: what the agent keeps up to date (calculator.py) must equal it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import (
    borrowed,
    claims,
    endpoints,
    groups,
    guards,
    host_endpoints,
    members,
    nat_outgoing,
    peers,
    policy_keys,
    published,
    rulesets,
    settings,
    tunnels,
)
from .endpoints import Network


@dataclasses.dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """An endpoint of this host; ``name`` is that of its record, ``namespace/name``."""

    name: str
    interface: str
    addresses: Mapping[int, tuple[str, ...]]
    ingress: guards.Guard
    egress: guards.Guard
    spoofable: tuple[Network, ...] = ()
    published: tuple[published.Publication, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class HostState:
    """What a host's kernel has to do."""

    endpoints: Mapping[str, LocalEndpoint]  # by interface
    policies: Mapping[rulesets.Key, rulesets.RuleSet]
    profiles: Mapping[str, rulesets.RuleSet]
    members: members.Members
    settings: settings.Settings
    skipped: Mapping[str, str]  # this host's records that cannot be programmed, and why
    own: host_endpoints.HostEndpoints
    nat: Mapping[int, nat_outgoing.NatOutgoing]  # by IP version
    tunnels: tunnels.Tunnels
    publishes: bool  # whether some port of the host leads to an endpoint

    @property
    def publishing(self) -> frozenset[str]:
        """The interfaces to which ports of the host lead."""
        if not self.publishes:
            return frozenset()
        return frozenset(name for name, one in self.endpoints.items() if one.published)

    @property
    def spoofable(self) -> Mapping[str, tuple[Network, ...]]:
        """From which other addresses an interface's workload may send."""
        if self.settings.workload_source_spoofing != settings.ANY_SOURCE:
            return {}
        return {name: one.spoofable for name, one in sorted(self.endpoints.items()) if one.spoofable}


def calculate(snapshot: Snapshot, host: str, addresses: host_endpoints.Addresses | None = None) -> HostState:
    """The desired state of ``host``, whose own interfaces have these addresses."""
    every = {name: endpoints.read(resource) for name, resource in snapshot.endpoints.items()}
    grouped = groups.group((*every.values(), *peers.every(snapshot)), snapshot.profiles)
    decided = claims.decide({name: one for name, one in every.items() if one.host == host})
    local = {name: every[name] for name, problem in decided.items() if problem is None}
    owned, unpublished = published.decide(local)
    guarded = _guarded(local, owned, grouped, snapshot)
    own = host_endpoints.calculate(snapshot, host, addresses or {})
    used = {guard for one in guarded.values() for guard in (one.ingress, one.egress)} | set(own.guards)
    policies = {
        key: rulesets.of_policy(key, policy_keys.find(snapshot, key))
        for key in sorted({key for guard in used for tier in guard.tiers for key in tier.policies})
    }
    profiles = {
        name: rulesets.of_profile(name, snapshot.profiles.get(name))
        for name in sorted({name for guard in used for name in guard.profiles})
    }
    followed = settings.settings(snapshot, host)
    return HostState(
        endpoints=guarded,
        policies=policies,
        profiles=profiles,
        members=members.members((*policies.values(), *profiles.values()), grouped),
        settings=followed,
        skipped={
            **{name: problem for name, problem in decided.items() if problem is not None},
            **unpublished,
            **own.skipped,
        },
        own=own,
        nat=nat_outgoing.calculate(snapshot, followed),
        tunnels=tunnels.calculate(snapshot, host, followed, borrowed.borrowed(snapshot)),
        publishes=any(owned.values()),
    )


def _guarded(
    local: Mapping[str, endpoints.Endpoint],
    owned: Mapping[str, tuple[published.Publication, ...]],
    grouped: tuple[groups.Group, ...],
    snapshot: Snapshot,
) -> dict[str, LocalEndpoint]:
    tiers = guards.ordered(snapshot)
    names = {id(endpoint): name for name, endpoint in local.items()}
    found = {}
    for group in grouped:
        here = [peer for peer in group.peers if isinstance(peer, endpoints.Endpoint) and id(peer) in names]
        both = guards.guards(tiers, group.labels, group.profiles) if here else {}
        for endpoint in here:
            interface, name = endpoint.interface or "", names[id(endpoint)]
            found[interface] = LocalEndpoint(
                name,
                interface,
                endpoint.addresses,
                spoofable=endpoint.spoofable,
                published=owned.get(name, ()),
                **both,
            )
    return found
