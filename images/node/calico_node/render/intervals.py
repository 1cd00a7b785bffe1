"""Networks and ranges that rules list in place become sets with names, shared by all rules that list the same.

The kernel switches to the rules of a transaction a moment before the intervals of new sets count, those in place too:
meanwhile an excluded network would pass, and an allowed one be lost. Sets with names can be there before their rules.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from . import names, nft

_ADDRESSES = {"ip": "ipv4_addr", "ip6": "ipv6_addr"}


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A chain that lists no interval, and the sets that it refers to instead, by name."""

    chain: nft.Chain
    sets: Mapping[str, nft.Set]


def named(chain: nft.Chain) -> Named:
    """The chain with names in place of its lists of intervals."""
    sets: dict[str, nft.Set] = {}
    rules = tuple(_rule(rule, sets) for rule in chain.rules)
    return Named(dataclasses.replace(chain, rules=rules) if sets else chain, sets)


def _rule(rule: nft.Rule, sets: dict[str, nft.Set]) -> nft.Rule:
    return dataclasses.replace(rule, expressions=tuple(_expression(one, sets) for one in rule.expressions))


def _expression(expression: nft.Expression, sets: dict[str, nft.Set]) -> nft.Expression:
    match expression:
        case {"match": {"op": operator, "left": left, "right": {"set": listed}}} if any(map(_is_interval, listed)):
            made = nft.Set((_type(left),), frozenset(map(nft.element, listed)), interval=True)
            name = names.intervals(made)
            sets[name] = made
            return nft.match(left, f"@{name}", operator)
    return expression


def _is_interval(listed: Any) -> bool:
    return isinstance(listed, Mapping) and not listed.keys().isdisjoint(("prefix", "range"))


def _type(left: nft.Expression) -> str:
    """What nftables calls the kind of value that a match reads."""
    match left:
        case {"payload": {"protocol": protocol, "field": "saddr" | "daddr"}}:
            return _ADDRESSES[protocol]
        case {"payload": {"field": "sport" | "dport"}}:
            return "inet_service"
    raise NotImplementedError(f"a set of intervals for {left}")
