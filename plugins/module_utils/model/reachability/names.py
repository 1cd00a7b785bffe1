"""What people call a group, and several of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .groups import OUTSIDE, Group
from .sorting import by

# So many are named one by one.
_FEW = 3


class Names:
    """Names of the groups of one family: as short as they can be and still tell them apart."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self.of_base: dict[str, list[int]] = {}
        for number, group in enumerate(groups):
            self.of_base.setdefault(group.base, []).append(number)
        self._own: dict[int, str] = {}
        for numbers in self.of_base.values():
            self._own.update(self._own_labels(numbers))

    def of(self, numbers: Iterable[int]) -> frozenset[str]:
        """The names of some groups of one base; the base alone if it is all of them."""
        chosen = set(numbers)
        base = self._groups[min(chosen)].base
        every = self.of_base[base]
        if len(chosen) == len(every):
            return frozenset({base})
        details = {self._groups[number].detail for number in chosen}
        if len(details) == 1 and all(n in chosen for n in every if self._groups[n].detail in details):
            return frozenset({self._by_detail(min(chosen), "")})
        return frozenset(self._by_labels(base, chosen))

    def _by_labels(self, base: str, chosen: set[int]) -> Iterator[str]:
        """Each by its own labels; by its address only where others of these labels are not chosen."""
        for text, alike in by(self.of_base[base], lambda number: self._own[number]).items():
            some = [number for number in alike if number in chosen]
            if len(some) == len(alike) and self._groups[alike[0]].guards is not None:
                yield f"{base}[{text or 'other'}]"
            else:
                yield from (self._by_detail(number, text) for number in some)

    def _by_detail(self, number: int, text: str) -> str:
        group = self._groups[number]
        if group.base == OUTSIDE:
            return group.detail
        return f"{group.base}[{', '.join(filter(None, [text, group.detail]))}]"

    def peers_of(self, bases: Iterable[str]) -> set[str]:
        """All names that these are compared with: containers with everybody, all others with containers."""
        if any(self._is_guarded(base) for base in bases):
            return set(self.of_base)
        return {base for base in self.of_base if self._is_guarded(base)}

    def _is_guarded(self, base: str) -> bool:
        return any(self._groups[number].guards for number in self.of_base[base])

    def _own_labels(self, numbers: Sequence[int]) -> dict[int, str]:
        """The labels that not all groups of a base have."""
        labels = {number: set(self._groups[number].labels.items()) for number in numbers}
        common = set.intersection(*labels.values())
        return {
            number: ", ".join(f"{name}={value}" for name, value in sorted(some - common))
            for number, some in labels.items()
        }


def joined(names: Iterable[str]) -> str:
    """Some names in order, the first few of many."""
    shown = sorted(names)
    more = f" and {len(shown) - _FEW} more" if len(shown) > _FEW else ""
    return ", ".join(shown[:_FEW]) + more
