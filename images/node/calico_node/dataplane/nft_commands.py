"""From the table that is there to the one that is wanted: the commands of one nftables transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calico_node.delta import deltas
from calico_node.render import nft

Command = Mapping[str, Any]
_IN_TABLE = {"family": nft.FAMILY, "table": nft.TABLE}
_TABLE = {"family": nft.FAMILY, "name": nft.TABLE}


def create(wanted: nft.Table) -> Iterator[Command]:
    """A new table in place of whatever has its name: the kernel switches from one to the other at once."""
    yield {"add": {"table": _TABLE}}
    yield {"delete": {"table": _TABLE}}
    yield {"add": {"table": _TABLE}}
    yield from update(wanted, nft.Table())


def update(wanted: nft.Table, actual: nft.Table) -> Iterator[Command]:
    """What differs, in an order in which nothing is used before it exists or removed while it is used."""
    chains, sets = deltas.between(wanted.chains, actual.chains), deltas.between(wanted.sets, actual.sets)
    for name, new in sets.added.items():
        yield {"add": {"set" if not new.verdict else "map": _set(name, new)}}
    for name in chains.added:
        yield {"add": {"chain": _chain(name, wanted.chains[name])}}
    for name, chain in chains.put.items():
        yield from _rules(name, chain, flush=name in chains.changed)
    for name, new in sets.put.items():
        yield from _elements(name, new, actual.sets.get(name))
    yield from _removals(chains.removed, sets.removed)


def fits(wanted: nft.Table, actual: nft.Table) -> bool:
    """Whether ``update`` can lead there: chains cannot change their hook, nor sets their type."""
    chains, sets = wanted.chains.keys() & actual.chains.keys(), wanted.sets.keys() & actual.sets.keys()
    return all(wanted.chains[name].hook == actual.chains[name].hook for name in chains) and all(
        (wanted.sets[name].type, wanted.sets[name].verdict) == (actual.sets[name].type, actual.sets[name].verdict)
        for name in sets
    )


def delete() -> Iterator[Command]:
    """No table, whether or not there is one."""
    yield {"add": {"table": _TABLE}}
    yield {"delete": {"table": _TABLE}}


def _set(name: str, new: nft.Set) -> Mapping[str, Any]:
    kind = new.type[0] if len(new.type) == 1 else list(new.type)
    return {**_IN_TABLE, "name": name, "type": kind} | ({"map": "verdict"} if new.verdict else {})


def _chain(name: str, new: nft.Chain) -> Mapping[str, Any]:
    if new.hook is None:
        return {**_IN_TABLE, "name": name}
    hook = {"type": "filter", "hook": new.hook.name, "prio": new.hook.priority, "policy": "accept"}
    return {**_IN_TABLE, "name": name, **hook}


def _rules(name: str, chain: nft.Chain, *, flush: bool) -> Iterator[Command]:
    if flush:
        yield {"flush": {"chain": {**_IN_TABLE, "name": name}}}
    for rule in chain.rules:
        comment = {"comment": rule.comment} if rule.comment else {}
        yield {"add": {"rule": {**_IN_TABLE, "chain": name, "expr": list(rule.expressions), **comment}}}


def _elements(name: str, new: nft.Set, old: nft.Set | None) -> Iterator[Command]:
    """Removals first: a map's key may come back with another verdict."""
    known = old.elements if old else frozenset()
    for verb, elements in (("delete", known - new.elements), ("add", new.elements - known)):
        if elements:
            listed = [_element(element, verdict=new.verdict) for element in sorted(elements, key=str)]
            yield {verb: {"element": {**_IN_TABLE, "name": name, "elem": listed}}}


def _element(element: nft.Element, *, verdict: bool) -> object:
    if isinstance(element, str):
        return element
    if verdict:
        return [element[0], nft.jump(str(element[1]))]
    return {"concat": list(element)}


def _removals(chains: Iterable[str], sets: Mapping[str, nft.Set]) -> Iterator[Command]:
    """Empty the chains, drop the sets that they used, then the chains."""
    gone = tuple(chains)
    for name in gone:
        yield {"flush": {"chain": {**_IN_TABLE, "name": name}}}
    for name, old in sets.items():
        yield {"delete": {"map" if old.verdict else "set": {**_IN_TABLE, "name": name}}}
    for name in gone:
        yield {"delete": {"chain": {**_IN_TABLE, "name": name}}}
