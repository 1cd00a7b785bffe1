"""Policy on the host's own interfaces, asked of the kernel with real packets, in both IP versions."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from calico_node.render import host_endpoints
from tests.states import records, states

from . import traffic
from .crossroads import CONTAINERS, Net
from .inside import inside
from .traffic import Place

ALLOW, DENY, PASS = ([{"action": action}] for action in ("Allow", "Deny", "Pass"))
UPLINK = records.host_endpoint("uplink", interfaceName="eth0", labels={"role": "host"})
EVERYWHERE = records.host_endpoint("everywhere", interfaceName="*", labels={"role": "host"})
FORWARDED = {"applyOnForward": True}
VERSIONS = pytest.mark.parametrize("version", [4, 6])


def policy(name: str = "policy", **spec: Any) -> records.Change:
    return records.policy(name, selector="role == 'host'", **spec)


def to(port: int, action: str = "Allow", protocol: str = "TCP") -> list[dict[str, Any]]:
    return [{"action": action, "protocol": protocol, "destination": {"ports": [port]}}]


def test_without_a_host_endpoint_the_host_is_as_it_was(net: Net) -> None:
    net.host.apply((*CONTAINERS, policy(ingress=DENY, egress=DENY, **FORWARDED)))
    assert net.reaches(net.outside, net.itself, 80)
    assert net.reaches(net.itself, net.outside, 80)
    assert net.reaches(net.outside, net.inner, 80)


def test_without_policy_and_profile_only_failsafe_ports_are_open(net: Net) -> None:
    net.host.space.run("ip", "-6", "neighbour", "flush", "all")
    net.host.apply((UPLINK,))
    assert [port for port in (22, 80, 179, 2379) if net.reaches(net.outside, net.itself, port)] == [22, 179, 2379]
    assert [port for port in (22, 80, 179, 2379) if net.reaches(net.itself, net.outside, port)] == [179, 2379]
    assert not traffic.answers(net.outside, "192.0.2.1")
    assert net.reaches(net.inner, Place(net.host.space, {4: "198.51.100.1", 6: "2001:db8:1::1"}), 80)


def test_policy_decides_what_reaches_the_host_and_what_leaves_it(net: Net) -> None:
    net.host.apply((UPLINK, policy(types=["Ingress", "Egress"], ingress=to(80), egress=to(81))))
    assert [port for port in (80, 81) if net.reaches(net.outside, net.itself, port)] == [80]
    assert [port for port in (80, 81) if net.reaches(net.itself, net.outside, port)] == [81]


def test_profiles_decide_where_no_policy_does(net: Net) -> None:
    profile = records.profile("hosts", ingress=to(80), egress=ALLOW, labelsToApply={"role": "host"})
    uplink = records.host_endpoint("uplink", interfaceName="eth0", profiles=["hosts"])
    net.host.apply((profile, uplink))
    assert [port for port in (80, 81) if net.reaches(net.outside, net.itself, port)] == [80]
    assert net.reaches(net.itself, net.outside, 81)
    net.host.apply((profile, uplink, policy(ingress=to(81))))
    assert [port for port in (80, 81) if net.reaches(net.outside, net.itself, port)] == [81]


@VERSIONS
def test_a_connection_outlives_a_policy_that_would_refuse_it(net: Net, version: int) -> None:
    net.host.apply((UPLINK, policy(ingress=to(80), egress=DENY)))
    with traffic.listening(net.itself, 80) as listeners:
        client = traffic.connect(net.outside.space, net.itself.addresses[version], 80)
        assert client is not None
        server = listeners[0 if version == 4 else 1].accept()[0]
        net.host.apply((UPLINK, policy(ingress=DENY, egress=DENY)))
        server.sendall(b"still here")
        assert client.recv(64) == b"still here"
        server.close()
        client.close()


def test_promise_3_a_host_endpoint_that_cannot_be_read_lets_nothing_pass_but_failsafes(net: Net) -> None:
    everything = policy(ingress=ALLOW, egress=ALLOW, **FORWARDED)
    broken = records.host_endpoint("uplink", interfaceName="eth0", labels={"role": "host"}, ports=["ssh"])
    net.host.apply((*CONTAINERS, broken, everything))
    assert [port for port in (22, 80) if net.reaches(net.outside, net.itself, port)] == [22]
    assert not net.reaches(net.itself, net.outside, 80)
    assert not net.reaches(net.outside, net.inner, 80)
    assert not net.reaches(net.one, net.outside, 80)
    assert net.reaches(net.one, net.inner, 80)


@pytest.mark.parametrize("expected", ["192.0.2.1", "2001:db8::1", "192.0.2.77"])
def test_an_interface_is_known_by_an_address_that_it_has(net: Net, expected: str) -> None:
    here = expected != "192.0.2.77"
    found = net.host.apply((records.host_endpoint("uplink", expectedIPs=["203.0.113.1", expected]),))
    assert net.reaches(net.outside, net.itself, 80) is not here
    assert net.reaches(net.itself, net.inner, 80)
    assert list(found.state.own.interfaces) == (["eth0"] if here else [])
    assert list(found.state.skipped) == ([] if here else ["HostEndpoint uplink"])


def test_what_is_forwarded_needs_no_policy_but_obeys_one_that_applies(net: Net) -> None:
    def passing(*changes: records.Change) -> set[tuple[str, str]]:
        net.host.apply((*CONTAINERS, UPLINK, *changes))
        pairs = [(net.outside, net.inner), (net.inner, net.outside), (net.one, net.outside), (net.one, net.inner)]
        return {(source.name, target.name) for source, target in pairs if net.reaches(source, target, 80)}

    into, outward = {("outside", "inner")}, {("inner", "outside"), ("c1", "outside")}
    past = {("c1", "inner")}
    assert passing() == into | outward | past
    assert passing(policy(ingress=DENY, egress=DENY)) == into | outward | past
    assert passing(policy(ingress=DENY, egress=DENY, **FORWARDED)) == past
    assert passing(policy(ingress=DENY, **FORWARDED)) == outward | past
    assert passing(policy(types=["Egress"], egress=DENY, **FORWARDED)) == into | past
    assert passing(policy(ingress=to(80), egress=to(80), **FORWARDED)) == into | outward | past
    assert passing(policy(ingress=PASS, egress=PASS, **FORWARDED)) == into | outward | past


def test_what_policy_lets_through_docker_does_not_drop(net: Net) -> None:
    net.host.apply(CONTAINERS)
    for program in ("iptables", "ip6tables"):
        net.host.space.run(program, "-P", "FORWARD", "DROP")
        if not net.host.space.succeeds(program, "-C", "FORWARD", "-j", "DOCKER-USER"):
            net.host.space.succeeds(program, "-N", "DOCKER-USER")
            net.host.space.run(program, "-I", "FORWARD", "-j", "DOCKER-USER")
    try:
        net.host.apply(CONTAINERS, resync=True)
        assert not net.reaches(net.outside, net.inner, 80)
        for changes in ((), (policy(ingress=to(80), **FORWARDED),), (policy(ingress=PASS, egress=PASS, **FORWARDED),)):
            net.host.apply((*CONTAINERS, UPLINK, *changes))
            assert net.reaches(net.outside, net.inner, 80)
            assert net.reaches(net.inner, net.outside, 80)
        net.host.apply(CONTAINERS)
        assert not net.reaches(net.outside, net.inner, 80)
    finally:
        for program in ("iptables", "ip6tables"):
            net.host.space.run(program, "-P", "FORWARD", "ACCEPT")


REDIRECT = """
chain prerouting {
  type nat hook prerouting priority dstnat;
  iifname eth0 tcp dport 8080 dnat ip to 198.51.100.9:80
  iifname eth0 tcp dport 8080 dnat ip6 to [2001:db8:1::9]:80
  iifname eth0 tcp dport 8081 redirect to :80
}
"""


def rewritten(net: Net, port: int, target: Place) -> bool:
    """Whether a connection to the host's port arrives where a foreign rule leads it."""
    with traffic.listening(target, 80):
        four, six = traffic.reaching((net.outside.space, address, port) for address in net.itself.addresses.values())
    assert four == six
    return four


