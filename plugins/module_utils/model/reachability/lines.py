"""Differences between groups, gathered into as few lines as tell the same."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from .families import Difference, Family
from .names import Names, joined
from .sorting import by
from .traffic import words

T = TypeVar("T")

ANY_SOURCE, ANY_DESTINATION = "any source", "any destination"
_SAME = Difference(0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Traffic that is now allowed, or no longer; ``family`` is None if it is so in both, or only one is in question."""

    source: str
    destination: str
    traffic: tuple[str, ...]
    allowed: bool
    family: int | None
    endpoints: int

    def __str__(self) -> str:
        family = f" (IPv{self.family})" if self.family else ""
        change = "deny -> allow" if self.allowed else "allow -> deny"
        count = f"{self.endpoints} endpoint" + ("" if self.endpoints == 1 else "s")
        return f"{self.source} -> {self.destination} {', '.join(self.traffic)}{family}: {change}, {count}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """The names at both ends, and the larger ones that these are part of."""

    ends: tuple[frozenset[str], frozenset[str]]
    bases: tuple[frozenset[str], frozenset[str]]
    traffic: tuple[str, ...]
    allowed: bool


@dataclasses.dataclass(slots=True)
class _Found:
    """The containers on both sides, and the families in which it is so."""

    members: set[str] = dataclasses.field(default_factory=set)
    families: set[int] = dataclasses.field(default_factory=set)


def changes(families: Mapping[int, Family]) -> tuple[Change, ...]:
    """All changes, by names."""
    names = {family: Names(compared.groups) for family, compared in families.items()}
    found: dict[_Line, _Found] = {}
    for family, compared in families.items():
        for line, members in _generalised(_lines(compared, names[family]), names[family]).items():
            known = found.setdefault(line, _Found())
            known.members |= members
            known.families.add(family)
    in_all = set.intersection(*(set(one.of_base) for one in names.values()))
    told = [
        Change(
            joined(line.ends[0]),
            joined(line.ends[1]),
            line.traffic,
            line.allowed,
            _family(line, known, in_all),
            len(known.members),
        )
        for line, known in found.items()
    ]
    return tuple(sorted(told, key=lambda one: (one.source, one.destination, one.allowed, one.traffic, one.family or 0)))


def _family(line: _Line, found: _Found, in_all: set[str]) -> int | None:
    """The family, if the same might have changed in the other one."""
    return (
        min(found.families) if len(found.families) == 1 and in_all.issuperset(line.bases[0] | line.bases[1]) else None
    )


def _lines(compared: Family, names: Names) -> dict[_Line, set[str]]:
    """A line for all groups of one name among which the same changed."""
    found: dict[_Line, set[str]] = {}
    said = functools.cache(functools.partial(words, compared.cells))
    for source, destination in sorted(
        {tuple(compared.groups[one].base for one in pair) for pair in compared.differences}
    ):
        for sources, destinations, difference in _blocks(compared, names.of_base[source], names.of_base[destination]):
            members = {name for number in (*sources, *destinations) for name in compared.groups[number].members}
            if sources == destinations and len(members) == 1:
                continue  # what a container may send itself
            ends = (names.of(sources), names.of(destinations))
            moot = compared.moot if compared.groups[sources[0]].guards else 0
            for cells, allowed in ((difference.gained, True), (difference.lost, False)):
                if cells:
                    traffic = said(cells, moot)
                    line = _Line(ends, (frozenset({source}), frozenset({destination})), traffic, allowed)
                    found.setdefault(line, set()).update(members)
    return found


def _blocks(
    compared: Family, sources: Sequence[int], destinations: Sequence[int]
) -> Iterator[tuple[list[int], list[int], Difference]]:
    """Groups between which the same changed: sources of equal rows, and of those the destinations of equal columns."""
    rows = by(sources, lambda a: tuple(compared.differences.get((a, b), _SAME) for b in destinations))
    for row, alike in rows.items():
        for difference, numbers in by(range(len(row)), row.__getitem__).items():
            if difference != _SAME:
                yield alike, [destinations[number] for number in numbers], difference


def _generalised(found: dict[_Line, set[str]], names: Names) -> dict[_Line, set[str]]:
    """Lines that tell the same of several sources, or of several destinations, become one."""
    return _merged(_merged(found, names, 0, ANY_SOURCE), names, 1, ANY_DESTINATION)


def _merged(found: dict[_Line, set[str]], names: Names, end: int, every: str) -> dict[_Line, set[str]]:
    kept: dict[_Line, set[str]] = {}
    for lines in by(found, lambda line: (line.ends[1 - end], line.bases[1 - end], line.traffic, line.allowed)).values():
        line = lines[0]
        ends, bases = (frozenset[str]().union(*(pair[end] for pair in pairs)) for pairs in _pairs(lines))
        if len(ends) > 1 and ends == names.peers_of(line.bases[1 - end]):
            ends = frozenset({every})
        merged = dataclasses.replace(line, ends=_put(line.ends, end, ends), bases=_put(line.bases, end, bases))
        kept[merged] = set().union(*(found[one] for one in lines))
    return kept


def _pairs(lines: Sequence[_Line]) -> tuple[list[tuple[frozenset[str], frozenset[str]]], ...]:
    return [line.ends for line in lines], [line.bases for line in lines]


def _put(pair: tuple[T, T], end: int, value: T) -> tuple[T, T]:
    return (value, pair[1]) if end == 0 else (pair[0], value)
