"""What nftables lists of our table, read into the form in which render wants it. Pure.

Whatever has no place in that form (flags of a table or set, a kind of object that we never make) is kept as a
difference, so that it counts as drift.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from calico_node.render import nft

_OWN_FIELDS = {"family", "name", "table", "type", "handle", "elem", "map"}


def read(objects: Iterable[Mapping[str, Any]]) -> nft.Table:
    """The table that a listing describes."""
    chains: dict[str, nft.Chain] = {}
    rules: dict[str, list[nft.Rule]] = {}
    sets: dict[str, nft.Set] = {}
    odd: set[str] = set()
    for entry in objects:
        for kind, body in entry.items():
            if kind == "chain":
                chains[body["name"]] = nft.Chain((), _hook(body))
            elif kind == "rule":
                rules.setdefault(body["chain"], []).append(nft.Rule(tuple(body["expr"]), body.get("comment")))
            elif kind in ("set", "map"):
                sets[body["name"]] = _set(body)
            elif kind == "table":
                odd.update(_flags(body))
            elif kind != "metainfo":
                odd.add(kind)
    whole = {name: dataclasses.replace(chain, rules=tuple(rules.get(name, ()))) for name, chain in chains.items()}
    return nft.Table(whole, sets, frozenset(odd))


def _flags(body: Mapping[str, Any]) -> list[str]:
    """Those of a table; a single one is not in a list."""
    flags = body.get("flags", [])
    return [flags] if isinstance(flags, str) else list(flags)


def _hook(body: Mapping[str, Any]) -> nft.Hook | None:
    if "hook" not in body:
        return None
    odd = "" if body.get("policy") == "accept" else f" {body.get('policy')}"
    return nft.Hook(body["hook"] + odd, body["prio"], body["type"])


def _set(body: Mapping[str, Any]) -> nft.Set:
    kind = body["type"]
    types = (kind,) if isinstance(kind, str) else tuple(kind)
    interval = body.get("flags") == ["interval"]
    odd = tuple(sorted(body.keys() - _OWN_FIELDS - ({"flags"} if interval else set())))
    leads = body.get("map")
    verdict, data = leads == "verdict", tuple(leads) if isinstance(leads, list) else ()
    odd += (leads,) if isinstance(leads, str) and not verdict else ()
    elements = frozenset(_element(one, verdict=verdict) for one in body.get("elem", ()))
    return nft.Set(types + odd, elements, verdict, interval, data)


def _element(listed: Any, *, verdict: bool) -> nft.Element:
    if verdict and isinstance(listed, list) and isinstance(listed[1], Mapping) and "jump" in listed[1]:
        return (str(listed[0]), str(listed[1]["jump"]["target"]))
    halves = listed if isinstance(listed, list) and not verdict else [listed]
    if all(isinstance(half, Mapping) and "concat" in half for half in halves):
        return tuple(nft.element(part) for half in halves for part in half["concat"])
    return nft.element(listed)
