"""The chain of a guard: its policies tier by tier, then its profiles, then drop.

A policy's chain comes back with the mark accepted, with the mark passed, or undecided; a packet that comes back from a
guard's chain is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator

from calico_node.calc import guards, rulesets

from . import marks, names, nft

_DENY = (nft.COUNTER, nft.DROP)
_DONE = nft.Rule((marks.has(marks.ACCEPTED), nft.RETURN))


def chain(guard: guards.Guard) -> nft.Chain:
    """The chain that every endpoint with this guard shares."""
    return nft.Chain((*tiers(guard), *profiles(guard)))


def tiers(guard: guards.Guard) -> Iterator[nft.Rule]:
    """The policies: comes back accepted, or goes on."""
    for place, tier in enumerate(guard.tiers):
        if place:
            yield nft.Rule((marks.CLEAR,))
        for turn, key in enumerate(tier.policies):
            undecided = (marks.lacks(marks.PASSED),) if turn else ()
            yield nft.Rule((*undecided, nft.jump(names.rules(key, guard.direction))))
            if not key.staged:
                yield _DONE
        if not tier.passes:
            yield nft.Rule((marks.lacks(marks.PASSED), *_DENY), names.tier_end(tier.name))


def profiles(guard: guards.Guard) -> Iterator[nft.Rule]:
    """The profiles, then drop."""
    for name in guard.profiles:
        yield nft.Rule((nft.jump(names.rules(rulesets.Key.of_profile(name), guard.direction)),))
        yield _DONE
    yield nft.Rule(_DENY, "no policy or profile allows it")
