"""Real packets through a host: what the kernel lets pass."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.states import records, states

from .hosts import Host
from .namespaces import World
from .packets import cell, frames, judge, traffic
from .packets.traffic import Sent

EVERYONE = (
    *(records.endpoint(number) for number in cell.WORKLOADS[:-1]),
    records.felix(defaultEndpointToHostAction="Return"),
)
OPEN = (*EVERYONE, records.policy("open", selector="all()", ingress=states.ALLOW, egress=states.ALLOW))
SHUT = (*EVERYONE, records.policy("shut", selector="all()", types=["Ingress", "Egress"]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cell.Cell]:
    with World() as world, Host(world, pathlib.Path(tmp_path_factory.mktemp("host"))) as host:
        yield cell.Cell(world, host)


@pytest.fixture
def ask(made: cell.Cell) -> Iterator[judge.Judge]:
    with made.open() as wires:
        made.forget_connections()
        yield judge.Judge(wires)


def is_true(sent: Sent) -> bool:
    """Whether a workload known to the store sends with its own address, or somebody from elsewhere."""
    place = sent.incoming
    if place not in cell.WORKLOAD.values():
        return True
    return place != cell.STRANGER and cell.outgoing(sent.packet.source) == place


def is_discovery(sent: Sent) -> bool:
    """What IPv6 needs to find its neighbours always reaches the host."""
    return sent.outgoing is None and sent.packet.icmp_type in (130, 131, 132, 133, 135, 136)


def touches_workload(sent: Sent) -> bool:
    """Whether policy has a say: not between the host and its own workloads, nor for what only passes by."""
    return sent.incoming in cell.WORKLOAD.values() or (
        sent.incoming is not None and sent.outgoing in cell.WORKLOAD.values()
    )


def test_open_to_everyone(made: cell.Cell, ask: judge.Judge) -> None:
    made.host.apply(OPEN)
    sent = list(traffic.packets(1, 2000))
    wanted = [is_true(one) and not (one.incoming and one.outgoing == cell.STRANGER) for one in sent]
    assert 500 < sum(wanted) < 1900
    assert ask.differences(sent, wanted) == []


def test_shut_to_everyone(made: cell.Cell, ask: judge.Judge) -> None:
    made.host.apply(SHUT)
    sent = list(traffic.packets(2, 2000))
    wanted = [is_true(one) and (is_discovery(one) or not touches_workload(one)) for one in sent]
    assert 100 < sum(wanted) < 1000
    assert ask.differences(sent, wanted) == []


def orphans() -> Iterator[Sent]:
    """ICMP that belongs to a connection which nobody has, or to the other family."""
    for version, protocol, kinds in ((4, frames.ICMP, (0, 3, 4, 5, 11, 12, 14)), (6, frames.ICMPV6, (1, 2, 3, 4, 129))):
        one, two, *_rest = cell.ADDRESS[version].values()
        for kind in kinds:
            packet = frames.Packet(protocol, one, two, icmp_type=kind, icmp_code=0)
            yield Sent(packet, cell.WORKLOAD[1], cell.WORKLOAD[2])
        other = {frames.ICMP: frames.ICMPV6, frames.ICMPV6: frames.ICMP}[protocol]
        packet = frames.Packet(other, one, two, icmp_type=8, icmp_code=0)
        yield Sent(packet, cell.WORKLOAD[1], cell.WORKLOAD[2])


def test_what_belongs_to_no_connection_is_dropped_before_policy(made: cell.Cell, ask: judge.Judge) -> None:
    made.host.apply(OPEN)
    sent = list(orphans())
    assert ask.differences(sent, [False] * len(sent)) == []
