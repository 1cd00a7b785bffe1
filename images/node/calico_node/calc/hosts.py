"""The desired state of one host: its endpoints, what guards them, and every rule and address that takes part in it.

The plain calculation from a whole snapshot: what the agent keeps up to date (calculator.py) must equal it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import claims, endpoints, groups, guards, members, rulesets, settings


@dataclasses.dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """An endpoint of this host; ``name`` is that of its record, ``namespace/name``."""

    name: str
    interface: str
    addresses: Mapping[int, tuple[str, ...]]
    ingress: guards.Guard
    egress: guards.Guard


@dataclasses.dataclass(frozen=True, slots=True)
class HostState:
    """What a host's kernel has to do."""

    endpoints: Mapping[str, LocalEndpoint]  # by interface
    policies: Mapping[str, rulesets.RuleSet]
    profiles: Mapping[str, rulesets.RuleSet]
    members: members.Members
    settings: settings.Settings
    skipped: Mapping[str, str]  # this host's records that cannot be programmed, and why


def calculate(snapshot: Snapshot, host: str) -> HostState:
    """The desired state of ``host``."""
    every = {name: endpoints.read(resource) for name, resource in snapshot.endpoints.items()}
    grouped = groups.group(every.values(), snapshot.profiles)
    decided = claims.decide({name: one for name, one in every.items() if one.host == host})
    local = {name: every[name] for name, problem in decided.items() if problem is None}
    guarded = _guarded(local, grouped, snapshot)
    policies = {
        name: rulesets.read(snapshot.policies[name])
        for name in sorted({name for one in guarded.values() for name in _policies(one)})
    }
    profiles = {
        name: rulesets.of_profile(name, snapshot.profiles.get(name))
        for name in sorted({name for one in guarded.values() for name in one.ingress.profiles})
    }
    return HostState(
        endpoints=guarded,
        policies=policies,
        profiles=profiles,
        members=members.members((*policies.values(), *profiles.values()), grouped),
        settings=settings.settings(snapshot, host),
        skipped={name: problem for name, problem in decided.items() if problem is not None},
    )


def _guarded(
    local: Mapping[str, endpoints.Endpoint], grouped: tuple[groups.Group, ...], snapshot: Snapshot
) -> dict[str, LocalEndpoint]:
    tiers = guards.ordered(snapshot)
    names = {id(endpoint): name for name, endpoint in local.items()}
    found = {}
    for group in grouped:
        here = [endpoint for endpoint in group.endpoints if id(endpoint) in names]
        both = guards.guards(tiers, group.labels, group.profiles) if here else {}
        for endpoint in here:
            interface = endpoint.interface or ""
            found[interface] = LocalEndpoint(names[id(endpoint)], interface, endpoint.addresses, **both)
    return found


def _policies(endpoint: LocalEndpoint) -> set[str]:
    both = (endpoint.ingress, endpoint.egress)
    return {name for guard in both for tier in guard.tiers for name in tier.policies}
