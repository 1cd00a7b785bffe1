"""Rules of policies and profiles: Calico's validation, and what they select."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import errors, rules

ALLOW = {"action": "Allow"}
TCP = {**ALLOW, "protocol": "TCP"}


def decode(*documents: Any) -> tuple[rules.Rule, ...]:
    return rules.RULES.decode(list(documents), True)


def refused(document: Any) -> list[str]:
    with pytest.raises(errors.Invalid) as caught:
        decode(document)
    return [problem.field.removeprefix("[0].") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, ["action"]),
        ("Allow", ["[0]"]),
        ({"action": "allow"}, ["action"]),
        ({**ALLOW, "ipVersion": 5}, ["ipVersion"]),
        ({**ALLOW, "ipVersion": 7}, ["ipVersion"]),
        ({**ALLOW, "ipVersion": "4"}, ["ipVersion"]),
        ({**ALLOW, "protocol": "tcp"}, ["protocol"]),
        ({**ALLOW, "protocol": 0}, ["protocol"]),
        ({**ALLOW, "protocol": 256}, ["protocol"]),
        ({**ALLOW, "protocol": True}, ["protocol"]),
        ({**ALLOW, "notProtocol": ""}, ["notProtocol"]),
        ({**ALLOW, "protocol": "ICMP", "ipVersion": 6}, ["protocol"]),
        ({**ALLOW, "notProtocol": "ICMPv6", "ipVersion": 4}, ["notProtocol"]),
        ({**TCP, "icmp": {"type": 8}}, ["protocol"]),
        ({**ALLOW, "icmp": {"type": 8}}, ["protocol"]),
        ({**ALLOW, "protocol": "ICMP", "icmp": {"type": 255}}, ["icmp.type"]),
        ({**ALLOW, "protocol": "ICMP", "icmp": {"type": 8, "code": 256}}, ["icmp.code"]),
        ({**ALLOW, "protocol": "ICMP", "icmp": {"code": 0}}, ["icmp.code"]),
        ({**ALLOW, "destination": {"ports": [80]}}, ["destination.ports"]),
        ({**ALLOW, "notProtocol": "UDP", "destination": {"ports": [80]}}, ["destination.ports"]),
        ({**ALLOW, "protocol": "ICMP", "source": {"notPorts": ["http"]}}, ["source.notPorts"]),
        ({**TCP, "destination": {"ports": [0]}}, ["destination.ports[0]"]),
        ({**TCP, "destination": {"ports": [65536]}}, ["destination.ports[0]"]),
        ({**TCP, "destination": {"ports": ["90:80"]}}, ["destination.ports[0]"]),
        ({**TCP, "destination": {"ports": ["80:"]}}, ["destination.ports[0]"]),
        ({**TCP, "destination": {"ports": [True, 1.5, None, "a b"]}}, [f"destination.ports[{n}]" for n in range(4)]),
        ({**TCP, "destination": {"ports": list(range(1, 52))}}, ["destination.ports"]),
        ({**ALLOW, "source": {"nets": ["10.0.0.1"]}}, ["source.nets[0]"]),
        ({**ALLOW, "source": {"nets": ["10.0.0.1/8"]}}, ["source.nets[0]"]),
        ({**ALLOW, "source": {"nets": ["10.0.0.0/8", "fd00::/8"]}}, ["source.nets"]),
        ({**ALLOW, "ipVersion": 6, "source": {"notNets": ["10.0.0.0/8"]}}, ["source.notNets"]),
        (
            {**ALLOW, "source": {"nets": ["fd00::/8"]}, "destination": {"notNets": ["10.0.0.0/8"]}},
            ["destination.notNets"],
        ),
        ({**ALLOW, "source": {"notNets": ["0.0.0.0/0"]}}, ["source.notNets[0]"]),
        ({**ALLOW, "source": {"notNets": ["::/0"]}}, ["source.notNets[0]"]),
        ({**ALLOW, "source": {"selector": "a in {"}}, ["source.selector"]),
        ({**ALLOW, "source": {"notSelector": 1}}, ["source.notSelector"]),
        ({**ALLOW, "source": {"selector": "global()"}}, ["source.selector"]),
        ({**ALLOW, "source": {"services": {}}}, ["source.services.name"]),
        ({**ALLOW, "source": {"services": {"name": "x"}, "nets": ["10.0.0.0/8"]}}, ["source.services"]),
        ({**ALLOW, "source": {"services": {"name": "x"}, "notSelector": "a == 'b'"}}, ["source.services"]),
        ({**TCP, "destination": {"services": {"name": "x"}, "notPorts": [80]}}, ["destination.notPorts"]),
        ({**ALLOW, "metadata": {"annotations": {"no name": "x"}}}, ["metadata.annotations.no name"]),
        ({**ALLOW, "protocol": "9" * 5000}, ["protocol"]),
        ({**ALLOW, "http": {"methods": ["GET"]}}, ["http"]),
        ({**ALLOW, "sorce": {}}, ["sorce"]),
    ],
)
def test_what_is_refused(document: Any, fields: list[str]) -> None:
    found = refused(document)
    assert found == fields


@pytest.mark.parametrize(
    "document",
    [
        {**ALLOW, "protocol": "47"},
        {**ALLOW, "protocol": 255},
        {**ALLOW, "protocol": 1, "icmp": {"type": 0, "code": 0}},
        {**ALLOW, "notICMP": {"type": 254, "code": 255}},
        {**ALLOW, "protocol": "6", "destination": {"ports": [80]}},
        {**ALLOW, "protocol": "SCTP", "source": {"ports": ["1:65535"]}},
        {**ALLOW, "destination": {"ports": ["http", "http-alt_1.x"]}},
        {**ALLOW, "source": {"nets": ["0.0.0.0/0"]}},
        {**ALLOW, "source": {"namespaceSelector": "global()"}},
        {**ALLOW, "source": {"services": {"name": "x", "namespace": "y"}}, "destination": {"ports": ["http"]}},
        {**ALLOW, "metadata": {"annotations": {"why": "because"}}},
        {**ALLOW, "source": {"nets": ["10.0.0.0/8"]}, "destination": {"nets": ["10.0.0.0/8"], "selector": "all()"}},
    ],
)
def test_what_is_accepted(document: Any) -> None:
    found = decode(document)
    assert decode(*rules.RULES.encode(found)) == found  # type: ignore[misc]


def test_one_direction_holds_1024_rules() -> None:
    assert len(decode(*[ALLOW] * 1024)) == 1024
    with pytest.raises(errors.Invalid, match="at most 1024"):
        decode(*[ALLOW] * 1025)


@pytest.mark.parametrize(
    ("port", "written"),
    [(80, 80), ("80", 80), ("80:80", 80), ("80:90", "80:90"), ("http", "http")],
)
def test_ports_are_written_shortest(port: Any, written: Any) -> None:
    (rule,) = decode({**TCP, "destination": {"ports": [port]}})
    assert rules.RULES.encode((rule,)) == [{**TCP, "source": {}, "destination": {"ports": [written]}}]


@pytest.mark.parametrize(
    ("protocol", "number"),
    [("TCP", 6), ("UDP", 17), ("ICMP", 1), ("ICMPv6", 58), ("SCTP", 132), ("UDPLite", 136), (47, 47)],
)
def test_protocols_have_numbers(protocol: str | int, number: int) -> None:
    assert rules.protocol_number(protocol) == number


@pytest.mark.parametrize(
    ("document", "family"),
    [
        (ALLOW, None),
        ({**ALLOW, "ipVersion": 4}, 4),
        ({**ALLOW, "protocol": "ICMP"}, 4),
        ({**ALLOW, "protocol": "ICMPv6"}, 6),
        ({**ALLOW, "protocol": 58}, None),
        (TCP, None),
    ],
)
def test_names_of_protocols_imply_a_family_and_numbers_do_not(document: Any, family: int | None) -> None:
    (rule,) = decode(document)
    assert rule.family() == family


@pytest.mark.parametrize(
    ("peer", "known"),
    [
        ({}, None),
        ({"selector": ""}, None),
        ({"nets": ["10.0.0.0/8"]}, None),
        ({"notSelector": "has(a)"}, None),
        ({"selector": "all()"}, "all()"),
        # Blanks are a selector, and so confine to known peers.
        ({"selector": " "}, "all()"),
        ({"namespaceSelector": "a == 'x'"}, 'pcns.a == "x"'),
        ({"namespaceSelector": "all()"}, "has(projectcalico.org/namespace)"),
        ({"namespaceSelector": "global()"}, "!(has(projectcalico.org/namespace))"),
        ({"serviceAccounts": {"names": ["b", "a"]}}, 'projectcalico.org/serviceaccount in {"a", "b"}'),
        ({"serviceAccounts": {"selector": "has(a)"}}, "has(pcsa.a)"),
        # In rules only namespaceSelector gives all() another meaning.
        ({"serviceAccounts": {"selector": "all()"}}, "all()"),
        ({"services": {"name": "x"}}, "!(all())"),
        (
            {"selector": "has(b)", "namespaceSelector": "has(a)", "serviceAccounts": {"names": ["s"]}},
            '(has(pcns.a) && projectcalico.org/serviceaccount in {"s"} && has(b))',
        ),
    ],
)
def test_which_peers_are_meant(peer: dict[str, Any], known: str | None) -> None:
    (rule,) = decode({**ALLOW, "source": peer})
    found = rule.source.known_peers()
    assert (None if found is None else str(found)) == known


@pytest.mark.parametrize(
    ("peer", "known"),
    [
        ({}, None),
        ({"nets": ["10.0.0.0/8"]}, None),
        ({"ports": ["http"]}, None),
        ({"selector": ""}, None),
        ({"selector": "all()"}, '(projectcalico.org/namespace == "shop" && all())'),
        ({"selector": "a == 'x' || has(b)"}, '(projectcalico.org/namespace == "shop" && (a == "x" || has(b)))'),
        ({"notSelector": "has(a)"}, 'projectcalico.org/namespace == "shop"'),
        ({"serviceAccounts": {"selector": "has(a)"}}, '(projectcalico.org/namespace == "shop" && has(pcsa.a))'),
        ({"namespaceSelector": "has(a)"}, "has(pcns.a)"),
        ({"namespaceSelector": "global()", "selector": "has(b)"}, "(!(has(projectcalico.org/namespace)) && has(b))"),
    ],
)
def test_selected_peers_of_a_network_policy_are_in_its_namespace(peer: dict[str, Any], known: str | None) -> None:
    (rule,) = decode({**ALLOW, "source": peer})
    found = rule.source.known_peers("shop")
    assert (None if found is None else str(found)) == known


def test_who_is_left_out() -> None:
    (rule,) = decode({**ALLOW, "source": {"notSelector": "has(a)"}})
    assert str(rule.source.excluded_peers()) == "has(a)"
    assert rule.destination.excluded_peers() is None
