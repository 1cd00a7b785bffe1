"""What leads from one table to another, as the commands of nftables transactions. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calico_node.delta import deltas
from calico_node.render import changes, nft

Command = Mapping[str, Any]
_IN_TABLE = {"family": nft.FAMILY, "table": nft.TABLE}
_TABLE = {"family": nft.FAMILY, "name": nft.TABLE}


def create(wanted: nft.Table) -> Iterator[Command]:
    """A new table in place of whatever has its name, in one transaction: in between nothing would be guarded."""
    yield {"add": {"table": _TABLE}}
    yield {"delete": {"table": _TABLE}}
    yield {"add": {"table": _TABLE}}
    yield from update(changes.between(wanted, nft.Table()))


def transactions(wanted: changes.Changes) -> list[list[Command]]:
    """One that packets meet; what nobody meets yet goes ahead of it, and behind it what nobody meets any more.

    A transaction alone takes the kernel some 100 us: it switches to the new rules first. Only then elements of new sets
    of networks count, old maps are empty at once, and an old chain with a hook asks its old rules until it is gone.
    """
    added, removed = wanted.chains.added, wanted.chains.removed
    emptied = {name: dataclasses.replace(chain, rules=()) for name, chain in _hooked(removed).items()}
    parts = (
        changes.Changes(deltas.Delta(added=_entered(added)), new_sets=wanted.new_sets),
        changes.Changes(
            deltas.Delta(added=_hooked(added), changed={**wanted.chains.changed, **emptied}), elements=wanted.elements
        ),
        changes.Changes(deltas.Delta(removed=removed), old_sets=wanted.old_sets),
    )
    return [commands for commands in map(list, map(update, parts)) if commands]


def make(wanted: nft.Table) -> list[list[Command]]:
    """A table where there is none."""
    (first, *others) = transactions(changes.between(wanted, nft.Table())) or [[]]
    return [[{"add": {"table": _TABLE}}, *first], *others]


def _hooked(chains: Mapping[str, nft.Chain]) -> Mapping[str, nft.Chain]:
    """Those that packets meet by themselves."""
    return {name: chain for name, chain in chains.items() if chain.hook is not None}


def _entered(chains: Mapping[str, nft.Chain]) -> Mapping[str, nft.Chain]:
    """Those that something else has to lead packets to."""
    return {name: chain for name, chain in chains.items() if chain.hook is None}


def update(wanted: changes.Changes) -> Iterator[Command]:
    """In an order in which nothing is used before it exists or removed while it is used."""
    chains = wanted.chains
    for name, new in wanted.new_sets.items():
        yield {"add": {_word(new): _set(name, new)}}
    for name, chain in chains.added.items():
        yield {"add": {"chain": _chain(name, chain)}}
    # Before the rules that look into them: in one transaction the kernel gets to work in this order.
    for name, new in wanted.new_sets.items():
        yield from _elements(name, changes.Elements(new.elements, frozenset(), new.verdict, len(new.data)))
    for name, chain in chains.put.items():
        yield from _rules(name, chain, flush=name in chains.changed)
    for name, elements in wanted.elements.items():
        yield from _elements(name, elements)
    yield from _removals(chains.removed, wanted.old_sets)


def delete() -> Iterator[Command]:
    """No table, whether or not there is one."""
    yield {"add": {"table": _TABLE}}
    yield {"delete": {"table": _TABLE}}


def _word(one: nft.Set) -> str:
    return "map" if one.verdict or one.data else "set"


def _set(name: str, new: nft.Set) -> Mapping[str, Any]:
    kind = new.type[0] if len(new.type) == 1 else list(new.type)
    data = {"map": "verdict" if new.verdict else list(new.data)} if _word(new) == "map" else {}
    interval = {"flags": ["interval"]} if new.interval else {}
    return {**_IN_TABLE, "name": name, "type": kind, **data, **interval}


def _chain(name: str, new: nft.Chain) -> Mapping[str, Any]:
    if new.hook is None:
        return {**_IN_TABLE, "name": name}
    hook = {"type": new.hook.type, "hook": new.hook.name, "prio": new.hook.priority, "policy": "accept"}
    return {**_IN_TABLE, "name": name, **hook}


def _rules(name: str, chain: nft.Chain, *, flush: bool) -> Iterator[Command]:
    if flush:
        yield {"flush": {"chain": {**_IN_TABLE, "name": name}}}
    for rule in chain.rules:
        comment = {"comment": rule.comment} if rule.comment else {}
        yield {"add": {"rule": {**_IN_TABLE, "chain": name, "expr": list(rule.expressions), **comment}}}


def _elements(name: str, changed: changes.Elements) -> Iterator[Command]:
    """Removals first: a map's key may come back with another verdict."""
    for verb, elements in (("delete", changed.removed), ("add", changed.added)):
        if elements:
            listed = [_element(element, changed) for element in sorted(elements, key=str)]
            yield {verb: {"element": {**_IN_TABLE, "name": name, "elem": listed}}}


def _element(element: nft.Element, of: changes.Elements) -> object:
    if not isinstance(element, tuple):
        return _part(element)
    if of.verdict:
        return [element[0], nft.jump(str(element[1]))]
    parts = [_part(part) for part in element]
    if of.data:
        return [{"concat": parts[: -of.data]}, {"concat": parts[-of.data :]}]
    return {"concat": parts}


def _part(part: nft.Part) -> object:
    """A value, network or range."""
    if isinstance(part, nft.Range):
        return {"range": [part.low, part.high]}
    address, _slash, length = str(part).partition("/")
    return {"prefix": {"addr": address, "len": int(length)}} if length.isdecimal() else part


def _removals(chains: Iterable[str], sets: Mapping[str, nft.Set]) -> Iterator[Command]:
    """Empty the chains, drop the sets that they used, then the chains."""
    gone = tuple(chains)
    for name in gone:
        yield {"flush": {"chain": {**_IN_TABLE, "name": name}}}
    for name, old in sets.items():
        yield {"delete": {_word(old): {**_IN_TABLE, "name": name}}}
    for name in gone:
        yield {"delete": {"chain": {**_IN_TABLE, "name": name}}}