def test_policy_before_dnat_sees_what_was_sent(net: Net, foreign: Callable[[str], None]) -> None:
    before = {"preDNAT": True, "applyOnForward": True}
    foreign(REDIRECT)
    net.host.apply((UPLINK, policy(ingress=to(80))))
    assert rewritten(net, 8080, net.inner)
    assert rewritten(net, 8081, net.itself)
    net.host.apply((UPLINK, policy("normal", ingress=to(80)), policy("dnat", ingress=to(8080, "Deny"), **before)))
    assert not rewritten(net, 8080, net.inner)
    assert rewritten(net, 8081, net.itself)
    # What is forwarded the host did not send: policy on what it sends has no say, wherever it leaves.
    closed = records.policy("closed", selector="role == 'second'", ingress=DENY, egress=DENY)
    second = records.host_endpoint("second", interfaceName="eth1", labels={"role": "second"})
    net.host.apply((UPLINK, second, closed))
    assert rewritten(net, 8080, net.inner)
    # What it allows, no later policy is asked about: neither on the way through nor in.
    net.host.apply(
        (
            UPLINK,
            policy("forward", ingress=DENY, **FORWARDED),
            policy("dnat", ingress=[*to(8080), *to(8081)], **before),
        )
    )
    assert rewritten(net, 8080, net.inner)
    assert rewritten(net, 8081, net.itself)
    assert not net.reaches(net.outside, net.inner, 80)
    assert not net.reaches(net.outside, net.itself, 80)
    # Failsafe ports come first, for the host and for who is behind it.
    net.host.apply((UPLINK, policy("dnat", ingress=DENY, **before)))
    assert net.reaches(net.outside, net.itself, 22)
    assert net.reaches(net.outside, net.inner, 22)
    assert not net.reaches(net.outside, net.inner, 80)


