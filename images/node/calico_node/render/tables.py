"""The whole nftables table of a host. Adding an endpoint changes elements of sets only, unless its guard is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from calico_node.calc.guards import Guard
from calico_node.calc.hosts import HostState, LocalEndpoint
from calico_node.calc.members import Members
from calico_node.calc.memo import Memo
from calico_node.calc.rulesets import DIRECTIONS, RuleSet

from . import bases, guards, names, nft, rules

_ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
_PORT = ("inet_proto", "inet_service")


def table(state: HostState, memo: Memo | None = None) -> nft.Table:
    """The table; ``memo`` only saves work."""
    memory = memo or Memo()
    endpoints = tuple(state.endpoints.values())
    # Endpoints of one group share their guards, so there are few of them.
    wanted = {id(guard): guard for endpoint in endpoints for guard in (endpoint.ingress, endpoint.egress)}
    entries = {key: names.guard(guard) for key, guard in wanted.items()}
    chains = dict(bases.chains(state.settings))
    for key, guard in wanted.items():
        chains[entries[key]] = guards.chain(guard)
        chains.update(_rule_chains(guard, state, memory))
    return nft.Table(chains, {**_interfaces(endpoints, entries), **dict(_members(state.members))})


def _rule_chains(guard: Guard, state: HostState, memory: Memo) -> Iterator[tuple[str, nft.Chain]]:
    """The chains that a guard's chain enters."""
    direction = guard.direction
    for tier in guard.tiers:
        for name in tier.policies:
            yield names.policy(name, direction), memory.of(_chains, state.policies[name])[direction]
    for name in guard.profiles:
        yield names.profile(name, direction), memory.of(_chains, state.profiles[name])[direction]


def _chains(ruleset: RuleSet) -> Mapping[str, nft.Chain]:
    return {
        direction: nft.Chain(tuple(rule for match in ruleset.of(direction) for rule in rules.rules(match)))
        for direction in DIRECTIONS
    }


def _interfaces(endpoints: Iterable[LocalEndpoint], entries: Mapping[int, str]) -> Mapping[str, nft.Set]:
    """Who may send from which address, and who guards which interface."""
    known = tuple(endpoints)
    return {
        **{
            name: nft.Set(("ifname", _ADDRESS[family]), frozenset(_sources(known, family)))
            for family, name in bases.SOURCES.items()
        },
        bases.EGRESS: _verdicts((endpoint.interface, entries[id(endpoint.egress)]) for endpoint in known),
        bases.INGRESS: _verdicts((endpoint.interface, entries[id(endpoint.ingress)]) for endpoint in known),
    }


def _sources(endpoints: Iterable[LocalEndpoint], family: int) -> Iterator[nft.Element]:
    return ((endpoint.interface, address) for endpoint in endpoints for address in endpoint.addresses[family])


def _verdicts(pairs: Iterable[nft.Element]) -> nft.Set:
    return nft.Set(("ifname",), frozenset(pairs), verdict=True)


def _members(members: Members) -> Iterator[tuple[str, nft.Set]]:
    for family, kind in _ADDRESS.items():
        for selection, addresses in members.addresses.items():
            yield names.addresses(selection, family), nft.Set((kind,), addresses[family])
        for named, ports in members.ports.items():
            yield names.ports(named, family), nft.Set((kind, *_PORT), ports[family])
