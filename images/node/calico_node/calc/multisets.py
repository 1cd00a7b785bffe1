"""A set whose elements know how often they were added: the last removal counts, whoever it comes from."""

from __future__ import annotations

from collections.abc import Hashable, Set
from typing import Generic, TypeVar

E = TypeVar("E", bound=Hashable)


class Multiset(Generic[E]):
    """Most elements come once, so only what came more often is counted."""

    __slots__ = ("_elements", "_surplus")

    def __init__(self) -> None:
        self._elements: set[E] = set()
        self._surplus: dict[E, int] = {}

    @property
    def elements(self) -> Set[E]:
        """The elements; a view, not a copy."""
        return self._elements

    def add(self, element: E) -> bool:
        """Whether the element is new."""
        if element in self._elements:
            self._surplus[element] = self._surplus.get(element, 0) + 1
            return False
        self._elements.add(element)
        return True

    def remove(self, element: E) -> bool:
        """Whether it was the last of its kind. Raises KeyError if there was none."""
        left = self._surplus.get(element, 0)
        if left:
            self._surplus[element] = left - 1
            if left == 1:
                del self._surplus[element]
            return False
        self._elements.remove(element)
        return True