@pytest.mark.parametrize("mark", ["0x10000", "0x20000", "0xffffffff"])
def test_a_mark_of_somebody_else_opens_nothing_before_dnat(net: Net, foreign: Callable[[str], None], mark: str) -> None:
    foreign(f"\nchain prerouting {{\n type filter hook prerouting priority -200\n meta mark set {mark}\n}}\n")
    first, second = (policy(f"dnat{port}", ingress=to(port, "Deny"), preDNAT=True, **FORWARDED) for port in (81, 80))
    open_one = records.policy("open", selector=states.FRONTEND, ingress=ALLOW)
    net.host.apply((*CONTAINERS, open_one, UPLINK, first, second))
    assert net.reaches(net.outside, net.one, 82)
    assert not net.reaches(net.outside, net.one, 81)
    assert not net.reaches(net.outside, net.one, 80)


def test_policy_before_dnat_guards_workloads_of_an_uplink(net: Net) -> None:
    deny = policy("dnat", ingress=to(80, "Deny"), preDNAT=True, **FORWARDED)
    open_one = records.policy("open", selector=states.FRONTEND, ingress=ALLOW)
    net.host.apply((*CONTAINERS, open_one, UPLINK))
    assert net.reaches(net.outside, net.one, 80)
    net.host.apply((*CONTAINERS, open_one, UPLINK, deny))
    assert not net.reaches(net.outside, net.one, 80)
    assert net.reaches(net.outside, net.one, 81)
    assert net.reaches(net.inner, net.one, 80)


SENT = """
chain output {
  type nat hook output priority -100;
  ip daddr 198.51.100.77 dnat ip to 192.0.2.9
  ip6 daddr 2001:db8:1::77 dnat ip6 to 2001:db8::9
}
"""


