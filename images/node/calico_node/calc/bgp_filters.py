"""BGPFilters as a router applies them: numbers instead of Calico's words, every prefix length written out.

Does not know BIRD's language (render/bird.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_filters, bgp_numbers, fields


@dataclasses.dataclass(frozen=True, slots=True)
class Prefixes:
    """Routes inside ``network``, or exactly it, of prefix lengths ``least`` to ``most``; or all but those."""

    network: fields.Network
    exact: bool
    negated: bool
    least: int
    most: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One operation: a community of two or three numbers, AS numbers the outermost last, or a priority."""

    community: tuple[int, ...] = ()
    prepend: tuple[int, ...] = ()
    priority: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a route must be, absent for anything, and what becomes of it."""

    prefixes: Prefixes | None
    learned: bool
    interface: str | None
    internal: bool | None
    community: tuple[int, ...]
    as_path: tuple[int, ...]
    priority: int | None
    accept: bool
    changes: tuple[Change, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Direction:
    """The rules for one family and direction; ``label`` is ``import4`` and so on."""

    filter: str
    label: str
    rules: tuple[Rule, ...]


def directions(resource: bgp_filters.BGPFilter) -> Iterable[Direction]:
    """All four of a filter."""
    for way in ("import", "export"):
        for version in (4, 6):
            rules = resource.spec.rules(f"{way}V{version}")
            yield Direction(resource.name, f"{way}{version}", tuple(map(_rule, rules)))


def _rule(rule: bgp_filters.FilterRule) -> Rule:
    return Rule(
        prefixes=_prefixes(rule),
        learned=rule.source is not None,
        interface=rule.interface,
        internal=None if rule.peer_type is None else rule.peer_type == "iBGP",
        community=bgp_numbers.community(rule.communities.values[0]) if rule.communities else (),
        as_path=rule.as_path_prefix,
        priority=rule.priority,
        accept=rule.action == "Accept",
        changes=tuple(map(_change, rule.operations)),
    )


def _prefixes(rule: bgp_filters.FilterRule) -> Prefixes | None:
    """A least length below the CIDR's own would match what the CIDR lies in."""
    if rule.cidr is None or rule.match_operator is None:
        return None
    lengths = rule.prefix_length or bgp_filters.PrefixLength()
    longest = rule.cidr.max_prefixlen
    return Prefixes(
        network=rule.cidr,
        exact=rule.match_operator.endswith("Equal"),
        negated=rule.match_operator.startswith("Not"),
        least=max(lengths.min or 0, rule.cidr.prefixlen),
        most=longest if lengths.max is None else lengths.max,
    )


def _change(operation: bgp_filters.Operation) -> Change:
    if operation.add_community is not None:
        return Change(community=bgp_numbers.community(operation.add_community.value))
    if operation.prepend_as_path is not None:
        return Change(prepend=operation.prepend_as_path.prefix[::-1])
    return Change(priority=operation.set_priority.value if operation.set_priority else None)
