"""What docker network create and docker run say of networks, and what containers then can do."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
from collections.abc import Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import policies, resources
from tests.netns import traffic
from tests.netns.traffic import Place
from tests.netns.waiting import until

from . import leftovers
from .hosts import NETWORK, OTHER_NETWORK, Host
from .sites import Site

PART4, PART6 = "10.65.8.0/28", "fd65:0:0:8::/125"
PARTS = ("--ipv6", f"--subnet={PART4}", f"--subnet={PART6}")
BESIDE = ("--ipv6", "--subnet=10.65.9.0/24", "--subnet=fd65:0:0:9::/64")


def reaches(source: Place, target: Place, versions: Iterable[int] = (4, 6)) -> bool:
    """In each family, once routes have spread."""
    for version in versions:
        until(functools.partial(traffic.reaches, source, target, 80, version))
    return True


def is_cut_off(source: Place, target: Place) -> bool:
    """In no family that both have. To be asked after something that works by the same routes."""
    return not any(
        traffic.reaches(source, target, 80, version) for version in source.addresses.keys() & target.addresses
    )


def label(name: str, value: str) -> str:
    return f"org.projectcalico.label.{name}={value}"


def test_a_part_of_a_pool_serves_its_network_on_every_host(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("part", *PARTS, "--ip-range=10.65.8.8/30")
    places = [host.container("one", network="part"), other.container("two", network="part")]
    for place in places:
        assert ipaddress.ip_address(place.addresses[4]) in ipaddress.ip_network("10.65.8.8/30")
        assert ipaddress.ip_address(place.addresses[6]) in ipaddress.ip_network(PART6)
    assert reaches(*places)


def test_several_networks_take_of_one_subnet_and_are_cut_off_from_each_other(host: Host) -> None:
    for name in ("shared1", "shared2"):
        host.network(name, *PARTS)
    one, two = host.container("one", network="shared1"), host.container("two", network="shared2")
    beside = host.container("beside", network="shared1")
    assert len({place.addresses[4] for place in (one, two, beside)}) == 3
    assert reaches(one, beside)
    assert is_cut_off(one, two)


def test_a_container_has_the_addresses_that_it_asks_for_and_no_other_gets_them(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("part", *PARTS)
    asked = ("--ip=10.65.8.2", "--ip6=fd65:0:0:8::3", "--mac-address=02:42:0a:41:08:02")
    place = host.container("one", *asked, network="part")
    assert place.addresses == {4: "10.65.8.2", 6: "fd65:0:0:8::3"}
    assert "02:42:0a:41:08:02" in host.ask("one", "ip", "link", "show", "eth0")
    assert "10.65.8.2 is in use on node host1" in other.refusal("run", "--network=part", "--ip=10.65.8.2", "probe")
    other.docker("rm", "--force", *other.docker("ps", "--all", "--quiet").split())
    assert reaches(other.container("two", network="part"), place)


def test_gateway_and_auxiliary_addresses_are_tolerated_on_every_host(host: Host, other: Host) -> None:
    given = ("--subnet=10.65.8.0/28", "--gateway=10.65.8.1", "--aux-address=router=10.65.8.9")
    for one in (host, other):
        one.network("part", *given)
    place = host.container("one", "--ip=10.65.8.9", network="part")
    assert reaches(other.container("two", network="part"), place, [4])
    assert "via 169.254.1.1" in host.ask("one", "ip", "route", "show", "default")


def test_a_subnet_that_is_in_no_pool_is_refused_with_the_pools_there_are(host: Host) -> None:
    said = host.refusal("network", "create", "-d=calico", "--ipam-driver=calico", "--subnet=10.99.0.0/16", "x")
    assert "subnet 10.99.0.0/16 is in no enabled pool: the IPv4 pools are p4 (10.65.0.0/16)" in said


def test_what_nobody_knows_is_refused_with_what_there_is(host: Host) -> None:
    created = ("network", "create", "-d=calico", "--ipam-driver=calico")
    known = "known are com.docker.network.driver.mtu, org.projectcalico.label.<name>, org.projectcalico.profiles"
    assert f"-o color is refused: {known}" in host.refusal(*created, "--opt=color=red", "x")
    assert "mtu=12 is refused" in host.refusal(*created, "--opt=com.docker.network.driver.mtu=12", "x")
    assert "there is no such Profile" in host.refusal(*created, "--opt=org.projectcalico.profiles=missing", "x")
    assert "--ipam-opt fast is refused" in host.refusal(*created, "--ipam-opt=fast=yes", "x")
    said = host.refusal("run", f"--network=name={NETWORK},driver-opt=color=red", "probe")
    assert "driver-opt color is refused: known are org.projectcalico.label.<name>" in said


def test_options_of_a_network_reach_its_containers(site: Site, host: Host) -> None:
    site.put("Profile", "monitored", {"ingress": [{"action": "Allow", "protocol": "UDP"}]})
    host.network(
        "told",
        "--opt=com.docker.network.driver.mtu=1400",
        "--opt=org.projectcalico.profiles=monitored",
        f"--opt={label('team', 'shop')}",
        f"--label={label('zone', 'a')}",
    )
    host.docker("run", "--detach", f"--network=name=told,driver-opt={label('role', 'db')}", "--name=one", "probe")
    assert "mtu 1400" in host.ask("one", "ip", "link", "show", "eth0")
    [endpoint] = leftovers.endpoints(site.store)
    assert endpoint["spec"]["profiles"] == ["told", "monitored"]
    labels = endpoint["metadata"]["labels"]
    assert {name: labels.get(name) for name in ("team", "zone", "role")} == {"team": "shop", "zone": "a", "role": "db"}


def test_the_mtu_follows_the_way_to_the_other_hosts_and_the_pool(site: Site, host: Host) -> None:
    host.container("one")
    assert "mtu 1500" in host.ask("one", "ip", "link", "show", "eth0")
    site.put("IPPool", "p4", {"cidr": "10.65.0.0/16"}, annotations={"calico.docker/mtu": "1420"})
    try:
        host.container("two")
        assert "mtu 1420" in host.ask("two", "ip", "link", "show", "eth0")
    finally:
        site.put("IPPool", "p4", {"cidr": "10.65.0.0/16"})


def test_a_network_may_have_ipv6_alone(host: Host, other: Host) -> None:
    if host.release != "sid":  # only engine 28 knows the wish
        assert "unknown flag: --ipv4" in host.refusal("network", "create", "-d=calico", "--ipv4=false", "six")
        return
    for one in (host, other):
        one.network("six", "--ipv4=false", "--ipv6")
    places = [host.container("one", network="six"), other.container("two", network="six")]
    assert [list(place.addresses) for place in places] == [[6], [6]]
    assert reaches(*places, [6])
    assert host.ask("one", "ip", "-4", "route") == ""


@contextlib.contextmanager
def opened(site: Site) -> Iterator[None]:
    """A policy that lets everybody do everything."""
    everything = [{"action": "Allow"}]
    spec = {"order": 1, "types": ["Ingress", "Egress"], "ingress": everything, "egress": everything}
    site.put("GlobalNetworkPolicy", "open", spec)
    try:
        yield
    finally:
        site.store.commit({}, [resources.key_of(policies.GlobalNetworkPolicy, "open")])


@contextlib.contextmanager
def routed(outside: Place, *places: Place) -> Iterator[None]:
    """The machine outside knows the way to containers of host 1."""
    ways = [(address, "192.0.2.1" if version == 4 else "2001:db8::1")
            for place in places for version, address in place.addresses.items()]  # fmt: skip
    for address, gateway in ways:
        outside.space.ip(f"route add {address} via {gateway}")
    try:
        yield
    finally:
        for address, _gateway in ways:
            outside.space.ip(f"route delete {address}")


def test_an_internal_network_keeps_to_itself_whatever_else_is_open(site: Site, host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("inner", "--ipv6", "--internal")
    one, two = host.container("one", network="inner"), other.container("two", network="inner")
    stranger, far = host.container("stranger"), other.container("far")
    with opened(site), routed(site.outside, one, stranger), traffic.listening(site.outside, 80):
        assert reaches(one, two)
        assert reaches(two, one)
        assert reaches(stranger, far)
        assert reaches(stranger, site.outside)
        assert reaches(site.outside, stranger)
        for apart in (stranger, far, site.outside):
            assert is_cut_off(one, apart)
            assert is_cut_off(apart, one)


def test_an_internal_network_stays_closed_and_told_when_the_engine_starts_anew(site: Site, host: Host) -> None:
    subnet = ("--subnet=10.65.8.0/24", "--opt=com.docker.network.driver.mtu=1400", f"--opt={label('team', 'shop')}")
    host.network("inner", "--internal", *subnet)
    host.container("one", "--restart=always", network="inner")
    host.restart_engine()
    until(lambda: host.running("one"))
    until(lambda: [one["metadata"]["labels"].get("team") for one in leftovers.endpoints(site.store)] == ["shop"])
    one, two = host.place("one", "inner"), host.container("two", network="inner")
    assert "mtu 1400" in host.ask("one", "ip", "link", "show", "eth0")
    with opened(site):
        assert reaches(one, two, [4])
        assert is_cut_off(one, host.container("stranger"))


def test_a_container_on_two_networks_with_subnets_is_at_home_in_both(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("left", *PARTS)
        one.network("right", *BESIDE)
    host.container("both", network="left")
    host.docker("network", "connect", "right", "both")
    left, right = other.container("on-left", network="left"), other.container("on-right", network="right")
    assert reaches(host.place("both", "left"), left)
    assert reaches(host.place("both", "right"), right)
    assert reaches(left, host.place("both", "left"))
    assert reaches(right, host.place("both", "right"))
    assert is_cut_off(left, host.place("both", "right"))
    host.docker("network", "disconnect", "left", "both")
    assert reaches(host.place("both", "right"), right)
    host.docker("network", "connect", "left", "both")
    assert reaches(host.place("both", "left"), left)


def test_of_two_networks_without_subnet_one_carries(host: Host) -> None:
    host.container("both")
    host.docker("network", "connect", OTHER_NETWORK, "both")
    peers = host.container("peer"), host.container("other-peer", network=OTHER_NETWORK)
    assert [traffic.reaches(host.place("both"), peer, 80, 4) for peer in peers].count(True) == 1


def test_a_container_cannot_have_two_networks_of_one_part(host: Host) -> None:
    host.network("shared1", *PARTS)
    host.container("both", network="shared1")
    host.network("shared2", *PARTS)
    said = host.refusal("network", "connect", "shared2", "both")
    assert "it is in the subnet 10.65.8.0/28 of another network of it" in said
    assert host.running("both")


def test_what_has_no_subnet_takes_no_address_of_another_networks(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("half", "--subnet=10.65.0.0/17")
    host.container("both", network="half")
    for number in range(4):
        place = host.container(f"c{number}")
        assert ipaddress.ip_address(place.addresses[4]) in ipaddress.ip_network("10.65.128.0/17")
    host.docker("network", "connect", NETWORK, "both")
    assert reaches(host.place("both", "half"), other.container("far", network="half"), [4])


def test_an_internal_network_beside_another_leaves_that_its_default_route(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("a-inner", "--internal", *BESIDE)
    host.container("both", network="a-inner")
    host.docker("network", "connect", NETWORK, "both")
    inner, outer = other.container("inner", network="a-inner"), other.container("outer")
    for _time in range(2):
        assert reaches(host.place("both", "a-inner"), inner)
        assert reaches(host.place("both"), outer)
        assert is_cut_off(inner, outer)
        host.docker("restart", "-t0", "both")


def test_a_container_on_a_bridge_network_too_is_known_by_its_calico_address(host: Host, other: Host) -> None:
    for one in (host, other):
        one.network("part", f"--subnet={PART4}")
    peer = other.container("peer", network="part")
    for first, second in (("bridge", "part"), ("part", "bridge")):
        host.docker("run", "--detach", "--name=both", f"--network={first}", "probe")
        host.docker("network", "connect", second, "both")
        both = host.place("both", "part")
        # Docker's choice among equals is the first by name.
        assert "via 172.17.0.1 " in host.ask("both", "ip", "route", "show", "default")
        assert reaches(both, peer, [4])
        assert reaches(peer, both, [4])
        host.docker("run", "--detach", "--name=neighbour", "probe")
        assert reaches(both, host.place("neighbour", "bridge"), [4])
        host.docker("rm", "--force", "both", "neighbour")
