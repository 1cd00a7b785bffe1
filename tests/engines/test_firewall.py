"""Policy holds for real containers, beside the engine's own rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.netns import traffic
from tests.netns.waiting import until

from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site

ALLOW = [{"action": "Allow"}]


def policy(site: Site, name: str, **spec: Any) -> None:
    site.put("GlobalNetworkPolicy", name, {"types": ["Ingress"], **spec})


@pytest.fixture(autouse=True)
def policies(site: Site) -> Any:
    """A test's policies go with it."""
    yield
    for record in site.store.list("/calico/resources/v3/projectcalico.org/globalnetworkpolicies/").records:
        site.store.commit({}, [record.key])


def test_containers_of_a_network_talk_and_those_of_others_do_not(host: Host, other: Host) -> None:
    one, two, far = host.container("one"), host.container("two"), other.container("far")
    foreign = host.container("foreign", network=OTHER_NETWORK)
    for version in (4, 6):
        until(lambda version=version: traffic.reaches(one, far, 80, version))  # type: ignore[misc]
        assert traffic.reaches(one, two, 80, version)
        assert not traffic.reaches(foreign, two, 80, version)
        assert not traffic.reaches(foreign, far, 80, version)


def test_the_world_reaches_what_policy_opens(site: Site, host: Host) -> None:
    place = host.container("one")
    assert not traffic.reaches(site.outside, place, 80, 4)
    policy(site, "open", selector=f"calico.docker/network == '{NETWORK}'", ingress=ALLOW)
    for version in (4, 6):
        until(lambda version=version: traffic.reaches(site.outside, place, 80, version))  # type: ignore[misc]


def test_a_container_on_a_bridge_does_not_get_past_policy(site: Site, host: Host) -> None:
    """The engine's own accept for its bridges would let it."""
    place = host.container("one")
    host.docker("network", "create", "blue")
    bridged = host.container("bridged", network="blue")
    assert not traffic.reaches(bridged, place, 80, 4)
    policy(site, "open", selector="all()", ingress=ALLOW)
    until(lambda: traffic.reaches(bridged, place, 80, 4))


def test_traffic_passes_although_the_engine_drops_what_is_forwarded(host: Host, other: Host) -> None:
    """An engine that switches forwarding on itself sets the policy of FORWARD to DROP."""
    host.machine.run("iptables", "--policy", "FORWARD", "DROP")
    host.machine.run("ip6tables", "--policy", "FORWARD", "DROP")
    one, far = host.container("one"), other.container("far")
    for version in (4, 6):
        until(lambda version=version: traffic.reaches(far, one, 80, version))  # type: ignore[misc]


def test_a_network_of_one_ip_version_in_a_rule_opens_nothing_in_the_other(site: Site, host: Host) -> None:
    """The old one left a rule's IPv4 network out of the IPv6 rule, which then allowed everybody."""
    place = host.container("one")
    policy(site, "four", selector="all()", ingress=[{"action": "Allow", "source": {"nets": ["192.0.2.0/24"]}}])
    until(lambda: traffic.reaches(site.outside, place, 80, 4))
    assert not traffic.reaches(site.outside, place, 80, 6)


def test_a_type_of_icmp_in_a_rule_stops_nothing_else(site: Site, host: Host) -> None:
    """The old one made it an unconditional drop in the middle of the IPv6 rules."""
    place = host.container("one")
    ping = {"protocol": "ICMP", "icmp": {"type": 8}}
    policy(site, "no-ping", selector="all()", ingress=[{"action": "Deny", **ping}, {"action": "Allow"}])
    until(lambda: traffic.reaches(site.outside, place, 80, 4))
    assert traffic.reaches(site.outside, place, 80, 6)
    assert not traffic.answers(site.outside, place.addresses[4])
    assert traffic.answers(site.outside, place.addresses[6])


def test_loose_reverse_path_filtering_does_not_stop_the_agent(host: Host) -> None:
    """The old one ended without a word."""
    host.machine.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=2", "net.ipv4.conf.default.rp_filter=2")
    host.agent.kill()
    host.start_agent()
    one, two = host.container("one"), host.container("two")
    assert traffic.reaches(one, two, 80, 4)
    assert host.agent.runs
    host.machine.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")


def test_a_forged_sender_is_dropped(site: Site, host: Host) -> None:
    one, two = host.container("one"), host.container("two")
    with traffic.receiving(two, 4, 5353) as receiver:
        traffic.datagram(one.space, one.addresses[4], two.addresses[4], 5353)
        assert traffic.received(receiver) == 1
        traffic.datagram(one.space, "10.65.200.200", two.addresses[4], 5353)
        assert traffic.received(receiver) == 0
    assert site.outside