def test_what_the_host_sends_to_a_rewritten_destination_is_asked_where_it_leaves(
    net: Net, foreign: Callable[[str], None]
) -> None:
    """It seems to leave by eth1, and leaves by eth0."""
    foreign(SENT)
    target = Place(net.outside.space, {4: "198.51.100.77", 6: "2001:db8:1::77"})

    def sent() -> bool:
        with traffic.listening(net.outside, 80):
            four, six = traffic.reaching((net.host.space, address, 80) for address in target.addresses.values())
        assert four == six
        return four

    net.host.apply((UPLINK, policy(ingress=ALLOW, egress=ALLOW)))
    assert sent()
    net.host.apply((UPLINK, policy(ingress=ALLOW, egress=DENY)))
    assert not sent()
    net.host.apply((records.host_endpoint("second", interfaceName="eth1", labels={"role": "host"}),))
    assert sent()


def answer_datagrams(net: Net, version: int, port: int) -> bytes:
    """What a UDP service of the host answers to outside; b"" if nothing comes back."""
    with traffic.receiving(net.itself, version, port) as service, inside(net.outside.space):
        address = net.itself.addresses[version]
        with contextlib.closing(traffic.udp(address)) as client:
            client.sendto(b"question", (address, port))
            with contextlib.suppress(TimeoutError):
                question, sender = service.recvfrom(64)
                assert question == b"question"
                service.sendto(b"answer", sender)
                return client.recv(64)
    return b""


@VERSIONS
def test_what_untracked_policy_allows_is_not_tracked(net: Net, version: int) -> None:
    untracked = policy(
        "untracked",
        doNotTrack=True,
        ingress=to(53, protocol="UDP"),
        egress=[{"action": "Allow", "protocol": "UDP", "source": {"ports": [53]}}],
        **FORWARDED,
    )
    net.host.apply((UPLINK, policy("normal", ingress=to(5353, protocol="UDP"))))
    net.host.space.run("conntrack", "-F")
    assert answer_datagrams(net, version, 53) == b""
    assert answer_datagrams(net, version, 5353) == b"answer"
    assert "dport=5353" in net.host.space.run("conntrack", "-L", "-f", f"ipv{version}", "-p", "udp")
    net.host.apply((UPLINK, untracked, policy("normal", ingress=to(5353, protocol="UDP"))))
    net.host.space.run("conntrack", "-F")
    assert answer_datagrams(net, version, 53) == b"answer"
    assert answer_datagrams(net, version, 5353) == b"answer"
    tracked = net.host.space.run("conntrack", "-L", "-f", f"ipv{version}", "-p", "udp")
    assert "dport=53 " not in tracked
    assert "dport=5353" in tracked


def test_untracked_policy_denies_before_all_but_failsafe_ports(net: Net) -> None:
    deny = policy("untracked", doNotTrack=True, ingress=DENY, egress=DENY, **FORWARDED)
    net.host.apply((UPLINK, policy("normal", ingress=ALLOW, egress=ALLOW), deny))
    assert [port for port in (22, 80, 179) if net.reaches(net.outside, net.itself, port)] == [22, 179]
    assert [port for port in (22, 80, 179) if net.reaches(net.itself, net.outside, port)] == [179]
    assert not net.reaches(net.outside, net.inner, 80)
    assert net.reaches(net.outside, net.inner, 22)
    net.host.apply((EVERYWHERE, policy("normal", ingress=ALLOW, egress=ALLOW), deny))
    assert net.reaches(net.outside, net.itself, 80)


def test_failsafe_ports_are_those_of_the_configuration(net: Net) -> None:
    near = [{"protocol": "TCP", "port": 22, "net": one} for one in ("192.0.2.0/24", "2001:db8::/64")]
    net.host.apply(
        (EVERYWHERE, records.felix(failsafeInboundHostPorts=near, failsafeOutboundHostPorts=[{"port": 443}]))
    )
    assert net.reaches(net.outside, net.itself, 22)
    assert not net.reaches(net.inner, net.itself, 22)
    assert [port for port in (179, 443) if net.reaches(net.itself, net.inner, port)] == [443]
    net.host.apply((EVERYWHERE, records.felix(failsafeInboundHostPorts=[], failsafeOutboundHostPorts=[])))
    assert not net.reaches(net.outside, net.itself, 22)
    assert not net.reaches(net.itself, net.inner, 443)


