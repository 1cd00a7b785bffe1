"""The host's own interfaces: which HostEndpoint each of them is, and what guards it at each place that a packet passes.

An interface is the HostEndpoint that names it or, among those without a name, expects an address that it has; of
several the first by name. All other interfaces are the first ``*``, if there is one. Those of workloads are never a
HostEndpoint by name or address: for them only ``*`` can have a say. Knows no rules (rulesets.py) and no other host.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Set

from ansible_collections.calico.docker.plugins.module_utils.model import (
    host_endpoints,
    policies,
    policy_specs,
    profiles,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import groups, guards, peers
from .endpoints import INTERFACE_PREFIX
from .guards import Guard, OrderedTier, Tier
from .rulesets import DIRECTIONS, EGRESS, INGRESS

# What the kernel knows: the addresses of each interface that is not a workload's.
Addresses = Mapping[str, Set[str]]
# What stands for all policies of a HostEndpoint that could not be read.
_DENY = Tier("of an invalid HostEndpoint", (), passes=False)
# What a policy of a namespace says of a host's interface that its selector does match, as upstream reads it.
_OF_NAMESPACE = policy_specs.GlobalNetworkPolicySpec(apply_on_forward=True)


@dataclasses.dataclass(frozen=True, slots=True)
class InterfaceGuards:
    """What is asked where, for packets that come in by an interface (ingress) and that leave by it (egress).

    Untracked and preDNAT policies do not have the last word, so a guard without tiers says nothing there; nor do
    forwarded packets need a policy to pass.
    """

    ingress: Guard
    egress: Guard
    forward_ingress: Guard
    forward_egress: Guard
    untracked_ingress: Guard
    untracked_egress: Guard
    before_dnat: Guard

    def __iter__(self) -> Iterator[Guard]:
        return (getattr(self, field.name) for field in dataclasses.fields(self))


@dataclasses.dataclass(frozen=True, slots=True)
class HostEndpoints:
    """The guards of named interfaces and of all others; and which of this host's records guard nothing, and why."""

    interfaces: Mapping[str, InterfaceGuards] = dataclasses.field(default_factory=dict)
    others: InterfaceGuards | None = None
    skipped: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def guards(self) -> Iterator[Guard]:
        """Every guard, some more than once."""
        return (guard for one in self.all for guard in one)

    @property
    def all(self) -> tuple[InterfaceGuards, ...]:
        """The guards of each interface, and of the others."""
        return (*self.interfaces.values(), *([] if self.others is None else [self.others]))


def calculate(snapshot: Snapshot, host: str, addresses: Addresses) -> HostEndpoints:
    """The HostEndpoints of ``host`` on the interfaces that it has."""
    here = {name: one for name, one in sorted(snapshot.host_endpoints.items()) if one.spec.node == host}
    if not here:
        return HostEndpoints()
    owners = _owners(here, addresses)
    tiers = _Tiers.of(snapshot)
    found = {name: _guards(here[name], tiers, snapshot.profiles) for name in set(owners.values())}
    others = owners.pop(host_endpoints.ALL_INTERFACES, None)
    return HostEndpoints(
        interfaces={interface: found[name] for interface, name in owners.items()},
        others=None if others is None else _without_untracked(found[others]),
        skipped={f"HostEndpoint {name}": _why_not(here[name], owners) for name in here if name not in found},
    )


def _owners(here: Mapping[str, host_endpoints.HostEndpoint], addresses: Addresses) -> dict[str, str]:
    """The name of the HostEndpoint of each interface, ``*`` among them; ``here`` is in order."""
    owners: dict[str, str] = {}
    for name, one in here.items():
        if one.spec.interface_name:
            interfaces = [one.spec.interface_name]
        else:
            expected = set(map(str, one.spec.expected_ips))
            interfaces = [interface for interface, found in sorted(addresses.items()) if expected & found]
        for interface in interfaces:
            if not interface.startswith(INTERFACE_PREFIX):
                owners.setdefault(interface, name)
    return owners


def _why_not(one: host_endpoints.HostEndpoint, owners: Mapping[str, str]) -> str:
    interface = one.spec.interface_name
    if not interface:
        return "no interface of this host that is not another HostEndpoint has one of its expectedIPs"
    if interface.startswith(INTERFACE_PREFIX):
        return f"interface {interface} is a workload's: its name starts with {INTERFACE_PREFIX}"
    return f"interface {interface} belongs to {owners.get(interface, 'another one')}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Tiers:
    """The tiers that take part in each use of policy."""

    normal: tuple[OrderedTier, ...]
    forward: tuple[OrderedTier, ...]
    untracked: tuple[OrderedTier, ...]
    before_dnat: tuple[OrderedTier, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Tiers:
        """Untracked and preDNAT tiers end in Pass; one whose place is unknown denies everywhere."""

        def open_ended(counts: Callable[[policies.Policy], bool]) -> tuple[OrderedTier, ...]:
            found = guards.ordered(snapshot, counts)
            return tuple(dataclasses.replace(tier, passes=tier.passes or tier.placed) for tier in found)

        return cls(
            normal=guards.ordered(snapshot),
            forward=guards.ordered(snapshot, lambda one: guards.is_ordinary(one) and _spec(one).apply_on_forward),
            untracked=open_ended(lambda one: _spec(one).do_not_track),
            before_dnat=open_ended(lambda one: _spec(one).pre_dnat),
        )


def _spec(policy: policies.Policy) -> policy_specs.GlobalNetworkPolicySpec:
    """What a policy says of hosts' own interfaces."""
    return policy.spec if isinstance(policy.spec, policy_specs.GlobalNetworkPolicySpec) else _OF_NAMESPACE


def _guards(one: host_endpoints.HostEndpoint, tiers: _Tiers, known: Mapping[str, profiles.Profile]) -> InterfaceGuards:
    labels = groups.labels(peers.read(one), known)
    normal = guards.guards(tiers.normal, labels, one.spec.profiles)
    forward = guards.guards(tiers.forward, labels, ())
    untracked = guards.guards(tiers.untracked, labels, ())
    if one.spec.denies:
        normal = forward = {direction: Guard(direction, (_DENY,), ()) for direction in DIRECTIONS}
    return InterfaceGuards(
        ingress=normal[INGRESS],
        egress=normal[EGRESS],
        forward_ingress=forward[INGRESS],
        forward_egress=forward[EGRESS],
        untracked_ingress=untracked[INGRESS],
        untracked_egress=untracked[EGRESS],
        before_dnat=guards.guards(tiers.before_dnat, labels, ())[INGRESS],
    )


def _without_untracked(found: InterfaceGuards) -> InterfaceGuards:
    """Untracked policy needs an interface by name, as upstream."""
    return dataclasses.replace(found, untracked_ingress=Guard(INGRESS, (), ()), untracked_egress=Guard(EGRESS, (), ()))
