"""The chains of a policy's or profile's rules, with a counter at each rule.

Allow and Pass set a mark and return to the guard's chain, Deny drops, Log goes on. Staged rules are only counted: the
first that matches, as it would decide, and at the end what none of them decides.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from calico_node.calc.members import Nets
from calico_node.calc.rulesets import RuleSet

from . import marks, names, nft, rules

LOG = "log"  # the chain that writes a packet to the kernel's log
_ENFORCED = {
    "Allow": (nft.COUNTER, marks.put(marks.ACCEPTED), nft.RETURN),
    "Pass": (nft.COUNTER, marks.put(marks.PASSED), nft.RETURN),
    "Deny": (nft.COUNTER, nft.DROP),
    "Log": (nft.COUNTER, nft.jump(LOG)),
}
_STAGED = {**dict.fromkeys(_ENFORCED, (nft.COUNTER, nft.RETURN)), "Log": (nft.COUNTER,)}


def chains(ruleset: RuleSet, direction: str, with_nets: Container[Nets]) -> Mapping[str, nft.Chain]:
    """The chain of the rules of one direction, and those that only it enters."""
    key = ruleset.key
    actions = _STAGED if key.staged else _ENFORCED
    found: dict[str, nft.Chain] = {}
    rendered: list[nft.Rule] = []
    for index, match in enumerate(ruleset.of(direction)):
        ways, comment = tuple(rules.matches(match, with_nets)), names.rule(key, direction, index)
        if match.action == "Log" and len(ways) > len(match.families):
            # Once, also what matches in two ways: a chain of its own is left at the first.
            name, end = names.log(key, direction, index), nft.RETURN if key.staged else nft.goto(LOG)
            found[name] = nft.Chain(tuple(nft.Rule((*way, nft.COUNTER, end), comment) for way in ways))
            rendered.append(nft.Rule((nft.jump(name),)))
        else:
            rendered += [nft.Rule((*way, *actions[match.action]), comment) for way in ways]
    if key.staged:
        rendered.append(nft.Rule((nft.COUNTER,), names.rule(key, direction, None)))
    found[names.rules(key, direction)] = nft.Chain(tuple(rendered))
    return found