def test_an_endpoint_of_all_interfaces_guards_what_no_other_does(net: Net) -> None:
    second = records.host_endpoint("second", interfaceName="eth1", labels={"role": "second"})
    open_second = records.policy("second", selector="role == 'second'", ingress=ALLOW, egress=ALLOW)
    net.host.apply((*CONTAINERS, EVERYWHERE, second, open_second, policy(ingress=DENY, egress=DENY)))
    assert not net.reaches(net.outside, net.itself, 80)
    assert net.reaches(net.inner, net.itself, 80)
    assert net.reaches(net.itself, net.inner, 80)
    # Between the host and its workloads it has no say, nor on what they send elsewhere.
    assert net.reaches(net.itself, net.one, 80)
    assert net.reaches(net.one, net.outside, 80)
    reachable = records.felix(defaultEndpointToHostAction="Return")
    net.host.apply((*CONTAINERS, EVERYWHERE, policy(ingress=DENY, egress=DENY), reachable))
    assert net.reaches(net.one, net.itself, 80)


def test_an_endpoint_of_all_interfaces_forwards_for_workloads_as_its_policy_says(net: Net) -> None:
    two = net.host.container(2)
    net.host.apply((*CONTAINERS, EVERYWHERE))
    assert net.reaches(net.one, two, 80)
    net.host.apply((*CONTAINERS, EVERYWHERE, policy(ingress=to(80, "Deny") + PASS, **FORWARDED)))
    assert not net.reaches(net.one, two, 80)
    assert net.reaches(net.one, two, 81)
    net.host.apply((*CONTAINERS, EVERYWHERE, policy(types=["Egress"], egress=to(80, "Deny") + PASS, **FORWARDED)))
    assert not net.reaches(net.one, two, 80)
    assert not net.reaches(net.one, net.outside, 80)
    assert net.reaches(net.one, net.outside, 81)
    net.host.apply((*CONTAINERS, EVERYWHERE, policy("dnat", ingress=to(80, "Deny"), preDNAT=True, **FORWARDED)))
    assert not net.reaches(net.one, two, 80)
    assert net.reaches(net.one, two, 81)


@VERSIONS
def test_promise_3_a_failsafe_port_is_open_at_every_moment(net: Net, version: int) -> None:
    """While the host comes under policy and out of it again, no datagram to such a port is lost."""
    stop, sent = threading.Event(), [0]

    def send() -> None:
        while not stop.is_set():
            traffic.datagram(net.outside.space, net.outside.addresses[version], net.itself.addresses[version], 68)
            sent[0] += 1

    deny = {"ingress": DENY, "applyOnForward": True}
    net.host.apply(())
    with traffic.receiving(net.itself, version, 68) as receiver:
        sender = threading.Thread(target=send)
        sender.start()
        for _turn in range(20):
            net.host.apply((UPLINK, policy("a", **deny)))
            net.host.apply((EVERYWHERE, policy("a", preDNAT=True, **deny)))
            net.host.apply((UPLINK, policy("a", doNotTrack=True, **deny)))
            net.host.apply(())
        stop.set()
        sender.join()
        assert traffic.received(receiver) == sent[0] > 100


def test_without_a_host_endpoint_there_is_no_chain_and_no_hook_of_it(net: Net) -> None:
    net.host.apply((UPLINK, EVERYWHERE))
    net.host.apply(CONTAINERS)
    listed = net.host.space.run("nft", "list", "table", "inet", "calico")
    assert host_endpoints.FORWARD not in listed
    assert sorted(line.split()[3] for line in listed.splitlines() if "hook" in line) == [
        "forward",
        "input",
        "prerouting",
    ]
