"""Makes one stored resource what it should be: present, absent or changed. Private to this collection.

Whole resources are compared, as decoded: a field that is not wanted returns to its default, a stored
document that only spells the same otherwise is left alone. Stored fields that the model does not know
survive. Nothing is written before everything about the change is found to be allowed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, kinds, resources, schema

from . import guards
from .terms import Terms

# (wanted, stored) -> what is wanted in view of what is stored; raises Invalid.
Merge = Callable[[Any, Any], resources.Resource]
# What the resource shall be in view of what is stored, None: absent; raises whatever speaks against a change.
Make = Callable[["Stored"], "resources.Resource | None"]
ATTEMPTS = 32  # each lost race means that another writer won it
BATCH = 100  # keys of one transaction; etcd takes 128 operations

__all__ = [
    "ATTEMPTS",
    "BATCH",
    "Decision",
    "Make",
    "Marks",
    "Merge",
    "Outcome",
    "Stored",
    "change",
    "converge",
    "decide",
    "shown",
    "write",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Marks:
    """What a new record is marked with: a UUID and a time in RFC 3339."""

    uid: str
    timestamp: str


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """What stands in the store; revision 0 is absent, ``resource`` is None also where it is invalid."""

    key: str
    revision: int = 0
    document: Any = None
    resource: resources.Resource | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Whether something changed (in check mode: would change), and the resource before and after as people see it."""

    changed: bool
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one resource: its outcome, the stored record that this rests on, and the terms of the write."""

    outcome: Outcome
    key: str
    revision: int  # of the stored record, 0 for none
    document: Mapping[str, Any] | None  # what is written, if it changes; None: nothing is left
    terms: Terms


def converge(
    store: stores.Store,
    identity: kinds.KeyParts,
    wanted: resources.Resource | None,
    marks: Marks,
    *,
    merge: Merge | None = None,
    check_mode: bool = False,
) -> Outcome:
    """Make the resource ``wanted``, or absent if that is None. Raises Invalid and StoreError."""
    return change(store, identity, _making(wanted, merge), marks, check_mode=check_mode)


def change(
    store: stores.Store, identity: kinds.KeyParts, make: Make, marks: Marks, *, check_mode: bool = False
) -> Outcome:
    """Make the resource what ``make`` says, of what is stored then. Raises Invalid, StoreError and what that raises."""
    for _attempt in range(ATTEMPTS):
        decision = _decided(store, identity, make, marks)
        if not decision.outcome.changed or check_mode or write(store, decision):
            return decision.outcome
    raise stores.StoreError(
        f"{identity.kind.KIND} {identity.name}: other writers were faster {ATTEMPTS} times, run this again"
    )


def decide(
    store: stores.Store,
    identity: kinds.KeyParts,
    wanted: resources.Resource | None,
    marks: Marks,
    *,
    merge: Merge | None = None,
) -> Decision:
    """What making the resource ``wanted``, or absent, would be. Raises Invalid if that is refused, StoreError."""
    return _decided(store, identity, _making(wanted, merge), marks)


def _making(wanted: resources.Resource | None, merge: Merge | None) -> Make:
    def make(stored: Stored) -> resources.Resource | None:
        return merge(wanted, stored.resource) if wanted is not None and merge is not None else wanted

    return make


def _decided(store: stores.Store, identity: kinds.KeyParts, make: Make, marks: Marks) -> Decision:
    stored = _read(store, identity)
    target = make(stored)
    if target is not None:
        target = _marked(target, stored, marks)
    outcome = _compare(stored, target)
    if not outcome.changed:
        return Decision(outcome, stored.key, stored.revision, None, Terms())
    terms = guards.check(store, identity.kind, stored.resource, target)
    onto = stored.document if isinstance(stored.document, Mapping) else None
    document = None if target is None else target.encode(onto)
    return Decision(outcome, stored.key, stored.revision, document, terms)


def shown(resource: resources.Resource) -> dict[str, Any]:
    """The resource as people write it: without the marks of its record."""
    metadata = dataclasses.replace(resource.metadata, uid=None, creation_timestamp=None)
    return {
        "kind": resource.KIND,
        "apiVersion": resources.API_VERSION,
        "metadata": schema.encode(metadata),
        "spec": schema.encode(resource.spec),
    }


def _read(store: stores.Store, identity: kinds.KeyParts) -> Stored:
    key = resources.key_of(identity.kind, identity.name, identity.namespace)
    record = store.get(key)
    if record is None:
        return Stored(key)
    document = None
    try:
        document = record.document()
        return Stored(key, record.revision, document, identity.kind.decode(document))
    except errors.Invalid:  # no input of ours: it is replaced or removed
        return Stored(key, record.revision, document)


def _marked(target: resources.Resource, stored: Stored, marks: Marks) -> resources.Resource:
    """The target with the marks of the stored record, or new ones where it has none."""
    found = resources.Metadata(name=target.name) if stored.resource is None else stored.resource.metadata
    return target.created(uid=found.uid or marks.uid, timestamp=found.creation_timestamp or marks.timestamp)


def _compare(stored: Stored, target: resources.Resource | None) -> Outcome:
    before = stored.document if stored.resource is None else shown(stored.resource)
    changed = target != stored.resource or (target is None and stored.revision != 0)
    return Outcome(changed, before, before if not changed else None if target is None else shown(target))


def write(store: stores.Store, decision: Decision) -> bool:
    """Whether it was written; False if another writer was faster."""
    key, terms = decision.key, decision.terms
    puts = {} if decision.document is None else {key: decision.document}
    # The resource itself goes last, with all that must hold then.
    *earlier, last = _batches(terms.deletes if puts else (*terms.deletes, key))
    expect = {key: decision.revision, **terms.expect}
    try:
        for batch in earlier:
            store.commit({}, batch, {gone: expect.pop(gone) for gone in batch})
        store.commit(puts, last, expect, terms.unchanged)
    except stores.Conflict:
        return False
    return True


def _batches(keys: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The keys in parts that fit a transaction; one empty part if there are none."""
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)] or [()]
