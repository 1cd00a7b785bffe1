"""Against brute force: any packet between any two addresses changes its verdict exactly if the comparison says so."""

from __future__ import annotations

import ipaddress
import itertools
import random
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model import (
    fields,
    reachability,
    snapshot_builder,
    snapshots,
    verdict,
)
from ansible_collections.calico.docker.plugins.module_utils.model.reachability import cells, families, groups, regions
from tests.states import records, stores

OUTSIDE = ("192.0.2.7", "203.0.113.5", "203.0.113.200", "10.65.0.200", "2001:db8::7", "2001:db8:9::1", "fd65::c8")
PORTS = st.sampled_from((0, 1, 52, 53, 54, 79, 80, 81, 82, 1000, 1001, 4789, 65535))
PACKETS = st.one_of(
    st.tuples(st.sampled_from((6, 17, 132)), PORTS, PORTS, st.none(), st.none()),
    st.tuples(
        st.sampled_from((1, 58)), st.none(), st.none(), st.sampled_from((0, 8, 13, 128, 135, 254)), st.integers(0, 2)
    ),
    st.tuples(st.sampled_from((4, 47, 50, 51, 136)), st.none(), st.none(), st.none(), st.none()),
)  # fmt: skip


class Compared:
    """Two snapshots, and what was found between them."""

    def __init__(self, before: snapshots.Snapshot, after: snapshots.Snapshot) -> None:
        first = verdict.Oracle(before)
        self.oracles = (first, verdict.Oracle(after, first.memory))
        known = groups.containers(*self.oracles)
        self.families = {family: families.compare(family, *self.oracles, known, most=10**9) for family in (4, 6)}
        self._vocabulary = cells.Vocabulary(4)
        self._nets: set[fields.Network] = set()
        for oracle in self.oracles:
            families._learn(self._vocabulary, self._nets, oracle)

    def ends(self) -> Iterator[tuple[fields.Address, str | None]]:
        """Every address of a container, with its key, and some others."""
        after = self.oracles[1]
        for key in after.peers.workloads:
            for net in after.snapshot.endpoints[key].spec.ip_networks:
                yield net.network_address, key
        for text in OUTSIDE:
            yield ipaddress.ip_address(text), None

    def found(
        self,
        source: tuple[fields.Address, str | None],
        destination: tuple[fields.Address, str | None],
        packet: verdict.Packet,
    ) -> int:
        """1 if the comparison says that the packet passes now, -1 if it says that it does no longer."""
        family = self.families[packet.source.version]
        pair = (self._group(family, *source), self._group(family, *destination))
        difference = family.differences.get(pair)
        if difference is None:
            return 0
        bit = 1 << next(number for number, cell in enumerate(family.cells) if _contains(family.cells, cell, packet))
        return bool(difference.gained & bit) - bool(difference.lost & bit)

    def _group(self, family: families.Family, address: fields.Address, key: str | None) -> int:
        named = regions.Networks(address.version, self._nets)
        sides = groups._sides(address, self.oracles)
        for number, group in enumerate(family.groups):
            if key is not None and key in group.members:
                return number
            alike = [groups._alike(one) == groups._alike(other) for one, other in zip(sides, group.sides, strict=True)]
            if key is None and group.guards is None and all(alike) and group.inside == named.innermost(address):
                return number
        raise LookupError(f"{address} is in no group")


def _contains(every: list[cells.Cell], cell: cells.Cell, packet: verdict.Packet) -> bool:
    if cell.protocol is None:
        return packet.protocol not in {one.protocol for one in every}
    if cell.protocol != packet.protocol:
        return False
    if cell.source and cell.destination:
        ports = (packet.source_port or 0, packet.destination_port or 0)
        return all(
            low <= port <= high for port, (low, high) in zip(ports, (cell.source, cell.destination), strict=True)
        )
    if cell.icmp is None:
        return True
    stated = {one.icmp for one in every if one.icmp}
    kind, code = packet.icmp_type, packet.icmp_code
    wanted = (kind, code) if (kind, code) in stated else (kind, None) if (kind, None) in stated else (None, None)
    return cell.icmp == wanted


def passes(oracle: verdict.Oracle, source: str | None, destination: str | None, packet: verdict.Packet) -> bool:
    return (source is None or oracle.at_endpoint(source, "egress", packet).allowed) and (
        destination is None or oracle.at_endpoint(destination, "ingress", packet).allowed
    )


def is_policy(change: records.Change) -> bool:
    return "/workloadendpoints/" not in change.key


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stores.WORKLOADS, stores.WORKLOADS, st.lists(PACKETS, min_size=4, max_size=8), st.randoms(use_true_random=False))
def test_every_packet_changes_as_it_is_said(
    first: tuple[records.Change, ...],
    second: tuple[records.Change, ...],
    drawn: list[tuple[int, ...]],
    random: random.Random,
) -> None:
    before = snapshot_builder.build(first, 1)
    gone = [records.without(change) for change in first[::3] if is_policy(change)]
    after = snapshot_builder.apply(before, [*gone, *filter(is_policy, second)], 2)
    compared = Compared(before, after)
    ends = list(compared.ends())
    pairs = [pair for pair in itertools.product(ends, ends) if pair[0][0].version == pair[1][0].version]
    guarded = [pair for pair in pairs if pair[0][1] is not None or pair[1][1] is not None]
    for source, destination in random.sample(guarded, min(len(guarded), 30)):
        for protocol, *rest in drawn:
            packet = verdict.Packet(protocol, source[0], destination[0], *rest)
            was, now = (passes(oracle, source[1], destination[1], packet) for oracle in compared.oracles)
            assert compared.found(source, destination, packet) == now - was, (packet, was, now)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stores.WORKLOADS)
def test_no_change_is_no_change(changes: tuple[records.Change, ...]) -> None:
    snapshot = snapshot_builder.build(changes, 1)
    again = snapshot_builder.build(changes, 2)
    assert reachability.reachability(snapshot, again).lines() == []
