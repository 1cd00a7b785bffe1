"""A set whose elements know how often they were added, and which remembers what came and went since somebody looked."""

from __future__ import annotations

from collections.abc import Hashable, Set
from typing import Generic, TypeVar

E = TypeVar("E", bound=Hashable)


class Multiset(Generic[E]):
    """The last removal counts, whoever it comes from. What came and left again since ``forget`` did neither."""

    __slots__ = ("_elements", "_surplus", "added", "removed")

    def __init__(self) -> None:
        self._elements: set[E] = set()
        # Most elements come once, so only what came more often is counted.
        self._surplus: dict[E, int] = {}
        self.added: set[E] = set()
        self.removed: set[E] = set()

    @property
    def elements(self) -> Set[E]:
        """The elements now; a view, not a copy."""
        return self._elements

    def add(self, element: E) -> None:
        """Count an element once more."""
        if element in self._elements:
            self._surplus[element] = self._surplus.get(element, 0) + 1
        else:
            self._elements.add(element)
            _note(element, self.added, self.removed)

    def remove(self, element: E) -> None:
        """Count an element once less. Raises KeyError if there was none."""
        left = self._surplus.get(element, 0)
        if left > 1:
            self._surplus[element] = left - 1
        elif left:
            del self._surplus[element]
        else:
            self._elements.remove(element)
            _note(element, self.removed, self.added)

    def forget(self) -> None:
        """From now on nothing came and nothing went."""
        self.added, self.removed = set(), set()


def _note(element: E, here: set[E], there: set[E]) -> None:
    if element in there:
        there.discard(element)
    else:
        here.add(element)
