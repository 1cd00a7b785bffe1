"""Promise 1: the dataplane is a function of the store, never of the path that led there.

The plain calculation of a whole snapshot, with no memory, is the oracle for everything that remembers. The same walks
in a real kernel: tests/netns/test_paths.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.states import records, states, walks
from tests.states.agents import ORACLE, Agent
from tests.states.records import Change


@pytest.mark.parametrize("way", walks.WAYS)
def test_each_sequence_of_states(way: str, pytestconfig: pytest.Config) -> None:
    """Pairs, or what --sequences says; one agent walks all of them, so what it remembers is the longer story."""
    agent = Agent()
    current: Sequence[Change] = ()
    story: list[str] = []
    for name in walks.through_all(list(states.STATES), pytestconfig.getoption("sequences")):
        story.append(name)
        for batch in walks.WAYS[way](current, states.STATES[name]):
            agent.hear(batch)
        assert agent.dataplane() == ORACLE[name], story[-5:]
        current = states.STATES[name]


@given(st.data(), st.lists(st.sampled_from(sorted(states.STATES)), min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_any_sequence_of_states_in_any_order_of_events_in_any_batches(data: st.DataObject, names: list[str]) -> None:
    agent = Agent()
    current: Sequence[Change] = ()
    for name in names:
        # The order of different keys is free; the order of one key's events is the store's.
        events = data.draw(st.permutations(walks.between(current, states.STATES[name])))
        while events:
            size = data.draw(st.integers(1, len(events)))
            agent.hear(events[:size])
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
