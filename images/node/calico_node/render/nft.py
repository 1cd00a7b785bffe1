"""An nftables table as a value: chains of rules, and sets. What render makes, what the driver reads back.

Expressions are libnftables' JSON in the one form in which it also lists them (numbers for protocols, ICMP types and
states; no dependency that a later match implies), so that what is wanted and what is there compare equal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

Expression = Mapping[str, Any]

FAMILY = "inet"
TABLE = "calico"


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """All values from one to another one."""

    low: str | int
    high: str | int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


Part = str | int | Range
Element = Part | tuple[Part, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """Matches and statements, left to right; ``comment`` is for people."""

    expressions: tuple[Expression, ...]
    comment: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Hook:
    """Where packets enter a base chain; its policy is accept, its type ``filter`` or ``nat``."""

    name: str
    priority: int
    type: str = "filter"


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """Rules in order; without a hook it is entered by a jump only."""

    rules: tuple[Rule, ...]
    hook: Hook | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Set:
    """Elements of a type (several types: a concatenation); with ``verdict``, the last part is a chain to jump to.

    With ``interval``, networks may stand for addresses; none of them overlap. With ``data``, the last parts are of
    these types, and what the others stand for.
    """

    type: tuple[str, ...]
    elements: AbstractSet[Element] = frozenset()
    verdict: bool = False
    interval: bool = False
    data: tuple[str, ...] = ()

    @property
    def kind(self) -> tuple[object, ...]:
        """What cannot be changed while it is there."""
        return self.type, self.verdict, self.interval, self.data


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Our whole table; ``odd`` is what it has besides, such as the flag ``dormant``, which puts it out of force."""

    chains: Mapping[str, Chain] = dataclasses.field(default_factory=dict)
    sets: Mapping[str, Set] = dataclasses.field(default_factory=dict)
    odd: frozenset[str] = frozenset()


def match(left: Expression, right: object, operator: str = "==") -> Expression:
    """``left`` compared with a value, a range, a set or a named set."""
    return {"match": {"op": operator, "left": left, "right": right}}


def meta(key: str) -> Expression:
    """A packet's meta data, such as ``iifname``."""
    return {"meta": {"key": key}}


def payload(protocol: str, field: str) -> Expression:
    """A header field."""
    return {"payload": {"protocol": protocol, "field": field}}


def concatenation(*parts: object) -> Expression:
    """Several values looked up as one."""
    return {"concat": list(parts)}


def one_of(values: tuple[object, ...]) -> object:
    """The value itself, or an anonymous set of several."""
    return values[0] if len(values) == 1 else {"set": list(values)}


def element(listed: Any) -> Part:
    """A value, network (``address/length``) or range as an element of a set; the text of what we never make."""
    match listed:
        case str() | int():
            return listed
        case {"prefix": {"addr": address, "len": length}}:
            return f"{address}/{length}"
        case {"range": [str() | int() as low, str() | int() as high]}:
            return Range(low, high)
    return repr(listed)


def jump(chain: str) -> Expression:
    """Enter a chain and come back."""
    return {"jump": {"target": chain}}


def goto(chain: str) -> Expression:
    """Continue in a chain and do not come back."""
    return {"goto": {"target": chain}}


def lookup(key: Expression, verdicts: str) -> Expression:
    """Take the verdict that a map has for a key; go on if it has none."""
    return {"vmap": {"key": key, "data": f"@{verdicts}"}}


COUNTER: Expression = {"counter": None}
ACCEPT: Expression = {"accept": None}
DROP: Expression = {"drop": None}
RETURN: Expression = {"return": None}
NOTRACK: Expression = {"notrack": None}
