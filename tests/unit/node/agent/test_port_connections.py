"""Connections through a port of the host go when it leads elsewhere, and stay when it leads there at more addresses."""

import dataclasses
import itertools
from collections.abc import Iterable

import pytest

from calico_node.agent import port_connections
from calico_node.calc.published import Place, Publication
from calico_node.dataplane import conntrack, errors
from calico_node.render import changes, nft, published

ONE, TWO = "192.0.2.1", "192.0.2.2"
WEB, DB = "10.65.0.1", "10.65.0.2"
TO_WEB, TO_DB = (frozenset([conntrack.Forward(6, 8080, to, 80)]) for to in (WEB, DB))
NOTHING: frozenset[conntrack.Forward] = frozenset()


def at(address: str | None, to: str = WEB) -> Publication:
    return Publication(Place(4, address, 6, 8080), to, 80)


def table(*found: Publication) -> nft.Table:
    elements = published.elements(found)
    return nft.Table(sets={name: nft.Set(one.type, elements[name]) for name, one in published.EMPTY.items()})


class Kernel:
    """Notes what is to be forgotten, in vain while it ``fails``."""

    def __init__(self) -> None:
        self.asked: list[conntrack.Ports] = []
        self.fails = False

    def forget(self, ports: conntrack.Ports) -> tuple[str, ...]:
        self.asked.append(ports)
        if self.fails:
            raise errors.DataplaneError("no answer")
        return ("port 8080",)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def connections(kernel: Kernel) -> port_connections.PortConnections:
    return port_connections.PortConnections(kernel.forget)


def changed(connections: port_connections.PortConnections, *tables: Iterable[Publication]) -> None:
    """The maps say one after the other."""
    for before, after in itertools.pairwise(tables):
        connections.note(changes.between(table(*after), table(*before)))
    connections.forget({"eth0": [ONE, TWO]})


GONE = [
    pytest.param([at(None)], [], id="not at all any more"),
    pytest.param([at(None)], [at(None, DB)], id="to another endpoint"),
    pytest.param([at(ONE)], [at(TWO)], id="at another address"),
    pytest.param([at(None)], [at(ONE)], id="at one address only"),
    pytest.param([at(ONE)], [at(None), at(ONE, DB)], id="at more addresses, but that one leads to another endpoint"),
]


@pytest.mark.parametrize(("before", "after"), GONE)
def test_what_leads_elsewhere_is_forgotten(
    connections: port_connections.PortConnections, kernel: Kernel, before: list[Publication], after: list[Publication]
) -> None:
    changed(connections, before, after)
    assert [ports.gone for ports in kernel.asked] == [TO_WEB]


@pytest.mark.parametrize(("before", "after"), GONE)
def test_what_leads_elsewhere_since_an_earlier_agent_is_forgotten(
    connections: port_connections.PortConnections, kernel: Kernel, before: list[Publication], after: list[Publication]
) -> None:
    connections.note(changes.between(table(*after), nft.Table()))
    assert not tuple(connections.start(table(*before), table(*after)))
    connections.forget({})
    assert [ports.gone for ports in kernel.asked] == [TO_WEB]


def test_what_a_stranger_put_into_the_table_is_not_a_port_of_ours(
    connections: port_connections.PortConnections, kernel: Kernel
) -> None:
    there = table(at(None))
    sets = {name: dataclasses.replace(one, elements=one.elements | {"{'elem': 1}"}) for name, one in there.sets.items()}
    assert not tuple(connections.start(dataclasses.replace(there, sets=sets), there))
    assert not tuple(connections.forget({}))
    assert kernel.asked == []


def test_what_leads_there_at_all_addresses_now_stays(
    connections: port_connections.PortConnections, kernel: Kernel
) -> None:
    changed(connections, [at(ONE)], [at(None)])
    assert [ports.gone for ports in kernel.asked] == [NOTHING]


def test_what_leads_there_at_all_addresses_since_an_earlier_agent_stays(
    connections: port_connections.PortConnections, kernel: Kernel
) -> None:
    connections.note(changes.between(table(at(None)), nft.Table()))
    assert not tuple(connections.start(table(at(ONE)), table(at(None))))
    connections.forget({})
    assert [ports.gone for ports in kernel.asked] == [NOTHING]


def test_what_is_closed_again_before_it_was_forgotten_is_forgotten(
    connections: port_connections.PortConnections, kernel: Kernel
) -> None:
    changed(connections, [at(ONE)], [at(None)], [])
    assert [ports.gone for ports in kernel.asked] == [TO_WEB]


def test_what_could_not_be_forgotten_is_tried_again_and_once(
    connections: port_connections.PortConnections, kernel: Kernel
) -> None:
    kernel.fails = True
    with pytest.raises(errors.DataplaneError):
        changed(connections, [at(None)], [at(None, DB)])
    kernel.fails = False
    assert connections.forget({}) == ("of port 8080 forgotten",)
    assert connections.forget({}) == ()
    assert [(ports.gone, ports.new) for ports in kernel.asked] == [(TO_WEB, TO_DB)] * 2
