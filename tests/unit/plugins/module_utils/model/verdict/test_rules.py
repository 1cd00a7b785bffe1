"""Which packets a rule matches: one case for each sentence of the specification."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import verdict
from tests.states import records

from . import words

# Who there is. Endpoint 1 is who is asked; all others are peers.
WORLD = (
    words.endpoint(1, labels={"role": "a"}, ports=[{"name": "web", "protocol": "TCP", "port": 80}]),
    words.endpoint(
        2, labels={"role": "b", "pcns.team": "forged"}, ports=[{"name": "web", "protocol": "UDP", "port": 81}]
    ),
    words.endpoint(3, labels={"role": "b"}, namespace="blue", profiles=["kns.blue"], serviceAccountName="robot"),
    words.endpoint(4, profiles=["first", "second"], labels={"own": "mine"}, node="host2"),
    words.endpoint(5, labels={"role": "b"}, interfaceName=None),
    words.endpoint(6, labels={"role": "shared"}, ipNetworks=["10.65.0.66/32"]),
    words.endpoint(7, labels={"role": "other"}, ipNetworks=["10.65.0.66/32"]),
    records.raw("Profile", "kns.blue", {"labelsToApply": {"pcns.team": "blue", "pcsa.kind": "bot"}}),
    records.raw("Profile", "first", {"labelsToApply": {"rank": "first", "own": "theirs"}}),
    records.raw("Profile", "second", {"labelsToApply": {"rank": "second", "extra": "yes"}}),
    records.raw(
        "GlobalNetworkSet", "office", {"nets": ["198.51.100.9/24", "2001:db8:1::/48"]}, {"labels": {"zone": "office"}}
    ),
    records.raw("NetworkSet", "lab", {"nets": ["203.0.113.0/25"]}, {"namespace": "blue", "labels": {"zone": "lab"}}),
    records.raw(
        "HostEndpoint",
        "host1-eth0",
        {
            "node": "host1",
            "interfaceName": "eth0",
            "expectedIPs": ["172.31.1.11"],
            "ports": [{"name": "ssh", "protocol": "TCP", "port": 22}],
        },
        {"labels": {"role": "host"}},
    ),
)
TCP = "tcp 10.65.0.2#1000 > 10.65.0.1#80"
TCP6 = "tcp fd65::2#1000 > fd65::1#80"
UDP = "udp 10.65.0.2#81 > 10.65.0.1#80"
PING = "icmp 10.65.0.2 > 10.65.0.1 8/0"
PING6 = "icmp6 fd65::2 > fd65::1 128/0"
FROM_3, FROM_4 = TCP.replace("0.2#", "0.3#"), TCP.replace("0.2#", "0.4#")
OUTSIDE = "tcp 192.0.2.7#1000 > 10.65.0.1#80"
OFFICE, OFFICE6 = "tcp 198.51.100.7#1000 > 10.65.0.1#80", "tcp 2001:db8:1::7#1000 > fd65::1#80"
LAB, LAB_UPPER = "tcp 203.0.113.7#1000 > 10.65.0.1#80", "tcp 203.0.113.200#1000 > 10.65.0.1#80"
HOST = "tcp 172.31.1.11#22 > 10.65.0.1#80"
SHARED = "tcp 10.65.0.66#1000 > 10.65.0.1#80"


def source(**fields: Any) -> dict[str, Any]:
    return {"source": fields}


def to(**fields: Any) -> dict[str, Any]:
    return {"destination": fields}


def matches(rule: dict[str, Any], packet: str, kind: str = "GlobalNetworkPolicy", namespace: str | None = None) -> bool:
    """Whether a policy of nothing but the rule, allowing, lets the packet in to endpoint 1."""
    metadata = {"namespace": namespace} if namespace else None
    policy = records.raw(kind, "p", {"types": ["Ingress"], "ingress": [words.rule("Allow", **rule)]}, metadata)
    snapshot = words.snapshot(*WORLD, policy)
    assert snapshot.invalid == ()
    return verdict.at_endpoint(snapshot, words.key(1), "ingress", words.packet(packet)).allowed


CASES = [
    ("a rule that says nothing matches everything", {}, [TCP, TCP6, UDP, PING, OUTSIDE], []),
    ("all fields must match", {"protocol": "TCP", **source(nets=["10.65.0.0/30"]), **to(ports=[80])},
     [TCP], [UDP, TCP6, OUTSIDE]),
    ("protocol by name", {"protocol": "UDP"}, [UDP], [TCP, PING]),
    ("protocol by number", {"protocol": 6}, [TCP, TCP6], [UDP]),
    ("protocol without ports", {"protocol": 47}, ["gre 10.65.0.2 > 10.65.0.1", "gre fd65::2 > fd65::1"], [TCP]),
    ("UDPLite", {"protocol": "UDPLite"}, ["udplite 10.65.0.2 > 10.65.0.1"], [UDP]),
    ("notProtocol", {"notProtocol": "TCP"}, [UDP, PING, PING6], [TCP, TCP6]),
    ("protocol and notProtocol", {"protocol": "TCP", "notProtocol": "TCP"}, [], [TCP, UDP]),
    ("ipVersion", {"ipVersion": 6}, [TCP6, PING6], [TCP, PING]),
    ("the name ICMP implies IPv4", {"protocol": "ICMP"}, [PING], ["icmp fd65::2 > fd65::1 8/0", PING6]),
    ("the name ICMPv6 implies IPv6", {"protocol": "ICMPv6"}, [PING6], ["icmp6 10.65.0.2 > 10.65.0.1 128/0", PING]),
    ("number 1 implies no family", {"protocol": 1}, [PING, "icmp fd65::2 > fd65::1 8/0"], [PING6]),
    ("number 58 implies no family", {"protocol": 58}, [PING6, "icmp6 10.65.0.2 > 10.65.0.1 1/0"], [PING]),
    ("notProtocol ICMP implies none", {"notProtocol": "ICMP"}, [TCP, TCP6, PING6], [PING]),
    ("icmp by type", {"protocol": "ICMP", "icmp": {"type": 8}}, [PING], ["icmp 10.65.0.2 > 10.65.0.1 0/0"]),
    ("icmp by code", {"protocol": "ICMP", "icmp": {"type": 8, "code": 1}}, [PING.replace("8/0", "8/1")], [PING]),
    ("icmp with a number, in the wrong family, matches nothing", {"protocol": 1, "icmp": {"type": 8}},
     [PING], ["icmp fd65::2 > fd65::1 8/0"]),
    ("notICMP excludes the type", {"protocol": "ICMP", "notICMP": {"type": 8}},
     [PING.replace("8/0", "0/0")], [PING, TCP]),
    ("notICMP with a code excludes that code only", {"protocol": "ICMP", "notICMP": {"type": 8, "code": 0}},
     [PING.replace("8/0", "8/1"), PING.replace("8/0", "3/0")], [PING]),
    ("notICMP without protocol implies the family's ICMP", {"notICMP": {"type": 8}},
     [PING6, PING.replace("8/0", "0/0")], [PING, TCP, "icmp fd65::2 > fd65::1 0/0"]),
    ("notICMP with another protocol matches nothing", {"protocol": "TCP", "notICMP": {"type": 8}}, [], [TCP, PING]),
    ("nets, any of them", source(nets=["10.65.0.2/32", "192.0.2.0/24"]), [TCP, OUTSIDE], [FROM_3]),
    ("v4 nets: the rule is not there for IPv6", source(nets=["0.0.0.0/0"]), [TCP], [TCP6]),
    ("v4 notNets: the rule is not there for IPv6", source(notNets=["192.0.2.0/24"]), [TCP], [OUTSIDE, TCP6]),
    ("v4 notNets of the other side: neither", to(notNets=["192.0.2.0/24"]), [TCP], [TCP6]),
    ("a selector means known peers", source(selector="role == 'b'"), [TCP, TCP6, FROM_3], [OUTSIDE, FROM_4, HOST]),
    ("a selector of blanks means any known peer", source(selector=" "), [TCP, OFFICE, HOST], [OUTSIDE]),
    ("all() means any known peer", source(selector="all()"), [TCP, LAB], [OUTSIDE]),
    ("an empty selector means any peer", source(selector=""), [TCP, OUTSIDE], []),
    ("a negated selector still means known peers", source(selector="!has(role)"), [FROM_4, OFFICE], [TCP, OUTSIDE]),
    ("notSelector alone lets unknown peers match", source(notSelector="role == 'b'"), [OUTSIDE, FROM_4], [TCP, FROM_3]),
    ("notSelector narrows a selector", source(selector="role == 'b'", notSelector="has(pcns.team)"),
     [TCP], [FROM_3, OUTSIDE]),
    ("one owner of a shared address is enough", source(selector="role == 'shared'", notSelector="role == 'other'"),
     [SHARED], []),
    ("notSelector alone excludes a shared address", source(notSelector="role == 'other'"), [TCP], [SHARED]),
    ("nets and selector", source(nets=["10.65.0.3/32"], selector="role == 'b'"), [FROM_3], [TCP]),
    ("an endpoint without interface is no peer", source(selector="role == 'b'"), [], [TCP.replace("0.2#", "0.5#")]),
    ("own labels win over a profile's", source(selector="own == 'mine'"), [FROM_4], []),
    ("the first profile wins", source(selector="rank == 'first' && extra == 'yes'"), [FROM_4], []),
    ("nobody gives himself labels of a namespace", source(selector="pcns.team == 'forged'"), [], [TCP]),
    ("every endpoint carries its namespace", source(selector="projectcalico.org/namespace == 'blue'"),
     [FROM_3, LAB], [TCP]),
    ("a HostEndpoint is a peer at its expected addresses", source(selector="role == 'host'"), [HOST], [TCP]),
    ("a global set, host bits masked", source(selector="zone == 'office'"), [OFFICE, OFFICE6], [OUTSIDE]),
    ("a set of a namespace", source(selector="zone == 'lab'"), [LAB], [LAB_UPPER, OFFICE]),
    ("a set inherits from its namespace's profile", source(selector="zone == 'lab' && pcns.team == 'blue'"), [LAB], []),
    ("namespaceSelector", source(namespaceSelector="team == 'blue'"), [FROM_3, LAB], [TCP, OUTSIDE]),
    ("namespaceSelector all(): in any namespace", source(namespaceSelector="all()"),
     [TCP, FROM_3, LAB], [OFFICE, HOST, OUTSIDE]),
    ("namespaceSelector global(): in none", source(namespaceSelector="global()"), [OFFICE, HOST], [TCP, LAB, OUTSIDE]),
    ("namespaceSelector and selector", source(namespaceSelector="all()", selector="role == 'b'"),
     [TCP, FROM_3], [LAB, FROM_4]),
    ("service accounts by name", source(serviceAccounts={"names": ["robot", "x"]}), [FROM_3], [TCP, OUTSIDE]),
    ("service accounts by label", source(serviceAccounts={"selector": "kind == 'bot'"}), [FROM_3, LAB], [TCP]),
    ("service accounts by name and label", source(serviceAccounts={"names": ["robot"], "selector": "kind == 'bot'"}),
     [FROM_3], [LAB]),
    ("in serviceAccounts all() stays all()", source(serviceAccounts={"selector": "all()"}), [TCP, OFFICE], [OUTSIDE]),
    ("ports", {"protocol": "TCP", **to(ports=[22, "79:80"])}, [TCP], [TCP.replace("#80", "#81"), UDP]),
    ("source ports", {"protocol": "UDP", **source(ports=[81])}, [UDP], [UDP.replace("#81", "#82")]),
    ("notPorts", {"protocol": "TCP", **to(notPorts=[80])},
     [TCP.replace("#80", "#81")], [TCP, UDP.replace("#80", "#81")]),
    ("a named port is the endpoint's", {"protocol": "TCP", **to(ports=["web"])},
     [TCP], [TCP.replace("#80", "#81"), "udp 10.65.0.2#1 > 10.65.0.1#80"]),
    ("numbers and names are alternatives", {"protocol": "TCP", **to(ports=["web", 443])},
     [TCP, TCP.replace("#80", "#443")], [TCP.replace("#80", "#81")]),
    ("a named port without protocol, each with its own", source(ports=["web"]),
     [UDP, "tcp 10.65.0.1#80 > 10.65.0.1#9"], [TCP.replace("#1000", "#81"), PING]),
    ("a named port with UDP only", {"protocol": "UDP", **source(ports=["web"])},
     [UDP], ["tcp 10.65.0.1#80 > 10.65.0.1#9"]),
    ("a named port of a host", {"protocol": "TCP", **source(ports=["ssh"])}, [HOST], [TCP]),
    ("named ports of those that the selector chooses",
     {"protocol": "UDP", **source(ports=["web"], selector="role == 'a'")},
     [], [UDP]),
    ("a named port of unknown peers matches nothing", {"protocol": "TCP", **source(ports=["web"])},
     [], [OUTSIDE.replace("#1000", "#80")]),
    ("not a named port", {"protocol": "UDP", **source(notPorts=["web"])}, [UDP.replace("#81", "#82")], [UDP]),
    ("not a named port: what has no ports is not it", source(notPorts=["web"]), [PING, OUTSIDE], [UDP]),
    ("ports and notPorts", {"protocol": "TCP", **to(ports=["1:100"], notPorts=["web"])},
     [TCP.replace("#80", "#81")], [TCP]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "yes", "no"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_rule_matches(rule: dict[str, Any], yes: list[str], no: list[str]) -> None:
    assert {packet: matches(rule, packet) for packet in yes + no} == {packet: packet in yes for packet in yes + no}


# Endpoint 3 and the set are in namespace blue, endpoint 1 in libnetwork: so is the policy, and looks there.
IN_A_NAMESPACE = [
    ("a selector looks in the policy's namespace", source(selector="role == 'b'"), [TCP], [FROM_3]),
    ("so does notSelector, alone", source(notSelector="role == 'a'"), [TCP, FROM_4], [FROM_3, OUTSIDE]),
    ("so do service accounts", source(serviceAccounts={"names": ["robot"]}), [], [FROM_3]),
    ("namespaceSelector looks elsewhere instead", source(namespaceSelector="team == 'blue'"), [FROM_3, LAB], [TCP]),
    ("with namespaceSelector notSelector does not confine",
     source(namespaceSelector="all()", notSelector="role == 'b'"),
     [FROM_4, LAB], [TCP, FROM_3]),
    ("nets do not confine", source(nets=["10.65.0.0/16"]), [TCP, FROM_3], [OUTSIDE]),
    ("named ports do not confine", {"protocol": "TCP", **source(ports=["ssh"])}, [HOST], [TCP]),
    ("no selector means any peer", {}, [TCP, OUTSIDE], []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "yes", "no"), [pytest.param(*case[1:], id=case[0]) for case in IN_A_NAMESPACE])
def test_a_rule_of_a_namespace_matches(rule: dict[str, Any], yes: list[str], no: list[str]) -> None:
    found = {packet: matches(rule, packet, "NetworkPolicy", "libnetwork") for packet in yes + no}
    assert found == {packet: packet in yes for packet in yes + no}


def test_services_match_nothing() -> None:
    found = words.snapshot(
        *WORLD,
        records.raw(
            "NetworkPolicy",
            "p",
            {"types": ["Egress"], "egress": [words.rule("Allow", **to(services={"name": "dns"}))]},
            {"namespace": "libnetwork"},
        ),
    )
    assert found.invalid == ()
    packet = words.packet("udp 10.65.0.1#9 > 10.65.0.2#53")
    assert not verdict.at_endpoint(found, words.key(1), "egress", packet).allowed
