"""What differs between two tables: applied to one it gives the other. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Set
from typing import TypeVar

from calico_node.delta import deltas

from . import nft

V = TypeVar("V")


@dataclasses.dataclass(frozen=True, slots=True)
class Elements:
    """What comes into a set that stays, and what leaves it; ``verdict`` as in nft.Set, ``data``: how many parts are."""

    added: Set[nft.Element]
    removed: Set[nft.Element]
    verdict: bool = False
    data: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """Empty, and so false, if nothing differs. Chains and sets keep their kind: see ``fits``."""

    chains: deltas.Delta[str, nft.Chain] = dataclasses.field(default_factory=deltas.Delta)
    new_sets: Mapping[str, nft.Set] = dataclasses.field(default_factory=dict)
    old_sets: Mapping[str, nft.Set] = dataclasses.field(default_factory=dict)
    elements: Mapping[str, Elements] = dataclasses.field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.chains or self.new_sets or self.old_sets or self.elements)


def between(wanted: nft.Table, actual: nft.Table) -> Changes:
    """What leads from ``actual`` to ``wanted``."""
    sets = deltas.between(wanted.sets, actual.sets)
    return Changes(
        chains=deltas.between(wanted.chains, actual.chains),
        new_sets=sets.added,
        old_sets=sets.removed,
        elements={name: _elements(new, actual.sets[name]) for name, new in sets.changed.items()},
    )


def _elements(wanted: nft.Set, actual: nft.Set) -> Elements:
    added, removed = wanted.elements - actual.elements, actual.elements - wanted.elements
    return Elements(added, removed, wanted.verdict, len(wanted.data))


def fits(wanted: nft.Table, actual: nft.Table) -> bool:
    """Whether changes can lead there: not to other flags of the table, another hook of a chain or type of a set."""
    return (
        wanted.odd == actual.odd
        and all(one.hook == other.hook for one, other in _common(wanted.chains, actual.chains))
        and all(one.kind == other.kind for one, other in _common(wanted.sets, actual.sets))
    )


def _common(wanted: Mapping[str, V], actual: Mapping[str, V]) -> Iterable[tuple[V, V]]:
    return ((wanted[name], actual[name]) for name in wanted.keys() & actual.keys())
