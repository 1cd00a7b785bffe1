"""Many resources at once: decided on one view of the store, written in few transactions, each of them whole.

Nothing is written before everything is found to be allowed. What exists before others need it: tiers before policies,
and in removal the other way round. A resource that another writer changes meanwhile is left as that writer has it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import bgp_filters, errors, kinds, resources, tiers

from . import ATTEMPTS, BATCH, Decision, Marks, Outcome, decide, views, write

_FIRST: tuple[type[resources.Resource], ...] = (tiers.Tier, bgp_filters.BGPFilter)


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A resource and what it shall be; None: absent."""

    identity: kinds.KeyParts
    wanted: resources.Resource | None

    @property
    def key(self) -> str:
        return resources.key_of(self.identity.kind, self.identity.name, self.identity.namespace)

    def __str__(self) -> str:
        place = f"{self.identity.namespace}/" if self.identity.namespace else ""
        return f"{self.identity.kind.KIND} {place}{self.identity.name}"


Result = tuple[Item, Outcome]


def apply(
    store: stores.Store, items: Iterable[Item], new_marks: Callable[[], Marks], *, check_mode: bool = False
) -> tuple[Result, ...]:
    """Make every item so, and say what that changed, in the order of the writes. Raises Invalid, StoreError."""
    left = sorted(items, key=_order)
    marks = {item.key: new_marks() for item in left}
    first: dict[str, Decision] = {}
    attempts = 0
    while left and attempts < ATTEMPTS:
        pairs = _decided(views.View(store), left, marks)
        _refuse_foreign(pairs, first, len(first) - len(left))
        first = first or {decision.key: decision for _item, decision in pairs}
        if check_mode:
            break
        rest = _written(store, pairs)
        attempts = attempts + 1 if len(rest) == len(left) else 0
        left = rest
    else:
        if left:
            raise stores.StoreError(f"other writers were faster {ATTEMPTS} times; {len(left)} are left, run this again")
    return tuple((item, first[item.key].outcome) for item in sorted(items, key=_order))


Pair = tuple[Item, Decision]


def _order(item: Item) -> tuple[bool, int]:
    kind = item.identity.kind
    rank = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
    return item.wanted is None, rank if item.wanted is not None else -rank


def _decided(view: views.View, items: Iterable[Item], marks: dict[str, Marks]) -> list[Pair]:
    """What becomes of each, where all before it are done. Raises Invalid with what speaks against any."""
    pairs = []
    problems: list[errors.Problem] = []
    for item in items:
        try:
            decision = decide(view, item.identity, item.wanted, marks[item.key])
        except errors.Invalid as error:
            problems.extend(error.under(str(item)))
            continue
        if decision.outcome.changed:
            view.foresee(item.key, decision.document)
            for key in decision.terms.deletes:
                view.foresee(key, None)
        pairs.append((item, decision))
    if problems:
        raise errors.Invalid(problems)
    return pairs


def _refuse_foreign(pairs: Iterable[Pair], first: dict[str, Decision], done: int) -> None:
    """What another writer made of a resource since it was read first is not overwritten."""
    foreign = [
        str(item)
        for item, decision in pairs
        if first and decision.outcome.changed and decision.revision != first[item.key].revision
    ]
    if foreign:
        raise stores.StoreError(
            f"conflict: another writer changed {', '.join(foreign)} meanwhile, and that is kept. Of {len(first)} "
            f"resources {done} are as wanted. Look at what it wrote, and run this again to have yours"
        )


def _written(store: stores.Store, pairs: Sequence[Pair]) -> list[Item]:
    """Write what changes; returns what is to be decided anew, since its view is out of date."""
    changing = [pair for pair in pairs if pair[1].outcome.changed]
    own: dict[str, int] = {}
    while changing:
        chunk = _chunk(changing)
        decisions = [decision for _item, decision in chunk]
        stale = bool(own) and any(decision.terms.unchanged for decision in decisions)
        if stale or not _commit(store, decisions, own):
            return [item for item, _decision in changing]
        changing = changing[len(chunk) :]
    return []


def _chunk(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """As many as one transaction takes, at least one."""
    size = 0
    for number, (_item, decision) in enumerate(pairs):
        size += 1 + max(len(decision.terms.deletes), len(decision.terms.expect)) + len(decision.terms.unchanged)
        if size > BATCH and number:
            return pairs[:number]
    return pairs


def _commit(store: stores.Store, decisions: Sequence[Decision], own: dict[str, int]) -> bool:
    """Whether it was written; into ``own`` goes which keys have which revisions by that."""
    if len(decisions) == 1 and len(decisions[0].terms.deletes) >= BATCH:
        return write(store, decisions[0])
    puts = {decision.key: decision.document for decision in decisions if decision.document is not None}
    deletes = [decision.key for decision in decisions if decision.document is None]
    deletes += [key for decision in decisions for key in decision.terms.deletes]
    expect = {key: revision for decision in decisions for key, revision in decision.terms.expect.items()}
    expect |= {decision.key: decision.revision for decision in decisions}
    # What an earlier transaction of ours wrote has that one's revision; what this one writes is compared as it was.
    known = {key: own.get(key, 0) if revision == views.PENDING else revision for key, revision in expect.items()}
    unchanged = {prefix: revision for decision in decisions for prefix, revision in decision.terms.unchanged.items()}
    try:
        revision = store.commit(puts, dict.fromkeys(deletes), known, unchanged)
    except stores.Conflict:
        return False
    own |= dict.fromkeys(puts, revision)
    return True
