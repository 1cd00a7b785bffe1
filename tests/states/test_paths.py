"""Promise 1: the dataplane is a function of the store, never of the path that led there.

The plain calculation of a whole snapshot, with no memory, is the oracle for everything that remembers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from calico_node.calc import bgp, hosts
from calico_node.calc.calculator import Calculator
from calico_node.render import bird, nft, routes, tables
from calico_node.render.upkeep import Upkeep
from tests.states import records, states
from tests.states.records import Change

Dataplane = tuple[nft.Table, routes.Routes, str]


def dataplane(snapshot: snapshots.Snapshot) -> Dataplane:
    state = hosts.calculate(snapshot, "host1")
    return tables.table(state), routes.routes(state), bird.render(bgp.configuration(snapshot, "host1"))


ORACLE = {name: dataplane(snapshot_builder.build(changes, 1)) for name, changes in states.STATES.items()}


class Agent:
    """What remembers: the snapshot that grows by events, and what is kept up to date with it."""

    def __init__(self) -> None:
        self.snapshot = snapshots.Snapshot()
        self.calculator = Calculator("host1")
        self.upkeep = Upkeep()

    def hear(self, changes: Iterable[Change]) -> None:
        self.snapshot = snapshot_builder.apply(self.snapshot, changes, 1)

    def dataplane(self) -> Dataplane:
        update = self.calculator.update(self.snapshot)
        self.upkeep.update(update)
        text = bird.render(bgp.configuration(self.snapshot, "host1"))
        return self.upkeep.table, routes.routes(update.state), text


def between(before: Sequence[Change], after: Sequence[Change]) -> list[Change]:
    """The events that lead from one state to another, one a key."""
    old, new = ({change.key: change for change in changes} for changes in (before, after))
    gone = [records.without(change) for key, change in old.items() if key not in new]
    return [*gone, *(change for key, change in new.items() if change != old.get(key))]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(states.STATES, 2)))
def test_each_state_after_each_other_one(before: str, after: str) -> None:
    agent = Agent()
    agent.hear(states.STATES[before])
    assert agent.dataplane() == ORACLE[before]
    agent.hear(between(states.STATES[before], states.STATES[after]))
    assert agent.dataplane() == ORACLE[after]


@pytest.mark.parametrize("name", states.STATES)
def test_one_key_at_a_time_and_everything_twice(name: str) -> None:
    agent = Agent()
    for change in states.STATES[name]:
        agent.hear([change, change])
        agent.dataplane()
        agent.hear([change])
    assert agent.dataplane() == ORACLE[name]


@pytest.mark.parametrize("name", states.STATES)
def test_with_empties_between(name: str) -> None:
    agent = Agent()
    for change in states.STATES[name]:
        agent.hear([change])
        agent.dataplane()
        agent.hear([records.without(change)])
        assert agent.dataplane() == ORACLE["empty"]
    agent.hear(states.STATES[name])
    assert agent.dataplane() == ORACLE[name]


@given(st.data(), st.lists(st.sampled_from(sorted(states.STATES)), min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_any_sequence_of_states_in_any_order_of_events_in_any_batches(data: st.DataObject, names: list[str]) -> None:
    agent = Agent()
    current: Sequence[Change] = ()
    for name in names:
        # The order of different keys is free; the order of one key's events is the store's.
        events = data.draw(st.permutations(between(current, states.STATES[name])))
        while events:
            size = data.draw(st.integers(1, len(events)))
            agent.hear(events[:size])
            agent.dataplane()
            events = events[size:]
        current = states.STATES[name]
    assert agent.dataplane() == ORACLE[names[-1]]


def test_a_burst_is_the_same_squashed_or_not() -> None:
    burst = [change for number in range(50) for change in (records.endpoint(number + 1), records.endpoint(number + 1))]
    burst += [records.without(change) for change in burst[::4]]
    slow, quick = Agent(), Agent()
    for change in burst:
        slow.hear([change])
    quick.hear(burst)
    assert slow.dataplane() == quick.dataplane()
    assert len(quick.dataplane()[1]) == 50  # 25 endpoints, two addresses each
