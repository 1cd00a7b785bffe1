"""What -p asks for, and which ports of the host that becomes."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.workload_endpoints import WorkloadEndpointPort
from calico_node.libnetwork import published
from calico_node.libnetwork.errors import Refused

TCP, UDP, SCTP = 6, 17, 132
DYNAMIC = range(40000, 40003)


def binding(port: int, first: int = 0, last: int = 0, host_ip: str = "", protocol: int = TCP) -> dict[str, Any]:
    """As engines write it."""
    return {
        "Proto": protocol,
        "IP": "",
        "Port": port,
        "HostIP": host_ip,
        "HostPort": first,
        "HostPortEnd": last or first,
    }


def options(*bindings: Any) -> dict[str, Any]:
    return {"com.docker.network.portmap": list(bindings), "com.docker.network.endpoint.exposedports": []}


def test_an_engine_that_publishes_nothing_says_so_in_several_ways() -> None:
    for said in ({}, {published.PORT_MAP: None}, options()):
        assert published.asked(said) == ()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (binding(80, 8080), "-p 8080:80/tcp"),
        (binding(80), "-p 80/tcp"),
        (binding(80, 8000, 8010), "-p 8000-8010:80/tcp"),
        (binding(53, 53, host_ip="192.0.2.1", protocol=UDP), "-p 192.0.2.1:53:53/udp"),
        (binding(7, 7, host_ip="::", protocol=SCTP), "-p [::]:7:7/sctp"),
        (binding(80, 8080) | {"HostPortEnd": 0}, "-p 8080:80/tcp"),
    ],
)
def test_what_is_asked_for_reads_as_people_say_it(said: dict[str, Any], text: str) -> None:
    (found,) = published.asked(options(said))
    assert str(found) == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (binding(80, 8080, protocol=1), "protocol 1 is refused: must be one of TCP, UDP, SCTP"),
        (binding(80, 8080, host_ip="::1"), r"-p \[::1\]:8080:80/tcp is refused: .*; use 127.0.0.1"),
        (binding(80, 8080, host_ip="here"), "HostIP: 'here' is refused"),
        (binding(80, 65536), "HostPort: 65536 is refused"),
        (binding(0, 1), "Port: 0 is refused"),
        ({"Port": 80}, "Proto: "),
        ("8080:80", "'8080:80' is refused"),
    ],
)
def test_what_makes_no_sense_is_refused(said: Any, text: str) -> None:
    with pytest.raises((Refused, Invalid), match=text):
        published.asked(options(said))


def chosen(
    *bindings: Any, had: tuple[WorkloadEndpointPort, ...] = (), taken: frozenset[int] = frozenset()
) -> list[str]:
    found = published.chosen(
        published.asked(options(*bindings)), had, lambda port: "is taken" if port.host_port in taken else None, DYNAMIC
    )
    return [
        f"{port.host_ip or ''}:{port.host_port}->{port.port}/{port.protocol} {port.name}".rstrip() for port in found
    ]


def test_each_gets_its_port_or_the_first_free_one_of_those_that_will_do() -> None:
    assert chosen(binding(80, 8080), binding(53, 53, protocol=UDP)) == [
        ":53->53/UDP published",
        ":8080->80/TCP published",
    ]
    assert chosen(binding(80, 8000, 8002), binding(81, 8000, 8002), taken=frozenset({8000})) == [
        ":8001->80/TCP published",
        ":8002->81/TCP published",
    ]
    assert chosen(binding(80), binding(81), taken=frozenset({40000})) == [
        ":40001->80/TCP published",
        ":40002->81/TCP published",
    ]
    assert chosen(binding(80), binding(81, 40000, 40001), binding(82, 40000)) == [
        ":40000->82/TCP published",
        ":40001->81/TCP published",
        ":40002->80/TCP published",
    ]


def test_what_only_the_host_may_reach_has_no_name_that_opens_it() -> None:
    assert chosen(binding(80, 8080, host_ip="127.0.0.1")) == ["127.0.0.1:8080->80/TCP"]


def test_a_port_that_it_had_it_keeps() -> None:
    had = WorkloadEndpointPort(name="published", protocol="TCP", port=80, host_port=40002)
    assert chosen(binding(80), had=(had,)) == [":40002->80/TCP published"]
    assert chosen(binding(81), had=(had,)) == [":40000->81/TCP published"]
    assert chosen(binding(80), had=(had,), taken=frozenset({40002})) == [":40000->80/TCP published"]


@pytest.mark.parametrize(
    ("bindings", "text"),
    [
        ([binding(80, 8080)], "-p 8080:80/tcp is refused: port 8080/TCP of the host: is taken"),
        ([binding(80, 8080, 8081)], "-p 8080-8081:80/tcp is refused: port 8081/TCP of the host: is taken"),
        (
            [binding(80, 1), binding(81, 1)],
            "-p 1:81/tcp is refused: port 1/TCP of the host: it leads to port 80 already",
        ),
    ],
)
def test_a_port_that_cannot_be_had_is_refused(bindings: list[Any], text: str) -> None:
    with pytest.raises(Refused, match=text):
        chosen(*bindings, taken=frozenset({8080, 8081}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("TCP", None), ("TCP", None), True),
        (("TCP", None), ("UDP", None), False),
        (("TCP", None), (6, "192.0.2.1"), True),
        (("TCP", "0.0.0.0"), ("TCP", "192.0.2.1"), True),
        (("TCP", "::"), ("TCP", "192.0.2.1"), False),
        (("TCP", "::"), ("TCP", None), True),
        (("TCP", "192.0.2.1"), ("TCP", "192.0.2.2"), False),
        (("TCP", "2001:db8::0:1"), ("TCP", "2001:db8::1"), True),
        (("TCP", "here"), ("TCP", None), False),
    ],
)
def test_when_two_ports_are_one(one: tuple[Any, str | None], other: tuple[Any, str | None], same: bool) -> None:
    first, second = (
        WorkloadEndpointPort(name="x", protocol=protocol, port=80, host_port=8080, host_ip=host_ip)
        for protocol, host_ip in (one, other)
    )
    assert published.overlap(first, second) is same
    assert published.overlap(second, first) is same


def test_addresses_are_stored_as_they_are_spelled_elsewhere() -> None:
    (found,) = published.asked(options(binding(80, 1, host_ip="2001:DB8:0::1")))
    assert found.host_ip == ipaddress.ip_address("2001:db8::1")
