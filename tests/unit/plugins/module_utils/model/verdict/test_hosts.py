"""What a host does with a packet between its interfaces: containers, HostEndpoints, failsafes, in which order."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import verdict
from tests.states import records

from . import words

ALLOW, DENY, PASS = ([words.rule(action)] for action in ("Allow", "Deny", "Pass"))
ONE, TWO = "cali1", "cali2"
OUT = "tcp 10.65.0.1#1000 > 192.0.2.7#80"
OUT6 = "tcp fd65::1#1000 > 2001:db8::7#80"
IN = "tcp 192.0.2.7#1000 > 10.65.0.1#80"
ACROSS = "tcp 10.65.0.1#1000 > 10.65.0.2#80"
TO_HOST = "tcp 10.65.0.1#1000 > 172.31.1.11#80"
HOST_IN = "tcp 192.0.2.7#1000 > 172.31.1.11#80"
HOST_OUT = "tcp 172.31.1.11#1000 > 192.0.2.7#80"
SSH = "tcp 192.0.2.7#1000 > 172.31.1.11#22"

OPEN = records.profile("open", ingress=ALLOW, egress=ALLOW)
CONTAINERS = (OPEN, *(words.endpoint(number, profiles=["open"]) for number in (1, 2)))


def hep(name: str = "h", interface: str | None = "eth0", **more: Any) -> records.Change:
    metadata = {"labels": more.pop("labels", {"role": "host"})}
    named = {"interfaceName": interface} if interface else {}
    return records.raw("HostEndpoint", name, {"node": "host1", **named, **more}, metadata)


def policy(rules: list[dict[str, Any]], name: str = "p", **spec: Any) -> records.Change:
    """For hosts only, both ways unless ``types`` says otherwise."""
    types = spec.pop("types", ["Ingress"] if spec.get("preDNAT") else ["Ingress", "Egress"])
    sides = {side.lower(): rules for side in types}
    if spec.get("preDNAT") or spec.get("doNotTrack"):
        spec["applyOnForward"] = True
    return records.policy(name, **{"selector": "role == 'host'", "types": types, **sides, **spec})


def ask(
    packet: str,
    incoming: str | None,
    outgoing: str | None,
    *changes: records.Change,
    addresses: dict[str, list[Any]] | None = None,
) -> list[str]:
    """The verdict and how it came about."""
    snapshot = words.snapshot(*CONTAINERS, *changes)
    found = verdict.at_host(
        snapshot, "host1", words.packet(packet), incoming=incoming, outgoing=outgoing, addresses=addresses
    )
    return ["allow" if found.allowed else "deny", *words.said(found.trail)]


P = "GlobalNetworkPolicy p, rule 1"
PROFILE = "Profile open, rule 1: Allow"
WORKLOADS = [
    ("a container out", OUT, ONE, "eth0", [], ["allow", PROFILE]),
    ("a container in", IN, "eth0", ONE, [], ["allow", PROFILE]),
    ("two on one host: out of one, into the other", ACROSS, ONE, TWO, [], ["allow", PROFILE, PROFILE]),
    ("unknown cali* in", OUT, "cali9", "eth0", [], ["deny", "no endpoint is known at the interface: Deny"]),
    ("unknown cali* out", IN, "eth0", "cali9", [], ["deny", "no endpoint is known at the interface: Deny"]),
    ("unknown cali* to the host", TO_HOST, "cali9", None, [], ["deny", "no endpoint is known at the interface: Deny"]),
    ("not ours at all", HOST_IN, "eth0", "br-1", [], ["allow"]),
    ("a forged source", "tcp 10.65.0.2#1 > 192.0.2.7#80", ONE, "eth0", [],
     ["deny", "the source address is not the endpoint's: Deny"]),
    ("a forged source to the host, whatever it is", "icmp6 fd65::9 > fe80::1 135/0", ONE, None, [],
     ["deny", "the source address is not the endpoint's: Deny"]),
    ("a prefix it may spoof, but not while that is Disabled", "tcp 10.9.9.9#1 > 192.0.2.7#80", ONE, "eth0",
     [words.endpoint(1, profiles=["open"], allowSpoofedSourcePrefixes=["10.9.0.0/16"])],
     ["deny", "the source address is not the endpoint's: Deny"]),
    ("a prefix it may spoof, with Any", "tcp 10.9.9.9#1 > 192.0.2.7#80", ONE, "eth0",
     [words.endpoint(1, profiles=["open"], allowSpoofedSourcePrefixes=["10.9.0.0/16"]),
      records.felix(workloadSourceSpoofing="Any")], ["allow", PROFILE]),
    ("of two with one interface, the lowest is active", OUT, ONE, "eth0",
     [words.endpoint(3, interfaceName=ONE, profiles=[])], ["allow", PROFILE]),
    ("and so the other's address is not", "tcp 10.65.0.3#1 > 192.0.2.7#80", ONE, "eth0",
     [words.endpoint(3, interfaceName=ONE)], ["deny", "the source address is not the endpoint's: Deny"]),
    ("an endpoint of another host is not known here", "tcp 10.65.0.3#1 > 192.0.2.7#80", "cali3", "eth0",
     [words.endpoint(3, node="host2")], ["deny", "no endpoint is known at the interface: Deny"]),
    ("IPIP out of a container", "ipip 10.65.0.1 > 192.0.2.7", ONE, "eth0", [],
     ["deny", "containers may not send encapsulated packets: Deny"]),
    ("VXLAN out of a container", "udp 10.65.0.1#1 > 192.0.2.7#4789", ONE, "eth0", [],
     ["deny", "containers may not send encapsulated packets: Deny"]),
    ("VXLAN to the host", "udp 10.65.0.1#1 > 172.31.1.11#4789", ONE, None,
     [records.felix(defaultEndpointToHostAction="Accept")],
     ["deny", "containers may not send encapsulated packets: Deny"]),
    ("VXLAN into a container is its policy's business", "udp 192.0.2.7#1 > 10.65.0.1#4789", "eth0", ONE, [],
     ["allow", PROFILE]),
    ("VXLAN at another port", "udp 10.65.0.1#1 > 192.0.2.7#4789", ONE, "eth0", [records.felix(vxlanPort=8472)],
     ["allow", PROFILE]),
    ("VXLAN allowed", "udp 10.65.0.1#1 > 192.0.2.7#4789", ONE, "eth0",
     [records.felix(allowVXLANPacketsFromWorkloads=True)], ["allow", PROFILE]),
    ("IPIP allowed", "ipip 10.65.0.1 > 192.0.2.7", ONE, "eth0",
     [records.felix(allowIPIPPacketsFromWorkloads=True)], ["allow", PROFILE]),
    ("to its host: policy, then the default Drop", TO_HOST, ONE, None, [],
     ["deny", PROFILE, "defaultEndpointToHostAction is Drop: Deny"]),
    ("Accept", TO_HOST, ONE, None, [records.felix(defaultEndpointToHostAction="Accept")],
     ["allow", PROFILE, "defaultEndpointToHostAction is Accept: Allow"]),
    ("Return leaves it to the host", TO_HOST, ONE, None, [records.felix(defaultEndpointToHostAction="Return")],
     ["allow", PROFILE, "defaultEndpointToHostAction is Return: Allow"]),
    ("egress policy denies before that", TO_HOST, ONE, None,
     [records.felix(defaultEndpointToHostAction="Accept"), policy(DENY, selector="all()")], ["deny", f"{P}: Deny"]),
    ("neighbour discovery of IPv6 always", "icmp6 fd65::1 > fd31::1 135/0", ONE, None, [policy(DENY, selector="all()")],
     ["allow", "ICMPv6 that keeps the link alive: Allow"]),
    ("but no echo", "icmp6 fd65::1 > fd31::1 128/0", ONE, None, [],
     ["deny", PROFILE, "defaultEndpointToHostAction is Drop: Deny"]),
    ("and not through the host", "icmp6 fd65::1 > 2001:db8::7 135/0", ONE, "eth0", [policy(DENY, selector="all()")],
     ["deny", f"{P}: Deny"]),
    ("the host to its containers always", "tcp 172.31.1.11#1 > 10.65.0.1#80", None, ONE,
     [policy(DENY, selector="all()")], ["allow"]),
    ("a container to its host skips the host's policy", TO_HOST, ONE, None,
     [records.felix(defaultEndpointToHostAction="Accept"), hep(interface="*"), policy(DENY)],
     ["allow", PROFILE, "defaultEndpointToHostAction is Accept: Allow"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("packet", "incoming", "outgoing", "changes", "said"), [pytest.param(*case[1:], id=case[0]) for case in WORKLOADS]
)
def test_containers(
    packet: str, incoming: str | None, outgoing: str | None, changes: list[records.Change], said: list[str]
) -> None:
    assert ask(packet, incoming, outgoing, *changes) == said


NOTHING = "no policy or profile allows it: Deny"
END = "tier default ends in Deny: Deny"
FAILSAFE = "a failsafe: Allow"
NO_FAILSAFES = records.felix(failsafeInboundHostPorts=[], failsafeOutboundHostPorts=[])
HOSTS = [
    ("no HostEndpoint: not ours", HOST_IN, "eth0", None, [policy(DENY)], ["allow"]),
    ("no policy and no profile: denied", HOST_IN, "eth0", None, [hep()], ["deny", NOTHING]),
    ("a profile", HOST_IN, "eth0", None, [hep(profiles=["open"])], ["allow", PROFILE]),
    ("ingress", HOST_IN, "eth0", None, [hep(), policy(ALLOW)], ["allow", f"{P}: Allow"]),
    ("egress", HOST_OUT, None, "eth0", [hep(), policy(DENY)], ["deny", f"{P}: Deny"]),
    ("another interface", HOST_IN, "eth1", None, [hep(), policy(DENY)], ["allow"]),
    ("another node", HOST_IN, "eth0", None,
     [records.raw("HostEndpoint", "h", {"node": "host2", "interfaceName": "eth0"})], ["allow"]),
    ("* covers the rest", HOST_IN, "eth1", None, [hep(interface="*")], ["deny", NOTHING]),
    ("an exact name goes before *", HOST_IN, "eth0", None,
     [hep("a", "*"), hep("b", "eth0", profiles=["open"])], ["allow", PROFILE]),
    ("of two, the lowest name", HOST_IN, "eth0", None, [hep("b"), hep("a", profiles=["open"])], ["allow", PROFILE]),
    ("failsafe in", SSH, "eth0", None, [hep(), policy(DENY)], ["allow", FAILSAFE]),
    ("failsafe out", "udp 172.31.1.11#1 > 192.0.2.7#53", None, "eth0", [hep(), policy(DENY)], ["allow", FAILSAFE]),
    ("failsafes of one direction only", "udp 192.0.2.7#1 > 172.31.1.11#53", "eth0", None, [hep()], ["deny", NOTHING]),
    ("[] disables them", SSH, "eth0", None, [hep(), NO_FAILSAFES], ["deny", NOTHING]),
    ("discovery of IPv6 goes with them, also without any", "icmp6 fe80::1 > ff02::1 134/0", "eth0", None,
     [hep(), NO_FAILSAFES, policy(DENY, doNotTrack=True)], ["allow", FAILSAFE, FAILSAFE]),
    ("in both directions", "icmp6 fd31::1 > ff02::2 135/0", None, "eth0", [hep(), NO_FAILSAFES], ["allow", FAILSAFE]),
    ("but no echo", "icmp6 fd31::2 > fd31::1 128/0", "eth0", None, [hep()], ["deny", NOTHING]),
    ("a container's interface is no HostEndpoint, whatever it says", IN, "eth0", ONE,
     [hep(interface=ONE), policy(DENY, applyOnForward=True)], ["allow", PROFILE]),
    ("a failsafe for one network", SSH, "eth0", None,
     [hep(), records.felix(failsafeInboundHostPorts=[{"protocol": "tcp", "port": 22, "net": "192.0.2.0/24"}])],
     ["allow", FAILSAFE]),
    ("and not for others", SSH, "eth0", None,
     [hep(), records.felix(failsafeInboundHostPorts=[{"protocol": "tcp", "port": 22, "net": "10.0.0.0/8"}])],
     ["deny", NOTHING]),
    ("forwarded: policy of the host itself is not asked", IN, "eth0", ONE, [hep(), policy(DENY)], ["allow", PROFILE]),
    ("forwarded: applyOnForward is", IN, "eth0", ONE, [hep(), policy(DENY, applyOnForward=True)],
     ["deny", f"{P}: Deny"]),
    ("applyOnForward also guards the host itself", HOST_IN, "eth0", None,
     [hep(), policy(DENY, applyOnForward=True)], ["deny", f"{P}: Deny"]),
    ("applyOnForward allows: then the container's policy", IN, "eth0", ONE,
     [hep(), policy(ALLOW, applyOnForward=True)], ["allow", f"{P}: Allow", PROFILE]),
    ("on the way out the container comes first", OUT, ONE, "eth0",
     [hep(), policy(DENY, applyOnForward=True)], ["deny", PROFILE, f"{P}: Deny"]),
    ("failsafes do not help what is forwarded", "tcp 192.0.2.7#1 > 10.65.0.1#22", "eth0", ONE,
     [hep(), policy(DENY, applyOnForward=True)], ["deny", f"{P}: Deny"]),
    ("applyOnForward without a match denies", IN, "eth0", ONE, [hep(), policy([], applyOnForward=True)], ["deny", END]),
    ("applyOnForward of one direction leaves the other open", OUT, ONE, "eth0",
     [hep(), policy([], applyOnForward=True, types=["Ingress"])], ["allow", PROFILE]),
    ("applyOnForward that ends in Pass allows, profiles are not asked", IN, "eth0", ONE,
     [hep(), policy(PASS, applyOnForward=True)], ["allow", f"{P}: Pass", PROFILE]),
    ("*: applyOnForward meets what containers send, both ways", ACROSS, ONE, TWO,
     [hep(interface="*"), policy(ALLOW, applyOnForward=True)],
     ["allow", f"{P}: Allow", PROFILE, PROFILE, f"{P}: Allow"]),
    ("*: and what comes to them", ACROSS, ONE, TWO,
     [hep(interface="*"), policy(DENY, applyOnForward=True, types=["Egress"])],
     ["deny", PROFILE, PROFILE, f"{P}: Deny"]),
    ("preDNAT denies, also what is forwarded", IN, "eth0", ONE, [hep(), policy(DENY, preDNAT=True)],
     ["deny", f"{P}: Deny"]),
    ("preDNAT allows: no other policy of that HostEndpoint", HOST_IN, "eth0", None,
     [hep(), policy(ALLOW, preDNAT=True), policy(DENY, "q")], ["allow", f"{P}: Allow"]),
    ("preDNAT allows: the container's policy is asked all the same", IN, "eth0", ONE,
     [hep(), policy(ALLOW, preDNAT=True), policy(DENY, "q", applyOnForward=True)], ["allow", f"{P}: Allow", PROFILE]),
    ("preDNAT without a match goes on", HOST_IN, "eth0", None,
     [hep(), policy([], preDNAT=True), policy(ALLOW, "q")],
     ["allow", "tier default ends in Pass: Pass", "GlobalNetworkPolicy q, rule 1: Allow"]),
    ("a failsafe passes preDNAT, and then the rest by itself", SSH, "eth0", None,
     [hep(), policy(DENY, preDNAT=True)], ["allow", FAILSAFE, FAILSAFE]),
    ("a forwarded failsafe port escapes preDNAT", "tcp 192.0.2.7#1 > 10.65.0.1#22", "eth0", ONE,
     [hep(), policy(DENY, preDNAT=True)], ["allow", FAILSAFE, PROFILE]),
    ("preDNAT of * meets containers, also on their way to the host", TO_HOST, ONE, None,
     [hep(interface="*"), policy(DENY, preDNAT=True)], ["deny", f"{P}: Deny"]),
    ("preDNAT has no egress", HOST_OUT, None, "eth0", [hep(profiles=["open"]), policy(DENY, preDNAT=True)],
     ["allow", PROFILE]),
    ("doNotTrack denies", HOST_IN, "eth0", None, [hep(), policy(DENY, doNotTrack=True)], ["deny", f"{P}: Deny"]),
    ("doNotTrack allows: neither preDNAT nor normal policy", HOST_IN, "eth0", None,
     [hep(), policy(ALLOW, doNotTrack=True), policy(DENY, "q", preDNAT=True), policy(DENY, "r")],
     ["allow", f"{P}: Allow"]),
    ("doNotTrack without a match goes on", HOST_IN, "eth0", None,
     [hep(profiles=["open"]), policy([], doNotTrack=True)], ["allow", "tier default ends in Pass: Pass", PROFILE]),
    ("doNotTrack out", HOST_OUT, None, "eth0", [hep(), policy(DENY, doNotTrack=True)], ["deny", f"{P}: Deny"]),
    ("doNotTrack out, allowed", HOST_OUT, None, "eth0", [hep(), policy(ALLOW, doNotTrack=True)],
     ["allow", f"{P}: Allow"]),
    ("doNotTrack for what comes in, also if it is forwarded", IN, "eth0", ONE,
     [hep(), policy(DENY, doNotTrack=True)], ["deny", f"{P}: Deny"]),
    ("doNotTrack for what goes out, not if it is forwarded", OUT, ONE, "eth0",
     [hep(), policy(DENY, doNotTrack=True)], ["allow", PROFILE]),
    ("doNotTrack is not for *", HOST_IN, "eth0", None,
     [hep(interface="*", profiles=["open"]), policy(DENY, doNotTrack=True)], ["allow", PROFILE]),
    ("failsafes pass doNotTrack", SSH, "eth0", None, [hep(), policy(DENY, doNotTrack=True)],
     ["allow", FAILSAFE, FAILSAFE]),
    ("so does what answers them: its connection is not known there", "udp 192.0.2.7#53 > 172.31.1.11#999", "eth0", None,
     [hep(profiles=["open"]), policy(DENY, doNotTrack=True)], ["allow", FAILSAFE, PROFILE]),
    ("a HostEndpoint that cannot be read closes", HOST_IN, "eth0", None, [hep(profiles=["?"]), policy(ALLOW)],
     ["deny", "the HostEndpoint cannot be read: Deny"]),
    ("but for failsafes", SSH, "eth0", None, [hep(profiles=["?"])], ["allow", FAILSAFE]),
    ("and what is forwarded", IN, "eth0", ONE, [hep(profiles=["?"])],
     ["deny", "the HostEndpoint cannot be read: Deny"]),
    ("the host to itself", HOST_OUT, None, None, [hep(interface="*")], ["allow"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("packet", "incoming", "outgoing", "changes", "said"), [pytest.param(*case[1:], id=case[0]) for case in HOSTS]
)
def test_host_endpoints(
    packet: str, incoming: str | None, outgoing: str | None, changes: list[records.Change], said: list[str]
) -> None:
    assert ask(packet, incoming, outgoing, *changes) == said


def test_a_host_endpoint_is_found_by_an_expected_address() -> None:
    own = {"eth7": [words.packet(HOST_OUT).source]}
    expected = hep(interface=None, expectedIPs=["172.31.1.11"])
    assert ask(HOST_IN, "eth7", None, expected, addresses=own) == ["deny", NOTHING]
    assert ask(HOST_IN, "eth8", None, expected, addresses=own) == ["allow"]


def test_a_link_local_address_tells_no_interface() -> None:
    link_local = words.packet("icmp6 fe80::1 > fe80::2 128/0").source
    expected = hep(interface=None, expectedIPs=["fe80::1", "172.31.1.11"])
    assert ask(HOST_IN, "eth7", None, expected, addresses={"eth7": [link_local]}) == ["allow"]


def test_with_an_interface_name_expected_addresses_do_not_matter() -> None:
    assert ask(HOST_IN, "eth0", None, hep(expectedIPs=["203.0.113.9"])) == ["deny", NOTHING]


def test_settings_of_the_node_win() -> None:
    changes = (
        records.felix(defaultEndpointToHostAction="Accept"),
        records.raw("FelixConfiguration", "node.host1", {"defaultEndpointToHostAction": "Drop"}),
    )
    assert ask(TO_HOST, ONE, None, *changes)[0] == "deny"


class TestTheWholeWay:
    """From address to address, through one host or two."""

    CLUSTER = (
        *CONTAINERS,
        words.endpoint(3, node="host2", profiles=["open"]),
        records.raw("Node", "host1", {"bgp": {"ipv4Address": "172.31.1.11/24"}}),
        records.raw("Node", "host2", {"bgp": {"ipv4Address": "172.31.1.12/24"}}),
    )

    @pytest.mark.parametrize(
        ("packet", "trail"),
        [
            pytest.param(ACROSS, [(1, "egress"), (2, "ingress")], id="on one host"),
            pytest.param(ACROSS.replace("0.2#", "0.3#"), [(1, "egress"), (3, "ingress")], id="on two"),
            pytest.param(OUT, [(1, "egress")], id="to the outside"),
            pytest.param(IN, [(1, "ingress")], id="from the outside"),
            pytest.param("tcp 172.31.1.11#1 > 10.65.0.1#80", [], id="a host to its own container"),
            pytest.param("tcp 172.31.1.12#1 > 10.65.0.1#80", [(1, "ingress")], id="another host"),
            pytest.param("tcp 192.0.2.7#1 > 203.0.113.1#80", [], id="nothing of ours"),
        ],
    )
    def test_who_is_asked(self, packet: str, trail: list[tuple[int, str]]) -> None:
        found = verdict.between(words.snapshot(*self.CLUSTER), words.packet(packet))
        keys = {words.key(number, "host2" if number == 3 else "host1"): number for number in (1, 2, 3)}
        assert found.allowed
        assert [(keys[step.endpoint], step.direction) for step in found.trail] == trail

    def test_denied_on_the_first_host_it_never_reaches_the_second(self) -> None:
        deny = records.policy("p", egress=DENY)
        found = verdict.between(words.snapshot(*self.CLUSTER, deny), words.packet(ACROSS.replace("0.2#", "0.3#")))
        assert words.said(found.trail) == [f"{P}: Deny"]

    def test_host_endpoints_stand_at_the_uplink(self) -> None:
        guard = (hep(interface=None, expectedIPs=["172.31.1.11"]), policy(DENY, applyOnForward=True, types=["Egress"]))
        snapshot = words.snapshot(*self.CLUSTER, *guard)
        assert not verdict.between(snapshot, words.packet(OUT)).allowed
        assert verdict.between(snapshot, words.packet(ACROSS)).allowed

    def test_a_container_to_another_host_is_no_container_to_its_own(self) -> None:
        found = verdict.between(words.snapshot(*self.CLUSTER), words.packet("tcp 10.65.0.1#1 > 172.31.1.12#80"))
        assert words.said(found.trail) == [PROFILE]
