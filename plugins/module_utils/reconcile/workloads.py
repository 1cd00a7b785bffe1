"""A workload that is no container: its WorkloadEndpoint, and its addresses taken in the books, in one transaction.

So address management gives them to nobody else. Addresses outside of all pools are in no book.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, workload_endpoints

from . import ATTEMPTS, Decision, Marks, Merge, Outcome, changes, decide, taking


def converge(  # noqa: PLR0913 - keyword-only from the fifth
    store: stores.Store,
    identity: kinds.KeyParts,
    wanted: workload_endpoints.WorkloadEndpoint | None,
    marks: Marks,
    *,
    now: float,
    merge: Merge | None = None,
    check_mode: bool = False,
) -> Outcome:
    """Make the endpoint ``wanted``, or absent, and its addresses taken or free. Raises Invalid, StoreError."""
    for _attempt in range(ATTEMPTS):
        decision = decide(store, identity, wanted, marks, merge=merge)
        change = _addressed(store, identity, wanted, now)
        outcome = decision.outcome
        if not outcome.changed and not (change.puts or change.deletes):
            return outcome
        try:
            if not check_mode:
                changes.merged(_written(decision), change).commit(store)
        except stores.Conflict:
            continue
        return dataclasses.replace(outcome, changed=True)
    raise stores.StoreError(f"{identity.name}: other writers were faster {ATTEMPTS} times, run this again")


def _written(decision: Decision) -> changes.Change:
    expect = {decision.key: decision.revision}
    if not decision.outcome.changed:
        return changes.Change(expect=expect)
    if decision.document is None:
        return changes.Change(deletes=(decision.key,), expect=expect)
    return changes.Change(puts={decision.key: decision.document}, expect=expect)


def _addressed(
    store: stores.Store, identity: kinds.KeyParts, wanted: workload_endpoints.WorkloadEndpoint | None, now: float
) -> changes.Change:
    """The books in which the workload holds exactly the addresses that it shall have. Raises Invalid."""
    # Names are one namespace's own.
    handle = f"workload.{identity.namespace}.{identity.name}"
    if wanted is None:
        return taking.hold(store, handle, "", (), now)
    addresses = tuple(network.network_address for network in wanted.spec.ip_networks)
    return taking.hold(store, handle, wanted.spec.node, addresses, now)
