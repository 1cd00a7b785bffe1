"""Promise 1: the table that is kept up to date equals the one rendered from the whole state, after any changes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

from hypothesis import given, settings

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, snapshots
from calico_node.calc import hosts
from calico_node.calc.calculator import Calculator
from calico_node.render import changes, nft, tables, upkeep
from tests.states import batches, records, states
from tests.states.records import Change


def copied(table: nft.Table) -> nft.Table:
    """A table that does not live on."""
    sets = {name: dataclasses.replace(one, elements=frozenset(one.elements)) for name, one in table.sets.items()}
    return nft.Table(dict(table.chains), sets)


def follow(events: batches.Batches) -> None:
    calculator, kept, snapshot = Calculator("host1"), upkeep.Upkeep(), snapshots.Snapshot()
    before = nft.Table()
    for batch, addresses in zip(events, itertools.cycle(batches.ADDRESSES)):
        snapshot = snapshot_builder.apply(snapshot, batch, 1)
        wanted = tables.table(hosts.calculate(snapshot, "host1", addresses))
        found = kept.update(calculator.update(snapshot, addresses))
        assert kept.table == wanted
        assert comparable(found) == comparable(changes.between(wanted, before))
        before = copied(kept.table)


def comparable(found: changes.Changes) -> changes.Changes:
    """Without what sets contain that are deleted."""
    old = {name: dataclasses.replace(one, elements=frozenset()) for name, one in found.old_sets.items()}
    return dataclasses.replace(found, old_sets=old)


@given(batches.ANY)
@settings(max_examples=150, deadline=None)
def test_after_any_events_in_any_batches(events: batches.Batches) -> None:
    follow(events)


@given(batches.THROUGH_ALL)
@settings(max_examples=15, deadline=None)
def test_through_all_states_in_any_order(events: batches.Batches) -> None:
    follow(events)


def test_an_endpoint_more_changes_elements_only() -> None:
    calculator, kept = Calculator("host1"), upkeep.Upkeep()
    snapshot = snapshot_builder.build(states.STATES["two networks"], 1)
    kept.update(calculator.update(snapshot))
    more = snapshot_builder.apply(snapshot, [records.endpoint(99)], 2)
    found = kept.update(calculator.update(more))
    assert not found.chains
    assert not found.new_sets
    assert not found.old_sets
    assert sum(len(one.added) for one in found.elements.values()) == 6  # two addresses twice, and two verdicts
    assert not any(one.removed for one in found.elements.values())


def moved(*batches: Sequence[Change]) -> changes.Changes:
    """What the last of some batches of events changes."""
    calculator, kept, snapshot = Calculator("host1"), upkeep.Upkeep(), snapshots.Snapshot()
    found = changes.Changes()
    for batch in batches:
        snapshot = snapshot_builder.apply(snapshot, batch, 1)
        found = kept.update(calculator.update(snapshot))
    return found


def office(*nets: str) -> Change:
    return records.network_set("office", *nets, labels={"role": "office"})


FROM_OFFICE = [{"action": "Allow", "source": {"selector": "role == 'office'"}}]
GUARDED = (
    records.network("frontend"),
    records.endpoint(1),
    records.policy("web", selector="all()", ingress=FROM_OFFICE),
)


def test_a_network_more_changes_elements_only() -> None:
    found = moved([*GUARDED, office("192.0.2.0/25")], [office("192.0.2.0/25", "192.0.2.128/25", "2001:db8::/32")])
    assert not found.chains
    assert not found.new_sets
    assert not found.old_sets
    assert {(frozenset(one.added), frozenset(one.removed)) for one in found.elements.values()} == {
        (frozenset({("192.0.2.0/24", 2)}), frozenset({("192.0.2.0/25", 2)})),
        (frozenset({("2001:db8::/32", 10)}), frozenset()),
    }


def test_the_first_network_of_a_selection_comes_with_the_rule_that_asks_for_it() -> None:
    found = moved([*GUARDED, office()], [office("192.0.2.0/25")])
    assert list(found.chains.put) == ["policy-in-web"]
    assert sorted(name.partition("-")[0] for name in found.new_sets) == ["nets4", "nets6"]
    assert not found.elements


def test_the_last_network_of_a_selection_leaves_with_the_rule_that_asked_for_it() -> None:
    found = moved([*GUARDED, office("192.0.2.0/25")], [records.without(office())])
    assert list(found.chains.put) == ["policy-in-web"]
    assert sorted(name.partition("-")[0] for name in found.old_sets) == ["nets4", "nets6"]
    assert not found.elements


def test_a_rule_of_one_policy_changes_the_chain_of_that_policy_only() -> None:
    other = records.policy("other", selector="all()", ingress=FROM_OFFICE)
    narrower = records.policy("web", selector="all()", ingress=[{**FROM_OFFICE[0], "protocol": "TCP"}])
    found = moved([*GUARDED, other, office("192.0.2.0/25")], [narrower])
    assert list(found.chains.put) == ["policy-in-web"]
    assert not found.chains.removed
    assert not found.new_sets
    assert not found.old_sets
    assert not found.elements


def test_a_published_port_more_changes_elements_only() -> None:
    calculator, kept = Calculator("host1"), upkeep.Upkeep()
    ports = [{"protocol": "TCP", "port": 80, "hostPort": number} for number in (8080, 8081)]
    snapshot = snapshot_builder.build([records.endpoint(1, ports=ports[:1]), records.network("frontend")], 1)
    kept.update(calculator.update(snapshot))
    found = kept.update(calculator.update(snapshot_builder.apply(snapshot, [records.endpoint(1, ports=ports)], 2)))
    assert not found.chains
    assert {name: one.added for name, one in found.elements.items()} == {
        "published4": {(6, 8081, "10.65.0.1", 80)},
        "published6": {(6, 8081, "fd65::1", 80)},
    }
    assert not any(one.removed for one in found.elements.values())
