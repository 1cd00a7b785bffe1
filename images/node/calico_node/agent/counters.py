"""The answer to ``GET /counters``: what met each rule in force or on rehearsal, and what else was dropped.

Counts are of packets that policy was asked about: the first of each connection. They begin anew when a policy changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calico_node.calc.rulesets import DIRECTIONS, RuleSet
from calico_node.dataplane.nft_counters import NOTHING, Count
from calico_node.render import names

_Rule = tuple[int | None, str | None]  # index and action; what no rule of a staged policy decides has neither


def document(rulesets: Iterable[RuleSet], counted: Mapping[str, Count]) -> dict[str, Any]:
    """Rules by kind and name of what they are part of; drops by their reason."""
    rows = {
        names.rule(ruleset.key, direction, index): _row(ruleset, direction, (index, action))
        for ruleset in sorted(rulesets, key=lambda one: one.key)
        for direction in DIRECTIONS
        for index, action in _rules(ruleset, direction)
    }
    return {
        "rules": [row | counted.get(comment, NOTHING)._asdict() for comment, row in rows.items()],
        "drops": [{"reason": one} | counted[one]._asdict() for one in sorted(counted.keys() - rows.keys())],
    }


def _rules(ruleset: RuleSet, direction: str) -> Iterator[_Rule]:
    matches = ruleset.of(direction)
    yield from ((index, match.action) for index, match in enumerate(matches))
    if matches and ruleset.key.staged:
        yield None, None


def _row(ruleset: RuleSet, direction: str, rule: _Rule) -> dict[str, Any]:
    key = ruleset.key
    return {
        "kind": key.kind,
        "name": key.name,
        "staged": key.staged,
        "direction": direction,
        "rule": rule[0],
        "action": rule[1],
    }
