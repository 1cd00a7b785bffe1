"""Rules that are in use, and what they refer to: it is followed as long as some rule refers to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from . import members
from .rulesets import RuleSet
from .tracker import Movements, Tracker

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class References:
    """How many rules refer to what."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._counts = Counter[members.Named]()
        self._new: set[members.Named] = set()

    def take(self, ruleset: RuleSet) -> None:
        """Rules come into use."""
        for named in members.references(ruleset):
            if named not in self._counts:
                self._tracker.follow(named)
                self._new.add(named)
            self._counts[named] += 1

    def release(self, ruleset: RuleSet) -> None:
        """Rules go out of use; what they refer to is followed until the page is turned."""
        self._counts.subtract(members.references(ruleset))

    def turn_page(self) -> Movements:
        """How the members moved of what was referred to before and still is."""
        for named in [named for named, count in self._counts.items() if not count]:
            self._tracker.unfollow(named)
            del self._counts[named]
        new, self._new = self._new, set()
        return {named: moved for named, moved in self._tracker.turn_page().items() if named not in new}


class RulesInUse(Generic[K, R]):
    """Rule sets by name or key, read once a resource; ``read`` also knows what a missing one (None) means."""

    def __init__(self, references: References, read: Callable[[K, R], RuleSet]) -> None:
        self._references = references
        self._read = read
        self._resources: Mapping[K, R] = {}
        self.rulesets: Mapping[K, RuleSet] = {}

    def use(self, wanted: Mapping[K, R]) -> None:
        """From now on these and no others."""
        known, self._resources = self._resources, wanted
        gone = known.keys() - wanted.keys()
        new = [name for name, one in wanted.items() if name not in known or known[name] is not one]
        read = {name: self._read(name, wanted[name]) for name in new}
        different = {name: ruleset for name, ruleset in read.items() if self.rulesets.get(name) != ruleset}
        if gone or different:
            for ruleset in different.values():
                self._references.take(ruleset)
            for name in (gone | different.keys()) & self.rulesets.keys():
                self._references.release(self.rulesets[name])
            kept = {name: ruleset for name, ruleset in self.rulesets.items() if name not in gone}
            self.rulesets = kept | different
