"""Sets of cells in words: ``tcp/5432``, ``icmp type 8``, ``all traffic``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from .cells import LAST_PORT, Cell, Range
from .sorting import by

ALL = "all traffic"
_OTHERS = "other protocols"
_NAMES = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp", 132: "sctp", 136: "udplite", 4: "ipip", 47: "gre", None: _OTHERS}
_ORDER = ["tcp", "udp", "icmp", "sctp"]


def words(cells: Sequence[Cell], chosen: int, moot: int = 0) -> tuple[str, ...]:
    """What the chosen cells are; of the ``moot`` ones nothing needs to be said. As short as it can be."""
    everything = (1 << len(cells)) - 1
    if chosen | moot == everything:
        return (ALL,)
    found, missing = _words(cells, chosen, moot), _words(cells, everything & ~chosen & ~moot, moot)
    if len(found) <= len(missing) + 1:
        return tuple(found)
    return (f"{ALL} except {missing[0]}", *missing[1:])


def _words(cells: Sequence[Cell], chosen: int, moot: int) -> list[str]:
    """A word for each protocol, or for a part of it."""
    found: list[tuple[int, str]] = []
    for protocol, numbers in by(range(len(cells)), lambda number: cells[number].protocol).items():
        some = [cells[number] for number in _with_moot(cells, numbers, chosen, moot)]
        every = [cells[number] for number in numbers]
        name = _NAMES.get(protocol, f"protocol {protocol}")
        place = _ORDER.index(name) if name in _ORDER else len(_ORDER) + (protocol or 256)
        if len(some) == len(every):
            found.append((place, name))
        elif some:
            found += ((place, word) for word in (_ports if some[0].source else _icmp)(name, every, some))
    return [word for _place, word in sorted(found)]


def _with_moot(cells: Sequence[Cell], numbers: Sequence[int], chosen: int, moot: int) -> Iterator[int]:
    """The chosen cells of a protocol, and the moot ones of a source port where these complete it."""
    for row in by(numbers, lambda number: cells[number].source).values():
        some = [number for number in row if chosen >> number & 1]
        yield from row if some and all((chosen | moot) >> number & 1 for number in row) else some


def _ports(name: str, every: Sequence[Cell], some: Sequence[Cell]) -> Iterator[str]:
    """Destination ports; where they depend on the source port, for which ones."""
    sources = {cell.source for cell in every}
    destinations = {cell.destination for cell in every}
    by_source = by(some, lambda cell: cell.source)
    alike = by(by_source.items(), lambda item: frozenset(cell.destination for cell in item[1]))
    for chosen, items in alike.items():
        origin = {source for source, _cells in items}
        yield name + _said(chosen, destinations, "/") + _said(origin, sources, " from port ")


def _said(chosen: Collection[Range | None], every: Collection[Range | None], before: str) -> str:
    """The ranges, or the others if those are fewer; nothing if it is all of them."""
    present, missing = _joined(chosen), _joined(one for one in every if one not in chosen)
    if not missing:
        return ""
    if len(missing) < len(present):
        return f"{before}{_text(_joined(every))} except {_text(missing)}"
    return before + _text(present)


def _joined(ranges: Iterable[Range | None]) -> list[Range]:
    """In order, neighbours as one."""
    joined: list[Range] = []
    for low, high in sorted(one for one in ranges if one is not None):
        if joined and joined[-1][1] + 1 == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def _text(ranges: Iterable[Range]) -> str:
    return ",".join(str(high) if low == high else f"{max(low, 1)}-{min(high, LAST_PORT)}" for low, high in ranges)


def _icmp(name: str, every: Sequence[Cell], some: Sequence[Cell]) -> Iterator[str]:
    """Types and codes; of a type with all its codes the type alone."""
    kinds = by(every, lambda cell: cell.icmp and cell.icmp[0])
    for kind, cells in by(some, lambda cell: cell.icmp and cell.icmp[0]).items():
        if kind is None:
            yield f"{name} other types"
        elif len(cells) == len(kinds[kind]):
            yield f"{name} type {kind}"
        else:
            codes = [cell.icmp[1] for cell in cells if cell.icmp]
            yield from (f"{name} type {kind} {'other codes' if code is None else f'code {code}'}" for code in codes)
