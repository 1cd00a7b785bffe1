"""Which items each selection matches, kept up to date as items and selections come and go.

An inverted index: a selection that demands something of a label is asked only about items that have it, and an item
asks only the selections that its labels could satisfy. Does not know what the items are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from typing import Generic, TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model import selectors

from .matches import Selection

K = TypeVar("K", bound=Hashable)
# A label with one of its values, or (None) with any.
Term = tuple[str, str | None]
# The term of every item, for selections that demand nothing.
_ANY: Term = ("", None)


class LabelIndex(Generic[K]):
    """Items with labels, selections, and who matches whom."""

    def __init__(self) -> None:
        self._labels: dict[K, Mapping[str, str]] = {}
        self._items: dict[Term, set[K]] = {}
        self._selections: dict[Term, set[Selection]] = {}
        self._matched: dict[K, set[Selection]] = {}
        self._matching: dict[Selection, set[K]] = {}

    def put(self, item: K, labels: Mapping[str, str]) -> None:
        """Add an item that is not there."""
        terms = _terms(labels)
        self._labels[item] = labels
        for term in terms:
            self._items.setdefault(term, set()).add(item)
        candidates = set().union(*(self._selections.get(term, ()) for term in terms))
        self._matched[item] = {selection for selection in candidates if selection.tree.matches(labels)}
        for selection in self._matched[item]:
            self._matching[selection].add(item)

    def drop(self, item: K) -> None:
        """Remove an item."""
        for term in _terms(self._labels.pop(item)):
            _discard(self._items, term, item)
        for selection in self._matched.pop(item):
            self._matching[selection].discard(item)

    def watch(self, selection: Selection) -> None:
        """Follow a selection that is not followed yet."""
        terms = _demanded(selection)
        for term in terms:
            self._selections.setdefault(term, set()).add(selection)
        candidates = set().union(*(self._items.get(term, ()) for term in terms))
        matching = {item for item in candidates if selection.tree.matches(self._labels[item])}
        self._matching[selection] = matching
        for item in matching:
            self._matched[item].add(selection)

    def forget(self, selection: Selection) -> None:
        """Follow a selection no longer."""
        for term in _demanded(selection):
            _discard(self._selections, term, selection)
        for item in self._matching.pop(selection):
            self._matched[item].discard(selection)

    def matched(self, item: K) -> Set[Selection]:
        """The followed selections that match an item."""
        return self._matched[item]

    def matching(self, selection: Selection) -> Set[K]:
        """The items that a followed selection matches."""
        return self._matching[selection]


def _terms(labels: Mapping[str, str]) -> tuple[Term, ...]:
    return (_ANY, *labels.items(), *((label, None) for label in labels))


def _demanded(selection: Selection) -> Set[Term]:
    found = demand(selection.tree)
    return {_ANY} if found is None else found


def demand(tree: selectors.Selector) -> frozenset[Term] | None:
    """Terms of which every matching item has at least one; None if nothing can be said."""
    if isinstance(tree, selectors.Has):
        return frozenset([(tree.label, None)])
    if isinstance(tree, selectors.Compare):
        return _compared(tree)
    if isinstance(tree, selectors.In):
        return None if tree.negated else frozenset((tree.label, value) for value in tree.values)
    if isinstance(tree, selectors.And):
        demands = [terms for terms in map(demand, tree.nodes) if terms is not None]
        return min(demands, key=_breadth, default=None)
    if isinstance(tree, selectors.Or):
        return _either(map(demand, tree.nodes))
    return None


def _compared(tree: selectors.Compare) -> frozenset[Term] | None:
    if tree.operator == "!=":
        return None
    return frozenset([(tree.label, tree.value if tree.operator == "==" else None)])


def _breadth(terms: frozenset[Term]) -> tuple[bool, int]:
    """A value is rarer than a label."""
    return any(value is None for _label, value in terms), len(terms)


def _either(demands: Iterable[frozenset[Term] | None]) -> frozenset[Term] | None:
    found: set[Term] = set()
    for terms in demands:
        if terms is None:
            return None
        found |= terms
    return frozenset(found)


V = TypeVar("V")


def _discard(sets: dict[Term, set[V]], term: Term, value: V) -> None:
    sets[term].discard(value)
    if not sets[term]:
        del sets[term]
