"""The whole nftables table of a host. Adding an endpoint changes elements of sets only, unless its guard is new."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Set

from calico_node.calc.guards import Guard
from calico_node.calc.hosts import HostState, LocalEndpoint
from calico_node.calc.members import Nets, references
from calico_node.calc.rulesets import Key, RuleSet

from . import bases, guards, host_endpoints, intervals, member_sets, names, nat_outgoing, nft, published, rulesets
from .memo import Memo

_ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
# The sets that say who may send from which address, who guards which interface, and which ports of the host lead where;
# empty.
INTERFACE_SETS = {
    **{name: nft.Set(("ifname", _ADDRESS[family])) for family, name in bases.SOURCES.items()},
    bases.EGRESS: nft.Set(("ifname",), verdict=True),
    bases.INGRESS: nft.Set(("ifname",), verdict=True),
    **published.EMPTY,
}
# The chain of each guard, by the guard's identity.
Entries = Mapping[int, str]


def table(state: HostState) -> nft.Table:
    """The table, rendered whole: what the agent keeps up to date (upkeep.py) must equal it."""
    wanted = guards_of(state.endpoints.values())
    entries = {key: names.guard(guard) for key, guard in wanted.items()}
    found: dict[str, set[nft.Element]] = {name: set() for name in INTERFACE_SETS}
    for endpoint in state.endpoints.values():
        for name, elements in of_endpoint(endpoint, entries).items():
            found[name] |= elements
    ruled = chains(state, wanted, Memo())
    return nft.Table(
        ruled.chains,
        {
            **ruled.sets,
            **{name: interface_set(name, elements) for name, elements in found.items()},
            **dict(member_sets.sets(state.members)),
            **host_endpoints.sets(state.own),
        },
    )


def guards_of(endpoints: Iterable[LocalEndpoint]) -> Mapping[int, Guard]:
    """The guards in use, by identity: endpoints of one group share theirs, so there are few of them."""
    return {id(guard): guard for endpoint in endpoints for guard in (endpoint.ingress, endpoint.egress)}


def chains(state: HostState, wanted: Mapping[int, Guard], memo: Memo) -> nft.Table:
    """The base chains, the guards, what they enter, and the intervals that these list; ``memo`` only saves work."""
    found = {
        **_of_host(state),
        **{memo.of(names.guard, guard): memo.of(guards.chain, guard) for guard in wanted.values()},
        **dict(_rule_chains((*state.own.guards, *wanted.values()), state, memo)),
    }
    named = {name: memo.of(intervals.named, chain) for name, chain in found.items()}
    sets = {name: one for each in named.values() for name, one in each.sets.items()}
    return nft.Table({name: one.chain for name, one in named.items()}, sets)


def _of_host(state: HostState) -> Mapping[str, nft.Chain]:
    """What does not depend on which workloads there are."""
    return {
        **bases.chains(state),
        **host_endpoints.chains(state.own, state.settings, state.tunnels),
        **nat_outgoing.chains(state.nat, state.settings),
        **(published.chains(bases.SOURCES) if state.publishes else {}),
    }


def _rule_chains(everything: Iterable[Guard], state: HostState, memo: Memo) -> Iterator[tuple[str, nft.Chain]]:
    """The chains that these guards' chains enter."""
    entered = frozenset[tuple[str, Key]]().union(*(memo.of(_entered, guard) for guard in everything))
    for direction, key in entered:
        ruleset = state.policies[key] if key in state.policies else state.profiles[key.name]
        nets = frozenset(named for named in memo.of(_nets, ruleset) if named in state.members.nets)
        yield from memo.of(rulesets.chains, ruleset, direction, nets).items()


def _entered(guard: Guard) -> frozenset[tuple[str, Key]]:
    """Whose rules a guard's chain enters, in its direction."""
    keys = (*(key for tier in guard.tiers for key in tier.policies), *map(Key.of_profile, guard.profiles))
    return frozenset((guard.direction, key) for key in keys)


def _nets(ruleset: RuleSet) -> frozenset[Nets]:
    """The networks that rules refer to, if there are any."""
    return frozenset(named for named in references(ruleset) if isinstance(named, Nets))


def of_endpoint(endpoint: LocalEndpoint, entries: Entries) -> Mapping[str, Set[nft.Element]]:
    """The elements of an endpoint in each of INTERFACE_SETS."""
    interface = endpoint.interface
    return {
        **{name: {(interface, one) for one in endpoint.addresses[family]} for family, name in bases.SOURCES.items()},
        bases.EGRESS: {(interface, entries[id(endpoint.egress)])},
        bases.INGRESS: {(interface, entries[id(endpoint.ingress)])},
        **published.elements(endpoint.published),
    }


def interface_set(name: str, elements: Set[nft.Element]) -> nft.Set:
    """One of INTERFACE_SETS."""
    return dataclasses.replace(INTERFACE_SETS[name], elements=elements)
