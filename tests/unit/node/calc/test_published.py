"""Who has which port of the host: plain, and kept up to date."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import WorkloadEndpointPort
from calico_node.calc.endpoints import Endpoint
from calico_node.calc.published import Place, Publication, Published, decide

TCP, UDP = 6, 17


def port(outer: int, inner: int = 80, host_ip: str | None = None, protocol: str = "TCP") -> WorkloadEndpointPort:
    return WorkloadEndpointPort(protocol=protocol, port=inner, host_port=outer, host_ip=host_ip)


def endpoint(rank: str, *ports: WorkloadEndpointPort, six: bool = True) -> Endpoint:
    return Endpoint(
        host="host1",
        interface=f"cali{rank}",
        addresses={4: (f"10.65.0.{rank}",), 6: (f"fd65::{rank}",) if six else ()},
        labels=(),
        precedence=("libnetwork", "libnetwork", rank),
        host_ports=ports,
    )


@pytest.mark.parametrize(
    ("host_ip", "places"),
    [
        (None, {(4, None), (6, None)}),
        ("", {(4, None), (6, None)}),
        ("0.0.0.0", {(4, None)}),
        ("::", {(6, None)}),
        ("192.0.2.1", {(4, "192.0.2.1")}),
        ("2001:DB8::0:1", {(6, "2001:db8::1")}),
        ("127.0.0.1", {(4, "127.0.0.1")}),
    ],
)
def test_where_a_port_is(host_ip: str | None, places: set[tuple[int, str | None]]) -> None:
    owned, problems = decide({"a": endpoint("1", port(8080, host_ip=host_ip))})
    assert {(one.place.version, one.place.address) for one in owned["a"]} == places
    assert {(one.address, one.port) for one in owned["a"]} <= {("10.65.0.1", 80), ("fd65::1", 80)}
    assert problems == {}


@pytest.mark.parametrize(
    ("host_ip", "why"), [("here", "no address from"), ("::1", "no address from"), ("::", "no IPv6 address")]
)
def test_a_port_that_leads_nowhere_is_reported(host_ip: str, why: str) -> None:
    owned, problems = decide({"a": endpoint("1", port(8080, host_ip=host_ip), six=False)})
    assert owned == {"a": ()}
    ((label, problem),) = problems.items()
    assert label == f"a: hostPort 8080 at {host_ip}"
    assert why in problem


def test_the_lowest_has_a_port_that_several_want_and_the_others_keep_all_else() -> None:
    here = {"a": endpoint("2", port(80), port(81, 1)), "b": endpoint("1", port(80, host_ip="0.0.0.0"), six=False)}
    owned, problems = decide(here)
    assert owned["b"] == (Publication(Place(4, None, TCP, 80), "10.65.0.1", 80),)
    assert {(one.place.version, one.place.port) for one in owned["a"]} == {(6, 80), (4, 81), (6, 81)}
    assert problems == {"a: hostPort 80/TCP at all IPv4 addresses": "belongs to b"}


NAMES = st.sampled_from("abcd")
PORTS = st.lists(
    st.builds(
        port,
        st.sampled_from([53, 80]),
        st.sampled_from([1, 2]),
        st.sampled_from([None, "0.0.0.0", "192.0.2.1", "here"]),
        st.sampled_from(["TCP", "UDP"]),
    ),
    max_size=3,
)
ENDPOINTS = st.builds(
    lambda rank, ports, six: endpoint(rank, *ports, six=six), st.sampled_from("123"), PORTS, st.booleans()
)


@given(st.lists(st.dictionaries(NAMES, st.none() | ENDPOINTS, min_size=1, max_size=3), max_size=8))
def test_what_a_change_does_not_concern_stays_as_it_was(steps: list[dict[str, Endpoint | None]]) -> None:
    kept, here, known = Published(), dict[str, Endpoint](), dict[str, tuple[Publication, ...]]()
    for changed in steps:
        touched = kept.put(changed)
        for name, one in changed.items():
            here.pop(name, None)
            if one is not None:
                here[name] = one
        known |= {name: kept.of(name) for name in touched}
        owned, problems = decide(here)
        assert {name: found for name, found in known.items() if found} == {
            name: found for name, found in owned.items() if found
        }
        assert kept.problems == problems
        assert bool(kept) is any(owned.values())


def test_those_without_ports_cost_nothing() -> None:
    kept = Published()
    kept.put({"a": endpoint("1", port(80))})
    assert kept.put({"b": endpoint("2"), "c": None}) == frozenset()
    assert kept.put({"a": dataclasses.replace(endpoint("1"), host_ports=())}) == {"a"}
    assert kept.of("a") == ()
