"""Promise 1: what is kept up to date equals what a plain calculation of the whole snapshot says, after any changes."""

from __future__ import annotations

import itertools

from hypothesis import given, settings

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from calico_node.calc import hosts
from calico_node.calc.calculator import Calculator, Update
from tests.states import batches, records, states


def follow(events: batches.Batches) -> None:
    """Check the state and what is said to have changed, after each batch of events."""
    calculator, snapshot = Calculator("host1"), snapshots.Snapshot()
    before = hosts.calculate(snapshot, "host1")
    for batch, addresses in zip(events, itertools.cycle(batches.ADDRESSES)):
        snapshot = snapshot_builder.apply(snapshot, batch, 1)
        after = hosts.calculate(snapshot, "host1", addresses)
        update = calculator.update(snapshot, addresses)
        assert update.state == after
        check_changes(update, before, after)
        before = after


def check_changes(update: Update, before: hosts.HostState, after: hosts.HostState) -> None:
    """What is said to have changed did, and nothing else."""
    interfaces = before.endpoints.keys() | after.endpoints.keys()
    assert update.interfaces == {name for name in interfaces if before.endpoints.get(name) != after.endpoints.get(name)}
    old, new = dict(before.members), dict(after.members)
    for named in old.keys() & new.keys():
        for version in (4, 6):
            moved = update.moved.get(named, {}).get(version)
            added, removed = (moved.added, moved.removed) if moved else (set(), set())
            assert (added, removed) == (
                new[named][version] - old[named][version],
                old[named][version] - new[named][version],
            )
    assert update.moved.keys() <= old.keys() & new.keys()


@given(batches.ANY)
@settings(max_examples=200, deadline=None)
def test_after_any_events_in_any_batches(events: batches.Batches) -> None:
    follow(events)


@given(batches.THROUGH_ALL)
@settings(max_examples=15, deadline=None)
def test_through_all_states_in_any_order(events: batches.Batches) -> None:
    follow(events)


def test_what_does_not_change_is_not_worked_on() -> None:
    calculator = Calculator("host1")
    snapshot = snapshot_builder.build(states.STATES["tiers"], 1)
    first = calculator.update(snapshot).state
    second = calculator.update(snapshot_builder.apply(snapshot, [records.endpoint(99, node="host2")], 2))
    assert second.state.endpoints is first.endpoints
    assert second.state.policies is first.policies
    assert not second.interfaces
    assert second.moved
