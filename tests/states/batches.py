"""Events of the named states as a watch hands them over, in batches, for what is kept up to date by them: promise 1."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from . import records, states
from .records import Change

Batches = list[list[Change]]

# Every record of every state, and each with its absence.
_RECORDS = sorted({change for changes in states.STATES.values() for change in changes}, key=lambda change: change.key)
_EVENTS = st.sampled_from(_RECORDS) | st.sampled_from(_RECORDS).map(records.without)
# Which interface the address of states.STATES' HostEndpoint is at, batch by batch.
ADDRESSES = ({}, {"eth0": frozenset({"192.0.2.77"})}, {"eth1": frozenset({"2001:db8::77"})})


def _through(names: Sequence[str]) -> Batches:
    """From state to state, each with one batch: what goes, and all that the state has."""
    current: Sequence[Change] = ()
    found: Batches = []
    for name in names:
        gone = {change.key for change in current} - {change.key for change in states.STATES[name]}
        found.append([*(Change(key, None) for key in sorted(gone)), *states.STATES[name]])
        current = states.STATES[name]
    return found


ANY = st.lists(st.lists(_EVENTS, min_size=1, max_size=12), min_size=1, max_size=8)
THROUGH_ALL = st.permutations(sorted(states.STATES)).map(_through)
